"""What can go wrong with the results."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

if TYPE_CHECKING:
    from collections.abc import Iterator


class ResultsError(Exception):
    """The results cannot be read or written; the message names the database and the rule."""


class NewerResultsError(ResultsError):
    """The results were written by a newer footfall than this one."""


@contextmanager
def naming(database: str) -> Iterator[None]:
    """Turns a database driver's error into one that names the database.

    Raises:
        ResultsError: The driver refused; its own words follow the name.
    """
    try:
        yield
    except exc.DBAPIError as error:
        raise ResultsError(f"{database}: {error.orig}") from error
    except sqlite3.Error as error:
        raise ResultsError(f"{database}: {error}") from error
