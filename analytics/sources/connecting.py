"""Reaching the shop's database: only to read, never for ever, and without a password in any message."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from .errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

    from .marks import Mark

FETCH_ROWS = 2_000
# A server that does not answer must not hold up the night.
CONNECT_S = 10
STATEMENT_S = 600


@dataclass(frozen=True, slots=True)
class Query:
    """A kind of sales data that a database answers.

    Attributes:
        name: By which it is known in the ledger and in messages.
        kind: Of sales source.
        url: As SQLAlchemy writes them; it may hold a password, so messages name only the host.
        sql: One SELECT whose columns have the names that files of this kind have. With a watermark it says
            ``column > :watermark`` and is in the order of that column.
        watermark: The column by which rows that are new or changed are known; None: everything is read every time.
        begin: What the watermark is before the first time; of the column's type.
        overlap: So far behind the watermark rows are read again, as some become visible late: seconds of a time,
            units of a whole number.
        folder: Where relative paths of SQLite begin.
    """

    name: str
    kind: str
    url: str = field(repr=False)
    sql: str
    watermark: str | None = None
    begin: Mark | None = None
    overlap: float = 3600.0
    folder: Path = Path()


def where(url: str) -> str:
    """A database without the secrets of its address.

    Raises:
        SourceError: It is no address of a database.
    """
    found = _url(url)
    port = f":{found.port}" if found.port is not None else ""
    return f"{found.get_backend_name()}://{found.host or ''}{port}/{found.database or ''}"


def _url(url: str) -> URL:
    try:
        return make_url(url)
    except (SQLAlchemyError, ValueError):
        raise SourceError("its url is no address of a database such as postgresql+psycopg://user@host/name") from None


@contextmanager
def connected(query: Query) -> Iterator[Connection]:
    """A connection that only reads, closed at the end."""
    engine = _engine(query)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(postgresql_readonly=True)
                connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'"))
            # A cursor at the server's side: rows come as they are needed.
            yield connection.execution_options(stream_results=True, max_row_buffer=FETCH_ROWS)
    finally:
        engine.dispose()


def _engine(query: Query) -> Engine:
    url = _url(query.url)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise SourceError("a SQLite url needs the path of a file: sqlite:///tills.sqlite")
        if isinstance(query.begin, date):  # a time is one, too
            raise SourceError("SQLite keeps times as text or whole numbers: write begin as they stand there")
        path = (query.folder / url.database).resolve()
        if not path.is_file():
            raise SourceError("no such database")  # SQLite would make an empty one
        target = f"{path.as_uri()}?mode=ro"
        return create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(target, uri=True, timeout=CONNECT_S), poolclass=NullPool
        )
    options: dict[str, Any] = {}
    if url.get_driver_name() == "psycopg":
        options = {
            "connect_timeout": CONNECT_S,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }
        options = {name: value for name, value in options.items() if name not in url.query}
    return create_engine(url, connect_args=options, poolclass=NullPool)


@contextmanager
def naming(query: Query) -> Iterator[None]:
    """Turns every error of a database into one that names the query and keeps its secrets."""
    try:
        yield
    except SourceError as error:
        raise SourceError(f"query {query.name}: {_scrubbed(str(error), query.url)}") from None
    except OSError as error:
        raise SourceError(f"query {query.name}: {error.filename or ''}: {error.strerror or error}") from None
    except (SQLAlchemyError, ImportError, ValueError, sqlite3.Error) as error:
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        line = " ".join(said.split())
        raise SourceError(f"query {query.name}: {where(query.url)}: {_scrubbed(line, query.url)}") from None


def _scrubbed(words: str, url: str) -> str:
    try:
        parts = make_url(url)
    except (SQLAlchemyError, ValueError):
        return words.replace(url, "***")
    secrets = [url, parts.password or "", quote(parts.password or ""), quote_plus(parts.password or "")]
    secrets += [str(value) for name, value in parts.query.items() if "pass" in name.lower()]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "***")
    return words
