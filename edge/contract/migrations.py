"""The migrations that made the tables, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, inspect, select
from sqlalchemy.schema import CreateColumn

from . import tables
from .columns import metadata
from .life_tables import edge_migration

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column, Connection


def _own_tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not edge_migration]


def _create_facts(connection: Connection) -> None:
    """Version 1: the site, the runs and the four facts."""
    metadata.create_all(connection, tables=_own_tables())


def _causes_and_audits(connection: Connection) -> None:
    """Version 2: the cause of a crossing, one-way lines, audits. A new database was made with them."""
    _bring(connection, tables.crossing.c.cause, tables.geometry.c.one_way, tables.geometry.c.outline_m)


def _life_and_hours(connection: Connection) -> None:
    """Version 3: heartbeats, clock jumps, alerts, the journal's mark, sums by the hour."""
    _bring(connection, tables.run.c.retired_until_ms)


def _hours_past_midnight(connection: Connection) -> None:
    """Version 4: a store may close on the next day. Its hours are few, and no database can relax a check alike."""
    rows = [row._asdict() for row in connection.execute(select(tables.store_hours))]
    tables.store_hours.drop(connection)
    tables.store_hours.create(connection)
    if rows:
        connection.execute(tables.store_hours.insert(), rows)


def _bring(connection: Connection, *columns: Column[object]) -> None:
    """Makes the tables that are missing, and adds these columns where the table was made without them."""
    metadata.create_all(connection, tables=_own_tables(), checkfirst=True)
    for column in columns:
        there = {known["name"] for known in inspect(connection).get_columns(column.table.name)}
        if column.name not in there:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _create_facts,
    _causes_and_audits,
    _life_and_hours,
    _hours_past_midnight,
)
SCHEMA_VERSION = len(MIGRATIONS)
COLUMNS: dict[str, tuple[str, ...]] = {name: tuple(table.columns.keys()) for name, table in metadata.tables.items()}
