"""The night: which days are still to be computed, and when the next one begins."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from ..frames import Window, business_day
from ..results import mark_interrupted
from .due import Due, first_day, known_days, note_inputs
from .running import Step, in_order, run_job, run_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..frames import StoreTime
    from .context import Context, Job
    from .running import Outcome

log = logging.getLogger(__name__)

# A machine that slept through the hour still runs the night when it wakes before the shop closes.
MISFIRE_GRACE_S = 12 * 3600


def local_today(time_zone: str | StoreTime) -> date:
    """The business day that it is now."""
    return business_day(datetime.now(tz=UTC), time_zone)


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
    """The days up to yesterday that some job has to compute, as far as can be said before the first of them runs.

    Args:
        context: Facts and ledger.
        jobs: The night's jobs.
        today: On the store's wall.
    """
    return sorted({day for days in due_days(context, jobs, today).values() for day in days})


def due_days(context: Context, jobs: Sequence[Job], today: date) -> dict[str, list[date]]:
    """The same by job, for those whose results belong to days."""
    due = Due(context, today, jobs)
    return {job.name: due.days(job, due.known) for job in jobs if job.each_day}


def run_night(
    context: Context, jobs: Sequence[Job], today: date, on_step: Callable[[Step], None] | None = None
) -> Iterator[Outcome]:
    """Imports, computes every day that is due, then that of which only the latest run counts.

    A month at a time, so that a year that was missed needs no more memory than a month; and of a month only the days
    that a job has to compute: those it never did, and those of which facts, sales or results became others.

    Args:
        context: What the jobs may touch.
        jobs: All of them, in order.
        today: On the store's wall.
        on_step: Told before each job begins.

    Raises:
        JobError: The jobs need each other in a circle, or one that is unknown.
        ResultsError: The ledger cannot be written.
    """
    in_order(jobs)
    lost = mark_interrupted(context.results)
    if lost:
        log.warning("%d runs of an earlier process were interrupted; they are made up for", lost)
    daily = [job for job in jobs if job.each_day]
    at = jobs.index(daily[0]) if daily else len(jobs)

    yesterday = Window.of(today - timedelta(days=1), today, context.time)
    failed: set[str] = set()
    for job in jobs[:at]:
        yield _run(context, Step(job, yesterday), failed, on_step)
    note_inputs(context, known_days(context, today))
    yield from _days(context, daily, Due(context, today, jobs, noted=True), failed, on_step)
    wide = look_back(context, today)
    with context.keeping():
        for job in (job for job in jobs[at:] if not job.each_day):
            yield _run(context, Step(job, wide), failed, on_step)


def run_window(
    context: Context, jobs: Sequence[Job], window: Window, on_step: Callable[[Step], None] | None = None
) -> Iterator[Outcome]:
    """Runs jobs over the days that a person asks for.

    What they compute from is noted after the import, or the next night would take it for new and compute all again.

    Args:
        context: What the jobs may touch.
        jobs: Some of them, in order.
        window: The days.
        on_step: Told before each job begins.
    """
    first = next((place for place, job in enumerate(jobs) if job.each_day), len(jobs))
    yield from run_jobs(context, jobs[:first], window, on_step)
    if first < len(jobs):
        note_inputs(context, known_days(context, local_today(context.time)))
    yield from run_jobs(context, jobs[first:], window, on_step)


def _days(
    context: Context, daily: Sequence[Job], due: Due, broken: set[str], on_step: Callable[[Step], None] | None
) -> Iterator[Outcome]:
    """Every day that is due, a month at a time; jobs that fail in one of them are added to ``broken``."""
    months = [list(days) for _, days in groupby(due.known, key=lambda day: (day.year, day.month))]
    planned = sum(any(due.days(job, days) for job in daily) for days in months)
    month = 0
    for days in months:
        # What an earlier month made others may be due in this one, so it is asked only now.
        if not any(due.days(job, days) for job in daily):
            continue
        month += 1
        failed: set[str] = set()
        with context.facts.remembering():
            for job in daily:
                done: set[date] = set()
                # What a job makes other may make later days of its own due.
                while fresh := set(due.days(job, days)) - done:
                    done |= fresh
                    for first, end in spans(fresh):
                        step = Step(job, Window.of(first, end, context.time), month, max(planned, month))
                        yield _run(context, step, failed, on_step)
                    due.read(context)
        broken |= failed
    if month > 1:
        # The first day of a month may have made the last of the month before another.
        for job in (job for job in daily if job.name not in broken):
            for first, end in spans(due.days(job, due.known, again=False)):
                step = Step(job, Window.of(first, end, context.time), month, max(planned, month))
                yield _run(context, step, set(broken), on_step)
            due.read(context)


def _run(context: Context, step: Step, failed: set[str], on_step: Callable[[Step], None] | None) -> Outcome:
    if on_step is not None:
        on_step(step)
    return run_job(context, step.job, step.window, failed)


def look_back(context: Context, end: date) -> Window:
    """The days before ``end`` that the report shows: none before the first facts, but at least one."""
    first = max(end - timedelta(days=context.plan.report_days), first_day(context) or end)
    return Window.of(min(first, end - timedelta(days=1)), end, context.time)


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
