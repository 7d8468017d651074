"""The jobs of tags and of member cards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import joins, rfid
from ..frames import (
    CARD_SWIPES,
    ITEM_OUTCOMES,
    ITEMS_DAILY,
    MEMBER_VISITS,
    PRODUCTS,
    RECEIPT_VISITS,
    RECEIPTS,
    RFID_PASSAGES,
    RFID_READS,
    TILL_CLOCKS,
    empty,
)
from ..opening import ms
from ..results import forget_links, last_reads, members_of
from .context import Done, Part

if TYPE_CHECKING:
    from datetime import datetime

    from ..frames import Window
    from .context import Context

# Clocks are put right by up to a day, and the clock of a quiet day is that of days before.
_CLOCK_REACH = timedelta(days=1)
_CLOCK_DAYS = timedelta(days=14)
# A stay in a fitting room that began earlier is nobody's who tries something on.
_LONG_STAY = timedelta(hours=4)
_TRACK = ["camera_id", "run_id", "track_id"]


def run_rfid(context: Context, window: Window) -> Done:
    """Reads into passages, passages into what became of the items, and these into counts by day and product."""
    found, items = context.plan.passages, context.plan.items
    reach = timedelta(seconds=items.again_s + max(items.window_s, items.try_s))
    since, until = window.since - reach, window.until + reach
    reads = context.results.read(RFID_READS, since - found.before, until + found.after)
    products = context.results.read(PRODUCTS)
    near = rfid.passages(reads, products, found, since, until)
    mine = _inside(near, "first_at", window)
    outcomes = empty(ITEM_OUTCOMES)
    if near["role"].notna().any():
        sold = _sold(context, since - reach, until + reach)
        seen = joins.Rooms(
            context.facts.stays(since - _LONG_STAY, until),
            _watched(context, since, until),
            {name: (reader.camera_id, reader.zone_id) for name, reader in found.readers.items()},
        )
        outcomes = joins.item_outcomes(near, sold, _left_before(context, near, since), seen, items)
        outcomes = _inside(outcomes, "first_at", window)
    return Done(
        (
            Part(RFID_PASSAGES, mine, window.since, window.until),
            Part(ITEM_OUTCOMES, outcomes, window.since, window.until),
            Part(ITEMS_DAILY, rfid.items_daily(outcomes, context.time), window.first, window.end),
        ),
        note=_rfid_note(context, mine),
    )


def _rfid_note(context: Context, mine: pd.DataFrame) -> str | None:
    strange = sorted(mine.loc[mine["role"].isna(), "reader_id"].unique())
    notes = [f"reader {', '.join(strange)} is not in [rfid.readers]"] if strange else []
    nameless = mine.loc[mine["problem"].notna(), "epc"].nunique()
    notes += [f"{nameless} tags name no product of the master"] if nameless else []
    notes += _unseen_rooms(context)
    return "; ".join(notes) or None


def _unseen_rooms(context: Context) -> list[str]:
    """Readers whose camera or zone, as the settings name it, has no fitting room or entrance drawn."""
    places = context.facts.places
    rooms = places[places["role"] == "fitting_room"]
    notes = []
    for name, reader in context.plan.passages.readers.items():
        if reader.role == "exit":
            if reader.camera_id and reader.camera_id not in context.facts.entrance_cameras:
                notes.append(f"reader {name}: no camera {reader.camera_id} has an entrance line")
            continue
        near = rooms if reader.camera_id is None else rooms[rooms["camera_id"] == reader.camera_id]
        near = near if reader.zone_id is None else near[near["id"] == reader.zone_id]
        if near.empty and (reader.camera_id or reader.zone_id):
            notes.append(f"reader {name}: no camera has the fitting room {reader.zone_id or reader.camera_id}")
    return notes


def _inside(frame: pd.DataFrame, column: str, window: Window) -> pd.DataFrame:
    return frame[(frame[column] >= window.since) & (frame[column] < window.until)].reset_index(drop=True)


def _sold(context: Context, since: datetime, until: datetime) -> joins.Sold:
    wide = since - _CLOCK_REACH, until + _CLOCK_REACH
    receipts = context.results.read(RECEIPTS, *wide)
    right = receipts.assign(sold_at=_right(context, receipts["till_id"], receipts["sold_at"]))
    right = right[(right["sold_at"] >= since) & (right["sold_at"] < until)]
    units = joins.units_of(right, context.results.read_lines(*wide))
    return joins.Sold(units, np.sort(ms(right["sold_at"])))


def _right(context: Context, tills: pd.Series, times: pd.Series) -> pd.Series:
    """Times by the tills' clocks as right clocks would tell them; as they are where no clock is known."""
    if times.empty:
        return times
    first = (times.min() - _CLOCK_DAYS).to_pydatetime().date()
    last = (times.max() + timedelta(days=2)).to_pydatetime().date()
    clocks = context.results.read(TILL_CLOCKS, first, last)
    told = pd.DataFrame({"till_id": tills, "sold_at": times})
    ahead_s, _ = joins.clock_errors(told, clocks, context.time)
    return times - pd.to_timedelta(np.rint(ahead_s * 1000.0), unit="ms").as_unit("ms")


def _left_before(context: Context, near: pd.DataFrame, before: datetime) -> pd.Series:
    """The last read at an exit before a moment of each EPC that is at an exit after it, by EPC."""
    gates = [name for name, reader in context.plan.passages.readers.items() if reader.role == "exit"]
    epcs = near.loc[near["role"] == "exit", "epc"].unique().tolist()
    return last_reads(context.results, epcs, gates, before)


def _watched(context: Context, since: datetime, until: datetime) -> pd.DataFrame:
    """When the cameras of the fitting rooms saw well."""
    named = {r.camera_id for r in context.plan.passages.readers.values() if r.role == "fitting_room"} - {None}
    places = context.facts.places
    cameras = named or set(places.loc[places["role"] == "fitting_room", "camera_id"])
    watches = context.facts.watches(since, until)
    return watches.loc[
        watches["camera_id"].isin(cameras) & (watches["health"] == "ok"), ["camera_id", "begins", "ends"]
    ]


def run_members(context: Context, window: Window) -> Done:
    """Member cards into visits of members; links of members who withdrew their consent are deleted, all of them."""
    results, rules = context.results, context.plan.cards
    reach = timedelta(seconds=rules.swipe_s + rules.apart_s) + _CLOCK_REACH
    receipts = results.read(RECEIPTS, window.since - reach, window.until + reach)
    swipes = results.read(CARD_SWIPES, window.since - reach, window.until + reach)
    pairs = results.read(RECEIPT_VISITS, window.since - reach, window.until + reach)
    right = _right(context, receipts["till_id"], receipts["sold_at"])
    swipes = swipes.assign(swiped_at=_right(context, swipes["reader_id"], swipes["swiped_at"]))
    cards = pd.concat([receipts["member_id"].dropna(), swipes["member_id"]]).unique().tolist()
    told = joins.Cards(receipts, right, swipes, members_of(results, cards))
    found = joins.member_visits(told, pairs, rules)
    mine = _with_dwell(context, _inside(found.visits, "sold_at", window), window)
    dropped = forget_links(results)
    flagged = mine["flag"].value_counts().sort_index()
    notes = [f"{count} receipts: {flag}" for flag, count in flagged.items()]
    notes += [f"{dropped} links of members without consent deleted"] if dropped else []
    return Done((Part(MEMBER_VISITS, mine, window.since, window.until),), note="; ".join(notes) or None)


def _with_dwell(context: Context, visits: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Visits with how long they were, from the first zone that the track entered to the last that it left.

    Kept with the visit because the facts are not kept for ever: the groups of months ago, from which those of today
    have their numbers, must not change when the edge deletes its old stays.
    """
    if visits["track_id"].isna().all():
        return visits
    spent = context.facts.stays(window.since - _CLOCK_REACH, window.until + _CLOCK_REACH).groupby(_TRACK)
    length = (spent["left"].max() - spent["entered"].min()).dt.total_seconds().rename("dwell_s")
    linked = visits[_TRACK].dropna().astype({"track_id": "int64"})
    dwell = linked.join(length, on=_TRACK)["dwell_s"]
    return visits.assign(dwell_s=dwell.reindex(visits.index).astype("float64"))
