"""Retention: old facts are added up by the hour, for ever, and deleted.

Both happen in the same transaction, and the run keeps the moment up to which it happened: nothing is added twice,
whenever the process ends, and a fact that is given again afterwards (from a journal, by a replay) is not taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, case, cast, func, or_, select, type_coerce, update
from sqlalchemy.types import BigInteger

from . import life_tables, tables
from .changes import FACT_ENDS
from .columns import HOUR_MS, from_ms, to_ms
from .errors import naming
from .statements import dialect_insert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from .writing import FactStore

STRETCH = timedelta(hours=6)  # of facts, in one transaction
PAUSE_S = 0.02  # between transactions the writer gets its turn


@dataclass(frozen=True, slots=True)
class Retired:
    """What was added up and deleted.

    Attributes:
        until: Facts that ended before are gone.
        facts: How many that were.
    """

    until: datetime
    facts: int


def retire(store: FactStore, before: datetime, running: Collection[str] = ()) -> Retired:
    """Adds up facts by the hour and deletes them. Twice is the same as once.

    Facts of replays that did not come to their end are left: the same replay again would not bring them back. So are
    those of a run that still plays what is so long ago: its next facts would be taken for ones that were given before.

    Args:
        store: Whose database.
        before: Facts that ended before this moment, cut down to a whole hour.
        running: Ids of the runs that are being watched now.

    Raises:
        ValueError: The moment is naive.
        StoreUnavailableError: The database refused; what was done until then is done.
    """
    until = from_ms(to_ms(before) // HOUR_MS * HOUR_MS)
    facts, done = 0, None
    spared = _behind(store, running, until)
    while True:
        with naming(store.name), store.engine.begin() as connection:
            oldest = _oldest(connection, until, spared)
            begins = oldest if done is None or (oldest is not None and oldest > done) else done
            if oldest is None or begins is None or begins >= until:
                _forget_states(connection, until)
                return Retired(until, facts)
            done = min(from_ms(to_ms(begins) // HOUR_MS * HOUR_MS) + STRETCH, until)
            facts += _retire_stretch(connection, done, spared)
        time.sleep(PAUSE_S)


def _behind(store: FactStore, running: Collection[str], until: datetime) -> list[str]:
    """Which of these runs have not watched anything yet that is to stay."""
    watch = tables.watch.c
    with naming(store.name), store.engine.connect() as connection:
        statement = select(watch.run_id).where(watch.run_id.in_(running), watch.ends_utc_ms >= until).distinct()
        there = set(connection.execute(statement).scalars())
    return [run_id for run_id in running if run_id not in there]


def _whole(spared: list[str]) -> Select[Any]:
    """Ids of the runs whose facts may be retired."""
    run = tables.run.c
    return select(run.run_id).where(or_(run.kind == "live", run.finished), run.run_id.not_in(spared))


_BEGINS = {
    tables.crossing: tables.crossing.c.ts_utc_ms,
    tables.stay: tables.stay.c.entered_utc_ms,
    tables.watch: tables.watch.c.begins_utc_ms,
    tables.trail: tables.trail.c.ts_utc_ms,
}
_WATCH_HOUR = tuple(life_tables.watch_hour.columns.keys())


def _old(table: Table, until: datetime, spared: list[str]) -> ColumnElement[bool]:
    """Facts of the table that ended before. What ended before began before, too: that is what the index knows."""
    known = table.c.store_id.in_(select(tables.store.c.store_id))
    ended = table.c[FACT_ENDS[table.name]] < until
    return and_(known, _BEGINS[table] < until, ended, table.c.run_id.in_(_whole(spared)))


def _oldest(connection: Connection, until: datetime, spared: list[str]) -> datetime | None:
    """When the oldest fact that may be retired began."""
    stores = connection.execute(select(tables.store.c.store_id)).scalars().all()
    found = [
        connection.execute(
            select(begins)
            .where(table.c.store_id == store_id, begins < until, table.c.run_id.in_(_whole(spared)))
            .order_by(begins)
            .limit(1)
        ).scalar()
        for table, begins in _BEGINS.items()
        for store_id in stores
    ]
    return min((moment for moment in found if moment is not None), default=None)


def _retire_stretch(connection: Connection, until: datetime, spared: list[str]) -> int:
    """One transaction's worth: adds up, deletes, and writes down how far it came."""
    crossing, stay = tables.crossing.c, tables.stay.c
    about = [crossing.run_id, crossing.store_id, crossing.camera_id, _hour(crossing.ts_utc_ms)]
    keys = [*about, crossing.line_id, crossing.geometry_version, crossing.direction]
    sums = [func.count(), func.sum(cast(crossing.held, Integer))]
    crossed = select(*keys, *sums).where(_old(tables.crossing, until, spared)).group_by(*keys)
    _add(connection, life_tables.crossing_hour, crossed)
    keys = [stay.run_id, stay.store_id, stay.camera_id, _hour(stay.entered_utc_ms), stay.zone_id, stay.geometry_version]
    cut = func.sum(case((stay.end_cause.in_(("lost", "closed")), 1), else_=0))
    people = and_(_old(tables.stay, until, spared), stay.end_cause != "fixed")
    stays = select(*keys, func.count(), cut, func.sum(stay.dwell_ms)).where(people).group_by(*keys)
    _add(connection, life_tables.stay_hour, stays)
    _add_watches(connection, until, spared)
    facts = sum(connection.execute(table.delete().where(_old(table, until, spared))).rowcount for table in _BEGINS)
    run = tables.run.c
    behind = or_(run.retired_until_ms.is_(None), run.retired_until_ms < until)
    begun = and_(run.begins_ms < until, behind, run.run_id.in_(_whole(spared)))
    connection.execute(update(tables.run).where(begun).values(retired_until_ms=until))
    return facts


def _hour(time_ms: ColumnElement[Any]) -> ColumnElement[Any]:
    whole = type_coerce(time_ms, BigInteger)
    return whole - whole % HOUR_MS


def _add(connection: Connection, table: Table, source: Select[Any] | list[dict[str, Any]]) -> None:
    """Adds sums to what is there. Columns of the key come first, in the order of the table, then the sums."""
    statement = dialect_insert(connection.dialect, table)
    keys = [column.name for column in table.primary_key]
    fixed = {*keys, "store_id", "camera_id"}
    if isinstance(source, list):
        if not source:
            return
    else:
        statement = statement.from_select(table.columns.keys(), source)
    more = {c.name: c + statement.excluded[c.name] for c in table.columns if c.name not in fixed}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=more)
    if isinstance(source, list):
        connection.execute(statement, source)
    else:
        connection.execute(statement)


def _add_watches(connection: Connection, until: datetime, spared: list[str]) -> None:
    """Watches may lie in several hours: their time is divided exactly, what they count belongs to their first hour."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    watch = tables.watch.c
    old = select(tables.watch).where(_old(tables.watch, until, spared)).order_by(watch.begins_utc_ms)
    for row in connection.execute(old):
        begins, ends = to_ms(row.begins_utc_ms), to_ms(row.ends_utc_ms)
        first = begins - begins % HOUR_MS
        for hour in range(first, max(ends, begins + 1), HOUR_MS):
            key = (row.run_id, row.store_id, row.camera_id, from_ms(hour), row.health)
            values = rows.setdefault(key, dict(zip(_WATCH_HOUR, (*key, 0, 0, 0, 0), strict=True)))
            values["watched_ms"] += max(0, min(ends, hour + HOUR_MS) - max(begins, hour))
            if hour == first:
                for name in _WATCH_HOUR[-3:]:
                    values[name] += getattr(row, name)
    _add(connection, life_tables.watch_hour, list(rows.values()))


def _forget_states(connection: Connection, until: datetime) -> None:
    """Heartbeats of so long ago, and messages that are delivered or given up, with the alerts that are over."""
    life = life_tables
    connection.execute(life.heartbeat.delete().where(life.heartbeat.c.minute_ms < until))
    over = select(life.alert.c.alert_id).where(life.alert.c.closed_utc_ms < until)
    done = and_(life.delivery.c.next_try_utc_ms.is_(None), life.delivery.c.alert_id.in_(over))
    connection.execute(life.delivery.delete().where(done))
    open_ = select(life.delivery.c.alert_id)
    old = and_(life.alert.c.closed_utc_ms < until, life.alert.c.alert_id.not_in(open_))
    connection.execute(life.alert.delete().where(old))
