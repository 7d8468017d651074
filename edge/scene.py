"""What a camera looks at: the lines and zones drawn on its picture, and its place on the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .events import Direction
    from .geometry import Homography, Polygon, Polyline

Anchor = Literal["foot", "centre", "head"]
LineRole = Literal["entrance", "outside"]
ZoneRole = Literal["entrance", "product", "till", "queue", "fitting_room", "outside"]


@dataclass(frozen=True, slots=True)
class Line:
    """A counting line.

    Attributes:
        id: Unique within the camera.
        role: What a crossing of it means.
        path: From start to end, two points or more, 0..1 of the picture.
        anchor: The point of a person's box that is tested: middle of the bottom edge, centre, or middle of the top.
        flip: False: ``in`` is to the left of someone walking from start to end; True: to the right.
        one_way: Only crossings of this direction are counted; None: both.
    """

    id: str
    role: LineRole
    path: Polyline
    anchor: Anchor = "foot"
    flip: bool = False
    one_way: Direction | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """A floor area in which time is measured; a person is inside while the foot point is.

    Attributes:
        id: Unique within the camera.
        role: What a stay in it means.
        polygon: Outline, 0..1 of the picture.
        min_stay_s: Shorter stays are not reported.
        grace_s: An absence of at most this long does not end a stay.
    """

    id: str
    role: ZoneRole
    polygon: Polygon
    min_stay_s: float = 0.5
    grace_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera and everything drawn on its picture.

    Attributes:
        id: Unique within the store.
        name: What people call it.
        lines: Any number of counting lines.
        zones: Any number of zones.
        floor: Maps 0..1 of the picture to metres on the floor, where it is known.
    """

    id: str
    name: str
    lines: tuple[Line, ...]
    zones: tuple[Zone, ...]
    floor: Homography | None = None
