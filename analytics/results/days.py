"""Which days are computed, and which became others since: told by the numbers of runs, never by a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.dialects import sqlite

from ..frames import RECEIPTS
from .tables import TABLES, import_day, input_day, job_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from .store import Results


@dataclass(frozen=True, slots=True)
class DayState:
    """What is known of a job and a day.

    Attributes:
        computed: Number of the last run that ended well.
        changed: Number of the last run after which its results were others than before.
    """

    computed: int
    changed: int


def day_states(results: Results) -> dict[str, dict[date, DayState]]:
    """What is known of every job and day."""
    rows = select(job_day.c.job, job_day.c.local_date, job_day.c.computed_run, job_day.c.changed_run)
    found: dict[str, dict[date, DayState]] = {}
    with results.reading() as connection:
        for job, day, computed, changed in connection.execute(rows):
            found.setdefault(job, {})[date.fromisoformat(day)] = DayState(computed, changed)
    return found


def keep_days(connection: Connection, job: str, number: int, days: Iterable[date], changed: Iterable[date]) -> None:
    """Records that a run computed days, and on which of them it made a difference.

    Args:
        connection: In the transaction that writes the results themselves, so that neither is there without the other.
        job: Its name.
        number: Of the run.
        days: That were computed.
        changed: On which results are others than before; may lie outside of the days.
    """
    statement = sqlite.insert(job_day)
    renewed = statement.on_conflict_do_update(
        index_elements=["job", "local_date"], set_={"computed_run": statement.excluded.computed_run}
    )
    rows = [
        {"job": job, "local_date": day.isoformat(), "computed_run": number, "changed_run": 0}
        for day in sorted(set(days))
    ]
    if rows:
        connection.execute(renewed, rows)
    other = job_day.update().values(changed_run=number)
    for day in sorted(set(changed)):
        connection.execute(other.where(job_day.c.job == job, job_day.c.local_date == day.isoformat()))


def input_states(results: Results) -> dict[str, dict[date, tuple[str, int]]]:
    """The mark of every source and day, and the number of the run that saw it change."""
    found: dict[str, dict[date, tuple[str, int]]] = {}
    with results.reading() as connection:
        for source, day, mark, changed in connection.execute(select(input_day)):
            found.setdefault(source, {})[date.fromisoformat(day)] = mark, changed
    return found


def keep_marks(results: Results, source: str, number: int, marks: Mapping[date, str]) -> None:
    """Records marks that are others than before.

    Args:
        results: Where.
        source: ``facts`` or ``sales``.
        number: Of a run that began just now: whatever was computed before is older.
        marks: By day.
    """
    statement = sqlite.insert(input_day)
    newer = statement.on_conflict_do_update(
        index_elements=["source", "local_date"],
        set_={"mark": statement.excluded.mark, "changed_run": statement.excluded.changed_run},
    )
    rows = [
        {"source": source, "local_date": day.isoformat(), "mark": mark, "changed_run": number}
        for day, mark in sorted(marks.items())
    ]
    if rows:
        with results.writing() as connection:
            connection.execute(newer, rows)


def sales_marks(results: Results) -> dict[date, str]:
    """A mark for every business day of which sales were imported: another one after every import that touched it."""
    day = import_day.c.local_date
    rows = select(day, func.count(), func.max(import_day.c.imported_ms)).group_by(day)
    with results.reading() as connection:
        return {date.fromisoformat(row[0]): f"{row[1]} {row[2]}" for row in connection.execute(rows)}


def first_sale(results: Results) -> datetime | None:
    """When the first receipt was sold; None before there is one."""
    sold = TABLES[RECEIPTS.name].c.sold_at_utc_ms
    with results.reading() as connection:
        at_ms = connection.execute(select(func.min(sold))).scalar()
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, tz=UTC)
