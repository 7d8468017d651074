"""The top of the page: the headline numbers, what they are compared with, and the report in a few sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from ..frames import day_start
from ..metrics import Totals, differ, gaps, totals, wilson
from . import audits, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .data import ReportData

LAST_DAYS = 28
_CAUSES = {
    "no data": "no data: camera or computer off",
    "lost": "camera not reachable",
    "frozen": "picture frozen",
    "black": "picture black",
    "blocked": "view blocked",
    "blurred": "picture blurred",
    "moved": "camera moved",
    "dark": "too dark",
    "slow": "computer too slow",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number.

    Attributes:
        name: What it is.
        value: The number.
        unit: Its unit, set smaller; may be empty.
        change: Against the period before; empty: there is nothing to compare with.
        tone: ``up``, ``down``, ``even``: of the change.
        note: How sure it is.
        bounds: Between which the true number lies, by the last audit; empty where there is none or none is needed.
    """

    name: str
    value: str
    unit: str
    change: str
    tone: str
    note: str
    bounds: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two spans of equal length, the later against the earlier.

    Attributes:
        now: The later.
        before: The earlier.
        label: What is compared with what.
    """

    now: Totals
    before: Totals
    label: str


@dataclass(frozen=True, slots=True)
class Outage:
    """One gap in words."""

    begins: str
    ends: str
    lost: str
    cause: str
    open_s: float


def period(data: ReportData) -> pd.DataFrame:
    """The hours of the report's own period."""
    return between(data, data.since, data.until)


def between(data: ReportData, first: date, until: date) -> pd.DataFrame:
    """The hours of the local days ``first <= day < until``."""
    day = data.hourly["local_date"]
    return data.hourly[(day >= pd.Timestamp(first)) & (day < pd.Timestamp(until))].reset_index(drop=True)


def comparison(data: ReportData) -> Comparison | None:
    """The period against the equal period before it, or its last four weeks against the four before those.

    None where neither was seen for at least half of its opening time.
    """
    length = data.until - data.since
    month = timedelta(days=LAST_DAYS)
    for size in (length, month):
        if size == month and length < 2 * month:
            continue
        middle = data.until - size
        now, before = totals(between(data, middle, data.until)), totals(between(data, middle - size, middle))
        if "missing" in {now.status, before.status} or not now.open_s or not before.open_s:
            continue
        what = "this period" if size == length else f"the last {words.length(size.days)}"
        days = words.span(middle, data.until - timedelta(days=1))
        label = f"{what} ({days}) with the {words.length(size.days)} before"
        return Comparison(now, before, label)
    return None


def tiles(
    data: ReportData, found: Totals, against: Comparison | None, bars: Mapping[str, tuple[float, float]]
) -> tuple[Tile, ...]:
    """The five headline numbers; ``bars`` are those of ``metrics.total_bars``."""
    seen = f"{words.percent(found.coverage)} of opening time seen"
    if found.status in {"partial", "missing"}:
        seen = f"{found.status}: only {seen}"
    if found.visits and "visits" not in bars:
        seen += f"; {audits.no_bar(data) or 'no error bar'}"
    interval = wilson(found.rated_receipts, found.rated_visits)
    sure = "no interval"
    if interval:
        sure = f"95 % sure: {100 * interval[0]:.1f} to {words.percent(interval[1])}, by chance alone"
    points, tone, chance = _conversion_change(against)
    spv = None if found.sales_per_visitor_minor is None else found.sales_per_visitor_minor
    till = "from the tills, complete"
    between = audits.bracket(bars, "visits")
    return (
        Tile("Visits", words.count(found.visits), "", *_change(against, "visits"), seen, between),
        Tile(
            "Conversion",
            *_split(words.percent(found.conversion)),
            points,
            tone,
            sure + chance,
            audits.bracket(bars, "conversion"),
        ),
        Tile(
            "Average receipt",
            *_split(words.money(found.atv_minor, data.currency)),
            *_change(against, "atv_minor"),
            till,
        ),
        Tile(
            "Sales per visitor",
            *_split(words.money(spv, data.currency)),
            *_change(against, "sales_per_visitor_minor"),
            "over the hours that were seen",
            audits.bracket(bars, "sales_per_visitor_minor", data.currency),
        ),
        Tile(
            "Net sales", *_split(words.money(found.sales_minor, data.currency)), *_change(against, "sales_minor"), till
        ),
    )


def _split(text: str) -> tuple[str, str]:
    number, _, unit = text.rpartition(" ")
    return (number, unit) if number else (unit, "")


def _change(against: Comparison | None, name: str) -> tuple[str, str]:
    if against is None:
        return "", "even"
    now, before = getattr(against.now, name), getattr(against.before, name)
    if now is None or not before:
        return "", "even"
    change = now / before - 1.0
    return words.signed_percent(change), "up" if change > 0.0005 else "down" if change < -0.0005 else "even"


def _conversion_change(against: Comparison | None) -> tuple[str, str, str]:
    if against is None or against.now.conversion is None or against.before.conversion is None:
        return "", "even", ""
    change = against.now.conversion - against.before.conversion
    real = differ(
        against.now.rated_receipts, against.now.rated_visits, against.before.rated_receipts, against.before.rated_visits
    )
    if real is False:
        return words.points(change), "even", "; the change is within chance"
    return words.points(change), "up" if change > 0 else "down", ""


def summary(data: ReportData, found: Totals, days: pd.DataFrame) -> tuple[str, ...]:
    """The report in a few sentences."""
    said: list[str] = []
    good = days[days["status"] == "ok"]
    if len(good) and found.visits is not None:
        best = good.iloc[int(good["visits"].astype("float64").argmax())]
        mean = words.count(float(good["visits"].mean()))
        said.append(
            f"{words.count(found.visits)} visits were counted, {mean} on an average open day; the busiest was"
            f" {words.short_day(best['local_date'])} with {words.count(int(best['visits']))}."
        )
    if found.conversion is not None and found.conversion <= 1:
        # Without receipt lines nobody knows the pieces.
        pieces = f" and {words.number(found.upt)} pieces" if found.upt else ""
        said.append(
            f"Of every 100 visits, {100 * found.conversion:.0f} ended at a till,"
            f" with {words.money(found.atv_minor, data.currency)}{pieces} on average."
        )
    lost = [gap for gap in outages(data) if gap.open_s >= 3600]
    if lost:
        hours = sum(gap.open_s for gap in lost) / 3600
        said.append(
            f"The door was blind {words.some(len(lost), 'time')} for an hour or longer, {hours:.0f} opening hours in"
            " all: they are left out, not counted as empty."
        )
    elif found.open_s and found.seen_s:
        said.append("The door was never blind for an hour or longer.")
    ahead = data.forecast
    if len(ahead) and len(data.backtest):  # one that could not be tested is no headline
        many = ahead["local_date"].nunique()
        said.append(f"About {words.count(float(ahead['mean'].sum()))} visits are expected in the next {many} days.")
    return tuple(said)


def outages(data: ReportData) -> tuple[Outage, ...]:
    """The gaps of the entrance cameras in the period, longest opening time first shown in order of time."""
    zone = ZoneInfo(data.opening.time_zone)
    since, until = (day_start(day, data.opening.time_zone) for day in (data.since, data.until))
    return tuple(
        Outage(
            words.moment(gap.begins.astimezone(zone)),
            words.moment(gap.ends.astimezone(zone)),
            words.duration(gap.open_s),
            ", ".join(_CAUSES.get(cause, cause) for cause in gap.cause.split(", ")),
            gap.open_s,
        )
        for gap in gaps(data.watches, data.entrance_cameras, data.opening, since, until)
    )
