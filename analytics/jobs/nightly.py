"""The night: which days are still to be computed, and when the next one begins."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from ..frames import Window
from ..results import days_done
from .running import run_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .context import Context, Job
    from .running import Outcome

log = logging.getLogger(__name__)

# A machine that slept through the hour still runs the night when it wakes before the shop closes.
MISFIRE_GRACE_S = 12 * 3600


def local_today(time_zone: str) -> date:
    """Today on the store's wall."""
    return datetime.now(tz=ZoneInfo(time_zone)).date()


def first_day(context: Context) -> date | None:
    """The first local day on which a camera ran and whose facts are still kept; None before there is one."""
    begin, kept = context.facts.begin(), context.facts.first_kept_day()
    if begin is None:
        return None
    first = begin.astimezone(ZoneInfo(context.facts.store.time_zone)).date()
    return first if kept is None else max(first, kept)


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days as runs of neighbours: ``(first, day after the last)``, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and found[-1][1] == day:
            found[-1] = (found[-1][0], day + timedelta(days=1))
        else:
            found.append((day, day + timedelta(days=1)))
    return found


def days_due(context: Context, jobs: Sequence[Job], today: date) -> list[date]:
    """The days up to yesterday for which some job has no good run, and the last few in any case.

    Args:
        context: Facts and ledger.
        jobs: The night's jobs.
        today: On the store's wall.
    """
    first = first_day(context)
    if first is None:
        return []
    known = [first + timedelta(days=n) for n in range((today - first).days)]
    done = [days_done(context.results, job.name) for job in jobs if job.each_day]
    late = today - timedelta(days=context.plan.again_days)
    return [day for day in known if day >= late or not all(day in days for days in done)]


def run_night(
    context: Context, jobs: Sequence[Job], today: date, on_begin: Callable[[Job], None] | None = None
) -> Iterator[Outcome]:
    """Imports once, computes every day that is due, then that of which only the latest run counts.

    Args:
        context: What the jobs may touch.
        jobs: All of them, in order.
        today: On the store's wall.
        on_begin: Told before each job begins.
    """
    zone = context.facts.store.time_zone
    yesterday = Window.of(today - timedelta(days=1), today, zone)
    before = [job for job in jobs if job.name == "import"]
    yield from run_jobs(context, before, yesterday, on_begin)
    for first, end in spans(days_due(context, jobs, today)):
        yield from run_jobs(context, [j for j in jobs if j.each_day], Window.of(first, end, zone), on_begin)
    rest = [j for j in jobs if not j.each_day and j not in before]
    yield from run_jobs(context, rest, look_back(context, today), on_begin)


def look_back(context: Context, end: date) -> Window:
    """The days before ``end`` that the report shows: none before the first facts, but at least one."""
    first = max(end - timedelta(days=context.plan.report_days), first_day(context) or end)
    return Window.of(min(first, end - timedelta(days=1)), end, context.facts.store.time_zone)


def trigger(at: time, time_zone: str) -> CronTrigger:
    """Every day at a time on the store's wall, also across clock changes."""
    return CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=ZoneInfo(time_zone))


def next_night(at: time, time_zone: str, now: datetime) -> datetime:
    """When the next night begins.

    Args:
        at: Time of day on the store's wall.
        time_zone: IANA name.
        now: Aware.
    """
    found: datetime = trigger(at, time_zone).get_next_fire_time(None, now)
    return found.astimezone(UTC)


def scheduler(night: Callable[[], None], at: time, time_zone: str) -> BlockingScheduler:
    """A scheduler that runs ``night`` now, to make up for what was missed, and then every night; not yet started.

    Args:
        night: Opens what it needs, runs, closes it.
        at: Time of day on the store's wall.
        time_zone: IANA name.
    """
    made = BlockingScheduler(timezone=ZoneInfo(time_zone))
    # Two nights that were both missed are one night: the days due are found from the ledger.
    common = {"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_S}
    now = datetime.now(tz=UTC)
    made.add_job(night, trigger(at, time_zone), id="nightly", name="nightly", next_run_time=now, **common)
    return made
