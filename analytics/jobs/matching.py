"""The jobs at the tills: how wrong the clocks are, and which receipt belongs to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from .. import joins, metrics
from ..frames import ITEM_OUTCOMES, RECEIPT_VISITS, RECEIPTS, TILL_CLOCKS, day_start
from ..opening import ms
from .context import Done, Part

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from ..frames import Window
    from .context import Context

# Nobody stands at a till for longer.
_LONGEST_STAY = timedelta(hours=1)
_DAY = timedelta(days=1)
_LEAST_REACH = timedelta(minutes=1)
# A clock that is so far off puts receipts into wrong hours often enough to be worth a word.
_WRONG_S = 600.0


def run_clocks(context: Context, window: Window) -> Done:
    """How wrong each till's clock was on each day, from that day and the rows of the weeks before."""
    rules = context.plan.pairs.clock
    history = timedelta(days=rules.history_days)
    before = context.results.read(TILL_CLOCKS, window.first - history, window.first)
    found = _judged(context, (window.since, window.until), window, before)
    if joins.needs_history(found):
        # A quiet till is judged with days before; one that is a whole day off meets the people of another day.
        found = _judged(context, (window.since - history, window.until), window, before, _DAY)
    mine = found[found["local_date"] < np.datetime64(window.end)].reset_index(drop=True)
    return Done((Part(TILL_CLOCKS, mine, window.first, window.end),), note=_note(mine))


def run_match(context: Context, window: Window) -> Done:
    """Receipts with the stays of their buyers at the till; where no till speaks, with who left as their items did."""
    rules = context.plan.pairs
    since = window.since
    receipts = context.results.read(RECEIPTS, since, window.until)
    if joins.quiet(receipts, rules, context.time):
        since = day_start(window.first - timedelta(days=rules.learn_days), context.time)
        receipts = context.results.read(RECEIPTS, since, window.until)
    clocks = clocks_of(context, since, window.until)
    reach = reach_of(clocks)
    matched = joins.match_receipts(
        context.facts.stays(since - reach - _LONGEST_STAY, window.until + reach + _LONGEST_STAY),
        receipts,
        rules,
        lines=context.results.read_lines(since, window.until),
        clocks=clocks,
        time_zone=context.time,
        since=window.since,
    )
    pairs = _by_gate(context, window, matched.pairs, joins.correct_clocks(receipts, clocks, context.time), reach)
    return Done((Part(RECEIPT_VISITS, pairs, window.since, window.until),))


def _by_gate(
    context: Context, window: Window, pairs: pd.DataFrame, right: pd.DataFrame, reach: timedelta
) -> pd.DataFrame:
    """Completes pairs by the readers at the exits, if there are any."""
    readers = context.plan.passages.readers
    gates = {name: reader.camera_id for name, reader in readers.items() if reader.role == "exit"}
    if not gates or pairs.empty:
        return pairs
    rules = joins.GateRules(gates)
    margin = timedelta(seconds=rules.reach_s)
    since = window.since - reach
    return joins.pair_by_gate(
        pairs,
        pairs["receipt_id"].map(right.set_index("receipt_id")["sold_at"]),
        context.results.read(ITEM_OUTCOMES, since, window.until),
        context.facts.crossings(since - margin, window.until + margin),
        rules,
        context.time,
    )


def clocks_of(context: Context, since: datetime, until: datetime) -> pd.DataFrame:
    """The rows of ``frames.TILL_CLOCKS`` that speak for a window: its days, some before for silent tills."""
    history = timedelta(days=context.plan.pairs.clock.history_days)
    return context.results.read(TILL_CLOCKS, (since - history).date(), (until + _DAY).date())


def reach_of(clocks: pd.DataFrame) -> timedelta:
    """By how much a receipt's time may be put right: who reads a window of receipts reads so much more at both ends."""
    sure = clocks[clocks["identified"]]
    most = float((sure["offset_s"].abs() + sure["drift_s_per_day"].abs()).max()) if len(sure) else 0.0
    return _LEAST_REACH + timedelta(seconds=most)


def corrected_sales(context: Context, window: Window) -> metrics.Sales:
    """What was truly sold in a window: receipts with the times that right clocks would have printed, and lines."""
    clocks = clocks_of(context, window.since, window.until)
    since, until = _reached(window, clocks)
    receipts = _corrected(context, window, context.results.read(RECEIPTS, since, until), clocks)
    return metrics.Sales(receipts, context.results.read_lines(since, until))


def corrected_sold(context: Context, window: Window) -> pd.DataFrame:
    """The same as ``frames.SOLD``, for who needs no receipt by its name and no line."""
    clocks = clocks_of(context, window.since, window.until)
    return _corrected(context, window, context.results.read_sold(*_reached(window, clocks)), clocks)


def _reached(window: Window, clocks: pd.DataFrame) -> tuple[datetime, datetime]:
    reach = reach_of(clocks)
    return window.since - reach, window.until + reach


def _corrected(context: Context, window: Window, receipts: pd.DataFrame, clocks: pd.DataFrame) -> pd.DataFrame:
    right = joins.correct_clocks(receipts, clocks, context.time)
    inside = (right["sold_at"] >= window.since) & (right["sold_at"] < window.until)
    return right[inside].reset_index(drop=True)


def _judged(
    context: Context,
    sold: tuple[datetime, datetime],
    window: Window,
    before: pd.DataFrame,
    around: timedelta = timedelta(0),
) -> pd.DataFrame:
    rules = context.plan.pairs.clock
    margin = timedelta(seconds=rules.most_wrong_s) + around
    receipts = context.results.read(RECEIPTS, *sold)
    paid = receipts[receipts["kind"].isin(["sale", "return"])].reset_index(drop=True)
    departures = _departures(context, sold[0] - margin, sold[1] + margin)
    return joins.till_clocks(paid, departures, window.first, context.time, rules=rules, before=before)


def _departures(context: Context, since: datetime, until: datetime) -> joins.Departures:
    """When people left the tills or, where no camera ever saw a till, the store."""
    places = context.facts.places
    stays = context.facts.stays(since - _LONGEST_STAY, until)
    if (places["role"] == "till").any() or (stays["role"] == "till").any():
        return joins.departures(stays, context.plan.pairs.min_stay_s)
    crossings = context.facts.crossings(since, until)
    out = crossings[(crossings["role"] == "entrance") & (crossings["direction"] == "out")]
    return joins.Departures(np.sort(ms(out["at"]) / 1000.0), "door")


def _note(clocks: pd.DataFrame) -> str | None:
    """What the owner should know: clocks that were set, and clocks that nobody can judge."""
    told = [
        f"the clock of till {row.till_id} was set by {row.jump_s:+.0f} s on {row.local_date:%Y-%m-%d}"
        for row in clocks[clocks["jump_s"].notna()].itertuples()
    ]
    last = clocks.sort_values("local_date").groupby("till_id").tail(1)
    told += [
        f"the clock of till {row.till_id} is {row.offset_s:+.0f} s off"
        for row in last[last["identified"] & (last["offset_s"].abs() >= _WRONG_S)].itertuples()
    ]
    unknown = sorted(set(last.loc[~last["identified"], "till_id"]))
    if unknown:
        told.append(f"too little is known to judge the clock of till {', '.join(unknown)}")
    return "; ".join(told) or None
