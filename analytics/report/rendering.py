"""The page itself: templates filled with what the other rooms of the report say; and the tables as CSV."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from ..metrics import MISSING_BELOW, PARTIAL_BELOW, POWER_SHARE, POWER_WEEKS, daily, total_bars, totals, with_bars
from ..money import DECIMALS
from . import audits, figures, headlines, inside, tables, trust, words
from .ways import camera_ways

if TYPE_CHECKING:
    from .data import ReportData

_LIGHT, _DARK = (238, 243, 247), (27, 73, 116)


def render(data: ReportData) -> str:
    """The report as one HTML file that needs no network.

    Args:
        data: Everything it shows.

    Returns:
        The page, about 5 MB: nearly all of it is the chart library, embedded once.
    """
    hours = headlines.period(data)
    days, found = with_bars(daily(hours), hours, data.audited), totals(hours)
    bars = total_bars(hours, data.audited)
    columns, rows, strong = tables.week(hours, data.audited)
    cells, months = tables.calendar(days)
    against = headlines.comparison(data)
    charts = {
        "traffic": figures.traffic(days),
        "conversion": figures.conversion(hours, data.audited, data.currency, 10 ** DECIMALS.get(data.currency, 2)),
    }
    if len(data.forecast):
        charts["forecast"] = figures.forecast(data.forecast)
    made_at = data.made_at.astimezone(ZoneInfo(data.opening.time_zone))
    last = data.until - pd.Timedelta(days=1).to_pytimedelta()
    return (
        _environment()
        .get_template("report.html")
        .render(
            data=data,
            period=words.span(data.since, last),
            length=words.length((data.until - data.since).days),
            made_at=f"{words.day(made_at.date())}, {made_at:%H:%M}",
            found=found,
            coverage=words.percent(found.coverage),
            statuses={name: int((days["status"] == name).sum()) for name in ("ok", "partial", "missing", "closed")},
            tiles=headlines.tiles(data, found, against, bars),
            bars_said=audits.said(data, bars),
            audit_rows=audits.rows(data),
            barred=bool(days["visits_low"].notna().any()),
            against=against,
            summary=headlines.summary(data, found, days),
            outages=headlines.outages(data),
            cells=cells,
            months=months,
            calendar_weeks=1 + max((cell.column for cell in cells), default=0),
            week_hours=columns,
            week_rows=rows,
            power=tables.power_words(strong),
            power_share=words.percent(POWER_SHARE, 0),
            power_weeks=POWER_WEEKS,
            partial_below=words.percent(PARTIAL_BELOW, 0),
            missing_below=words.percent(MISSING_BELOW, 0),
            by_week=hours["local_date"].nunique() >= figures.WEEKLY_FROM_DAYS,
            steps=tables.steps(data),
            zones=tables.zone_rows(data, bars.get("visits"), found.visits),
            cause_words=inside.cause_words(data),
            unit_words=inside.unit_words(found),
            fixed_words=inside.fixed_words(data),
            dwell_rows=inside.dwell_rows(data),
            dwell_unknown=inside.dwell_unknown(data),
            queue_rows=inside.queue_rows(data),
            capture=inside.capture_words(data),
            ways=camera_ways(data),
            segments=tables.segment_rows(data),
            segments_day=words.day(data.segments["as_of"].iloc[0]) if len(data.segments) else "",
            verdict=trust.verdict(data),
            forecast_days=int(data.forecast["local_date"].nunique()) if len(data.forecast) else 0,
            clocks=trust.clock_rows(data),
            pairs=trust.pair_words(data),
            quality=trust.quality(data, hours),
            charts={name: _embedded(figure) for name, figure in charts.items()},
            plotly=Markup(get_plotlyjs()) if charts else "",  # noqa: S704 - the library's own script, not input
        )
    )


def csvs(data: ReportData) -> dict[str, str]:
    """The tables of the report by file name; times are UTC, amounts minor units, a missing value is empty."""
    hours = headlines.period(data)
    frames = {
        "daily.csv": with_bars(daily(hours), hours, data.audited),
        "hourly.csv": with_bars(hours, hours, data.audited),
        "lines_hourly.csv": data.audited.lines[data.audited.lines["hour_utc"].isin(hours["hour_utc"])],
        "accuracy.csv": data.audited.known,
        "zones_hourly.csv": data.zone_hourly,
        "waterfall.csv": data.inside.waterfall,
        "store_dwell.csv": data.inside.dwell,
        "occupancy_drift.csv": data.inside.drift,
        "queues_hourly.csv": data.inside.queue_hourly,
        "passers_hourly.csv": data.inside.passers,
        "capture_hourly.csv": data.inside.capture,
        "segments.csv": data.segments,
        "forecast.csv": data.forecast,
        "backtest.csv": data.backtest,
        "receipt_visits.csv": data.pairs,
        "heat.csv": data.heat,
        "moves.csv": data.moves,
    }
    return {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in frames.items()}


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("analytics", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["shade"] = _shade
    found.filters["count"] = words.count
    found.filters["percent"] = words.percent
    found.filters["part"] = lambda share: f"{100 * share:.2f}%"
    return found


def _shade(depth: float) -> str:
    """A blue between almost white (0) and dark (1)."""
    depth = min(max(depth, 0.0), 1.0)
    mixed = (round(light + (dark - light) * depth) for light, dark in zip(_LIGHT, _DARK, strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _embedded(figure: dict[str, Any]) -> Markup:
    """A figure as JSON that cannot end the script element that holds it."""
    text = json.dumps(figure, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped
