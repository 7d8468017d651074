"""Upkeep of a database file: backups, checks, and winning back the room of what was deleted.

All of it is for SQLite; a server has its own means, and these functions leave it alone.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .errors import StoreDamagedError, StoreUnavailableError, StoreWaitsError, naming

if TYPE_CHECKING:
    from pathlib import Path

    from .writing import FactStore

log = logging.getLogger(__name__)

STEP_PAGES = 512
STEP_PAUSE_S = 0.002  # between steps others get at the disk
SPARE_BYTES = 16 << 20
VACUUM_PAGES = 1000
QUICK_CHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that passed its check.

    Attributes:
        path: Of the copy.
        marks: How far each journal had come in it.
    """

    path: Path
    marks: dict[str, int]


def back_up(store: FactStore, folder: Path, keep: int) -> Backup | None:
    """Copies the database while it is in use, checks the copy, and removes the oldest copies.

    The copy shows one moment: what is written meanwhile is not in it, and waits for nothing.

    Args:
        store: Whose database.
        folder: Where copies lie; made where it is missing.
        keep: How many copies stay.

    Returns:
        The copy; None for a server.

    Raises:
        ValueError: ``keep`` is below 1.
        StoreDamagedError: The database itself is damaged; earlier copies stay.
        StoreWaitsError: There is no room, or the database is locked.
        StoreUnavailableError: The copy cannot be written, or is damaged though the database is not.
    """
    if keep < 1:
        raise ValueError(f"keep: must be at least 1, not {keep}")
    if store.path is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < store.path.stat().st_size + SPARE_BYTES:
            raise StoreWaitsError(f"{folder}: no room for a backup of {store.name}: {free >> 20} MB free")
        draft = folder / f"{store.path.name}.backup-new"
        draft.unlink(missing_ok=True)
        with naming(store.name):
            _copy(store.path, draft)
        problems = problems_in(draft)
        if problems:
            draft.unlink()
            if (own := check(store)) != ():
                raise StoreDamagedError(f"{store.name}: {own[0]}")
            raise StoreUnavailableError(f"{draft}: the copy is damaged though {store.name} is not: {problems[0]}")
        _to_disk(draft)
        final = folder / f"{store.path.name}.backup-{datetime.now(tz=UTC):%Y%m%dT%H%M%S}"
        draft.replace(final)
        copies = backups_of(store.path, folder)
        # Made while the clock was ahead: by its name it would be the newest for ever, and one day be restored.
        ahead = copies[: copies.index(final)]
        for old in [*ahead, *copies[len(ahead) + keep :]]:
            old.unlink()
    except OSError as error:
        raise StoreWaitsError(f"{folder}: no backup of {store.name}: {error}") from error
    log.info("database %s: copied to %s", store.name, final)
    return Backup(final, marks_in(final))


def backups_of(database: Path, folder: Path) -> list[Path]:
    """The copies that there are, newest first; whether they are sound is not known."""
    name = re.compile(re.escape(database.name) + r"\.backup-\d{8}T\d{6}")
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if name.fullmatch(path.name)), reverse=True)


def marks_in(copy: Path) -> dict[str, int]:
    """How far each journal had come in a copy; empty where the copy cannot say."""
    try:
        with closing(_still(copy)) as connection:
            return dict(connection.execute("SELECT journal_id, sequence FROM journal_mark"))
    except sqlite3.Error:
        return {}


def check(store: FactStore) -> tuple[str, ...]:
    """Everything that is wrong with the structure of the database; takes long when it is large.

    Raises:
        StoreWaitsError: It is locked.
    """
    if store.path is None:
        return ()
    with closing(sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True, timeout=5.0)) as connection:
        return _problems(connection, "integrity_check", store.name)


def quick_check(store: FactStore, limit_s: float = QUICK_CHECK_S) -> tuple[str, ...]:
    """What a look of limited length finds wrong; what it does not get to counts as sound.

    Args:
        store: Whose database.
        limit_s: How long it may take.
    """
    if store.path is None or not store.path.is_file():
        return ()
    until = time.monotonic() + limit_s
    with closing(sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True, timeout=limit_s)) as connection:
        connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        return _problems(connection, "quick_check", store.name)


def problems_in(copy: Path) -> tuple[str, ...]:
    """Everything that is wrong with a copy that nobody writes."""
    with closing(_still(copy)) as connection:
        return _problems(connection, "integrity_check", copy.name)


def vacuum(store: FactStore) -> int:
    """Gives the room of deleted rows back to the disk, in small steps.

    A file that was made before this was possible is rewritten once, if the disk has room for it.

    Returns:
        By how many bytes the file became smaller.

    Raises:
        StoreUnavailableError: The database refused.
    """
    if store.path is None:
        return 0
    with naming(store.name), closing(sqlite3.connect(store.path, timeout=5.0, isolation_level=None)) as connection:
        before = _pages(connection)
        (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
        if mode == 0:
            if shutil.disk_usage(store.path.parent).free < 2 * store.path.stat().st_size + SPARE_BYTES:
                return 0
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("VACUUM")
        free = None
        while free != (free := connection.execute("PRAGMA freelist_count").fetchone()[0]) and free:
            connection.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})").fetchall()
            time.sleep(STEP_PAUSE_S)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.execute("PRAGMA optimize")
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        return int(page) * (before - _pages(connection))


def _pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA page_count").fetchone()[0])


def _copy(source: Path, target: Path) -> None:
    """A copy of one moment. A transaction is held open, or every write from elsewhere would begin it anew."""
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reading.backup(writing, pages=STEP_PAGES, progress=lambda *_: time.sleep(STEP_PAUSE_S))
        reading.execute("COMMIT")


def _still(path: Path) -> sqlite3.Connection:
    """A connection to a file that nobody writes: no files appear beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _problems(connection: sqlite3.Connection, pragma: str, name: str) -> tuple[str, ...]:
    try:
        with naming(name):
            found = [" ".join(str(row[0]).split()) for row in connection.execute(f"PRAGMA {pragma}(10)")]
    except StoreDamagedError as error:
        return (str(error.__cause__),)
    except StoreUnavailableError as error:
        if isinstance(error.__cause__, sqlite3.OperationalError) and "interrupted" in str(error):
            return ()
        raise
    return () if found == ["ok"] else tuple(found)


def _to_disk(path: Path) -> None:
    """Waits until a file's content is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
