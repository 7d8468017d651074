"""The parts of the page that are drawn without a chart: calendar, week, waterfall, zones, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..metrics import error_bars, power_hours
from ..segments import NAMED, OTHERS
from .sections import LEAST_TOLD

if TYPE_CHECKING:
    from ..metrics import Audited, PowerHour
    from .data import ReportData
    from .language import Language

_TOTALS = ("entries", "visits", "buying_units")


@dataclass(frozen=True, slots=True)
class Bar:
    """One row with a bar.

    Attributes:
        name: What it is.
        value: The number.
        share: Length of the bar, 0..1.
        start: Where it begins, 0..1.
        kind: ``total`` or ``less``: how it is drawn.
    """

    name: str
    value: str
    share: float
    start: float = 0.0
    kind: str = "total"


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


def calendar(days: pd.DataFrame, say: Language) -> tuple[tuple[Cell, ...], tuple[tuple[int, str], ...]]:
    """The days of the period by weekday and week, and the columns at which months begin, with their names."""
    if days.empty:
        return (), ()
    first = days["local_date"].iloc[0]
    monday = first - pd.Timedelta(days=first.day_of_week)
    cells: list[Cell] = []
    months: list[tuple[int, str]] = []
    for day, status, coverage in zip(days["local_date"], days["status"], days["coverage"], strict=True):
        column = int((day - monday).days) // 7
        title = say(f"calendar.{status}", day=say.short_day(day))
        title += "" if pd.isna(coverage) else say("calendar.coverage", share=say.percent(coverage))
        depth = 0.0 if pd.isna(coverage) else float(coverage)
        cells.append(Cell("", depth, title, kind=status, row=int(day.day_of_week), column=column))
        if day.day == 1 or not months:
            months.append((column, say.short_month(day)))
    # A month that begins in the column after the first one would be written over it.
    if len(months) > 1 and months[1][0] - months[0][0] < 2:
        months = months[1:]
    return tuple(cells), tuple(months)


def week(
    hours: pd.DataFrame, audited: Audited, say: Language, turns_h: int = 0
) -> tuple[tuple[int, ...], tuple[tuple[str, tuple[Cell, ...]], ...], tuple[PowerHour, ...]]:
    """Mean visits by weekday and hour: the hours of the columns, a row per weekday, and the power hours.

    Args:
        hours: ``frames.HOURLY``.
        audited: What the lines counted, and how well: pointing at a cell shows its bounds.
        say: The language.
        turns_h: The local hour at which the business day begins.
    """
    open_hours = hours[hours["open_s"] > 0]
    if open_hours.empty:
        return (), (), ()
    strong = power_hours(hours)
    names = {(p.weekday, p.local_hour) for p in strong}
    # In the order of the business day: the hours after midnight come last, where they happened.
    since_turn = (open_hours["local_hour"] - turns_h) % 24
    columns = tuple((turns_h + n) % 24 for n in range(int(since_turn.min()), int(since_turn.max()) + 1))
    sure = open_hours[open_hours["status"] == "ok"]
    mean = sure.groupby(["weekday", "local_hour"])["visits"].mean().astype("float64")
    seen = sure.groupby(["weekday", "local_hour"]).size()
    bounds = error_bars(sure, audited, 24 * sure["weekday"] + sure["local_hour"])
    most = max(float(mean.max()), 1.0) if len(mean) else 1.0
    rows = []
    for weekday in sorted(set(open_hours["weekday"])):
        cells = []
        for hour in columns:
            key, told = (weekday, hour), {"day": say.weekday(weekday, full=True), "begin": f"{hour}:00"}
            if key not in mean.index:
                cells.append(Cell("", -1.0, say("week.unseen", **told)))
                continue
            value = float(mean[key])
            title = say("week.hour", **told, end=f"{hour + 1}:00", visits=say.number(value), n=int(seen[key]))
            low, high = bounds.loc[24 * weekday + hour, ["visits_low", "visits_high"]] / int(seen[key])
            if pd.notna(low):
                title += say("week.by_audit", low=say.number(low), high=say.number(high))
            cells.append(Cell(say.count(value), value / most, title, strong=key in names))
        rows.append((say.weekday(weekday), tuple(cells)))
    return columns, tuple(rows), strong


def power_words(strong: tuple[PowerHour, ...], say: Language) -> str:
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
            found.append(f"{say.weekday(weekday)} " + say.listed([say("week.run", a=a, b=b) for a, b in runs]))
    return say("number.semicolon").join(found)


def steps(data: ReportData, say: Language) -> tuple[Bar, ...]:
    """The waterfall from entries to visits."""
    days = data.inside.waterfall
    sums = days.groupby("step")["entries"].sum()
    order = days.groupby("step")["position"].min().sort_values(kind="stable").index
    top = max(int(sums.get("entries", 0)), 1)
    bars, left = [], int(sums.get("entries", 0))
    for step in order:
        count, less = int(sums[step]), step not in _TOTALS
        nothing = say("steps.off") if step in data.inside.rules.off else say.count(0)
        left -= count if less else 0
        value = (f"\u2212{say.count(count)}" if count else nothing) if less else say.count(count)
        start = left / top if less else 0.0
        bars.append(Bar(say(f"steps.{step}"), value, count / top, start, "less" if less else "total"))
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
    data: ReportData, say: Language, visits_bounds: tuple[float, float] | None = None, visits: int | None = None
) -> tuple[ZoneRow, ...]:
    """The zones, products first, the most visited first.

    Args:
        data: Of the report.
        say: The language.
        visits_bounds: Between which the true number of visits lies, by the last audit of the doors; None: not known.
        visits: The visits that were counted.
    """
    order = sorted(data.zones, key=lambda z: (z.role != "product", -z.visitors))
    most = max([z.draw_in or 0.0 for z in order], default=0.0)
    return tuple(
        ZoneRow(
            z.zone_id,
            say.word("role", z.role),
            say.count(z.visitors),
            say.percent(z.draw_in),
            (z.draw_in or 0.0) / max(most, 1.0),
            say.duration(z.dwell.median_s),
            say.duration(z.dwell.p90_s),
            say.percent(z.censored / z.stays if z.stays else None, 0),
            say.count(z.pass_through),
            _inverse(z.draw_in, visits, visits_bounds, say),
        )
        for z in order
    )


def _inverse(rate: float | None, visits: int | None, bounds: tuple[float, float] | None, say: Language) -> str:
    """Bounds of a rate over visits: where more came, it is lower."""
    if not rate or not visits or bounds is None or bounds[0] <= 0:
        return ""
    low, high = (rate * visits / end for end in reversed(bounds))
    return say.percents(low, high)


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


def segment_rows(data: ReportData, say: Language) -> tuple[SegmentRow, ...]:
    """The segments that have members, best first; of very few members only how many they are."""
    total = int(data.segments["monetary_minor"].sum()) if len(data.segments) else 0
    rows = []
    for name in [*(s.name for s in NAMED), OTHERS]:
        mine = data.segments[data.segments["segment"] == name]
        if mine.empty:
            continue
        sales, key = int(mine["monetary_minor"].sum()), name.lower().replace(" ", "_").replace("'", "")
        days, often = round(float(mine["recency_days"].median())), float(mine["frequency"].mean())
        told = len(mine) >= LEAST_TOLD
        rows.append(
            SegmentRow(
                say(f"segment.{key}"),
                say(f"segment.{key}_who"),
                say.count(len(mine)),
                len(mine) / len(data.segments),
                say("unit.day", n=days) if told else say.number(None),
                say.number(often if told else None),
                say.money(sales if told else None, data.currency),
                say.percent(sales / total if told and total > 0 else None, 0),
            )
        )
    return tuple(rows)
