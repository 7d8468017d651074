"""The charts that people hover over, as plain Plotly figures: dictionaries of traces and layout.

Colours: one blue for what was counted, one amber for money and rates, grey for what was not seen. They differ in
lightness as well as in hue, so they are told apart without colour vision and in black and white.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..metrics import error_bars, totals, wilson
from . import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..metrics import Audited

Figure = dict[str, Any]

INK, QUIET, RULE, UNSEEN = "#22303c", "#66737f", "#e3e7ea", "#dcdfe2"
BLUE, PALE_BLUE, AMBER, PALE_AMBER = "#2b5d8a", "#9bb8d3", "#c07c1c", "#ecd9b9"
WEEKLY_FROM_DAYS = 42
DAY_MS = 86_400_000


def traffic(days: pd.DataFrame) -> Figure:
    """Visits per day: a bar for every day that was seen, grey where it was not, nothing where the store was closed.

    Where the lines were audited an upright line shows where the true number lies; it need not touch the bar's end.

    Args:
        days: ``frames.DAILY`` with error bars.
    """
    bars = days[days["visits"].notna() & (days["status"] != "closed")]
    partial = bars["status"] == "partial"
    hover = [
        f"<b>{words.short_day(day)}</b><br>{words.count(visits)} visits"
        f"{_between(low, high)}<br>{words.percent(coverage)} of opening time seen"
        for day, visits, coverage, low, high in zip(
            *(bars[name] for name in ("local_date", "visits", "coverage", "visits_low", "visits_high")), strict=True
        )
    ]
    bar = {
        "type": "bar",
        "x": _dates(bars["local_date"]),
        "y": _numbers(bars["visits"]),
        "width": 0.82 * DAY_MS,  # said here, or a single bar would be a hairline
        "marker": {
            "color": [PALE_BLUE if p else BLUE for p in partial],
            "pattern": {
                "shape": ["/" if p else "" for p in partial],
                "fgcolor": BLUE,
                "size": 5,
                "solidity": 0.3,
                "fillmode": "overlay",
            },
        },
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    shapes = [_unseen_day(day.date()) for day in days.loc[days["status"] == "missing", "local_date"]]
    known = bars[bars["visits_low"].notna()]
    ends = (_dates(known["local_date"]), _numbers(known["visits_low"]), _numbers(known["visits_high"]))
    # A white rim, or the dark line would be lost before the bar.
    doubt = [*_uprights(*ends, {"color": "#ffffff", "width": 4}), *_uprights(*ends, {"color": INK, "width": 1.5})]
    layout = {"bargap": 0.18, "shapes": shapes} | _few_days(days["local_date"])
    return _figure([bar, _weekly_mean(bars), *doubt], 300, layout, "visits a day", "date")


def conversion(hours: pd.DataFrame, audited: Audited, currency: str, scale: int) -> Figure:
    """Conversion with its interval above, net sales below; by the week when the period is long.

    Behind the interval by chance a broad pale line shows what the last audit of the doors leaves open.

    Args:
        hours: ``frames.HOURLY`` of the period.
        audited: What the lines counted, and how well.
        currency: Of the amounts.
        scale: Minor units in a whole unit.
    """
    long = hours["local_date"].nunique() >= WEEKLY_FROM_DAYS
    start = _mondays(hours["local_date"]) if long else hours["local_date"]
    rate: dict[str, list[Any]] = {"x": [], "y": [], "low": [], "high": [], "text": []}
    sales: dict[str, list[Any]] = {"x": [], "y": [], "text": []}
    doubt: dict[str, list[Any]] = {"x": [], "low": [], "high": []}
    counted = error_bars(hours, audited, start)
    for begin, mine in days_of(hours, start):
        found = totals(mine)
        if found.open_s == 0 and found.receipts == 0:
            continue
        name = ("Week of " if long else "") + words.short_day(begin)
        interval = wilson(found.rated_receipts, found.rated_visits)
        rate["x"].append(f"{begin:%Y-%m-%d}")
        rate["y"].append(None if found.conversion is None else 100 * found.conversion)
        rate["low"].append(100 * (found.conversion - interval[0]) if interval and found.conversion is not None else 0)
        rate["high"].append(100 * (interval[1] - found.conversion) if interval and found.conversion is not None else 0)
        between = f", 95 % interval {100 * interval[0]:.1f} to {words.percent(interval[1])}" if interval else ""
        (low,), (high,) = (counted.loc[[pd.Timestamp(begin)], f"conversion_{end}"] for end in ("low", "high"))
        if found.conversion is not None and not math.isnan(low):
            doubt["x"].append(f"{begin:%Y-%m-%d}")
            doubt["low"].append(round(100 * low, 2))
            doubt["high"].append(round(100 * high, 2))
            between += f"<br>{100 * low:.1f} to {words.percent(high)} by the last audit of the doors"
        rate["text"].append(f"<b>{name}</b><br>{words.percent(found.conversion)} of visits buy{between}")
        sales["x"].append(f"{begin:%Y-%m-%d}")
        sales["y"].append(found.sales_minor / scale)
        sales["text"].append(f"<b>{name}</b><br>net sales {words.money(found.sales_minor, currency)}")
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rate["x"],
        "y": rate["y"],
        "line": {"color": AMBER, "width": 2},
        "marker": {"size": 6},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rate["high"],
            "arrayminus": rate["low"],
            "color": AMBER,
            "thickness": 1,
            "width": 0,
        },
        "hovertext": rate["text"],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "yaxis": "y2",
    }
    bars = {
        "type": "bar",
        "x": sales["x"],
        "y": sales["y"],
        "marker": {"color": BLUE},
        "hovertext": sales["text"],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    layout = {
        "bargap": 0.25,
        "yaxis2": _axis("conversion, %") | {"domain": [0.56, 1.0], "anchor": "x"},
        "yaxis": _axis(f"net sales, {currency}") | {"domain": [0.0, 0.44], "rangemode": "tozero"},
    }
    broad = {"color": PALE_AMBER, "width": 7}
    if not long:
        layout |= _few_days(start)
    behind = _uprights(doubt["x"], doubt["low"], doubt["high"], broad, yaxis="y2")
    return _figure([bars, *behind, line], 380, layout, None, "date")


def forecast(rows: pd.DataFrame) -> Figure:
    """The coming open hours one after the other, with bands of 80 % and 95 %; every day's sum above it.

    Args:
        rows: ``frames.FORECAST``.
    """
    hours = rows[rows["hi95"] > 0].reset_index(drop=True)
    columns = (hours[name] for name in ("local_date", "local_hour", "mean", "lo80", "hi80", "lo95", "hi95"))
    hover = [
        f"<b>{words.short_day(day)}, {hour}:00</b><br>{mean:.0f} visits expected"
        f"<br>80 %: {lo80:.0f} to {hi80:.0f}<br>95 %: {lo95:.0f} to {hi95:.0f}"
        for day, hour, mean, lo80, hi80, lo95, hi95 in zip(*columns, strict=True)
    ]
    traces: list[Figure] = []
    ticks, names, shapes, notes = [], [], [], []
    begin = 0.0
    for day, mine in days_of(hours, hours["local_date"]):
        at = [begin + n for n in range(len(mine))]
        traces += _day_ahead(mine, at, hover)
        middle = (at[0] + at[-1]) / 2
        ticks.append(middle)
        names.append(f"{words.WEEKDAYS[day.weekday()]}<br>{day.day} {day:%b}")
        notes.append(
            {
                "x": middle, "y": 1.0, "yref": "paper", "yanchor": "bottom", "showarrow": False,
                "text": f"<b>{words.count(float(mine['mean'].sum()))}</b>", "font": {"size": 12, "color": INK},
            }
        )  # fmt: skip
        if begin:
            shapes.append(_divider(begin - 1.0))
        begin = at[-1] + 2.0
    layout = {
        "shapes": shapes,
        "annotations": notes,
        "margin": {"l": 46, "r": 8, "t": 26, "b": 40},
        "xaxis": {
            "tickvals": ticks,
            "ticktext": names,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "range": [-1.0, begin - 1.0],
        },
    }
    return _figure(traces, 300, layout, "visits an hour", "linear")


def _day_ahead(hours: pd.DataFrame, at: list[float], hover: list[str]) -> list[Figure]:
    """The bands and the line of one day: nights are left out, so days do not join."""
    traces: list[Figure] = []
    for low, high, colour in (("lo95", "hi95", "rgba(43,93,138,.13)"), ("lo80", "hi80", "rgba(43,93,138,.22)")):
        edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        traces.append(edge | {"x": at, "y": _numbers(hours[low])})
        traces.append(edge | {"x": at, "y": _numbers(hours[high]), "fill": "tonexty", "fillcolor": colour})
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": at,
        "y": _numbers(hours["mean"]),
        "line": {"color": BLUE, "width": 2},
        "marker": {"size": 4},
        "hovertext": [hover[row] for row in hours.index],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return [*traces, line]


def _figure(traces: list[Figure], height: int, layout: Figure, title: str | None, kind: str) -> Figure:
    frame: Figure = {
        "height": height,
        "margin": {"l": 46, "r": 8, "t": 10, "b": 30},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12, "color": QUIET},
        "showlegend": False,
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": RULE, "font": {"color": INK, "size": 13}, "align": "left"},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {"type": kind, "showgrid": False, "zeroline": False, "fixedrange": True, "tickformat": "%-d %b\n%Y"},
    }
    if title is not None:
        frame["yaxis"] = _axis(title) | {"rangemode": "tozero"}
    return {"data": traces, "layout": frame | layout}


def _few_days(days: pd.Series) -> Figure:
    """The axis of few days, each named once; nothing where there are many, which are named well anyway."""
    own = sorted(set(_dates(days)))
    if len(own) > 8:
        return {}
    names = [f"{day.day} {day:%b}" for day in map(date.fromisoformat, own)]
    return {
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "tickvals": own,
            "ticktext": names,
        }
    }


def _axis(title: str) -> Figure:
    return {
        "title": {"text": title, "font": {"size": 12}, "standoff": 6},
        "gridcolor": RULE,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }


def _uprights(x: list[str], low: list[Any], high: list[Any], line: Figure, yaxis: str = "y") -> list[Figure]:
    """One upright line from low to high at each x; no trace at all where there is none."""
    if not x:
        return []
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [at for day in x for at in (day, day, None)],
        "y": [value for pair in zip(low, high, strict=True) for value in (*pair, None)],
        "line": line,
        "hoverinfo": "skip",
        "name": "audit",
        "yaxis": yaxis,
    }
    return [trace]


def _between(low: float, high: float) -> str:
    return "" if math.isnan(low) else f"<br>95 % sure: {words.count(low)} to {words.count(high)}"


def _weekly_mean(bars: pd.DataFrame) -> Figure:
    """A thin step for the mean open day of every week: the trend under the rhythm of the weekdays."""
    x: list[str | None] = []
    y: list[float | None] = []
    text: list[str | None] = []
    whole = bars[bars["status"] == "ok"]
    for monday, mine in days_of(whole, _mondays(whole["local_date"])):
        mean = float(mine["visits"].mean())
        for edge in (-0.5, 6.5):
            x.append(f"{datetime.combine(monday, time(12)) + timedelta(days=edge - 0.5):%Y-%m-%d %H:%M}")
            y.append(mean)
            text.append(f"Week of {words.short_day(monday)}<br>{mean:.0f} visits on the average open day")
        x.append(None)
        y.append(None)
        text.append(None)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": AMBER, "width": 2},
        "hovertext": text,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def days_of(frame: pd.DataFrame, key: pd.Series) -> Iterator[tuple[date, pd.DataFrame]]:
    """The rows of each day of ``key``, in order."""
    for day, mine in frame.groupby(key, sort=True):
        yield cast("pd.Timestamp", day).date(), mine


def _mondays(days: pd.Series) -> pd.Series:
    mondays: pd.Series = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    return mondays


def _unseen_day(day: date) -> Figure:
    return {
        "type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
        "x0": f"{day - timedelta(days=1):%Y-%m-%d} 12:00", "x1": f"{day:%Y-%m-%d} 12:00",
        "fillcolor": UNSEEN, "line": {"width": 0},
    }  # fmt: skip


def _divider(x: float) -> Figure:
    line = {"color": RULE, "width": 1}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line}


def _dates(days: Iterable[date]) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in days]


def _numbers(values: Iterable[Any]) -> list[float | None]:
    return [None if value is None or math.isnan(float(value)) else round(float(value), 2) for value in values]
