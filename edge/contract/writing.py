"""The one writer: site rows, runs and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Table, update
from sqlalchemy.dialects import postgresql, sqlite

from ..events import Crossing, Fact, Stay, Trail, Watch
from ..geometry import Point
from . import tables
from .audits import write_audits
from .engine import create, display_name, migrate
from .errors import naming
from .site import Run, Site, content_hash, line_version, zone_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ..scene import Camera
    from .audits import Audit

BUSY_TIMEOUT_S = 60.0


def open_store(database: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> FactStore:
    """Opens the database for writing, makes it where it is missing and brings its schema up to date.

    Args:
        database: A path, or an SQLAlchemy URL.
        busy_timeout_s: How long to wait for another process's lock before giving up.

    Raises:
        NewerSchemaError: It was written by a newer footfall.
        StoreUnavailableError: It is locked, read-only, damaged, or no database.
    """
    with naming(display_name(database)):
        engine = create(database, busy_timeout_s=busy_timeout_s, read_only=False)
        migrate(engine, database)
    return FactStore(engine, display_name(database))


class FactStore:
    """Appends facts. Appending the same fact twice changes nothing.

    Args:
        engine: An engine from ``open_store``.
        name: What to call the database in messages.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        self._versions: dict[tuple[str, str, str], str] = {}
        self._runs: dict[str, tuple[str, str]] = {}

    def register(self, site: Site) -> None:
        """Stores what facts refer to. Old versions of a line or zone stay, marked as no longer current.

        Raises:
            StoreUnavailableError: The database refused.
        """
        store = site.store
        with naming(self.name), self._engine.begin() as connection:
            row = {
                "store_id": store.id,
                "name": store.name,
                "time_zone": store.time_zone,
                "currency": store.currency,
            }
            _upsert(connection, tables.store, [row])
            connection.execute(tables.store_hours.delete().where(tables.store_hours.c.store_id == store.id))
            hours = [
                {
                    "store_id": store.id,
                    "weekday": h.weekday,
                    "opens_min": h.opens_min,
                    "closes_min": h.closes_min,
                }
                for h in site.hours
            ]
            if hours:
                connection.execute(tables.store_hours.insert(), hours)
            for camera in site.cameras:
                _upsert(
                    connection,
                    tables.camera,
                    [{"camera_id": camera.id, "store_id": store.id, "name": camera.name}],
                )
                connection.execute(
                    update(tables.geometry).where(tables.geometry.c.camera_id == camera.id).values(current=False)
                )
                _upsert(connection, tables.geometry, _geometry_rows(camera))
        for camera in site.cameras:
            for line in camera.lines:
                self._versions[camera.id, "line", line.id] = line_version(line)
            for zone in camera.zones:
                self._versions[camera.id, "zone", zone.id] = zone_version(zone)

    def begin_run(self, run: Run, store_id: str) -> None:
        """Opens a run. A replay of the same recording with other settings now supersedes the earlier one.

        Args:
            run: The run; its id follows from its content.
            store_id: The store it belongs to, registered before.

        Raises:
            StoreUnavailableError: The database refused.
        """
        row = {
            "run_id": run.id,
            "store_id": store_id,
            "camera_id": run.camera,
            "kind": run.kind,
            "source": run.source,
            "source_id": run.source_id,
            "begins_ms": run.begins,
            "ts_source": run.clock,
            "model_id": run.model_id,
            "config_hash": run.config_hash,
            "schema_version": tables.SCHEMA_VERSION,
            "finished": False,
            "superseded_by": None,
        }
        same_recording = (
            (tables.run.c.camera_id == run.camera)
            & (tables.run.c.source_id == run.source_id)
            & (tables.run.c.kind == "replay")
            & (tables.run.c.run_id != run.id)
        )
        with naming(self.name), self._engine.begin() as connection:
            _upsert(connection, tables.run, [row])
            if run.kind == "replay":
                connection.execute(update(tables.run).where(same_recording).values(superseded_by=run.id))
        self._runs[run.id] = (store_id, run.camera)

    def finish_run(self, run_id: str) -> None:
        """Records that the run came to its end and was not cut off."""
        with naming(self.name), self._engine.begin() as connection:
            connection.execute(update(tables.run).where(tables.run.c.run_id == run_id).values(finished=True))

    def append(self, facts: Iterable[tuple[str, Fact]]) -> int:
        """Appends facts in one transaction.

        Args:
            facts: Pairs of run id (begun before) and fact.

        Returns:
            How many were new.

        Raises:
            StoreUnavailableError: The database refused; nothing of this call was written.
            KeyError: A run was never begun, or a line or zone never registered.
        """
        rows: dict[str, list[dict[str, Any]]] = {}
        for run_id, fact in facts:
            table, row = self._row(run_id, fact)
            rows.setdefault(table.name, []).append(row)
        new = 0
        with naming(self.name), self._engine.begin() as connection:
            for name, batch in rows.items():
                new += _insert_new(connection, tables.metadata.tables[name], batch)
        return new

    def append_audits(self, audits: Sequence[Audit]) -> None:
        """Stores what a person counted, in one transaction; earlier audits of the same windows are superseded.

        Raises:
            StoreUnavailableError: The database refused; nothing of this call was written.
        """
        with naming(self.name), self._engine.begin() as connection:
            write_audits(connection, audits)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _row(self, run_id: str, fact: Fact) -> tuple[Table, dict[str, Any]]:
        store_id, camera_id = self._runs[run_id]
        base: dict[str, Any] = {"store_id": store_id, "camera_id": camera_id, "run_id": run_id}
        if isinstance(fact, Crossing):
            base["event_id"] = content_hash(run_id, "crossing", fact.track, fact.line, fact.sequence)
            version = self._versions[camera_id, "line", fact.line]
            return tables.crossing, base | _crossing_values(fact, version)
        if isinstance(fact, Stay):
            base["event_id"] = content_hash(run_id, "stay", fact.track, fact.zone, fact.sequence)
            version = self._versions[camera_id, "zone", fact.zone]
            return tables.stay, base | _stay_values(fact, version)
        if isinstance(fact, Watch):
            base["event_id"] = content_hash(run_id, "watch", None, None, fact.sequence)
            return tables.watch, base | _watch_values(fact)
        base["event_id"] = content_hash(run_id, "trail", fact.track, None, fact.sequence)
        return tables.trail, base | _trail_values(fact)


def _crossing_values(fact: Crossing, version: str) -> dict[str, Any]:
    left, top, right, bottom = fact.box
    return {
        "line_id": fact.line,
        "geometry_version": version,
        "track_id": fact.track,
        "direction": fact.direction,
        "raw_side": fact.side,
        "ts_utc_ms": fact.at,
        "frame_no": fact.frame_number,
        "x": fact.x,
        "y": fact.y,
        "box_left": left,
        "box_top": top,
        "box_right": right,
        "box_bottom": bottom,
        "confidence": fact.confidence,
        "held": fact.held,
        "cause": fact.cause,
    }


def _stay_values(fact: Stay, version: str) -> dict[str, Any]:
    return {
        "zone_id": fact.zone,
        "geometry_version": version,
        "track_id": fact.track,
        "entered_utc_ms": fact.entered,
        "left_utc_ms": fact.left,
        "dwell_ms": tables.to_ms(fact.left) - tables.to_ms(fact.entered),
        "start_cause": fact.start_cause,
        "end_cause": fact.end_cause,
        "frame_no": fact.frame_number,
        "x": fact.x,
        "y": fact.y,
        "confidence": fact.confidence,
    }


def _watch_values(fact: Watch) -> dict[str, Any]:
    return {
        "begins_utc_ms": fact.begins,
        "ends_utc_ms": fact.ends,
        "frames_seen": fact.frames_seen,
        "frames_dropped": fact.frames_dropped,
        "facts_dropped": fact.facts_dropped,
        "health": fact.health,
    }


def _trail_values(fact: Trail) -> dict[str, Any]:
    return {
        "track_id": fact.track,
        "ts_utc_ms": fact.at,
        "x": fact.x,
        "y": fact.y,
        "x_m": fact.x_m,
        "y_m": fact.y_m,
    }


def _geometry_rows(camera: Camera) -> list[dict[str, Any]]:
    lines = [
        {
            "kind": "line",
            "geometry_id": line.id,
            "version": line_version(line),
            "role": line.role,
            "outline": _outline(*line.path.corners),
            "outline_m": _outline_m(camera, *line.path.corners),
            "anchor": line.anchor,
            "flip": line.flip,
            "one_way": line.one_way,
            "min_stay_ms": 0,
            "grace_ms": 0,
        }
        for line in camera.lines
    ]
    zones = [
        {
            "kind": "zone",
            "geometry_id": zone.id,
            "version": zone_version(zone),
            "role": zone.role,
            "outline": _outline(*zone.polygon.corners),
            "outline_m": _outline_m(camera, *zone.polygon.corners),
            "anchor": "foot",
            "flip": False,
            "one_way": None,
            "min_stay_ms": round(zone.min_stay_s * 1000),
            "grace_ms": round(zone.grace_s * 1000),
        }
        for zone in camera.zones
    ]
    return [row | {"camera_id": camera.id, "current": True} for row in lines + zones]


def _outline(*points: Point) -> str:
    """Points as text: ``x y, x y, ...``, 0..1."""
    return ", ".join(f"{p.x:g} {p.y:g}" for p in points)


def _outline_m(camera: Camera, *points: Point) -> str | None:
    """The same on the floor, in metres; None where the floor is not known, or a corner lies beyond its horizon."""
    places = [camera.floor.to_floor(p) for p in points] if camera.floor is not None else []
    known = [Point(round(p.x, 2), round(p.y, 2)) for p in places if p is not None]
    return _outline(*known) if len(known) == len(points) else None


def _dialect_insert(connection: Connection, table: Table) -> Any:
    module = postgresql if connection.dialect.name == "postgresql" else sqlite
    return module.insert(table)


def _insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts the rows whose key is not there yet, and says how many."""
    statement = _dialect_insert(connection, table).on_conflict_do_nothing()
    return max(0, connection.execute(statement, rows).rowcount)


def _upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, or brings the rest of the columns up to date where the key is there."""
    if not rows:
        return
    statement = _dialect_insert(connection, table)
    keys = [c.name for c in table.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest), rows)
