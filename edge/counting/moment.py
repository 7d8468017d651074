"""When and where something was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..geometry import Point

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Track
    from ..scene import Anchor


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was seen, and in what picture.

    Attributes:
        at: Time of the frame.
        frame_number: Its number.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
    """

    at: datetime
    frame_number: int
    width: int
    height: int


def anchor_point(track: Track, anchor: Anchor) -> Point:
    """The tested point of a person's box, in pixels: middle of the bottom, centre, or middle of the top."""
    left, top, right, bottom = track.box
    y = {"foot": bottom, "centre": (top + bottom) / 2, "head": top}[anchor]
    return Point((left + right) / 2, y)


def unit(value: float) -> float:
    """A coordinate as it is stored: inside 0..1, to a ten-thousandth of the picture."""
    return round(min(max(value, 0.0), 1.0), 4)
