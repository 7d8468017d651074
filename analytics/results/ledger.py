"""The two ledgers: which files were imported, and which jobs ran over which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from .engine import now_ms
from .tables import import_log, import_refused, import_reject, job_day, job_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from .store import Results


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    Attributes:
        kind: Of sales source.
        file: Its path.
        content_hash: Of its bytes.
        rows_read: Rows in it.
        rows_kept: Rows that kept every rule.
        rows_rejected: Rows that broke one.
        rows_duplicate: Rows equal to an earlier one.
        rows_new: Rows that were not in the database.
        rows_changed: Rows that replaced others.
        notes: What was detected about the file; None: nothing worth saying.
    """

    kind: str
    file: str
    content_hash: str
    rows_read: int
    rows_kept: int
    rows_rejected: int
    rows_duplicate: int
    rows_new: int
    rows_changed: int
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows of a file that broke one rule.

    Attributes:
        file: Its path.
        column: The column that breaks it; empty: the row as a whole.
        rule: What should hold.
        rows: How many.
    """

    file: str
    column: str
    rule: str
    rows: int


def refused_files(results: Results) -> dict[str, tuple[str, str]]:
    """Files that could not be read when they were last tried, in order: kind and why, by path."""
    table = import_refused
    with results.reading() as connection:
        rows = connection.execute(select(table.c.file, table.c.kind, table.c.why).order_by(table.c.kind, table.c.file))
        return {file: (kind, why) for file, kind, why in rows}


def note_refused(results: Results, kind: str, file: str, why: str | None) -> None:
    """Records why a file could not be read; None: it could, or is gone."""
    with results.writing() as connection:
        connection.execute(import_refused.delete().where(import_refused.c.file == file))
        if why is not None:
            connection.execute(import_refused.insert().values(file=file, kind=kind, why=why))


def log_import(results: Results, imported: Imported, rejected: Sequence[Rejected] = ()) -> None:
    """Records that a file was imported, and which rules its rows broke; the same contents once."""
    row = {name: getattr(imported, name) for name in Imported.__slots__} | {"imported_ms": now_ms()}
    same = (import_log.c.kind == imported.kind) & (import_log.c.content_hash == imported.content_hash)
    with results.writing() as connection:
        connection.execute(import_log.delete().where(same))
        connection.execute(import_log.insert().values(row))
        key = {"kind": imported.kind, "content_hash": imported.content_hash}
        for found in rejected:
            values = key | {"column": found.column, "rule": found.rule, "rows": found.rows}
            connection.execute(import_reject.insert().values(values))


def past_import(results: Results, kind: str, content_hash: str) -> Imported | None:
    """What became of a file of these contents; None when it was never imported."""
    columns = [import_log.c[name] for name in Imported.__slots__]
    same = (import_log.c.kind == kind) & (import_log.c.content_hash == content_hash)
    with results.reading() as connection:
        row = connection.execute(select(*columns).where(same)).one_or_none()
    return None if row is None else Imported(*row)


def broken_rules(results: Results, kind: str, content_hash: str) -> frozenset[str]:
    """The rules that rows of a file of these contents broke when it was last imported."""
    told = import_reject
    same = (told.c.kind == kind) & (told.c.content_hash == content_hash)
    with results.reading() as connection:
        return frozenset(connection.execute(select(told.c.rule).where(same)).scalars())


def rejects(results: Results) -> list[Rejected]:
    """The broken rules of every file as it was last imported, in order of file and rule."""
    log, told = import_log, import_reject
    newest = select(log.c.kind, log.c.file, func.max(log.c.imported_ms).label("at")).group_by(log.c.kind, log.c.file)
    last = newest.subquery()
    statement = (
        select(log.c.file, told.c.column, told.c.rule, told.c.rows)
        .join(told, and_(told.c.kind == log.c.kind, told.c.content_hash == log.c.content_hash))
        .join(last, and_(last.c.kind == log.c.kind, last.c.file == log.c.file, last.c.at == log.c.imported_ms))
        .order_by(log.c.file, told.c.column, told.c.rule)
    )
    with results.reading() as connection:
        return [Rejected(*row) for row in connection.execute(statement)]


def begin_run(results: Results, job: str, first: date, end: date) -> int:
    """Records that a job begins over the days ``first <= day < end``; returns the number of its row."""
    row = {"job": job, "since_day": first.isoformat(), "until_day": end.isoformat(), "begins_ms": now_ms()}
    with results.writing() as connection:
        statement = job_run.insert().values(row | {"status": "running"}).returning(job_run.c.job_run_id)
        return int(connection.execute(statement).scalar_one())


def end_run(results: Results, number: int, status: str, rows: int, message: str | None = None) -> None:
    """Records how a run ended: ``ok``, ``failed`` or ``skipped``."""
    with results.writing() as connection:
        finish_run(connection, number, status, rows, message)


def finish_run(connection: Connection, number: int, status: str, rows: int, message: str | None = None) -> None:
    """The same, in the transaction that writes what the run made."""
    values = {"ends_ms": now_ms(), "status": status, "rows": rows, "message": message}
    connection.execute(job_run.update().where(job_run.c.job_run_id == number).values(values))


def mark_interrupted(results: Results) -> int:
    """Runs that say they are running although nobody runs: their process was ended. Returns how many there were.

    Only who holds the lock of the runs may call it.
    """
    values = {"status": "failed", "message": "interrupted: the process ended in the middle of it; it is run again"}
    with results.writing() as connection:
        return connection.execute(job_run.update().where(job_run.c.status == "running").values(values)).rowcount


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the ledger has it; ``took_s`` is None while it runs, and where it was interrupted."""

    job: str
    first: date
    end: date
    began: datetime
    took_s: float | None
    rows: int | None
    status: str
    message: str | None


def last_runs(results: Results, jobs: Sequence[str], each: int = 1) -> dict[str, list[RunRow]]:
    """The last runs of jobs, the newest first.

    Args:
        results: Where.
        jobs: Their names.
        each: So many of each.
    """
    run = job_run.c
    names = (run.job, run.since_day, run.until_day, run.begins_ms, run.ends_ms, run.rows, run.status, run.message)
    found = {}
    with results.reading() as connection:
        for job in jobs:
            newest = select(*names).where(run.job == job).order_by(run.job_run_id.desc()).limit(each)
            found[job] = [_run_row(tuple(row)) for row in connection.execute(newest)]
    return found


def _run_row(row: tuple[Any, ...]) -> RunRow:
    job, since, until, begins, ends, rows, status, message = row
    began = datetime.fromtimestamp(begins / 1000, tz=UTC)
    took = None if ends is None else (ends - begins) / 1000
    return RunRow(job, date.fromisoformat(since), date.fromisoformat(until), began, took, rows, status, message)


def days_done(results: Results, job: str) -> set[date]:
    """The days that the job has computed."""
    rows = select(job_day.c.local_date).where(job_day.c.job == job)
    with results.reading() as connection:
        return {date.fromisoformat(day) for day in connection.execute(rows).scalars()}
