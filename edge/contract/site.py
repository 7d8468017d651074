"""What the facts refer to besides cameras: the store, its hours, and the runs that watched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import ClockSource
    from ..scene import Camera, Line, Zone

RunKind = Literal["live", "replay"]


@dataclass(frozen=True, slots=True)
class Store:
    """One shop.

    Attributes:
        id: Short name, unique in a chain.
        name: What people call it.
        time_zone: IANA name, for example ``Europe/Berlin``.
        currency: ISO 4217 code, for example ``EUR``.
    """

    id: str
    name: str
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Opening hours of one weekday in the store's own time.

    Attributes:
        weekday: 0 is Monday.
        opens_min: Minutes after local midnight.
        closes_min: Minutes after local midnight, over 1440 on the next day, at most 2160 (its noon).
    """

    weekday: int
    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True)
class Site:
    """The store, when it is open, and its cameras."""

    store: Store
    hours: tuple[OpenHours, ...]
    cameras: tuple[Camera, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of watching: a camera from start to stop, or one replayed recording.

    Attributes:
        camera: Id of the camera.
        kind: ``live`` or ``replay``.
        source: Where the pictures came from, without user name or password.
        source_id: Names the content: a fingerprint of the recording, or the start time of a live run.
        begins: Time of the first picture (replay: the anchor).
        clock: What the times rest on.
        model_id: The detector with its thresholds.
        config_hash: Hash of every setting that could change a fact.
    """

    camera: str
    kind: RunKind
    source: str
    source_id: str
    begins: datetime
    clock: ClockSource
    model_id: str
    config_hash: str

    @property
    def id(self) -> str:
        """The same for the same recording, anchor, model and settings: what makes a replay idempotent."""
        return content_hash(
            self.camera, self.kind, self.source_id, self.begins.isoformat(), self.model_id, self.config_hash
        )


def content_hash(*parts: object) -> str:
    """Names a tuple of plain values: 32 hex digits, the same on every machine and every day.

    Args:
        *parts: Strings, numbers, booleans, None and tuples of them; their ``repr`` is hashed.
    """
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def line_version(line: Line) -> str:
    """Changes with anything that could change a count at the line: 8 hex digits."""
    way = (line.one_way,) if line.one_way else ()
    return content_hash(tuple((p.x, p.y) for p in line.path.corners), line.anchor, line.flip, *way)[:8]


def zone_version(zone: Zone) -> str:
    """Changes with anything that could change a stay in the zone: 8 hex digits."""
    return content_hash(tuple((p.x, p.y) for p in zone.polygon.corners), zone.min_stay_s, zone.grace_s)[:8]
