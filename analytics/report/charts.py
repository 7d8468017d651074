"""The charts of a report: visits, conversion and sales, hours of the day, the days ahead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..metrics import error_bars, totals, wilson
from ..money import DECIMALS
from .svg import AMBER, BLUE, INK, PALE_AMBER, PALE_BLUE, Panel, drawing, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from markupsafe import Markup

    from ..metrics import Audited
    from .language import Language

WEEKLY_FROM_DAYS = 42
_WHITE = "#ffffff"


def traffic(days: pd.DataFrame, say: Language) -> Markup:
    """Visits per day: a bar for every day that was seen, grey where it was not, nothing where the store was closed.

    Where the lines were audited an upright line shows where the true number lies; it need not touch the bar's end.

    Args:
        days: ``frames.DAILY`` with error bars.
        say: The language.
    """
    panel = Panel(len(days), _most(days["visits"], days["visits_high"]))
    panel.axis([say.count(value) for value in ticks(panel.most)], say("chart.visits_a_day"))
    for place, row in enumerate(days.to_dict("records")):
        day = say.short_day(row["local_date"])
        if row["status"] == "missing":
            panel.unseen(place, say("chart.day_unseen", day=day))
        elif row["status"] != "closed" and not pd.isna(row["visits"]):
            title = say("chart.day", day=day, visits=say.count(row["visits"]), seen=say.percent(row["coverage"]))
            title += _between(row["visits_low"], row["visits_high"], say)
            panel.bar(place, row["visits"], PALE_BLUE if row["status"] == "partial" else BLUE, title)
            _audit(panel, place, row["visits_low"], row["visits_high"])
    if len(days) > 13:
        _weekly_means(panel, days, say)
    panel.names([say.month_day(day) for day in days["local_date"]])
    return drawing([panel], say("chart.traffic"))


def day_hours(hours: pd.DataFrame, usual: pd.Series | None, say: Language) -> Markup:
    """The open hours of a day: visits as bars, the usual visits of these hours as a line, conversion below.

    Args:
        hours: ``frames.HOURLY`` of one day, with error bars.
        usual: Mean visits by local hour of the days it is compared with; None: there are none.
        say: The language.
    """
    rows = hours[hours["open_s"] > 0].to_dict("records")
    known = usual if usual is not None else pd.Series(dtype="float64")
    most = max(_most(hours["visits"], hours["visits_high"]), float(known.max()) if len(known) else 0.0)
    panel = Panel(len(rows), most)
    panel.axis([say.count(value) for value in ticks(panel.most)], say("chart.visits_an_hour"))
    rate = Panel(len(rows), _most(100 * hours["conversion"]), top=panel.bottom + 48, height=110.0)
    rate.axis([say.count(value) for value in ticks(rate.most)], say("chart.conversion_axis"))
    for place, row in enumerate(rows):
        name = f"{row['local_hour']}:00"
        if pd.isna(row["visits"]):
            panel.unseen(place, say("chart.hour_unseen", hour=name))
            continue
        title = say("chart.hour", hour=name, visits=say.count(row["visits"]), seen=say.percent(row["coverage"]))
        title += _between(row["visits_low"], row["visits_high"], say)
        panel.bar(place, row["visits"], PALE_BLUE if row["status"] == "partial" else BLUE, title)
        _audit(panel, place, row["visits_low"], row["visits_high"])
        if not pd.isna(row["conversion"]):
            said = say("chart.hour_rate", hour=name, rate=say.percent(row["conversion"]), n=int(row["receipts"]))
            rate.dot(place, 100 * row["conversion"], AMBER, said)
    values = [None if pd.isna(row["conversion"]) else 100 * float(row["conversion"]) for row in rows]
    rate.line([float(place) for place in range(len(rows))], values, AMBER)
    if len(known):
        expected = [_known(known.get(row["local_hour"])) for row in rows]
        panel.line([float(place) for place in range(len(rows))], expected, INK, wide=1.5)
    rate.names([f"{row['local_hour']}:00" for row in rows])
    return drawing([panel, rate], say("chart.hours"))


def conversion(hours: pd.DataFrame, audited: Audited, currency: str, say: Language) -> Markup:
    """Conversion with its interval above, net sales below; by the week when the period is long.

    Behind the interval by chance a broad pale line shows what the last audit of the doors leaves open.

    Args:
        hours: ``frames.HOURLY`` of the period.
        audited: What the lines counted, and how well.
        currency: Of the amounts.
        say: The language.
    """
    long = hours["local_date"].nunique() >= WEEKLY_FROM_DAYS
    start = _mondays(hours["local_date"]) if long else hours["local_date"]
    bars = error_bars(hours, audited, start)
    known = bars[["conversion_low", "conversion_high"]].astype("float64")
    bounds = {day.date(): ends for day, ends in zip(known.index, known.to_numpy().tolist(), strict=True)}
    found = [(begin, totals(mine)) for begin, mine in days_of(hours, start)]
    found = [(begin, sums) for begin, sums in found if sums.open_s or sums.receipts]
    intervals = [wilson(sums.rated_receipts, sums.rated_visits) for _, sums in found]
    rates = [sums.conversion for _, sums in found if sums.conversion is not None]
    highs = [*rates, *(i[1] for i in intervals if i), *(high for _, high in bounds.values() if not math.isnan(high))]
    rate = Panel(len(found), 100 * max(highs, default=0.01), height=160.0)
    rate.axis([say.count(value) for value in ticks(rate.most)], say("chart.conversion_axis"))
    scale = 10 ** DECIMALS.get(currency, 2)
    most = max([sums.sales_minor for _, sums in found], default=0) / scale
    sales = Panel(len(found), most, top=rate.bottom + 24, height=140.0)
    sales.axis([say.count(value) for value in ticks(most)], say("chart.sales_axis", currency=currency))
    for place, ((begin, sums), interval) in enumerate(zip(found, intervals, strict=True)):
        name = say("chart.week_of" if long else "chart.one_day", day=say.short_day(begin))
        low, high = bounds[begin]
        title = say("chart.rate", when=name, rate=say.percent(sums.conversion))
        if sums.conversion is not None:
            if not math.isnan(low):
                rate.upright(place, 100 * low, 100 * high, PALE_AMBER, 7)
                title += say("chart.by_audit", between=say.percents(low, high))
            if interval:
                rate.upright(place, 100 * interval[0], 100 * interval[1], AMBER, 1)
                title += say("chart.by_chance", between=say.percents(*interval))
            rate.dot(place, 100 * sums.conversion, AMBER, title)
        sold = say("chart.sold", when=name, sales=say.money(sums.sales_minor, currency))
        sales.bar(place, max(sums.sales_minor, 0) / scale, BLUE, sold)
    values = [None if sums.conversion is None else 100 * sums.conversion for _, sums in found]
    rate.line([float(place) for place in range(len(found))], values, AMBER, wide=1.5)
    sales.names([say.month_day(begin) for begin, _ in found])
    return drawing([rate, sales], say("chart.conversion"))


def forecast(rows: pd.DataFrame, say: Language) -> Markup:
    """The coming open hours one after the other, with bands of 80 % and 95 %; every day's sum above it.

    Args:
        rows: ``frames.FORECAST`` of visits.
        say: The language.
    """
    hours = rows[rows["hi95"] > 0].reset_index(drop=True)
    days = list(days_of(hours, hours["local_date"]))
    # An empty place between two days: nights are left out, so that days do not join.
    panel = Panel(len(hours) + max(len(days) - 1, 0), _most(hours["hi95"]), top=28.0)
    panel.axis([say.count(value) for value in ticks(panel.most)], say("chart.visits_an_hour"))
    begin = 0
    for day, mine in days:
        at = [float(begin + n) for n in range(len(mine))]
        for low, high, opacity in (("lo95", "hi95", 0.13), ("lo80", "hi80", 0.22)):
            panel.band(at, mine[low].tolist(), mine[high].tolist(), opacity)
        panel.line(at, mine["mean"].tolist(), BLUE)
        for place, row in zip(at, mine.to_dict("records"), strict=True):
            ends = {name: say.count(row[name]) for name in ("mean", "lo80", "hi80", "lo95", "hi95")}
            title = say("chart.expected", day=say.short_day(day), hour=f"{row['local_hour']}:00", **ends)
            panel.dot(place, row["mean"], BLUE, title, size=2)
        middle = (at[0] + at[-1]) / 2
        panel.name(middle, f"{say.weekday(day.weekday())}\n{say.month_day(day)}")
        panel.above(middle, say.count(float(mine["mean"].sum())))
        begin += len(mine) + 1
    return drawing([panel], say("chart.forecast"))


def days_of(frame: pd.DataFrame, key: pd.Series) -> Iterator[tuple[date, pd.DataFrame]]:
    """The rows of each day of ``key``, in order."""
    for day, mine in frame.groupby(key, sort=True):
        yield cast("pd.Timestamp", day).date(), mine


def _weekly_means(panel: Panel, days: pd.DataFrame, say: Language) -> None:
    """A step for the mean open day of every week: the trend under the rhythm of the weekdays."""
    whole = days.reset_index(drop=True)
    mondays = _mondays(whole["local_date"])
    for monday, mine in days_of(whole, mondays):
        good = mine[mine["status"] == "ok"]
        if len(good):
            mean = float(good["visits"].mean())
            panel.line([mine.index[0] - 0.4, mine.index[-1] + 0.4], [mean, mean], AMBER)
            title = say("chart.week_mean", day=say.short_day(monday), visits=say.count(mean))
            panel.dot((mine.index[0] + mine.index[-1]) / 2, mean, AMBER, title, size=2)


def _audit(panel: Panel, place: float, low: float, high: float) -> None:
    if not math.isnan(low):
        panel.upright(place, low, high, _WHITE, 4)
        panel.upright(place, low, high, INK, 1.5)


def _between(low: float, high: float, say: Language) -> str:
    return "" if math.isnan(low) else say("chart.sure", low=say.count(low), high=say.count(high))


def _mondays(days: pd.Series) -> pd.Series:
    mondays: pd.Series = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    return mondays


def _most(*values: pd.Series) -> float:
    found = float(pd.concat([column.astype("float64") for column in values]).max())
    return 0.0 if math.isnan(found) else found


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
