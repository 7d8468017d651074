"""The statements of the writer, compiled once for each kind of database.

Rows are plain numbers and words already, so they go to the driver as they are: fifty facts a second must cost next to
nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .columns import metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Dialect, Table

    from .changes import Row

_UNTOUCHED = frozenset({"retired_until_ms"})  # what a run that begins again must not forget


def insert_new(connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> int:
    """Inserts the rows whose key is not there yet, and says how many."""
    return _execute(connection, table, columns, rows, replace=False)


def upsert(connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Inserts rows, or brings the rest of the columns up to date where the key is there. No key may come twice."""
    if rows:
        _execute(connection, table, columns, rows, replace=True)


def dialect_insert(dialect: Dialect, table: Table) -> Any:
    """An insert that knows about conflicts."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - slow to import, and few need it

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(table)


def _execute(
    connection: Connection, table: str, columns: tuple[str, ...], rows: Sequence[Row], *, replace: bool
) -> int:
    statement, order = _compiled(connection.dialect, table, columns, replace=replace)
    values: Any = rows if order is None else [dict(zip(order, row, strict=True)) for row in rows]
    return max(0, connection.exec_driver_sql(statement, list(values)).rowcount)


@lru_cache(maxsize=128)
def _compiled(
    dialect: Dialect, name: str, columns: tuple[str, ...], *, replace: bool
) -> tuple[str, tuple[str, ...] | None]:
    """The statement, and the names of its values where the driver wants them by name."""
    table = metadata.tables[name]
    statement = dialect_insert(dialect, table)
    if replace:
        keys = [column.name for column in table.primary_key]
        rest = {c: statement.excluded[c] for c in columns if c not in keys and c not in _UNTOUCHED}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    else:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), None if compiled.positional else columns
