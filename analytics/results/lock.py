"""One at a time: whoever computes, or waits to compute every night, holds a lock that ends with its process."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def held(database: Path, what: str, *, wait_s: float = 0.0) -> Iterator[None]:
    """Holds a lock beside a database.

    It is SQLite's own lock on an empty file ``DATABASE.WHAT-lock``: it works on every system, and the system lets go
    of it however the process ends. The file stays, and says nothing by being there.

    Args:
        database: Beside which the file lies.
        what: What is done, one word.
        wait_s: How long to wait for another process.

    Raises:
        ResultsError: Another process holds it.
    """
    file = database.with_name(f"{database.name}.{what}-lock")
    connection = sqlite3.connect(file, timeout=wait_s, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise ResultsError(f"{file}: {error}") from error
            raise ResultsError(
                f"{database}: another process is at it ({what}); only one may be at a time: wait for it, or end it"
            ) from error
        yield
    finally:
        connection.close()
