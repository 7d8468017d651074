"""Opening the database for results, and bringing their schema up to date. The edge's tables are left alone."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event, func, inspect, select

from . import tables
from .errors import NewerResultsError, ResultsError, naming

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

log = logging.getLogger(__name__)

CACHE_KB = 64 * 1024


def now_ms() -> int:
    """The wall clock in UTC milliseconds: for the ledgers only, never for a result."""
    return int(datetime.now(tz=UTC).timestamp() * 1000)


def create(database: Path, *, busy_timeout_s: float) -> Engine:
    """An engine whose connections wait for locks, check foreign keys and begin transactions explicitly.

    Raises:
        ResultsError: There is no such file: the edge makes it.
    """
    if not database.is_file():
        raise ResultsError(f"{database}: no such database")
    target = f"{database.resolve().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            target, uri=True, timeout=busy_timeout_s, check_same_thread=False, isolation_level=None
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # A year of visits is kept in order by name while a month of them is put in: with the usual 2 MB the same pages
        # are read and written again and again.
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        return connection

    engine = create_engine("sqlite://", creator=connect)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Readers begin plainly and never wait for a writer; a writer takes its lock at once, because a later upgrade
        # from read to write could fail without waiting.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def stored_version(connection: Connection) -> int:
    """The newest migration recorded; 0 where there is none."""
    if not inspect(connection).has_table(tables.analytics_migration.name):
        return 0
    return connection.execute(select(func.max(tables.analytics_migration.c.version))).scalar() or 0


def migrate(engine: Engine, name: str, *, writes: bool = True) -> None:
    """Runs what the database is still missing, each migration in one transaction with its record, after a backup.

    Raises:
        NewerResultsError: The results are newer than this code; names both numbers.
        ResultsError: The database cannot be written; or it is older, and nothing may be written.
    """
    newest = len(tables.MIGRATIONS)
    with naming(name):
        with engine.connect() as connection:
            found = stored_version(connection)
        if found > newest:
            raise NewerResultsError(
                f"{name}: analytics schema version {found} is newer than {newest}, the newest this footfall knows; "
                "update footfall"
            )
        if found < newest and not writes:
            raise ResultsError(
                f"{name}: analytics schema version {found} is older than {newest}; footfall-analytics check updates it"
            )
        if 0 < found < newest:
            _back_up(engine, f"{name}.backup-analytics-v{found}")
        writer = engine.execution_options(writes=True)
        for number, migration in enumerate(tables.MIGRATIONS[found:], start=found + 1):
            with writer.begin() as connection:
                if stored_version(connection) >= number:
                    continue  # another process was faster
                tables.analytics_migration.create(connection, checkfirst=True)
                migration(connection)
                record = {"version": number, "name": migration.__name__.strip("_"), "applied_ms": now_ms()}
                connection.execute(tables.analytics_migration.insert().values(record))
                log.info("database %s: analytics migration %d (%s)", name, number, record["name"])


def _back_up(engine: Engine, target: str) -> None:
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            copy = sqlite3.connect(target)
            try:
                raw.backup(copy)
            finally:
                copy.close()
