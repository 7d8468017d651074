"""The edge's tables of the site, the runs, the facts and the audits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table

from .columns import UtcMs, metadata

store = Table(
    "store",
    metadata,
    Column("store_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("currency", String, nullable=False),
)

store_hours = Table(
    "store_hours",
    metadata,
    Column("store_id", ForeignKey("store.store_id"), primary_key=True),
    Column("weekday", Integer, primary_key=True, autoincrement=False),
    Column("opens_min", Integer, nullable=False),
    Column("closes_min", Integer, nullable=False),
    CheckConstraint("weekday BETWEEN 0 AND 6 AND opens_min < 1440 AND opens_min < closes_min AND closes_min <= 2160"),
)

camera = Table(
    "camera",
    metadata,
    Column("camera_id", String, primary_key=True),
    Column("store_id", ForeignKey("store.store_id"), nullable=False),
    Column("name", String, nullable=False),
)

# Lines and zones share one table of versions: an outline, a role, and whether the settings still name it.
geometry = Table(
    "geometry",
    metadata,
    Column("camera_id", ForeignKey("camera.camera_id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("geometry_id", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("outline", String, nullable=False),
    Column("outline_m", String, nullable=True),
    Column("anchor", String, nullable=False),
    Column("flip", Boolean, nullable=False),
    Column("one_way", String, nullable=True),
    Column("min_stay_ms", Integer, nullable=False),
    Column("grace_ms", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    CheckConstraint("kind IN ('line', 'zone')"),
)

run = Table(
    "run",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("store_id", ForeignKey("store.store_id"), nullable=False),
    Column("camera_id", ForeignKey("camera.camera_id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("begins_ms", UtcMs, nullable=False),
    Column("ts_source", String, nullable=False),
    Column("model_id", String, nullable=False),
    Column("config_hash", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("finished", Boolean, nullable=False),
    # A recording replayed again with other settings replaces its earlier run: nothing is deleted, readers skip it.
    Column("superseded_by", String, nullable=True),
    # Facts that ended before are added up by the hour and no longer there: given again, they are not taken.
    Column("retired_until_ms", UtcMs, nullable=True),
    CheckConstraint("kind IN ('live', 'replay')"),
    Index("run_camera_source", "camera_id", "source_id"),
)


def _fact_columns() -> list[Column[Any]]:
    """The columns that every fact carries."""
    return [
        Column("event_id", String(32), primary_key=True),
        Column("store_id", ForeignKey("store.store_id"), nullable=False),
        Column("camera_id", ForeignKey("camera.camera_id"), nullable=False),
        Column("run_id", ForeignKey("run.run_id"), nullable=False),
    ]


crossing = Table(
    "crossing",
    metadata,
    *_fact_columns(),
    Column("line_id", String, nullable=False),
    Column("geometry_version", String, nullable=False),
    Column("track_id", Integer, nullable=False),
    Column("direction", String, nullable=False),
    Column("raw_side", String, nullable=False),
    Column("ts_utc_ms", UtcMs, nullable=False),
    Column("frame_no", Integer, nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("box_left", Float, nullable=False),
    Column("box_top", Float, nullable=False),
    Column("box_right", Float, nullable=False),
    Column("box_bottom", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("cause", String, nullable=False, server_default="crossed"),
    CheckConstraint("direction IN ('in', 'out') AND raw_side IN ('left', 'right')"),
    Index("crossing_time", "store_id", "ts_utc_ms"),
)

stay = Table(
    "stay",
    metadata,
    *_fact_columns(),
    Column("zone_id", String, nullable=False),
    Column("geometry_version", String, nullable=False),
    Column("track_id", Integer, nullable=False),
    Column("entered_utc_ms", UtcMs, nullable=False),
    Column("left_utc_ms", UtcMs, nullable=False),
    Column("dwell_ms", Integer, nullable=False),
    Column("start_cause", String, nullable=False),
    Column("end_cause", String, nullable=False),
    Column("frame_no", Integer, nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    CheckConstraint("left_utc_ms >= entered_utc_ms AND dwell_ms = left_utc_ms - entered_utc_ms"),
    Index("stay_time", "store_id", "entered_utc_ms"),
)

watch = Table(
    "watch",
    metadata,
    *_fact_columns(),
    Column("begins_utc_ms", UtcMs, nullable=False),
    Column("ends_utc_ms", UtcMs, nullable=False),
    Column("frames_seen", Integer, nullable=False),
    Column("frames_dropped", Integer, nullable=False),
    Column("facts_dropped", Integer, nullable=False),
    Column("health", String, nullable=False),
    CheckConstraint("ends_utc_ms >= begins_utc_ms"),
    Index("watch_time", "store_id", "begins_utc_ms"),
)

trail = Table(
    "trail",
    metadata,
    *_fact_columns(),
    Column("track_id", Integer, nullable=False),
    Column("ts_utc_ms", UtcMs, nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("x_m", Float, nullable=True),
    Column("y_m", Float, nullable=True),
    Index("trail_time", "store_id", "ts_utc_ms"),
)

# What a person counted beside what the product counted. Counting a window again supersedes; nothing is deleted.
audit = Table(
    "audit",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("store_id", ForeignKey("store.store_id"), nullable=False),
    Column("camera_id", ForeignKey("camera.camera_id"), nullable=False),
    Column("run_id", ForeignKey("run.run_id"), nullable=False),
    Column("line_id", String, nullable=False),
    Column("geometry_version", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("begins_utc_ms", UtcMs, nullable=False),
    Column("ends_utc_ms", UtcMs, nullable=False),
    Column("manual", Integer, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("matched", Integer, nullable=True),
    Column("audited_utc_ms", UtcMs, nullable=False),
    Column("auditor", String, nullable=False),
    Column("method", String, nullable=False),
    Column("superseded_by", String, nullable=True),
    CheckConstraint("direction IN ('in', 'out') AND method IN ('page', 'terminal')"),
    CheckConstraint("ends_utc_ms > begins_utc_ms AND manual >= 0 AND counted >= 0"),
    CheckConstraint("matched IS NULL OR (matched >= 0 AND matched <= manual AND matched <= counted)"),
    Index("audit_time", "store_id", "begins_utc_ms"),
)

audit_mark = Table(
    "audit_mark",
    metadata,
    Column("audit_id", ForeignKey("audit.audit_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("ts_utc_ms", UtcMs, nullable=False),
)
