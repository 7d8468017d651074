"""What each job does: read, hand everything to a pure room, give back what it says."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import metrics, paths, visits
from ..frames import (
    DAILY,
    HEAT,
    HOURLY,
    MOVES,
    VISITS,
    WATERFALL,
    day_window,
)
from .anomalies import run_anomalies
from .archiving import run_archive
from .bars import run_accuracy
from .baskets import run_baskets
from .calendar import run_calendar
from .churn import run_churn
from .context import Context, Done, Job, Part
from .demand import run_demand
from .describe import run_describe
from .forecast import run_forecast
from .importing import run_import
from .kpis import run_tills
from .matching import corrected_sold, run_clocks, run_match
from .network import run_network
from .recommend import run_recommend
from .reporting import run_report
from .rfid import run_members, run_rfid
from .rollups import run_rollups
from .segments import run_segments
from .value import run_value
from .zones import run_zones, unknown_zones

if TYPE_CHECKING:
    from ..frames import Window

log = logging.getLogger(__name__)


def run_visits(context: Context, window: Window) -> Done:
    """Crossings into visits, and every rule with what it took away."""
    rules = context.plan.visits
    crossings = context.facts.crossings(window.since, window.until, placed=rules.group_s is not None)
    stays = context.facts.stays(window.since, window.until) if rules.needs_stays else None
    judged = visits.visits(crossings, context.opening, rules, stays)
    steps = visits.waterfall_days(judged, context.time)
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
    doors = facts.entrance_cameras
    watches = facts.watches_around(window.since, window.until, doors)
    traffic = metrics.Traffic(
        crossings=facts.crossings(window.since, window.until, placed=context.plan.visits.group_s is not None),
        visits=results.read_entered(window.since, window.until),
        watches=watches,
        entrance_cameras=doors,
        grouped=context.plan.visits.group_s is not None,
    )
    hours = metrics.hourly(traffic, corrected_sold(context, window), opening, window.since, window.until)
    return Done(
        (
            Part(HOURLY, hours, window.since, window.until),
            Part(DAILY, metrics.daily(hours), window.first, window.end),
        )
    )


def run_paths(context: Context, window: Window) -> Done:
    """Positions into heat maps, stays and crossings into moves."""
    facts, zone = context.facts, context.time
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


JOBS: tuple[Job, ...] = (
    Job("import", "sales files into tables", run_import, each_day=False),
    Job("calendar", "holidays, events, promotions, weather", run_calendar),
    Job("visits", "crossings into visits", run_visits),
    Job("clocks", "the tills' clocks against the camera's", run_clocks, reach=28, ahead=1, chained=True),
    Job("hourly", "hours and days", run_hourly, needs=("visits", "clocks"), ahead=1),
    Job("tills", "receipts by till, bounces, categories", run_tills, needs=("visits", "clocks"), ahead=1),
    Job("zones", "zones, queues, passers-by, time in the store", run_zones, needs=("visits",), ahead=1),
    Job("accuracy", "the last audit's error bars on hours and days", run_accuracy, needs=("visits", "hourly")),
    Job("paths", "positions into heat maps and ways", run_paths),
    Job("rfid", "tags into passages, tries and what became of them", run_rfid, needs=("clocks",), ahead=1),
    Job("match", "receipts with their buyers", run_match, needs=("clocks",), uses=("rfid",), reach=14, ahead=1),
    Job("members", "member cards into visits of members", run_members, needs=("match",), ahead=1),
    Job("rollups", "days of zones, outages and pairs, for reports", run_rollups, needs=("hourly", "zones", "match")),
    Job("archive", "facts and sales of months that are over, as Parquet", run_archive),
    Job("describe", "distributions of purchases and visits, by group", run_describe, each_day=False),
    Job("segments", "members by recency, frequency and value, and in clusters", run_segments, each_day=False),
    Job("baskets", "what is bought together, beyond chance", run_baskets, each_day=False),
    Job("recommend", "what to offer to whom", run_recommend, each_day=False),
    Job("value", "what members are worth, and who still is a customer", run_value, each_day=False),
    Job("churn", "who is leaving, who will buy again", run_churn, each_day=False),
    Job("demand", "next purchases of members, demand of products", run_demand, each_day=False),
    Job("forecast", "the hours and days ahead", run_forecast, needs=("hourly",), each_day=False),
    Job("anomalies", "hours and days that do not fit", run_anomalies, needs=("hourly",), each_day=False),
    Job("network", "who buys and visits together", run_network, each_day=False),
    Job("report", "pages and tables for the manager", run_report, needs=("hourly", "rollups"), each_day=False),
)
