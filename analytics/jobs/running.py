"""Runs jobs one after the other, writes what they give back, and keeps the ledger."""

from __future__ import annotations

import gc
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import DAY, FrameError, local_day
from ..results import ResultsError, begin_run, end_run, finish_run, keep_days
from ..sources import SourceError
from .context import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from ..frames import Window
    from ..results import Changed
    from .context import Context, Job

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes:
        job: Its name.
        status: ``ok``, ``failed`` or ``skipped``.
        rows: Rows written.
        took_s: Seconds.
        message: Why it failed or was skipped, or what to know about a run that went well.
        window: The days it was about; None where nobody said.
    """

    job: str
    status: str
    rows: int
    took_s: float
    message: str | None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is about to be done.

    Attributes:
        job: The job that begins.
        window: The days it is about.
        months: How many months have days to compute; 0 for jobs that are not about days.
        month: Which of them this is, from 1 on.
    """

    job: Job
    window: Window
    month: int = 0
    months: int = 0


def in_order(jobs: Sequence[Job]) -> None:
    """Refuses jobs that cannot run one after the other as they stand.

    Raises:
        JobError: A name appears twice, or a job needs one that is unknown or comes later, itself included.
    """
    names = [job.name for job in jobs]
    for number, job in enumerate(jobs):
        if job.name in names[:number]:
            raise JobError(f"job {job.name}: there are two of this name")
        for need in (*job.needs, *job.uses):
            if need not in names:
                raise JobError(f"job {job.name}: needs {need}, which is unknown; known are {', '.join(names)}")
            if need not in names[:number]:
                raise JobError(
                    f"job {job.name}: needs {need}, which comes later: jobs that need each other never begin"
                )


def run_jobs(
    context: Context,
    jobs: Sequence[Job],
    window: Window,
    on_step: Callable[[Step], None] | None = None,
) -> Iterator[Outcome]:
    """Runs jobs in order. One that fails does not stop the others, except those that need its results.

    Args:
        context: What they may touch.
        jobs: In an order in which every job comes after those it needs.
        window: The days.
        on_step: Told before each job begins.

    Yields:
        How each ended.

    Raises:
        ResultsError: The ledger itself cannot be written.
    """
    failed: set[str] = set()
    with context.facts.remembering(), context.keeping():
        for job in jobs:
            if on_step is not None:
                on_step(Step(job, window))
            yield run_job(context, job, window, failed)


def run_job(context: Context, job: Job, window: Window, failed: set[str]) -> Outcome:
    """Runs one job; its name is added to ``failed`` where it does not end well."""
    began = time.monotonic()
    number = begin_run(context.results, job.name, window.first, window.end)
    broken = [name for name in job.needs if name in failed]
    status, rows = "skipped", 0
    message: str | None = f"needs {', '.join(broken)}, which failed"
    if not broken:
        # One of the three places where any error is caught: a night goes on when one of its jobs does not.
        try:
            rows, message = _do(context, job, window, number)
            status = "ok"
        except Exception as error:
            # Our own errors name the offender in one line; any other is a mistake of ours, and shows where it is.
            known = isinstance(error, (JobError, SourceError, ResultsError, FrameError))
            log.log(logging.INFO if known else logging.ERROR, "job %s failed", job.name, exc_info=True)
            status, message = "failed", str(error) if known else f"{type(error).__name__}: {error}"
    if status != "ok":
        failed.add(job.name)
        end_run(context.results, number, status, rows, message)
    return Outcome(job.name, status, rows, time.monotonic() - began, message, window)


def _do(context: Context, job: Job, window: Window, number: int) -> tuple[int, str | None]:
    kept = context.facts.first_kept_day(context.time) if job.each_day else None
    if kept is not None and window.first < kept:
        raise JobError(
            f"facts before {kept} were added up and deleted (retention_days of the edge), so days before it cannot be "
            f"computed again and their results stay as they are; begin with --since {kept}"
        )
    with _uncollected():
        done = job.work(context, window)
    rows = done.rows + sum(len(part.frame) for part in done.parts)

    def note(connection: Connection, changed: Sequence[Changed]) -> None:
        # With the results, or not at all: a process that is killed leaves both or neither.
        if job.each_day:
            days = (window.first + timedelta(days=n) for n in range((window.end - window.first).days))
            keep_days(connection, job.name, number, days, _days_of(context, changed))
        finish_run(connection, number, "ok", rows, done.note)

    with _uncollected():
        context.results.replace(done.parts, note)
    return rows, done.note


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile.

    A job makes hundreds of thousands of rows and not one cycle, and looking through them again and again takes a
    quarter of its time.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _days_of(context: Context, changed: Iterable[Changed]) -> set[date]:
    """The business days of rows that became others."""
    found: set[date] = set()
    for part in changed:
        if not part.times:
            continue
        if any(column.name == part.contract.time and column.dtype == DAY for column in part.contract.columns):
            found |= {pd.Timestamp(day).date() for day in part.times}
        else:
            times = pd.Series(np.array(sorted(part.times), dtype=np.int64).astype("datetime64[ms]"))
            found |= set(local_day(times.dt.tz_localize("UTC"), context.time).dt.date.unique())
    return found
