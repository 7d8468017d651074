"""Reading what a report shows: only roll-ups, by ranges of their indexes, so that a year is as quick as a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import metrics, report
from ..frames import (
    ACCURACY,
    BACKTEST,
    CALENDAR_DAYS,
    CAPTURE_HOURLY,
    CATEGORY_DAILY,
    DAILY,
    FORECAST,
    HEAT,
    HOURLY,
    ITEMS_DAILY,
    LINE_HOURLY,
    MOVES,
    OCCUPANCY_DRIFT,
    OUTAGES,
    PAIR_DAYS,
    PASSERS_HOURLY,
    PRODUCTS,
    QUEUE_HOURLY,
    QUEUE_WAITS,
    SEGMENTS,
    STAY_BINS,
    STORE_DWELL,
    TILL_CLOCKS,
    TILL_HOURLY,
    WATERFALL,
    ZONE_DAYS,
    Window,
    empty,
)
from ..kpis import STAR_WEEKS
from ..results import rejects, sums
from .kpis import labour_of
from .quality import files_of, quality_of

if TYPE_CHECKING:
    from ..frames import Contract
    from ..results import Rejected
    from .context import Context

# Positions are many: longer reports show the ways of their last days.
WAYS_DAYS = timedelta(days=31)
STAY_BY = ("camera_id", "zone_id", "measure", "seconds")
# What is held against chance needs some months; staffing looks at its last weeks.
HISTORY, STAFF_WEEKS = timedelta(weeks=26), timedelta(weeks=STAR_WEEKS)


def report_data(context: Context, window: Window, kind: str = report.SPAN) -> report.ReportData:
    """Everything that a report shows.

    Args:
        context: Facts are asked for nothing but the store and its drawing.
        window: The days.
        kind: One of ``report.KINDS``.
    """
    facts, results = context.facts, context.results
    since, until, first, end = window.since, window.until, window.first, window.end
    hours = _with_pasts(context, window, kind)
    mine = hours[(hours["hour_utc"] >= since) & (hours["hour_utc"] < until)].reset_index(drop=True)
    days = results.read(ZONE_DAYS, first, end)
    # The database adds up what has many rows a day.
    bins = sums(results, STAY_BINS, by=STAY_BY, measures=["ended", "lost"], since=first, until=end)
    ways = max(first, end - WAYS_DAYS)
    early = min(first, end - HISTORY)
    items = results.read(ITEMS_DAILY, first, end)
    worked = Window.of(end - STAFF_WEEKS, end, context.time).since
    return report.ReportData(
        store_id=facts.store.id,
        store_name=facts.store.name,
        currency=facts.store.currency,
        opening=context.opening,
        kind=kind,
        since=first,
        until=end,
        made_at=datetime.now(tz=UTC),
        version=context.plan.version,
        hourly=hours,
        gaps=metrics.joined(results.read(OUTAGES, since, until), context.opening),
        zone_days=days,
        zones=metrics.zone_period(days, bins),
        inside=_inside(context, window, mine, bins),
        segments=results.read(SEGMENTS) if kind == report.SPAN else empty(SEGMENTS),
        forecast=results.read(FORECAST, until, None) if kind == report.SPAN else empty(FORECAST),
        backtest=results.read(BACKTEST) if kind == report.SPAN else empty(BACKTEST),
        pairs=results.read(PAIR_DAYS, first, end),
        clocks=results.read(TILL_CLOCKS, first, end),
        tills=results.read(TILL_HOURLY, since, until),
        daily=results.read(DAILY, early, end) if kind != report.DAY else empty(DAILY),
        calendar=results.read(CALENDAR_DAYS, early, end),
        labour=labour_of(context, worked, until) if kind != report.DAY else None,
        sold=results.read(CATEGORY_DAILY, first, end),
        items=items,
        products=results.read(PRODUCTS) if len(items) else empty(PRODUCTS),
        rules=context.plan.kpis,
        heat=_heat(context, ways, window) if kind != report.DAY else empty(HEAT),
        moves=results.read(MOVES, ways, end) if kind != report.DAY else empty(MOVES),
        outlines=facts.outlines,
        audited=metrics.Audited(results.read(LINE_HOURLY, since, until), results.read(ACCURACY)),
        quality=files_of(context) if kind == report.SPAN else quality_of(context, window),
        found={contract.name: _topic(context, contract, window, kind) for contract in report.READS},
        rejects=tuple(report.Rejects(r.file.rsplit("/", 1)[-1], _rule(r), r.rows) for r in rejects(results)),
    )


def _with_pasts(context: Context, window: Window, kind: str) -> pd.DataFrame:
    """Hours of the window and of the days that it is held against; each day once, in order."""
    weeks = timedelta(weeks=context.plan.kpis.lost_weeks)
    spans = {(window.first, window.end), (window.first - weeks, window.first)}
    for past in report.pasts(kind, window.first, window.end):
        spans |= set(past.spans)
    parts = [Window.of(first, end, context.time) for first, end in _apart(spans)]
    return pd.concat([context.results.read(HOURLY, part.since, part.until) for part in parts], ignore_index=True)


def _apart(spans: set[tuple[date, date]]) -> list[tuple[date, date]]:
    """Spans of days joined where they touch or overlap, in order."""
    joined: list[tuple[date, date]] = []
    for first, end in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((first, end))
    return joined


def _inside(context: Context, window: Window, hours: pd.DataFrame, bins: pd.DataFrame) -> report.Inside:
    """What the report shows around the visits."""
    results, since, until = context.results, window.since, window.until
    queue_hours = results.read(QUEUE_HOURLY, since, until)
    waited = metrics.lengths(bins[bins["measure"] == "wait"])
    return report.Inside(
        rules=context.plan.visits,
        waterfall=results.read(WATERFALL, window.first, window.end),
        dwell=results.read(STORE_DWELL, window.first, window.end),
        drift=results.read(OCCUPANCY_DRIFT, window.first, window.end),
        queues=metrics.queue_totals(empty(QUEUE_WAITS), queue_hours, hours, waited),
        queue_hourly=queue_hours,
        passers=results.read(PASSERS_HOURLY, since, until),
        capture=results.read(CAPTURE_HOURLY, since, until),
    )


def _heat(context: Context, first: date, window: Window) -> pd.DataFrame:
    """The heat map of the days, as if they were one day."""
    by, measures = ["camera_id", "space", "ix", "iy"], ["person_s", "people"]
    cells = sums(context.results, HEAT, by=by, measures=measures, since=first, until=window.end)
    made: pd.DataFrame = cells.assign(local_date=pd.Timestamp(window.last).as_unit("ms"))[HEAT.names]
    return made


def _topic(context: Context, contract: Contract, window: Window, kind: str) -> pd.DataFrame:
    """What a topic shows: results of days of the window; of all others the latest, in the report that ends now.

    A month that is over was judged on its last night; what is known today of its members is another day's.
    """
    if contract in report.AHEAD:
        # What lies ahead begins where the period ends.
        begin = window.end if contract.time == "local_date" else window.until if contract.time else None
        return context.results.read(contract, begin, None) if kind == report.SPAN else empty(contract)
    if contract.time == "local_date":
        return context.results.read(contract, window.first, window.end)
    if contract.time == "hour_utc":
        return context.results.read(contract, window.since, window.until)
    return context.results.read(contract) if kind == report.SPAN else empty(contract)


def _rule(rejected: Rejected) -> str:
    return f"{rejected.column}: {rejected.rule}" if rejected.column else rejected.rule
