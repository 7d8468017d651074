"""The nights of a period run once more in a database of their own, from the facts and the imported sales."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .. import kpis
from ..frames import (
    LINES,
    MEMBERS,
    PRODUCTS,
    RECEIPTS,
    ROTA,
    SEGMENTS,
    TILL_CLOCKS,
    WEATHER,
    Window,
)
from ..jobs.context import Context, JobError
from ..jobs.kpis import kpi_rollups
from ..jobs.matching import clocks_of, reach_of
from ..jobs.work import JOBS
from ..results import open_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

# What indicators are made from, in the order in which it is made.
_NIGHT = ("calendar", "visits", "hourly", "tills", "zones", "accuracy")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """What the facts say.

    Attributes:
        rows: ``frames.KPIS`` of the indicator.
        hours: Group -> the hours that it is taken over.
        rollups: What it was computed from, made again.
    """

    rows: pd.DataFrame
    hours: dict[str, pd.DataFrame]
    rollups: kpis.Rollups


def trace(context: Context, window: Window, kpi: str, by: str = "all", *, part: kpis.Part | None = None) -> Traced:
    """Computes an indicator again from the edge's facts and the imported receipts, lines, rota and weather.

    No stored roll-up is read. Taken as they are: the settings, the audits, the tills' clocks as they were judged, and
    for groups by segment the members' segments.

    Args:
        context: Facts, results and rules; nothing of it is changed.
        window: The days.
        kpi: Its name in the definitions.
        by: How it is grouped.
        part: Only this till, zone or segment.

    Raises:
        KpiError: There is no such indicator, grouping or part.
        JobError: The facts of the window are no longer kept.
    """
    kind = part.kind if part is not None else by
    # Filling gaps looks at the weeks before.
    weeks = kpis.WEEKS if context.plan.kpis.impute else 0
    with again(context, [with_weeks(context, window, weeks)]) as scratch:
        rollups = kpi_rollups(scratch, window, weeks=weeks, segments=kind == "segment")
    days = window.first, window.end
    rows = kpis.kpis(rollups, *days, by, [kpi], part=part, impute=context.plan.kpis.impute, against=False)
    return Traced(rows, kpis.hours_used(rollups, *days, kpi, by, part=part), rollups)


def with_weeks(context: Context, window: Window, weeks: int) -> Window:
    """A window with so many weeks before it, as far as their facts are kept."""
    kept = context.facts.first_kept_day(context.time)
    first = window.first - timedelta(weeks=weeks)
    if kept is not None and first < kept:
        first = min(kept, window.first)
    return Window.of(first, window.end, context.time)


@contextmanager
def again(context: Context, windows: Sequence[Window]) -> Iterator[Context]:
    """A database of its own in which the nights of some windows were run again.

    Raises:
        JobError: The facts of one are no longer kept.
    """
    kept = context.facts.first_kept_day(context.time)
    first, end = min(window.first for window in windows), max(window.end for window in windows)
    if kept is not None and first < kept:
        raise JobError(f"facts before {kept} were added up and deleted: nothing before it can be traced to them")
    with tempfile.TemporaryDirectory(prefix="footfall-trace-") as folder:
        database = Path(folder) / "trace.sqlite"
        database.touch()
        results = open_results(database)
        try:
            scratch = replace(context, results=results)
            _copy_imports(context, scratch, Window.of(first, end, context.time))
            for window in windows:
                for job in JOBS:
                    if job.name in _NIGHT:
                        for made in job.work(scratch, window).parts:
                            results.replace_window(made.contract, made.frame, made.since, made.until)
            yield scratch
        finally:
            results.close()


def _copy_imports(context: Context, scratch: Context, window: Window) -> None:
    """Everything that was imported and speaks for the window, and the clocks of its tills."""
    stored, results = context.results, scratch.results
    clocks = clocks_of(context, window.since, window.until)
    reach = reach_of(clocks)
    since, until = window.since - reach, window.until + reach
    results.replace_window(TILL_CLOCKS, clocks)
    results.replace_window(RECEIPTS, stored.read(RECEIPTS, since, until))
    results.replace_window(LINES, stored.read_lines(since, until))
    results.replace_window(ROTA, stored.read(ROTA, since - _DAY, until))
    results.replace_window(WEATHER, stored.read(WEATHER, window.first, window.end))
    for contract in (MEMBERS, PRODUCTS, SEGMENTS):
        results.replace_window(contract, stored.read(contract))
