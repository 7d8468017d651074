"""Reading what the edge says of itself, and the sums by the hour of what is no longer kept in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, func, select, type_coerce

from . import life_tables, tables
from .columns import HOUR_MS, from_ms
from .errors import naming
from .reading import Rows, fetch, plain

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table

    from .reading import FactReader


def read_heartbeats(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Heartbeats with ``since <= minute_ms < until``, one a camera and minute, in order of time.

    Columns: camera_id, minute_ms, at_utc_ms, state, since_utc_ms, fps, frames_seen, frames_dropped, reconnects,
    last_picture_utc_ms (None before the first picture).
    """
    minute = life_tables.heartbeat.c.minute_ms
    statement = plain(life_tables.heartbeat).where(minute >= since, minute < until)
    return fetch(reader, statement.order_by(minute, "camera_id"))


def latest_heartbeats(reader: FactReader) -> Rows:
    """The last heartbeat of every camera, with the same columns, by camera."""
    beat = life_tables.heartbeat
    newest = select(beat.c.camera_id, func.max(beat.c.minute_ms).label("newest")).group_by(beat.c.camera_id).subquery()
    last = and_(beat.c.camera_id == newest.c.camera_id, beat.c.minute_ms == newest.c.newest)
    return fetch(reader, plain(beat).join(newest, last).order_by(beat.c.camera_id))


def last_watched(reader: FactReader) -> dict[str, datetime]:
    """Up to when each camera was watched live, by camera id; to the whole hour where no watch is kept any more."""
    watch, run, hour = tables.watch.c, tables.run.c, life_tables.watch_hour.c
    live = select(run.run_id).where(run.kind == "live")
    newest = func.max(type_coerce(watch.ends_utc_ms, BigInteger))
    kept = fetch(reader, select(watch.camera_id, newest).where(watch.run_id.in_(live)).group_by(watch.camera_id))
    last = func.max(type_coerce(hour.hour_utc_ms, BigInteger)) + HOUR_MS
    retired = fetch(reader, select(hour.camera_id, last).where(hour.run_id.in_(live)).group_by(hour.camera_id))
    found = {str(camera): from_ms(int(str(ms))) for camera, ms in retired.values}
    return found | {str(camera): from_ms(int(str(ms))) for camera, ms in kept.values}


def read_clock_jumps(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Jumps with ``since <= at_utc_ms < until``: store_id, at_utc_ms, was_utc_ms, jump_ms, cause; in order of time."""
    at = life_tables.clock_jump.c.at_utc_ms
    return fetch(reader, plain(life_tables.clock_jump).where(at >= since, at < until).order_by(at))


def read_alerts(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Alerts that lasted at some time between ``since`` and ``until``, in order of time; open ones last until now.

    Columns: alert_id, store_id, kind, camera_id, place, opened_utc_ms, closed_utc_ms (None: still open), words.
    """
    alert = life_tables.alert.c
    lasts = and_(alert.opened_utc_ms < until, (alert.closed_utc_ms >= since) | alert.closed_utc_ms.is_(None))
    return fetch(reader, plain(life_tables.alert).where(lasts).order_by(alert.opened_utc_ms, alert.alert_id))


def read_open_alerts(reader: FactReader) -> Rows:
    """Alerts that are not closed, with the same columns, in order of time."""
    alert = life_tables.alert.c
    statement = plain(life_tables.alert).where(alert.closed_utc_ms.is_(None))
    return fetch(reader, statement.order_by(alert.opened_utc_ms, alert.alert_id))


def read_deliveries(reader: FactReader) -> Rows:
    """Messages that are still to be tried, with their alerts, the most urgent first.

    Columns: alert_id, stage, channel, tries, next_try_utc_ms, delivered_utc_ms (always None), error, then of the alert
    store_id, kind, camera_id, place, opened_utc_ms, closed_utc_ms, words.
    """
    delivery, alert = life_tables.delivery, life_tables.alert
    statement = plain(delivery, alert, leave=("alert.alert_id",)).join(alert, delivery.c.alert_id == alert.c.alert_id)
    due = delivery.c.next_try_utc_ms
    return fetch(reader, statement.where(due.is_not(None)).order_by(due, alert.c.opened_utc_ms, delivery.c.channel))


def read_crossing_hours(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """Sums of crossings that are no longer kept one by one, ``since <= hour_utc_ms < until``, in order of time.

    Columns: store_id, camera_id, hour_utc_ms, line_id, geometry_version, direction, crossings, held.
    """
    return _hours(reader, life_tables.crossing_hour, since, until, sums=2)


def read_stay_hours(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """The same of stays, by the hour in which they began; mannequins are left out.

    Columns: store_id, camera_id, hour_utc_ms, zone_id, geometry_version, stays, censored (lost, or cut by the end of
    the run), dwell_ms.
    """
    return _hours(reader, life_tables.stay_hour, since, until, sums=3)


def read_watch_hours(reader: FactReader, since: datetime, until: datetime) -> Rows:
    """The same of watches, by health: watched_ms is exact, counts belong to the hour in which a watch began.

    Columns: store_id, camera_id, hour_utc_ms, health, watched_ms, frames_seen, frames_dropped, facts_dropped.
    """
    return _hours(reader, life_tables.watch_hour, since, until, sums=4)


def raw_since(reader: FactReader) -> datetime | None:
    """From when on facts are kept one by one; earlier ones are sums by the hour. None: nothing was retired yet."""
    run = tables.run.c
    newest = select(type_coerce(func.max(run.retired_until_ms), BigInteger)).where(run.superseded_by.is_(None))
    with naming(reader.name), reader.engine.connect() as connection:
        ms = connection.execute(newest).scalar()
    return None if ms is None else from_ms(ms)


def _hours(reader: FactReader, table: Table, since: datetime, until: datetime, *, sums: int) -> Rows:
    """Sums over the runs that count."""
    columns: list[Any] = [
        type_coerce(c, BigInteger).label(c.name) if c.name == "hour_utc_ms" else c
        for c in table.columns
        if c.name != "run_id"
    ]
    keys, added = columns[:-sums], columns[-sums:]
    counts = select(tables.run.c.run_id).where(tables.run.c.superseded_by.is_(None))
    hour = table.c.hour_utc_ms
    window = and_(hour >= since, hour < until, table.c.run_id.in_(counts))
    totals = [func.sum(column).label(column.name) for column in added]
    return fetch(reader, select(*keys, *totals).where(window).group_by(*keys).order_by(hour, *keys))
