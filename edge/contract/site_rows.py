"""The store, its hours, its cameras and what is drawn in their pictures, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..geometry import Point
from . import tables
from .site import line_version, zone_version

if TYPE_CHECKING:
    from ..scene import Camera
    from .changes import Change, Scalar
    from .site import Site


def site_rows(site: Site) -> list[Change]:
    """What facts refer to, in the order in which it must be written."""
    store = site.store
    changes: list[Change] = [("store", (store.id, store.name, store.time_zone, store.currency))]
    changes += [("store_hours", (store.id, h.weekday, h.opens_min, h.closes_min)) for h in site.hours]
    columns = tables.geometry.columns.keys()
    for camera in site.cameras:
        changes.append(("camera", (camera.id, store.id, camera.name)))
        changes += [("geometry", tuple(row[name] for name in columns)) for row in _geometry_rows(camera)]
    return changes


def _geometry_rows(camera: Camera) -> list[dict[str, Scalar]]:
    lines: list[dict[str, Scalar]] = [
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
    zones: list[dict[str, Scalar]] = [
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
