"""What was drawn, as the text of a settings file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ..settings import CameraSettings

DECIMALS = 4


def as_toml(drawn: object) -> str:
    """The keys and tables of one camera that the drawing stands for; only what differs from the defaults.

    Values are written as they come, of whatever kind: reading the text as settings says what is wrong with them.

    Args:
        drawn: From the page: ``lines``, ``zones``, ``floor_px``, ``floor_m``.
    """
    parts = _table(drawn)
    keys = [f"{name} = {_value(parts.get(name))}\n" for name in ("floor_px", "floor_m") if parts.get(name)]
    text = "".join(keys)
    for line in _list(parts.get("lines")):
        one = _table(line)
        points = _list(one.get("points"))
        ends: dict[str, object] = {"points": points}
        if len(points) == 2:
            ends = {"start": points[0], "end": points[1]}
        text += "\n[[cameras.lines]]\n" + _keys(
            {"id": one.get("id"), "role": one.get("role"), **ends}
            | _differing(one, {"anchor": "foot", "flip": False, "one_way": None})
        )
    for zone in _list(parts.get("zones")):
        one = _table(zone)
        text += "\n[[cameras.zones]]\n" + _keys(
            {"id": one.get("id"), "role": one.get("role"), "polygon": _list(one.get("points"))}
            | _differing(one, {"min_stay_s": 0.5, "grace_s": 1.0})
        )
    return text.lstrip("\n")


def from_camera(camera: CameraSettings) -> dict[str, object]:
    """What the settings have drawn already, for the page."""
    return {
        "lines": [
            {
                "id": line.id,
                "role": line.role,
                "points": [[c.x, c.y] for c in line.path.corners],
                "anchor": line.anchor,
                "flip": line.flip,
                "one_way": line.one_way,
            }
            for line in camera.lines
        ],
        "zones": [
            {
                "id": zone.id,
                "role": zone.role,
                "points": [[c.x, c.y] for c in zone.polygon.corners],
                "min_stay_s": zone.min_stay_s,
                "grace_s": zone.grace_s,
            }
            for zone in camera.zones
        ],
        "floor_px": [[p.x, p.y] for p in camera.floor_px or ()],
        "floor_m": [[p.x, p.y] for p in camera.floor_m or ()],
    }


def _table(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else []


def _differing(table: Mapping[str, object], usual: Mapping[str, object]) -> dict[str, object]:
    given = {name: table.get(name) for name in usual}
    return {name: value for name, value in given.items() if value is not None and value != usual[name]}


def _keys(values: Mapping[str, object]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: object) -> str:
    """A TOML value; what TOML has no word for (nothing, a table) becomes text, which no rule of the settings allows."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            rounded = round(value, DECIMALS)
            return f"{rounded:g}" if "e" not in f"{rounded:g}" and rounded == float(f"{rounded:g}") else repr(rounded)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(_value(v) for v in cast('Sequence[object]', value))}]"
        case _:
            return json.dumps(str(value))
