"""What can go wrong at the door."""

from __future__ import annotations

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
        raise StoreUnavailableError(f"{database}: {error.orig}") from error
