"""What each job does: read, hand everything to a pure room, give back what it says."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import forecast, joins, metrics, paths, report, segments, visits
from ..frames import (
    ACCURACY,
    BACKTEST,
    DAILY,
    FORECAST,
    HEAT,
    HOURLY,
    LINE_HOURLY,
    MEMBERS,
    MOVES,
    RECEIPT_VISITS,
    RECEIPTS,
    SEGMENTS,
    VISITS,
    WATERFALL,
    ZONE_HOURLY,
    day_window,
)
from ..imports import import_all
from ..results import rejects
from ..sources import Shop
from .bars import run_accuracy
from .context import Context, Done, Job, JobError, Part
from .zones import inside_data, run_zones, unknown_zones, zone_rules

if TYPE_CHECKING:
    from pathlib import Path

    from ..frames import Window
    from ..results import Rejected

log = logging.getLogger(__name__)

# How far back receipts and stays are read to judge the tills' clocks: one day alone says too little.
CLOCK_DAYS = 28
# Clocks are put right by up to a quarter of an hour, which may carry a receipt over midnight.
CLOCK_REACH = timedelta(minutes=15)


def run_import(context: Context, _: Window) -> Done:
    """Sales files into tables. Files that were imported before are not read again."""
    store = context.facts.store
    shop = Shop(store.time_zone, store.currency)
    outcomes = list(import_all(context.results, context.plan.files, shop, context.plan.rejects))
    unread = [o.error for o in outcomes if o.error is not None]
    if unread:
        raise JobError(f"{len(unread)} of {len(outcomes)} files could not be read: {'; '.join(unread)}")
    fresh = [o.imported for o in outcomes if o.imported is not None and not o.known]
    rejected = sum(i.rows_rejected for i in fresh)
    note = f"{rejected} rows rejected, see {context.plan.rejects}" if rejected else None
    return Done(rows=sum(i.rows_new + i.rows_changed for i in fresh), note=note)


def run_visits(context: Context, window: Window) -> Done:
    """Crossings into visits, and every rule with what it took away."""
    crossings = context.facts.crossings(window.since, window.until)
    stays = context.facts.stays(window.since, window.until)
    judged = visits.visits(crossings, context.opening, context.plan.visits, stays)
    steps = visits.waterfall_days(judged, context.facts.store.time_zone)
    seen = not crossings.empty or not context.facts.watches(window.since, window.until).empty
    note = None if seen else f"no camera watched from {window.first} to {window.last}"
    notes = [note, *unknown_zones(context)]
    return Done(
        (Part(VISITS, judged, window.since, window.until), Part(WATERFALL, steps, window.first, window.end)),
        note="; ".join(text for text in notes if text) or None,
    )


def run_hourly(context: Context, window: Window) -> Done:
    """Visits, sales and coverage into hours and days."""
    facts, results, opening = context.facts, context.results, context.opening
    watches = facts.all_watches()
    traffic = metrics.Traffic(
        crossings=facts.crossings(window.since, window.until),
        visits=results.read(VISITS, window.since, window.until),
        watches=watches,
        entrance_cameras=facts.entrance_cameras,
        grouped=context.plan.visits.group_s is not None,
    )
    receipts = results.read(RECEIPTS, window.since - CLOCK_REACH, window.until + CLOCK_REACH)
    right = joins.correct_clocks(receipts, matches(context, window).clocks)
    inside = right[(right["sold_at"] >= window.since) & (right["sold_at"] < window.until)].reset_index(drop=True)
    lines = results.read_lines(window.since - CLOCK_REACH, window.until + CLOCK_REACH)
    hours = metrics.hourly(traffic, metrics.Sales(inside, lines), opening, window.since, window.until)
    return Done(
        (
            Part(HOURLY, hours, window.since, window.until),
            Part(DAILY, metrics.daily(hours), window.first, window.end),
        )
    )


def run_paths(context: Context, window: Window) -> Done:
    """Positions into heat maps, stays and crossings into moves."""
    facts, zone = context.facts, context.facts.store.time_zone
    stays = facts.stays(window.since, window.until)
    days = (window.first + timedelta(days=n) for n in range((window.end - window.first).days))
    # Positions a day at a time: a busy one has hundreds of thousands.
    heats = [paths.heat(facts.trails(*day_window(day, zone)), stays, day) for day in days]
    moves = paths.moves(stays, facts.crossings(window.since, window.until), zone)
    return Done(
        (
            Part(HEAT, pd.concat(heats, ignore_index=True), window.first, window.end),
            Part(MOVES, moves, window.first, window.end),
        )
    )


def matches(context: Context, window: Window) -> joins.Matches:
    """Receipts of the window, and of the weeks before that are needed to judge the clocks, with their stays."""
    since = min(window.since, window.until - timedelta(days=CLOCK_DAYS))
    stays = context.facts.stays(since - timedelta(hours=1), window.until + timedelta(hours=1))
    receipts = context.results.read(RECEIPTS, since, window.until)
    return joins.match_receipts(stays, receipts, context.plan.pairs)


def run_match(context: Context, window: Window) -> Done:
    """Receipts with the stays of their buyers at the till."""
    pairs = matches(context, window).pairs
    mine = pairs[pairs["sold_at"] >= window.since].reset_index(drop=True)
    return Done((Part(RECEIPT_VISITS, mine, window.since, window.until),))


def run_segments(context: Context, window: Window) -> Done:
    """Members by how recently, how often and for how much they bought, as at the end of the window."""
    receipts = context.results.read(RECEIPTS, None, window.until)
    members = context.results.read(MEMBERS)
    found = segments.segments(receipts, members, window.last, context.facts.store.time_zone)
    return Done((Part(SEGMENTS, found),))


def run_forecast(context: Context, window: Window) -> Done:
    """The hours that follow the window, learned from all hours before its end."""
    hours = context.results.read(HOURLY, None, window.until)
    ahead, tested = forecast.forecast(hours, context.opening, context.plan.forecast_days)
    # Forecasts of hours that have passed meanwhile stay as they were made.
    begin = window.until if ahead.empty else ahead["hour_utc"].min()
    note = "too little history for a forecast" if ahead.empty else None
    return Done((Part(FORECAST, ahead, begin, None), Part(BACKTEST, tested)), note=note)


def run_report(context: Context, window: Window) -> Done:
    """One HTML page and CSVs into the report's folder."""
    data = report_data(context, window)
    pages = {"report.html": report.render(data)} | report.csvs(data)
    for name, text in pages.items():
        _write(context.plan.report / name, text)
    empty = "no day of this window was computed yet: run all first" if data.hourly.empty else None
    return Done(rows=len(pages), note=empty)


def _write(path: Path, text: str) -> None:
    """Puts a file in its place as a whole: who reads it meanwhile sees the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise JobError(f"{path}: cannot be written: {error.strerror}") from error


def report_data(context: Context, window: Window) -> report.ReportData:
    """Everything that the report shows."""
    facts, results = context.facts, context.results
    since, until = window.since, window.until
    hours = results.read(HOURLY, since - (until - since), until)
    stays = facts.stays(since, until)
    zone_hours = results.read(ZONE_HOURLY, since, until)
    mine = hours[hours["hour_utc"] >= since].reset_index(drop=True)
    return report.ReportData(
        store_id=facts.store.id,
        store_name=facts.store.name,
        currency=facts.store.currency,
        opening=context.opening,
        since=window.first,
        until=window.end,
        made_at=datetime.now(tz=UTC),
        version=context.plan.version,
        entrance_cameras=facts.entrance_cameras,
        hourly=hours,
        visits=results.read(VISITS, since, until),
        watches=facts.all_watches(),
        zone_hourly=zone_hours,
        zones=metrics.zone_totals(stays, zone_hours, mine, zone_rules(context, since, until)),
        inside=inside_data(context, window, mine),
        segments=results.read(SEGMENTS),
        forecast=results.read(FORECAST, until, None),
        backtest=results.read(BACKTEST),
        pairs=results.read(RECEIPT_VISITS, since, until),
        heat=results.read(HEAT, window.first, window.end),
        moves=results.read(MOVES, window.first, window.end),
        outlines=facts.outlines,
        audited=metrics.Audited(results.read(LINE_HOURLY, since - (until - since), until), results.read(ACCURACY)),
        clocks=matches(context, window).clocks,
        rejects=tuple(report.Rejects(r.file.rsplit("/", 1)[-1], _rule(r), r.rows) for r in rejects(results)),
    )


def _rule(rejected: Rejected) -> str:
    return f"{rejected.column}: {rejected.rule}" if rejected.column else rejected.rule


JOBS: tuple[Job, ...] = (
    Job("import", "sales files into tables", run_import, each_day=False),
    Job("visits", "crossings into visits", run_visits),
    Job("hourly", "hours and days", run_hourly, needs=("visits",)),
    Job("zones", "zones, queues, passers-by, time in the store", run_zones, needs=("visits",)),
    Job("accuracy", "the last audit's error bars on hours and days", run_accuracy, needs=("hourly",)),
    Job("paths", "positions into heat maps and ways", run_paths),
    Job("match", "receipts with stays at the till", run_match),
    Job("segments", "members by recency, frequency and value", run_segments, each_day=False),
    Job("forecast", "the hours ahead", run_forecast, needs=("hourly",), each_day=False),
    Job("report", "one page for the manager", run_report, needs=("hourly",), each_day=False),
)
