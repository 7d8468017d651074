"""What a line remembers of each track, and which two tracks at the line are one person."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .moment import Moment, unit

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import CrossingCause, Track
    from ..geometry import Point

# Someone who walks up to the line and vanishes within MERGE_NEAR of it, and someone of about the same height (a natural
# logarithm) who appears on its other side within MERGE_S and not faster than a person can run, are the same person. For
# a moment the two may even be seen together: a box on the upper half of the person and one on the whole.
MERGE_NEAR = 0.6
MERGE_S = 2.5
MERGE_TOGETHER_S = 0.35
MERGE_WAIT_S = 0.5  # a moment unseen is not yet vanished
MERGE_SIZE = 0.3
MERGE_BEYOND = 0.06  # the heir must by now be as far beyond the line
MERGE_REACH = 0.3
MERGE_SPEED = 1.0  # body heights a second, 1.7 m/s
APPROACH = 0.03  # the least speed towards the line


@dataclass(slots=True)
class Pending:
    """A crossing that happened but is not yet told: it waits for the hold rule or for the track's confirmation."""

    sign: int
    at: datetime
    frame_number: int
    x: float
    y: float
    box: tuple[float, float, float, float]
    scores: list[float]
    held: bool | None = None
    cause: CrossingCause = "crossed"


def met_line(sign: int, where: Point, track: Track, moment: Moment) -> Pending:
    """A meeting of a path with the line, in the coordinates of facts."""
    left, top, right, bottom = track.box
    return Pending(
        sign=sign,
        at=moment.at,
        frame_number=moment.frame_number,
        x=unit(where.x / moment.width),
        y=unit(where.y / moment.height),
        box=(
            unit(left / moment.width),
            unit(top / moment.height),
            unit(right / moment.width),
            unit(bottom / moment.height),
        ),
        scores=[],
    )


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a track was seen, for the merging of two tracks."""

    track: Track
    moment: Moment
    point: Point
    distance: float

    @property
    def height(self) -> float:
        """Of the box, pixels."""
        return max(self.track.box[3] - self.track.box[1], 1.0)


@dataclass(slots=True)
class Walk:
    """What a line remembers of one track."""

    confirmed: bool = False
    point: Point | None = None
    distance: float = 0.0  # signed, in body heights, at the last sight
    side: int = 0  # -1 left, +1 right, 0 unknown
    met: Pending | None = None  # the last change of sign, not yet beyond the band
    near_since: datetime | None = None  # last sight away from the line, or first sight
    lingered: bool = False  # stood at the line before the last change of sign
    beyond: int = 0  # sure sights beyond the band since
    beyond_since: datetime | None = None  # the first of them
    pace: float = 0.0  # change of distance, body heights a second
    birth: Sight | None = None
    last: Sight | None = None
    pending: list[Pending] = field(default_factory=list)
    told: int = 0


def age_s(sight: Sight, moment: Moment) -> float:
    """How long ago a sight was, seconds."""
    return (moment.at - sight.moment.at).total_seconds()


def has_vanished(walk: Walk) -> bool:
    """Whether someone not seen any more was last on their way to the line, and close to it."""
    sign = 1 if walk.distance > 0 else -1
    near = abs(walk.distance) <= MERGE_NEAR and walk.side == sign
    return walk.confirmed and near and walk.pace * sign < -APPROACH


def same_person(lost: Sight, walk: Walk) -> float | None:
    """How far, in body heights, a walk began from where someone vanished; None if it cannot be that person."""
    birth = walk.birth
    if birth is None or not walk.confirmed or walk.told or walk.pending or abs(walk.distance) < MERGE_BEYOND:
        return None
    gap_s = (birth.moment.at - lost.moment.at).total_seconds()
    if not -MERGE_TOGETHER_S <= gap_s <= MERGE_S or (birth.distance > 0) == (lost.distance > 0):
        return None
    if (walk.distance > 0) != (birth.distance > 0) or abs(birth.distance) > MERGE_NEAR:
        return None
    if min(abs(math.log(sight.height / lost.height)) for sight in (birth, walk.last or birth)) > MERGE_SIZE:
        return None
    away = math.hypot(birth.point.x - lost.point.x, birth.point.y - lost.point.y) / lost.height
    return away if away <= MERGE_REACH + MERGE_SPEED * max(gap_s, 0.0) else None
