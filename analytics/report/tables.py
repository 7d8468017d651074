"""The parts of the page that are drawn without a chart: calendar, week, waterfall, zones, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import error_bars, power_hours
from ..segments import NAMED, OTHERS
from ..visits import waterfall
from . import words

if TYPE_CHECKING:
    from ..metrics import Audited, PowerHour
    from .data import ReportData

_STEP_NAMES = {
    "entries": "Walked in over the line",
    "not_held": "turned round in the doorway",
    "closed_hours": "came while the store was closed (staff, deliveries)",
    "re_entry": "stepped out and came back",
    "short": "went out again at once",
    "staff_zone": "staff: stood where only staff stands",
    "staff_long": "staff: in view for very long",
    "staff_hours": "staff: came in the hours of staff",
    "visits": "Visits",
    "buying_units": "Buying units: who came in together",
}
_ROLES = {
    "product": "products",
    "till": "till",
    "queue": "queue",
    "fitting_room": "fitting room",
    "entrance": "entrance",
    "outside": "outside",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One row with a bar.

    Attributes:
        name: What it is.
        value: The number.
        share: Length of the bar, 0..1.
        start: Where it begins, 0..1.
        kind: ``total`` or ``less``: how it is drawn.
        note: A remark; may be empty.
    """

    name: str
    value: str
    share: float
    start: float = 0.0
    kind: str = "total"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the heat map or one day of the calendar.

    Attributes:
        text: What stands in it.
        depth: 0..1, how dark; below 0: nothing is known.
        strong: Set off: a power hour.
        title: Shown when pointed at.
        kind: Status of a day.
        row: 0-based.
        column: 0-based.
    """

    text: str
    depth: float
    title: str
    strong: bool = False
    kind: str = ""
    row: int = 0
    column: int = 0


def calendar(days: pd.DataFrame) -> tuple[tuple[Cell, ...], tuple[tuple[int, str], ...]]:
    """The days of the period by weekday and week, and the columns at which months begin, with their names."""
    if days.empty:
        return (), ()
    first = days["local_date"].iloc[0]
    monday = first - pd.Timedelta(days=first.day_of_week)
    cells: list[Cell] = []
    months: list[tuple[int, str]] = []
    said = {"ok": "seen", "partial": "partly seen", "missing": "not seen", "closed": "closed"}
    for day, status, coverage in zip(days["local_date"], days["status"], days["coverage"], strict=True):
        column = int((day - monday).days) // 7
        share = "" if pd.isna(coverage) else f", {words.percent(coverage)} of opening time"
        title = f"{words.short_day(day)}: {said[status]}{share}"
        depth = 0.0 if pd.isna(coverage) else float(coverage)
        cells.append(Cell("", depth, title, kind=status, row=int(day.day_of_week), column=column))
        if day.day == 1 or not months:
            months.append((column, f"{day:%b}"))
    # A month that begins in the column after the first one would be written over it.
    if len(months) > 1 and months[1][0] - months[0][0] < 2:
        months = months[1:]
    return tuple(cells), tuple(months)


def week(
    hours: pd.DataFrame, audited: Audited
) -> tuple[tuple[int, ...], tuple[tuple[str, tuple[Cell, ...]], ...], tuple[PowerHour, ...]]:
    """Mean visits by weekday and hour: the hours of the columns, a row per weekday, and the power hours.

    Args:
        hours: ``frames.HOURLY``.
        audited: What the lines counted, and how well: pointing at a cell shows its bounds.
    """
    open_hours = hours[hours["open_s"] > 0]
    if open_hours.empty:
        return (), (), ()
    strong = power_hours(hours)
    names = {(p.weekday, p.local_hour) for p in strong}
    columns = tuple(range(int(open_hours["local_hour"].min()), int(open_hours["local_hour"].max()) + 1))
    sure = open_hours[open_hours["status"] == "ok"]
    mean = sure.groupby(["weekday", "local_hour"])["visits"].mean().astype("float64")
    seen = sure.groupby(["weekday", "local_hour"]).size()
    bounds = error_bars(sure, audited, 24 * sure["weekday"] + sure["local_hour"])
    most = max(float(mean.max()), 1.0) if len(mean) else 1.0
    rows = []
    for weekday in sorted(set(open_hours["weekday"])):
        cells = []
        for hour in columns:
            key = (weekday, hour)
            if key not in mean.index:
                cells.append(Cell("", -1.0, f"{words.FULL_WEEKDAYS[weekday]} {hour}:00: closed or not seen"))
                continue
            value = float(mean[key])
            title = (
                f"{words.FULL_WEEKDAYS[weekday]} {hour}:00 to {hour + 1}:00: {value:.1f} visits on average of"
                f" {words.some(int(seen[key]), 'hour')}"
            )
            low, high = bounds.loc[24 * weekday + hour, ["visits_low", "visits_high"]] / int(seen[key])
            if pd.notna(low):
                title += f"; by the last audit {low:.1f} to {high:.1f}"
            cells.append(Cell(f"{value:.0f}", value / most, title, strong=key in names))
        rows.append((words.WEEKDAYS[weekday], tuple(cells)))
    return columns, tuple(rows), strong


def power_words(strong: tuple[PowerHour, ...]) -> str:
    """``Fri 12–13 and 17–18; Sat 12–17``: the power hours by weekday, neighbours joined."""
    found = []
    for weekday in range(7):
        mine = sorted(p.local_hour for p in strong if p.weekday == weekday)
        runs: list[list[int]] = []
        for hour in mine:
            if runs and runs[-1][1] == hour:
                runs[-1][1] = hour + 1
            else:
                runs.append([hour, hour + 1])
        if runs:
            found.append(f"{words.WEEKDAYS[weekday]} " + words.listed([f"{a}–{b}" for a, b in runs]))
    return "; ".join(found)


def steps(data: ReportData) -> tuple[Bar, ...]:
    """The waterfall from entries to visits."""
    found = waterfall(data.visits)
    top = max(found[0].count, 1)
    bars, left = [], found[0].count
    for step in found:
        less = step.reason not in {"entries", "visits", "buying_units"}
        nothing = "off" if step.reason in data.inside.rules.off else "0"
        left -= step.count if less else 0
        bars.append(
            Bar(
                _STEP_NAMES[step.reason],
                (f"\u2212{step.count:,}" if step.count else nothing) if less else f"{step.count:,}",
                step.count / top,
                left / top if less else 0.0,
                "less" if less else "total",
            )
        )
    return tuple(bars)


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """One zone in words; ``share`` is the draw-in rate as the length of a bar, 0..1."""

    name: str
    role: str
    visitors: str
    draw_in: str
    share: float
    median: str
    p90: str
    bounds: str
    pass_through: str
    draw_in_bounds: str = ""


def zone_rows(
    data: ReportData, visits_bounds: tuple[float, float] | None = None, visits: int | None = None
) -> tuple[ZoneRow, ...]:
    """The zones, products first, the most visited first.

    Args:
        data: Of the report.
        visits_bounds: Between which the true number of visits lies, by the last audit of the doors; None: not known.
        visits: The visits that were counted.
    """
    order = sorted(data.zones, key=lambda z: (z.role != "product", -z.visitors))
    most = max([z.draw_in or 0.0 for z in order], default=0.0)
    return tuple(
        ZoneRow(
            z.zone_id,
            _ROLES.get(z.role, z.role),
            words.count(z.visitors),
            words.percent(z.draw_in),
            (z.draw_in or 0.0) / max(most, 1.0),
            words.duration(z.dwell.median_s),
            words.duration(z.dwell.p90_s),
            words.percent(z.censored / z.stays if z.stays else None, 0),
            words.count(z.pass_through),
            _inverse(z.draw_in, visits, visits_bounds),
        )
        for z in order
    )


def _inverse(rate: float | None, visits: int | None, bounds: tuple[float, float] | None) -> str:
    """Bounds of a rate over visits: where more came, it is lower."""
    if not rate or not visits or bounds is None or bounds[0] <= 0:
        return ""
    low, high = (100 * rate * visits / end for end in reversed(bounds))
    return f"{low:.1f}\u2013{high:.1f} %"


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment in words; ``share`` is its part of all members, 0..1."""

    name: str
    meaning: str
    members: str
    share: float
    recency: str
    frequency: str
    sales: str
    sales_share: str


def segment_rows(data: ReportData) -> tuple[SegmentRow, ...]:
    """The segments that have members, best first."""
    total = int(data.segments["monetary_minor"].sum()) if len(data.segments) else 0
    rows = []
    for name, meaning in [*((s.name, s.meaning) for s in NAMED), (OTHERS, "none of these")]:
        mine = data.segments[data.segments["segment"] == name]
        if mine.empty:
            continue
        sales = int(mine["monetary_minor"].sum())
        rows.append(
            SegmentRow(
                name,
                meaning,
                words.count(len(mine)),
                len(mine) / len(data.segments),
                f"{float(mine['recency_days'].median()):.0f} days",
                words.number(float(mine["frequency"].mean())),
                words.money(sales, data.currency),
                words.percent(sales / total if total > 0 else None, 0),
            )
        )
    return tuple(rows)
