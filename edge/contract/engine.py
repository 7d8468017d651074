"""Opening the database with the settings that keep SQLite safe, and bringing its schema up to date."""

from __future__ import annotations

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, QueuePool, create_engine, event, func, inspect, make_url, select

from .errors import ContractError, NewerSchemaError, StoreUnavailableError, naming
from .life_tables import edge_migration
from .migrations import MIGRATIONS, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

READERS_CACHE_KB = 64 * 1024


def database_url(database: str | Path) -> str:
    """The SQLAlchemy URL of a path, or the URL itself where one is given."""
    text = str(database)
    return text if "://" in text else f"sqlite:///{Path(text).resolve()}"


def display_name(database: str | Path) -> str:
    """What to call the database in messages: never with a password."""
    text = str(database)
    return make_url(text).render_as_string(hide_password=True) if "://" in text else text


def create(database: str | Path, *, busy_timeout_s: float, read_only: bool) -> Engine:
    """An engine whose SQLite connections wait for locks, check foreign keys and begin transactions explicitly.

    Args:
        database: A path, or an SQLAlchemy URL.
        busy_timeout_s: How long to wait for another process's lock.
        read_only: Refuse every write; the file must exist.

    Raises:
        StoreUnavailableError: ``read_only`` and there is no such file, or its folder is missing.
    """
    url = make_url(database_url(database))
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    path = Path(url.database or "").resolve()
    if read_only and not path.is_file():
        raise StoreUnavailableError(f"{database}: no such database")
    if not path.parent.is_dir():
        raise StoreUnavailableError(f"{database}: its folder {path.parent} does not exist")
    target = f"{path.as_uri()}?mode={'ro' if read_only else 'rwc'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            target, uri=True, timeout=busy_timeout_s, check_same_thread=False, isolation_level=None
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            if read_only:
                # Who reads sorts months of facts: with the usual 2 MB they go through a file of their own.
                connection.execute(f"PRAGMA cache_size = -{READERS_CACHE_KB}")
            else:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded by a file that has no tables yet
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()  # or it holds the file, and the disk that it lies on
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: a later upgrade from read to write could fail without waiting.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def sqlite_path(database: str | Path) -> Path | None:
    """The file of a SQLite database; None for a server."""
    url = make_url(database_url(database))
    return Path(url.database or "").resolve() if url.get_backend_name() == "sqlite" else None


def stored_version(connection: Connection) -> int:
    """The newest migration recorded in the database; 0 where there is none."""
    if not inspect(connection).has_table(edge_migration.name):
        return 0
    return connection.execute(select(func.max(edge_migration.c.version))).scalar() or 0


def refuse_newer(found: int, database: str) -> None:
    """Stops before misreading a schema from the future.

    Raises:
        NewerSchemaError: Naming both numbers.
    """
    if found > SCHEMA_VERSION:
        raise NewerSchemaError(
            f"{database}: schema version {found} is newer than {SCHEMA_VERSION}, the newest this footfall knows; "
            "update footfall"
        )


def migrate(engine: Engine, database: str | Path) -> None:
    """Runs what the database is still missing, each migration in one transaction with its record.

    Raises:
        NewerSchemaError: The database is newer than this code.
        StoreUnavailableError: It cannot be opened or written.
    """
    name = display_name(database)
    with naming(name):
        with engine.connect() as connection:
            found = stored_version(connection)
        refuse_newer(found, name)
        if 0 < found < SCHEMA_VERSION:
            _back_up(engine, found)
        for number, migration in enumerate(MIGRATIONS, start=1):
            with engine.begin() as connection:
                if stored_version(connection) >= number:
                    continue  # another process was faster
                edge_migration.create(connection, checkfirst=True)
                migration(connection)
                record: dict[str, Any] = {
                    "version": number,
                    "name": migration.__name__.strip("_"),
                    "applied_at": datetime.now(tz=UTC),
                }
                connection.execute(edge_migration.insert().values(record))
                log.info("database %s: migration %d (%s)", name, number, record["name"])


def _back_up(engine: Engine, version: int) -> None:
    """Copies a SQLite file beside itself before its schema changes."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return
        path = next((row[2] for row in raw.execute("PRAGMA database_list") if row[1] == "main"), "")
        if not path:
            raise ContractError("an in-memory database cannot be backed up")
        copy = sqlite3.connect(f"{path}.backup-v{version}")
        try:
            raw.backup(copy)
        finally:
            copy.close()
