"""The job that keeps facts and sales as Parquet, a file for each month that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..archive import ArchiveError, months_of, path_of, write_month
from ..frames import CROSSINGS, LINES, PAYMENTS, RECEIPTS, STAYS, WATCHES, Window
from ..results import read_parts
from .context import Done, JobError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd

    from ..frames import Contract
    from .context import Context


def run_archive(context: Context, window: Window) -> Done:
    """Writes the months that end within the window, and again those in its days that were written before.

    A month of which facts were already added up and deleted keeps the file that it has; its sales are all there.
    """
    folder = context.plan.archive
    if folder is None:
        return Done()
    kept = context.facts.first_kept_day(context.time)
    rows = files = 0
    try:
        for first, end in months_of(window.first, window.end):
            if end > window.end and not path_of(folder, RECEIPTS, first).is_file():
                continue  # it is not over yet
            for contract, frame in _month(context, first, end, whole=kept is None or kept <= first):
                write_month(folder, contract, first, frame)
                rows, files = rows + len(frame), files + 1
    except ArchiveError as error:
        raise JobError(str(error)) from error
    return Done(rows=rows, note=f"{files} files in {folder}" if files else None)


def _month(context: Context, first: date, end: date, *, whole: bool) -> Iterator[tuple[Contract, pd.DataFrame]]:
    """Everything of one month, a kind at a time."""
    month = Window.of(first, end, context.time)
    since, until = month.since, month.until
    facts, results = context.facts, context.results
    if whole:
        yield CROSSINGS, facts.crossings(since, until)
        yield STAYS, facts.stays(since, until)
        watches = facts.watches(since, until)
        # A watch belongs to the month in which it began, or it would be in two of them.
        yield WATCHES, watches[watches["begins"] >= since].reset_index(drop=True)
    yield RECEIPTS, results.read(RECEIPTS, since, until)
    yield LINES, results.read_lines(since, until)
    yield PAYMENTS, read_parts(results, PAYMENTS, since, until)
