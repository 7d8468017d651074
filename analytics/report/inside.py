"""The parts of the page around the visit: time in the store, queues, passers-by, and the count at closing time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..metrics import capture_bounds, capture_totals
from .language import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

    from ..metrics import Totals
    from .data import ReportData
    from .language import Language

# From so many days on their scatter says something.
SCATTER_DAYS = 5
_METHODS = {"little": "estimated", "fifo": "estimated", "track": "exact"}


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


def dwell_rows(data: ReportData, say: Language) -> tuple[DwellRow, ...]:
    """The methods with a number on any day: means over the days, weighted by their entries."""
    days = data.inside.dwell
    rows = []
    for method, kind in _METHODS.items():
        mine = days[(days["method"] == method) & days["mean_s"].notna()]
        if len(mine):
            mean, median, p90 = (say.duration(_weighted(mine, column)) for column in ("mean_s", "median_s", "p90_s"))
            mean += _plus_minus(mine, say) if kind == "estimated" else ""
            told = (say(f"dwell.{method}"), say(f"dwell.{kind}"), mean, median, p90, say.some(len(mine), "day"))
            rows.append(DwellRow(*told, say(f"dwell.{method}_why")))
    return tuple(rows)


def _plus_minus(days: pd.DataFrame, say: Language) -> str:
    """Half a 95 % interval of the mean, from how much the days differ: in truth or by error, so it is rather wide."""
    if len(days) < SCATTER_DAYS:
        return ""
    error = float(days["mean_s"].std()) / np.sqrt(len(days))
    return f" \u00b1 {say.duration(1.96 * error)}"


def dwell_unknown(data: ReportData, say: Language) -> str:
    """For how many open days no method knows the time in the store; empty where there is none."""
    known = data.inside.dwell.groupby("local_date")["mean_s"].count()
    missing = int((known == 0).sum())
    return say("dwell.unknown", n=missing) if missing else ""


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


def queue_rows(data: ReportData, say: Language) -> tuple[QueueRow, ...]:
    """The queues, the busiest first."""
    return tuple(
        QueueRow(
            queue.zone_id,
            say.count(queue.arrivals),
            say.number(queue.length_mean, 2),
            say.count(queue.length_max),
            say.duration(queue.wait.median_s) if queue.served is not None else UNKNOWN,
            say.duration(queue.wait.p90_s) if queue.served is not None else UNKNOWN,
            say.percent(queue.abandonment),
            say.percent(None if queue.unknown is None or not queue.arrivals else queue.unknown / queue.arrivals, 0),
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


def capture_words(data: ReportData, say: Language) -> CaptureWords | None:
    """The capture rate of the period; None where no line is drawn outside."""
    found = capture_totals(data.inside.capture)
    if found is None:
        return None
    rate = say.percent(found.capture)
    bounds = capture_bounds(data.inside.capture, data.audited)
    if bounds is not None:
        rate += f" ({say.percents(*bounds)})"
    base = say(f"capture.{found.base.replace(' ', '_')}")
    return CaptureWords(
        say.count(found.passers), say.count(found.entries), rate, say.some(found.hours, "open_hour"), base
    )


def drift_words(data: ReportData, say: Language) -> str:
    """How far the running count is off at closing time, over the days that were seen well; empty without such."""
    days = data.inside.drift
    days = days[(days["status"] == "ok") & (days["entries"] > 0)]
    if days.empty:
        return ""
    off = days["balance"].abs()
    worst = days.iloc[int(off.to_numpy().argmax())]
    return say(
        "data.drift_more_in" if worst["balance"] > 0 else "data.drift_more_out",
        mean=say.number(float(off.mean())),
        share=say.percent(float(off.sum() / days["entries"].sum())),
        day=say.short_day(worst["local_date"]),
        many=say.count(abs(int(worst["balance"]))),
    )


def cause_words(data: ReportData, say: Language) -> str:
    """How the entries came to be known; empty where the cameras did not say."""
    entries = data.inside.waterfall
    entries = entries[entries["step"] == "entries"]
    crossed, ended, merged = (int(entries[name].sum()) for name in ("crossed", "ended", "merged"))
    if not crossed + ended + merged:
        return ""
    return say("steps.causes", crossed=say.count(crossed), ended=say.count(ended), merged=say.count(merged))


def unit_words(found: Totals, say: Language) -> str:
    """Conversion per buying unit; empty where visits were not grouped."""
    if found.buying_units is None:
        return ""
    return say("steps.per_unit", rate=say.percent(found.conversion_per_unit))


def fixed_words(data: ReportData, say: Language) -> str:
    """What is left out of the zones' numbers; empty where nothing is."""
    fixed, staff = sum(zone.fixed for zone in data.zones), sum(zone.staff for zone in data.zones)
    told = [say("zone.fixed", n=fixed)] if fixed else []
    told += [say("zone.staff", n=staff)] if staff else []
    return say("zone.left_out", what=say.listed(told)) if told else ""


def _weighted(days: pd.DataFrame, column: str) -> float | None:
    known = days[days[column].notna()]
    return float(np.average(known[column], weights=known["entries"])) if len(known) else None
