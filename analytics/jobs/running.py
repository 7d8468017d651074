"""Runs jobs one after the other, writes what they give back, and keeps the ledger."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..frames import FrameError
from ..results import ResultsError, begin_run, end_run
from ..sources import SourceError
from .context import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..frames import Window
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
    """

    job: str
    status: str
    rows: int
    took_s: float
    message: str | None


def run_jobs(
    context: Context, jobs: Sequence[Job], window: Window, on_begin: Callable[[Job], None] | None = None
) -> Iterator[Outcome]:
    """Runs jobs in order. One that fails does not stop the others, except those that need its results.

    Args:
        context: What they may touch.
        jobs: In an order in which every job comes after those it needs.
        window: The days.
        on_begin: Told before each job begins.

    Yields:
        How each ended.

    Raises:
        ResultsError: The ledger itself cannot be written.
    """
    failed: set[str] = set()
    for job in jobs:
        if on_begin is not None:
            on_begin(job)
        outcome = _run(context, job, window, failed)
        if outcome.status != "ok":
            failed.add(job.name)
        yield outcome


def _run(context: Context, job: Job, window: Window, failed: set[str]) -> Outcome:
    began = time.monotonic()
    number = begin_run(context.results, job.name, window.first, window.end)
    broken = [name for name in job.needs if name in failed]
    status, rows = "skipped", 0
    message: str | None = f"needs {', '.join(broken)}, which failed"
    if not broken:
        # One of the two places where any error is caught: a night goes on when one of its jobs does not.
        try:
            rows, message = _do(context, job, window)
            status = "ok"
        except Exception as error:
            # Our own errors name the offender in one line; any other is a mistake of ours, and shows where it is.
            known = isinstance(error, (JobError, SourceError, ResultsError, FrameError))
            log.log(logging.INFO if known else logging.ERROR, "job %s failed", job.name, exc_info=True)
            status, message = "failed", str(error) if known else f"{type(error).__name__}: {error}"
    end_run(context.results, number, status, rows, message)
    return Outcome(job.name, status, rows, time.monotonic() - began, message)


def _do(context: Context, job: Job, window: Window) -> tuple[int, str | None]:
    kept = context.facts.first_kept_day() if job.each_day else None
    if kept is not None and window.first < kept:
        raise JobError(
            f"facts before {kept} were added up and deleted (retention_days of the edge), so days before it cannot be "
            f"computed again and their results stay as they are; begin with --since {kept}"
        )
    done = job.work(context, window)
    rows = done.rows
    for part in done.parts:
        rows += context.results.replace_window(part.contract, part.frame, part.since, part.until)
    return rows, done.note
