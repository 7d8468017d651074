"""What can go wrong at the door."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

if TYPE_CHECKING:
    from collections.abc import Iterator


class ContractError(Exception):
    """The facts cannot be written or read; the message names the database and the rule."""


class NewerSchemaError(ContractError):
    """The database was written by a newer footfall than this one."""


class StoreUnavailableError(ContractError):
    """The database is locked, read-only, full, damaged or no database at all."""


class StoreWaitsError(StoreUnavailableError):
    """The database is locked, its disk is full or does not answer, its server is away: later it may be well."""


class StoreDamagedError(StoreUnavailableError):
    """The file is no sound database: waiting helps nothing."""


class RefusedRowError(StoreUnavailableError):
    """The database works, but a row breaks one of its rules."""


# Primary result codes of SQLite, https://www.sqlite.org/rescode.html
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_WAITS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
}


@contextmanager
def naming(database: str) -> Iterator[None]:
    """Turns a database driver's error into one that names the database.

    Args:
        database: What to call the database in the message: its path or URL without a password.

    Raises:
        StoreUnavailableError: The driver refused; its own words follow the name.
    """
    try:
        yield
    except exc.DBAPIError as error:
        raise _kind(error.orig, error)(f"{database}: {error.orig}") from error
    except sqlite3.Error as error:
        raise _kind(error, error)(f"{database}: {error}") from error


def _kind(original: BaseException | None, wrapped: Exception) -> type[StoreUnavailableError]:
    """Which of the refusals a driver's error is."""
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _DAMAGED:
            return StoreDamagedError
        if code in _WAITS:
            return StoreWaitsError
        return RefusedRowError if isinstance(original, sqlite3.IntegrityError) else StoreUnavailableError
    if isinstance(wrapped, exc.IntegrityError | exc.DataError):
        return RefusedRowError
    return StoreWaitsError if isinstance(wrapped, exc.OperationalError | exc.InterfaceError) else StoreUnavailableError
