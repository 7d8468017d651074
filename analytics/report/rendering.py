"""The page itself: templates filled with what the other modules of the report say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..metrics import MISSING_BELOW, PARTIAL_BELOW, POWER_SHARE, POWER_WEEKS, daily, total_bars, totals, with_bars
from . import audits, charts, contents, headlines, inside, tables, topics, trust
from .chance import notes
from .definitions import definitions
from .explained import explained, imports
from .language import Language
from .ways import camera_ways

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..metrics import Totals
    from .data import ReportData

_LIGHT, _DARK = (238, 243, 247), (27, 73, 116)
_STATUSES = ("ok", "partial", "missing", "closed")


def render(data: ReportData, language: str = "en") -> str:
    """The report as one HTML file that needs no network and no script.

    Args:
        data: Everything it shows.
        language: One of ``LANGUAGES``.

    Returns:
        The page, at most about 250 kB.
    """
    say = Language(language)
    hours = data.hours()
    days, found = with_bars(daily(hours), hours, data.audited), totals(hours)
    bars = total_bars(hours, data.audited)
    tiles = headlines.tiles(data, found, against := headlines.comparisons(data, say), bars, say)
    sections, absent = explained(data, say)
    parts, untold = topics.told(data, say)
    values = {
        **_head(data, found, days, against=against, bars=bars, say=say),
        **_traffic(data, hours, days, say),
        **_inside(data, found, bars, say),
        **_trust(data, hours, say),
        "data": data,
        "say": say,
        "tiles": tiles,
        "barred": bool(days["visits_low"].notna().any()),
        "explained": sections,
        "imports": imports(data, say),
        "topics": contents.by_group(parts),
        "absent": (*absent, *untold),
        "hows": [tile.how for tile in tiles] + [part.how for part in (*sections, *parts.values()) if part.how],
        "definitions": definitions(data, say),
    }
    made_of = _environment()
    bodies = [(name, made_of.get_template(f"group_{name}.html").render(values)) for name in contents.GROUPS]
    groups = contents.grouped(bodies, say)
    return made_of.get_template("report.html").render(values, groups=groups, listed=contents.is_long(groups))


def made(data: ReportData, language: str = "en") -> str:
    """When the report was made, as its page says it: all that differs between two pages of the same data."""
    say = Language(language)
    made_at = data.made_at.astimezone(ZoneInfo(data.opening.time_zone))
    return say("page.made", day=say.day(made_at.date()), time=f"{made_at:%H:%M}")


def subject(data: ReportData, language: str = "en") -> str:
    """What a message that brings the report is called."""
    say = Language(language)
    return f"{data.store_name}: {headlines.title_of(data.kind, data.since, data.until, say)}"


def brief(data: ReportData, language: str = "en") -> str:
    """The report in a few sentences, as plain text."""
    say = Language(language)
    hours = data.hours()
    return say("number.space").join(headlines.summary(data, totals(hours), daily(hours), say))


def _head(
    data: ReportData,
    found: Totals,
    days: pd.DataFrame,
    *,
    against: tuple[headlines.Comparison, ...],
    bars: Mapping[str, tuple[float, float]],
    say: Language,
) -> dict[str, Any]:
    seen = say("page.seen", length=say.length((data.until - data.since).days), coverage=say.percent(found.coverage))
    return {
        "title": headlines.title_of(data.kind, data.since, data.until, say),
        "when": say("number.space").join([seen, made(data, say.code)]),
        "summary": headlines.summary(data, found, days, say),
        "notes": notes(data, say),
        "against": headlines.coverage_words(against, say),
        "bars_told": audits.told(data, bars, say),
    }


def _traffic(data: ReportData, hours: pd.DataFrame, days: pd.DataFrame, say: Language) -> dict[str, Any]:
    turns_h = data.opening.time.turns_min // 60
    columns, rows, strong = tables.week(hours, data.audited, say, turns_h) if data.kind != "day" else ((), (), ())
    cells, months = tables.calendar(days, say)
    one_day = data.kind == "day" and len(days) == 1
    usual = headlines.usual_hours(data) if one_day else None
    barred = with_bars(hours, hours, data.audited) if one_day else None
    counts = {name: int((days["status"] == name).sum()) for name in _STATUSES}
    long = data.kind in {"month", "span"}
    return {
        "day_chart": None if barred is None else charts.day_hours(barred, usual, say),
        "usual": usual is not None,
        "statuses": say(
            "seen.statuses",
            **{name: say.some(many, "day" if name == "closed" else "open_day") for name, many in counts.items()},
        ),
        "outages": headlines.outages(data, say),
        "cells": cells,
        "months": months,
        "calendar_weeks": 1 + max((cell.column for cell in cells), default=0),
        "week_hours": columns,
        "week_rows": rows if long else (),
        "power": tables.power_words(strong, say),
        "power_share": say.percent(POWER_SHARE, 0),
        "power_weeks": POWER_WEEKS,
        "partial_below": say.percent(PARTIAL_BELOW, 0),
        "missing_below": say.percent(MISSING_BELOW, 0),
        "by_week": hours["local_date"].nunique() >= charts.WEEKLY_FROM_DAYS,
        "traffic_chart": None if one_day else charts.traffic(days, say),
        "conversion_chart": None if one_day else charts.conversion(hours, data.audited, data.currency, say),
    }


def _inside(data: ReportData, found: Totals, bars: Mapping[str, tuple[float, float]], say: Language) -> dict[str, Any]:
    long = data.kind in {"month", "span"}
    return {
        "steps": tables.steps(data, say),
        "zones": tables.zone_rows(data, say, bars.get("visits"), found.visits),
        "cause_words": inside.cause_words(data, say),
        "unit_words": inside.unit_words(found, say),
        "fixed_words": inside.fixed_words(data, say),
        "dwell_rows": inside.dwell_rows(data, say),
        "dwell_unknown": inside.dwell_unknown(data, say),
        "queue_rows": inside.queue_rows(data, say),
        "capture": inside.capture_words(data, say),
        "ways": camera_ways(data, say),
        "segments": tables.segment_rows(data, say) if long else (),
        "segments_day": say.day(data.segments["as_of"].iloc[0]) if len(data.segments) else "",
    }


def _trust(data: ReportData, hours: pd.DataFrame, say: Language) -> dict[str, Any]:
    ahead = data.forecast[data.forecast["measure"] == "visits"]
    return {
        # What lay ahead when a day or week ended is in the report of the period that ends now.
        "show_forecast": data.kind == "span",
        "verdict": trust.verdict(data, say),
        "forecast_chart": charts.forecast(ahead, say) if len(ahead) else None,
        "forecast_days": int(ahead["local_date"].nunique()) if len(ahead) else 0,
        "audit_rows": audits.rows(data, say),
        "clocks": trust.clock_rows(data, say),
        "pairs": trust.pair_words(data, say),
        "quality": trust.quality(data, hours, say),
    }


@cache
def _environment() -> Environment:
    """Made once: to compile the templates takes a good part of a second."""
    found = Environment(
        loader=PackageLoader("analytics", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["shade"] = _shade
    found.filters["part"] = lambda share: f"{100 * share:.2f}%"
    return found


def _shade(depth: float) -> str:
    """A blue between almost white (0) and dark (1)."""
    depth = min(max(depth, 0.0), 1.0)
    mixed = (round(light + (dark - light) * depth) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)
