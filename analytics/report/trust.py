"""The parts of the page that say how far to trust the rest: the forecast's test, the tills' clocks, the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..forecast import NAIVE
from . import words
from .inside import drift_words

if TYPE_CHECKING:
    import pandas as pd

    from .data import ReportData


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the backtest says of the forecast.

    Attributes:
        line: In one sentence.
        rows: Model, error of the first day, of the first week, of all, MASE, coverage of the intervals, chosen.
    """

    line: str
    rows: tuple[tuple[str, str, str, str, str, str, bool], ...]


def verdict(data: ReportData) -> Verdict:
    """Whether the forecast beats the same hour last week."""
    tests = data.backtest
    if tests.empty:
        return Verdict("There is too little history to test the forecast: it repeats last week.", ())
    longest = tests[tests["horizon_h"] == tests["horizon_h"].max()].reset_index(drop=True)
    naive = longest[longest["model"] == NAIVE].iloc[0]
    best = longest[longest["chosen"]].iloc[0]
    weeks = words.length(int(best["horizon_h"]) // 24)
    hours = f"tested from {words.some(int(best['origins']), 'past midnight')}, {weeks} ahead each time"
    if best["model"] == naive["model"]:
        line = f"No model beat the same hour last week, so that is what is shown ({hours})."
    else:
        gain = 1.0 - best["mae"] / naive["mae"]
        line = (
            f"Beats \u201csame hour last week\u201d by {words.percent(gain, 0)}: wrong by {best['mae']:.1f} visits an"
            f" hour on average against {naive['mae']:.1f} ({hours})."
        )
    rows = []
    for model in longest["model"]:
        mine = tests[tests["model"] == model].sort_values("horizon_h")
        last = mine.iloc[-1]
        cover = f"{words.percent(_known(last['cover80']), 0)} / {words.percent(_known(last['cover95']), 0)}"
        first = mine.iloc[0]
        rows.append(
            (
                str(model),
                words.number(_known(first["mae"])),
                words.number(_known(last["mae"])),
                words.number(_known(last["mase"]), 2),
                cover,
                weeks,
                bool(last["chosen"]),
            )
        )
    return Verdict(line, tuple(rows))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One stretch of a till's clock in words."""

    till: str
    since: str
    offset: str
    drift: str
    receipts: str


def clock_rows(data: ReportData) -> tuple[ClockRow, ...]:
    """How wrong the tills' clocks are."""
    rows = []
    for clock in data.clocks:
        if not clock.identified:
            rows.append(ClockRow(clock.till_id, words.UNKNOWN, "not known", words.UNKNOWN, words.count(clock.pairs)))
            continue
        way = "ahead" if clock.offset_s > 0 else "behind"
        offset = "right" if abs(clock.offset_s) < 3 else f"{words.duration(abs(clock.offset_s))} {way}"
        drift = "steady" if abs(clock.drift_s_per_day) < 0.02 else _drift_words(clock.drift_s_per_day)
        rows.append(ClockRow(clock.till_id, words.day(clock.since.date()), offset, drift, words.count(clock.pairs)))
    return tuple(rows)


def _drift_words(seconds_per_day: float) -> str:
    return f"{'gains' if seconds_per_day > 0 else 'loses'} {abs(30 * seconds_per_day):.1f} s a month"


def pair_words(data: ReportData) -> str:
    """How many receipts have a person at the till."""
    if data.pairs.empty:
        return ""
    paid = data.pairs[data.pairs["reason"] != "not a sale"]
    found = paid[paid["probability"].notna()]
    if paid.empty:
        return ""
    sure = int((found["probability"] >= 0.9).sum())
    return (
        f"{words.percent(len(found) / len(paid), 0)} of {words.count(len(paid))} receipts have a likely person in the"
        f" till zone, {words.percent(sure / len(paid), 0)} with a probability of at least 90 %. No sum in this report"
        " depends on these pairs."
    )


def quality(data: ReportData, hours: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """What else there is to know about the data: name and finding."""
    found = []
    over, of = int(hours["flag"].notna().sum()), int((hours["open_s"] > 0).sum())
    found.append(("Hours with more receipts than visits", f"{over:,} of {of:,} open hours; shown as they are"))
    drifted = drift_words(data)
    if drifted:
        found.append(("People in the running count when the store closed", drifted))
    late = data.pairs
    if len(late):
        lonely = int((late["reason"] == "nobody at the till").sum())
        found.append(("Receipts with nobody seen at a till", f"{words.count(lonely)} of {words.count(len(late))}"))
    return tuple(found)
