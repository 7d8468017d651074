"""Reading facts. Opens the database read-only, returns plain rows with integer UTC milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Engine, Select, and_, select, true, type_coerce

from . import tables
from .columns import UtcMs
from .engine import create, display_name, refuse_newer, stored_version
from .errors import ContractError, naming
from .migrations import SCHEMA_VERSION
from .site import OpenHours, Store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement, Table

BUSY_TIMEOUT_S = 60.0
# A watch is at most as long as the edge's ``watch_s``, a minute by default, and never nearly so long.
LONGEST_WATCH = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Rows:
    """A result: column names and one tuple a row. Times are integer UTC milliseconds, names end in ``_ms``."""

    columns: tuple[str, ...]
    values: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class FactReader:
    """A read-only view of the facts."""

    engine: Engine
    name: str

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


def open_facts(database: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> FactReader:
    """Opens the database read-only.

    Raises:
        NewerSchemaError: It was written by a newer footfall.
        ContractError: It holds no facts of the edge, or those of an older schema.
        StoreUnavailableError: It is missing, damaged, or no database.
    """
    name = display_name(database)
    with naming(name):
        engine = create(database, busy_timeout_s=busy_timeout_s, read_only=True)
        with engine.connect() as connection:
            found = stored_version(connection)
    refuse_newer(found, name)
    if found == 0:
        raise ContractError(f"{name}: no footfall facts in this database; run footfall-edge first")
    if found < SCHEMA_VERSION:
        raise ContractError(
            f"{name}: schema version {found} is older than {SCHEMA_VERSION}; run footfall-edge once, "
            "which brings it up to date and keeps a copy"
        )
    return FactReader(engine, name)


def read_site(reader: FactReader) -> list[tuple[Store, tuple[OpenHours, ...]]]:
    """Every store with its opening hours."""
    with naming(reader.name), reader.engine.connect() as connection:
        hours = connection.execute(select(tables.store_hours)).all()
        return [
            (
                Store(s.store_id, s.name, s.time_zone, s.currency),
                tuple(OpenHours(h.weekday, h.opens_min, h.closes_min) for h in hours if h.store_id == s.store_id),
            )
            for s in connection.execute(select(tables.store).order_by(tables.store.c.store_id))
        ]


def read_geometry(reader: FactReader) -> Rows:
    """Every version of every line and zone: camera_id, kind, geometry_id, version, role, outline, ..., current.

    Outlines are text, ``x y, x y, ...``: ``outline`` 0..1 of the picture, ``outline_m`` in metres on the floor or None.
    """
    return fetch(reader, select(tables.geometry))


def read_runs(reader: FactReader) -> Rows:
    """Every run that counts: superseded ones are left out."""
    return fetch(reader, plain(tables.run).where(tables.run.c.superseded_by.is_(None)))


def read_crossings(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Crossings with ``since <= ts_utc_ms < until``, in order of time."""
    time = tables.crossing.c.ts_utc_ms
    return fetch(reader, _facts(tables.crossing, time, since, until).order_by(time, "event_id"))


def read_stays(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Stays that began with ``since <= entered_utc_ms < until``, in order of time."""
    time = tables.stay.c.entered_utc_ms
    return fetch(reader, _facts(tables.stay, time, since, until).order_by(time, "event_id"))


def read_watches(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Watch periods that overlap ``since <= t < until``, in order of time; not cut to the window."""
    begins, ends = tables.watch.c.begins_utc_ms, tables.watch.c.ends_utc_ms
    found = _facts(tables.watch, begins, since - LONGEST_WATCH, until).where(ends > since)
    return fetch(reader, found.order_by(begins, "event_id"))


def read_trails(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Trail samples with ``since <= ts_utc_ms < until``, in order of time."""
    time = tables.trail.c.ts_utc_ms
    return fetch(reader, _facts(tables.trail, time, since, until).order_by(time, "event_id"))


def plain(*of: Table, leave: tuple[str, ...] = ()) -> Select[*tuple[Any, ...]]:
    """Selects every column of the first table and of others that are joined to it, times as the stored integers.

    Args:
        *of: Tables.
        leave: Columns to leave out, as ``table.column``.
    """
    columns: list[ColumnElement[Any]] = [
        type_coerce(c, BigInteger).label(c.name) if isinstance(c.type, UtcMs) else c
        for table in of
        for c in table.columns
        if str(c) not in leave
    ]
    return select(*columns).select_from(of[0])


def facts_between(table: Table, time: ColumnElement[Any], since: Any, until: Any) -> ColumnElement[bool]:
    """Facts with ``since <= time < until`` of runs that count; None: no end.

    The index begins with the store: only a statement that names it reads a range of the index and not every fact.
    """
    counts = select(tables.run.c.run_id).where(tables.run.c.superseded_by.is_(None))
    stores = table.c.store_id.in_(select(tables.store.c.store_id))
    end = true() if until is None else time < until
    return and_(stores, time >= since, end, table.c.run_id.in_(counts))


def _facts(table: Table, time: ColumnElement[Any], since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    """Selects the facts of a window, of runs that count."""
    return plain(table).where(facts_between(table, time, since, until))


def fetch(reader: FactReader, statement: Select[*tuple[Any, ...]]) -> Rows:
    """The rows of a statement."""
    with naming(reader.name), reader.engine.connect() as connection:
        result = connection.execute(statement)
        return Rows(tuple(result.keys()), [tuple(row) for row in result])
