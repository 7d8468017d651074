"""Hand labels and fixture truth: what truly happened at the lines of a clip.

Two forms of JSON are read. Both give ``fps``, ``width``, ``height`` and ``frames`` of the clip and either one ``line``
with its ``crossings`` (and maybe an ``anchor``), or a list ``lines`` of such, each with an ``id``. A crossing has the
clip's own 0-based ``frame``, a ``direction`` (``in``: to the left of someone who walks the line from its first to its
last point, as seen in the picture), mostly ``x`` and ``y`` in pixels, and maybe ``optional``: true where it may be
counted or not. ``alt_lines`` are further lines of the clip, in the form of ``lines`` and with a ``name``.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from edge.scene import Anchor

DIRECTIONS = ("in", "out")
ANCHORS: dict[str, Anchor] = {
    "centre": "centre",
    "center": "centre",
    "any": "centre",
    "foot": "foot",
    "feet": "foot",
    "head": "head",
}


class LabelError(Exception):
    """A label file is missing or breaks its form; the message names file, key and rule."""


@dataclass(frozen=True, slots=True)
class Event:
    """A crossing as it truly was, or as it was counted.

    Attributes:
        frame: 0-based number in the clip, also at a lower rate.
        direction: ``in`` or ``out``.
        x: Where, pixels of the clip; None where the labels do not say.
        y: The same.
        optional: It may be counted or not: neither right, missed nor invented.
    """

    frame: int
    direction: str
    x: float | None = None
    y: float | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A counting line and everyone who went over it.

    Attributes:
        id: Unique within the clip.
        points: From start to end, two or more, pixels.
        anchor: The point of a person's box whose way over the line was labelled.
        crossings: In the order of the file.
    """

    id: str
    points: tuple[tuple[float, float], ...]
    anchor: Anchor
    crossings: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """The truth about one clip.

    Attributes:
        path: The file.
        name: Of the clip.
        fps: Pictures a second.
        width: Of the picture, pixels.
        height: The same.
        frames: Pictures in the clip.
        lines: May be empty: a clip for zones only.
    """

    path: Path
    name: str
    fps: float
    width: int
    height: int
    frames: int
    lines: tuple[TrueLine, ...]


def read_labels(path: Path, *, alternative: bool = False) -> Labels:
    """Reads and checks a label file.

    Args:
        path: The file.
        alternative: Takes its ``alt_lines`` in place of its lines.

    Raises:
        LabelError: It is missing, no JSON, or breaks the form.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabelError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise LabelError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise LabelError(f"{path}: must be a JSON object, not {_kind(content)}")
    reader = _Reader(path, content)
    return Labels(
        path=path,
        name=path.name.removesuffix(".json").removesuffix(".truth"),
        fps=reader.number(content, "fps", "", above=0),
        width=reader.whole(content, "width", "", least=1),
        height=reader.whole(content, "height", "", least=1),
        frames=reader.whole(content, "frames", "", least=1),
        lines=reader.lines(alternative),
    )


def anchored(labels: Labels, anchor: Anchor) -> Labels:
    """The same truth, to be counted by another point of people's boxes."""
    return replace(labels, lines=tuple(replace(line, anchor=anchor) for line in labels.lines))


class _Reader:
    """Takes values out of a label file; every complaint names the file and the key."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self._path = path
        self._content = content

    def lines(self, alternative: bool) -> tuple[TrueLine, ...]:
        """All lines of the file, or all alternative ones."""
        content = self._content
        key = "alt_lines" if alternative else "lines"
        if content.get(key) is not None:
            entries = self._list(content, key, "")
            found = tuple(self._line(entry, f"{key}[{i}].", f"line {i + 1}") for i, entry in enumerate(entries))
        elif content.get("line") is not None and not alternative:
            found = (self._line(content, "", "line"),)
        else:
            found = ()
        ids = [line.id for line in found]
        for line_id in ids:
            if ids.count(line_id) > 1:
                raise self._error(key, f"two lines have the id {line_id!r}")
        return found

    def _line(self, entry: Any, place: str, name: str) -> TrueLine:
        if not isinstance(entry, dict):
            raise self._error(place.removesuffix("."), f"must be an object, not {_kind(entry)}")
        points = tuple(self._point(p, f"{place}line[{i}]") for i, p in enumerate(self._list(entry, "line", place)))
        if len(points) < 2:
            raise self._error(f"{place}line", f"must have at least 2 points, not {len(points)}")
        if any(a == b for a, b in pairwise(points)):
            raise self._error(f"{place}line", "two points that follow each other are the same")
        anchor = entry.get("anchor", "centre")
        if not isinstance(anchor, str) or anchor not in ANCHORS:
            raise self._error(f"{place}anchor", f"must be one of {', '.join(ANCHORS)}, not {anchor!r}")
        crossings = self._list(entry, "crossings", place)
        events = tuple(self._event(crossing, f"{place}crossings[{i}]") for i, crossing in enumerate(crossings))
        return TrueLine(str(entry.get("id", entry.get("name", name))), points, ANCHORS[anchor], events)

    def _event(self, entry: Any, place: str) -> Event:
        if not isinstance(entry, dict):
            raise self._error(place, f"must be an object, not {_kind(entry)}")
        frame = self.whole(entry, "frame", f"{place}.", least=0)
        frames = self.whole(self._content, "frames", "", least=1)
        if frame >= frames:
            raise self._error(f"{place}.frame", f"{frame} lies behind the clip's last frame, {frames - 1}")
        if entry.get("direction") not in DIRECTIONS:
            raise self._error(f"{place}.direction", f"must be in or out, not {entry.get('direction')!r}")
        optional = entry.get("optional", False)
        if not isinstance(optional, bool):
            raise self._error(f"{place}.optional", f"must be true or false, not {optional!r}")
        x = y = None
        if entry.get("x") is not None or entry.get("y") is not None:
            x, y = self.number(entry, "x", f"{place}."), self.number(entry, "y", f"{place}.")
        return Event(frame, entry["direction"], x, y, optional)

    def number(self, entry: dict[str, Any], key: str, place: str, above: float = -math.inf) -> float:
        """A finite number."""
        value = entry.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self._error(place + key, f"must be a number, not {value!r}")
        if value <= above:
            raise self._error(place + key, f"must be greater than {above:g}, not {value!r}")
        return float(value)

    def whole(self, entry: dict[str, Any], key: str, place: str, least: int) -> int:
        """A whole number."""
        value = entry.get(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._error(place + key, f"must be a whole number from {least}, not {value!r}")
        return value

    def _list(self, entry: dict[str, Any], key: str, place: str) -> list[Any]:
        value = entry.get(key)
        if not isinstance(value, list):
            raise self._error(place + key, f"must be a list, not {_kind(value)}")
        return value

    def _point(self, value: Any, place: str) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            raise self._error(place, f"must be [x, y], not {value!r}")
        x, y = (self.number({place: v}, place, "") for v in value)
        return x, y

    def _error(self, key: str, rule: str) -> LabelError:
        return LabelError(f"{self._path}: {key}: {rule}")


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else repr(value)
