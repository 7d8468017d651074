"""The edge's tables about its own life: heartbeats, clock jumps, alerts, the journal's mark, sums by the hour."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table

from .columns import UtcMs, metadata

edge_migration = Table(
    "edge_migration",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("applied_at", UtcMs, nullable=False),
)

# One row a camera and minute, the last of the minute: silence can be told from quiet.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("camera_id", ForeignKey("camera.camera_id"), primary_key=True),
    Column("minute_ms", UtcMs, primary_key=True, autoincrement=False),
    Column("at_utc_ms", UtcMs, nullable=False),
    Column("state", String, nullable=False),
    Column("since_utc_ms", UtcMs, nullable=False),
    Column("fps", Float, nullable=False),
    Column("frames_seen", BigInteger, nullable=False),
    Column("frames_dropped", BigInteger, nullable=False),
    Column("reconnects", Integer, nullable=False),
    Column("last_picture_utc_ms", UtcMs, nullable=True),
    Index("heartbeat_time", "minute_ms"),
)

clock_jump = Table(
    "clock_jump",
    metadata,
    Column("store_id", ForeignKey("store.store_id"), primary_key=True),
    Column("at_utc_ms", UtcMs, primary_key=True, autoincrement=False),
    Column("was_utc_ms", UtcMs, primary_key=True, autoincrement=False),
    Column("jump_ms", BigInteger, nullable=False),
    Column("cause", String, nullable=False),
    CheckConstraint("jump_ms = at_utc_ms - was_utc_ms"),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("store_id", ForeignKey("store.store_id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("camera_id", ForeignKey("camera.camera_id"), nullable=True),
    Column("place", String, nullable=True),
    Column("opened_utc_ms", UtcMs, nullable=False),
    Column("closed_utc_ms", UtcMs, nullable=True),
    Column("words", String, nullable=False),
    CheckConstraint("closed_utc_ms IS NULL OR closed_utc_ms >= opened_utc_ms"),
    Index("alert_time", "store_id", "opened_utc_ms"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("alert_id", ForeignKey("alert.alert_id"), primary_key=True),
    Column("stage", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("next_try_utc_ms", UtcMs, nullable=True),
    Column("delivered_utc_ms", UtcMs, nullable=True),
    Column("error", String, nullable=False),
    CheckConstraint("stage IN ('opened', 'closed')"),
    Index("delivery_open", "next_try_utc_ms"),
)

# How far each journal has come into this database: written with the rows themselves, so that it is true after any end.
journal_mark = Table(
    "journal_mark",
    metadata,
    Column("journal_id", String(32), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)


def _hour_columns() -> list[Column[Any]]:
    """What every sum by the hour is about. By run, so that a replay with other settings replaces these, too."""
    return [
        Column("run_id", ForeignKey("run.run_id"), primary_key=True),
        Column("store_id", ForeignKey("store.store_id"), nullable=False),
        Column("camera_id", ForeignKey("camera.camera_id"), nullable=False),
        Column("hour_utc_ms", UtcMs, primary_key=True, autoincrement=False),
    ]


crossing_hour = Table(
    "crossing_hour",
    metadata,
    *_hour_columns(),
    Column("line_id", String, primary_key=True),
    Column("geometry_version", String, primary_key=True),
    Column("direction", String, primary_key=True),
    Column("crossings", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Index("crossing_hour_time", "store_id", "hour_utc_ms"),
)

stay_hour = Table(
    "stay_hour",
    metadata,
    *_hour_columns(),
    Column("zone_id", String, primary_key=True),
    Column("geometry_version", String, primary_key=True),
    Column("stays", Integer, nullable=False),
    Column("censored", Integer, nullable=False),
    Column("dwell_ms", BigInteger, nullable=False),
    Index("stay_hour_time", "store_id", "hour_utc_ms"),
)

watch_hour = Table(
    "watch_hour",
    metadata,
    *_hour_columns(),
    Column("health", String, primary_key=True),
    Column("watched_ms", BigInteger, nullable=False),
    Column("frames_seen", BigInteger, nullable=False),
    Column("frames_dropped", BigInteger, nullable=False),
    Column("facts_dropped", BigInteger, nullable=False),
    Index("watch_hour_time", "store_id", "hour_utc_ms"),
)
