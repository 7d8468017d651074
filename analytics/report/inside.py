"""The parts of the page around the visit: time in the store, queues, passers-by, and the count at closing time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..metrics import capture_bounds, capture_totals
from . import words

if TYPE_CHECKING:
    import pandas as pd

    from ..metrics import Totals
    from .data import ReportData

# From so many days on their scatter says something.
SCATTER_DAYS = 5
_METHODS = {
    "little": ("Little's law", "estimated", "people inside on average / people coming in per second; the mean only"),
    "fifo": ("In order of coming", "estimated", "as if who came first left first: the spread is shown too small"),
    "track": ("Followed from door to door", "exact", "people whom one camera saw go in and out"),
}
_BASES = {
    "by track": "Everyone who entered is among the passers-by: one camera sees both the line outside and the door.",
    "by line": "The door has a camera of its own: passers-by are those who crossed the line outside, entering or not.",
}


@dataclass(frozen=True, slots=True)
class DwellRow:
    """The time in the store by one method, in words."""

    name: str
    kind: str
    mean: str
    median: str
    p90: str
    days: str
    why: str


def dwell_rows(data: ReportData) -> tuple[DwellRow, ...]:
    """The methods with a number on any day: means over the days, weighted by their entries."""
    days = data.inside.dwell
    rows = []
    for method, (name, kind, why) in _METHODS.items():
        mine = days[(days["method"] == method) & days["mean_s"].notna()]
        if len(mine):
            mean, median, p90 = (words.duration(_weighted(mine, column)) for column in ("mean_s", "median_s", "p90_s"))
            mean += _plus_minus(mine) if kind == "estimated" else ""
            rows.append(DwellRow(name, kind, mean, median, p90, words.some(len(mine), "day"), why))
    return tuple(rows)


def _plus_minus(days: pd.DataFrame) -> str:
    """Half a 95 % interval of the mean, from how much the days differ: in truth or by error, so it is rather wide."""
    if len(days) < SCATTER_DAYS:
        return ""
    error = float(days["mean_s"].std()) / np.sqrt(len(days))
    return f" \u00b1 {words.duration(1.96 * error)}"


def dwell_unknown(data: ReportData) -> str:
    """For how many open days no method knows the time in the store; empty where there is none."""
    known = data.inside.dwell.groupby("local_date")["mean_s"].count()
    missing = int((known == 0).sum())
    return f"Not known for {words.some(missing, 'open day')}: too little was seen, or nobody came." if missing else ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue in words."""

    name: str
    arrivals: str
    mean: str
    most: str
    median: str
    p90: str
    abandoned: str
    unknown: str


def queue_rows(data: ReportData) -> tuple[QueueRow, ...]:
    """The queues, the busiest first."""
    return tuple(
        QueueRow(
            queue.zone_id,
            words.count(queue.arrivals),
            words.number(queue.length_mean, 2),
            words.count(queue.length_max),
            words.duration(queue.wait.median_s) if queue.served is not None else words.UNKNOWN,
            words.duration(queue.wait.p90_s) if queue.served is not None else words.UNKNOWN,
            words.percent(queue.abandonment),
            words.percent(None if queue.unknown is None or not queue.arrivals else queue.unknown / queue.arrivals, 0),
        )
        for queue in sorted(data.inside.queues, key=lambda queue: -queue.arrivals)
    )


@dataclass(frozen=True, slots=True)
class CaptureWords:
    """The passers-by in words."""

    passers: str
    entries: str
    capture: str
    hours: str
    base: str


def capture_words(data: ReportData) -> CaptureWords | None:
    """The capture rate of the period; None where no line is drawn outside."""
    found = capture_totals(data.inside.capture)
    if found is None:
        return None
    told = (words.count(found.passers), words.count(found.entries), words.percent(found.capture))
    bounds = capture_bounds(data.inside.capture, data.audited)
    if bounds is not None:
        told = (*told[:2], f"{told[2]} ({100 * bounds[0]:.1f}\u2013{words.percent(bounds[1])})")
    return CaptureWords(*told, words.some(found.hours, "open hour"), _BASES[found.base])


def drift_words(data: ReportData) -> str:
    """How far the running count is off at closing time, over the days that were seen well; empty without such."""
    days = data.inside.drift
    days = days[(days["status"] == "ok") & (days["entries"] > 0)]
    if days.empty:
        return ""
    off = days["balance"].abs()
    worst = days.iloc[int(off.to_numpy().argmax())]
    way = "more in than out" if worst["balance"] > 0 else "more out than in"
    return (
        f"off by {off.mean():.1f} on an average day that was seen well,"
        f" {words.percent(float(off.sum() / days['entries'].sum()))} of entries; most on"
        f" {words.short_day(worst['local_date'])}: {abs(int(worst['balance']))} {way}; set back to nobody each night"
    )


def cause_words(data: ReportData) -> str:
    """How the entries came to be known; empty where the cameras did not say."""
    causes = data.visits["cause"].value_counts()
    if causes.empty:
        return ""
    crossed, ended, merged = (int(causes.get(name, 0)) for name in ("crossed", "ended", "merged"))
    return (
        f"Of these entries {words.count(crossed)} were seen on both sides of the line, {words.count(ended)} were last"
        f" seen just past it, and {words.count(merged)} were lost at the line and found again behind it."
    )


def unit_words(found: Totals) -> str:
    """Conversion per buying unit; empty where visits were not grouped."""
    if found.buying_units is None:
        return ""
    return (
        f"Conversion per buying unit, over the same hours as conversion: {words.percent(found.conversion_per_unit)};"
        " a crowd at the door merges strangers and makes it too high."
    )


def fixed_words(data: ReportData) -> str:
    """What is left out of the zones' numbers; empty where nothing is."""
    fixed, staff = sum(zone.fixed for zone in data.zones), sum(zone.staff for zone in data.zones)
    told = [words.some(fixed, "stay") + " of mannequins, posters or mirrors"] if fixed else []
    told += [words.some(staff, "stay") + " of staff"] if staff else []
    return f"Left out: {words.listed(told)}." if told else ""


def _weighted(days: pd.DataFrame, column: str) -> float | None:
    known = days[days[column].notna()]
    return float(np.average(known[column], weights=known["entries"])) if len(known) else None
