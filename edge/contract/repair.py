"""A database file that is damaged, or gone: set aside, and put back from the newest copy that is sound."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .upkeep import backups_of, problems_in

if TYPE_CHECKING:
    from pathlib import Path

    from .changes import Group, Row

log = logging.getLogger(__name__)

BESIDE = ("", "-wal", "-shm")
ASIDE_KEPT = 3  # a dying disk must not fill itself with its victims


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done.

    Attributes:
        aside: The damaged file under its new name; None where it was gone.
        backup: The copy that took its place; None where there was none: a new database begins.
    """

    aside: Path | None
    backup: Path | None

    def __str__(self) -> str:
        """In one line for a person."""
        was = f"set aside as {self.aside.name}" if self.aside else "was gone"
        return f"{was}; {f'restored from {self.backup}' if self.backup else 'no sound backup, a new one begins'}"


def is_gone(database: Path) -> bool:
    """Whether the file is missing or was emptied. SQLite would take that for a new database, and say nothing."""
    return not database.exists() or database.stat().st_size == 0


def repair(database: Path, folder: Path | None) -> Repair:
    """Puts a sound copy in the place of a damaged file. Nothing may have it open.

    Args:
        database: The file.
        folder: Where the backups lie; None: there are none.

    Raises:
        OSError: The disk refused, for example because it is full; to be tried again.
    """
    good = _draft_of_newest(database, folder) if folder is not None else None
    aside = _set_aside(database)
    backup = None
    if good is not None:
        backup, draft = good
        draft.replace(database)
    return Repair(aside, backup)


def audits_in(aside: Path) -> list[Group]:
    """The audits that can still be read from a damaged file: they are in no journal, and somebody counted for hours."""
    found: list[Group] = []
    for table in ("audit", "audit_mark"):
        rows: list[Row] = []
        columns: tuple[str, ...] = ()
        try:
            with closing(sqlite3.connect(f"{aside.as_uri()}?mode=ro", uri=True)) as connection:
                cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of the two names above
                columns = tuple(column[0] for column in cursor.description)
                rows.extend(cursor)  # as far as it goes
        except sqlite3.Error as error:
            log.warning("database %s: its %s rows cannot all be read: %s", aside, table, error)
        if rows:
            found.append((table, columns, rows))
    return found


def _draft_of_newest(database: Path, folder: Path) -> tuple[Path, Path] | None:
    """The newest sound backup, and a copy of it beside the database."""
    draft = database.with_name(f"{database.name}.restoring")
    for backup in backups_of(database, folder):
        try:
            shutil.copyfile(backup, draft)
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError:
            draft.unlink(missing_ok=True)  # a full disk is not to be filled with half a copy
            raise
        try:
            problems = problems_in(draft)
        except sqlite3.Error as error:
            problems = (str(error),)
        if not problems:
            return backup, draft
        log.error("backup %s: damaged as well: %s", backup, problems[0])
    draft.unlink(missing_ok=True)
    return None


def _set_aside(database: Path) -> Path | None:
    """Gives the file and what lies beside it another name; keeps the last few of these."""
    stamp = f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S}"
    aside = database.with_name(f"{database.name}.corrupt-{stamp}")
    was_there = database.exists()
    for suffix in reversed(BESIDE):  # the database last: cut off here, the next start does the rest
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    name = re.compile(re.escape(database.name) + r"\.corrupt-\d{8}T\d{6}")
    earlier = sorted(p for p in database.parent.iterdir() if name.fullmatch(p.name))
    for old in earlier[:-ASIDE_KEPT]:
        for suffix in BESIDE:
            old.with_name(old.name + suffix).unlink(missing_ok=True)
    return aside if was_there else None
