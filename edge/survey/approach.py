"""How people meet one line: how long they are seen before and after it, at what angle, and who misses or loses it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..counting import END_TOLERANCE
from ..geometry import Point, Polyline, Segment, meeting, signed_distance
from .findings import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..events import Crossing
    from ..scene import Anchor, Line
    from .paths import Observed, Path, Sight

# Whoever comes so close to a line, in body heights, is near it: 40 cm, as far as a line must be from the edge.
NEAR = 0.25
# A pass, as set-up guides mean it, is some metres of a walk: a body height before the line and after it.
PASS = 1.0
# Whoever passes its drawn end within so many body heights meant to go through the same door.
AROUND = 0.5
# The way is taken from this long before the crossing to as long after it: a step or two.
STEP_S = 0.5
# Someone near the line for longer than this stands there; to cross the nearer surroundings takes about a second.
STAND_S = 3.0
# A box that comes so close to the picture's edge, as a share of the picture, is cut off by it.
CUT = 0.01


@dataclass(frozen=True, slots=True)
class Passing:
    """One person going over the line once. Lengths in body heights.

    Attributes:
        before: How far from the line they were seen at most before it; None where the survey began meanwhile.
        after: ... and after it; None where the survey ended meanwhile.
        sights: How often they were seen on the way, within a body height of the line.
        seconds: How long that took.
        angle_deg: Between their way and the line, 0 along it, 90 straight across.
        height_px: Of the person.
        room: From the place of the crossing straight away from the line to the picture's edge, on the nearer side.
        cut: Whether the picture's edge cut the body off there.
    """

    before: float | None
    after: float | None
    sights: int
    seconds: float
    angle_deg: float
    height_px: float
    room: float
    cut: bool


@dataclass(frozen=True, slots=True)
class Approach:
    """Everything that happened around one line.

    Attributes:
        counted: How many crossings were counted.
        passings: Those of them that were followed on both sides.
        around: How many changed sides past an end of it.
        broken: How many paths began or ended on it, in the middle of the picture.
        came: How many people crossed it or had such a path.
        standing: How many stood on it.
        height_px: A typical person there; None when nobody was seen anywhere.
        length: Of the line, in heights of that person; None the same.
        room: From the middle of the line to the picture's edge, on the nearer side, in heights; None the same.
    """

    counted: int
    passings: tuple[Passing, ...]
    around: int
    broken: int
    came: int
    standing: int
    height_px: float | None
    length: float | None
    room: float | None


def approach(line: Line, observed: Observed) -> Approach:
    """Follows everyone over, around and along a line."""
    path = line.path.scaled(observed.width, observed.height)
    by_track = {p.track: p for p in observed.paths}
    counted: dict[int, list[Crossing]] = {}
    for crossing in observed.crossings:
        if crossing.line == line.id and crossing.track in by_track:
            counted.setdefault(crossing.track, []).append(crossing)
    passings: list[Passing] = []
    for track, crossings in counted.items():
        found = (_passing(line, observed, by_track[track], crossings, n) for n in range(len(crossings)))
        passings += [p for p in found if p is not None]
    broken = {p.track for p in observed.walks if _breaks(path, line.anchor, p, observed)}
    others = [p for p in observed.paths if p.track not in counted]
    tall = _typical_height(path, line.anchor, passings, observed)
    middle = _middle(path)
    return Approach(
        counted=sum(len(crossings) for crossings in counted.values()),
        passings=tuple(passings),
        around=sum(_goes_around(path, line.anchor, p) for p in others),
        broken=len(broken),
        came=len(broken | counted.keys()),
        standing=sum(_near_s(path, line.anchor, p) > STAND_S for p in observed.paths),
        height_px=tall,
        length=path.length / tall if tall else None,
        room=_room(path, middle, observed) / tall if tall else None,
    )


def _passing(line: Line, observed: Observed, person: Path, counted: Sequence[Crossing], number: int) -> Passing | None:
    """One counted crossing, ``counted[number]``, with what was seen around it."""
    path = line.path.scaled(observed.width, observed.height)
    crossing = counted[number]
    at = _second(person, crossing)
    since = _second(person, counted[number - 1]) if number else -math.inf
    until = _second(person, counted[number + 1]) if number + 1 < len(counted) else math.inf
    before = [s for s in person.sights if since <= s.at_s < at]
    after = [s for s in person.sights if at <= s.at_s < until]
    if not before or not after:
        return None  # counted over two tracks: neither tells the whole way

    def distance(sight: Sight) -> float:
        return abs(signed_distance(path, sight.anchor(line.anchor))) / sight.height

    place = Point(crossing.x * observed.width, crossing.y * observed.height)
    tall = median([s.height for s in (*before[-5:], *after[:5])])
    coming = list(itertools.takewhile(lambda s: distance(s) <= PASS, reversed(before)))
    going = list(itertools.takewhile(lambda s: distance(s) <= PASS, after))
    left, top, right, bottom = crossing.box
    return Passing(
        before=max(map(distance, before)) if before[0].at_s > STEP_S else None,
        after=max(map(distance, after)) if after[-1].at_s < observed.seconds - STEP_S else None,
        sights=len(coming) + len(going),
        seconds=(going or after)[-1].at_s - (coming or before)[-1].at_s,
        angle_deg=_angle_deg(path, line.anchor, before, after),
        height_px=tall,
        room=_room(path, place, observed) / tall,
        cut=min(left, top, 1 - right, 1 - bottom) < CUT,
    )


def _second(person: Path, crossing: Crossing) -> float:
    """When a crossing was, on the survey's clock."""
    first = person.sights[0]
    return first.at_s + (crossing.at - first.track.last_seen).total_seconds()


def _angle_deg(path: Polyline, anchor: Anchor, before: Sequence[Sight], after: Sequence[Sight]) -> float:
    at = after[0].at_s
    origin = next((s for s in before if s.at_s >= at - STEP_S), before[-1]).anchor(anchor)
    target = next((s for s in reversed(after) if s.at_s <= at + STEP_S), after[0]).anchor(anchor)
    piece = _nearest_piece(path, after[0].anchor(anchor))
    way = math.atan2(target.y - origin.y, target.x - origin.x)
    along = math.atan2(piece.end.y - piece.start.y, piece.end.x - piece.start.x)
    turned = abs(way - along) % math.pi
    return math.degrees(min(turned, math.pi - turned))


def _goes_around(path: Polyline, anchor: Anchor, person: Path) -> bool:
    """Whether someone who was not counted came to the other side past one of the line's ends."""
    points = [s.anchor(anchor) for s in person.sights]
    if (signed_distance(path, points[0]) > 0) == (signed_distance(path, points[-1]) > 0):
        return False
    for start, end in itertools.pairwise(points):
        met = meeting(path, Segment(start, end))
        if met is not None and END_TOLERANCE * path.length < met.beyond <= AROUND * person.height:
            return True
    return False


def _breaks(path: Polyline, anchor: Anchor, person: Path, observed: Observed) -> bool:
    """Whether a path begins or ends on the line, though neither the survey nor the picture began or ended there."""
    for sight in (person.sights[0], person.sights[-1]):
        in_time = STEP_S < sight.at_s < observed.seconds - STEP_S
        left, top, right, bottom = sight.track.box
        inside = min(left / observed.width, top / observed.height) >= CUT
        inside = inside and max(right / observed.width, bottom / observed.height) <= 1 - CUT
        if in_time and inside and _away(path, sight.anchor(anchor)) < NEAR * sight.height:
            return True
    return False


def _near_s(path: Polyline, anchor: Anchor, person: Path) -> float:
    """Longest time without leaving the surroundings of the line."""
    longest, since = 0.0, None
    for sight in person.sights:
        if _away(path, sight.anchor(anchor)) >= NEAR * sight.height:
            since = None
            continue
        since = sight.at_s if since is None else since
        longest = max(longest, sight.at_s - since)
    return longest


def _typical_height(path: Polyline, anchor: Anchor, passings: Sequence[Passing], observed: Observed) -> float | None:
    """Of those who cross, else of those who come near, else of anybody."""
    if passings:
        return median([p.height_px for p in passings])
    sights = [s for p in observed.paths for s in p.sights]
    near = [s.height for s in sights if _away(path, s.anchor(anchor)) < s.height]
    return median(near or [s.height for s in sights]) if sights else None


def _middle(path: Polyline) -> Point:
    """Half way along."""
    left = path.length / 2
    for piece in path.pieces:
        if left <= piece.length:
            share = left / piece.length
            return Point(
                piece.start.x + share * (piece.end.x - piece.start.x),
                piece.start.y + share * (piece.end.y - piece.start.y),
            )
        left -= piece.length
    return path.corners[-1]


def _nearest_piece(path: Polyline, point: Point) -> Segment:
    return min(path.pieces, key=lambda piece: _to_piece(piece, point))


def _away(path: Polyline, point: Point) -> float:
    """Distance from the drawn line, which here ends where it ends."""
    return min(_to_piece(piece, point) for piece in path.pieces)


def _to_piece(piece: Segment, point: Point) -> float:
    dx, dy = piece.end.x - piece.start.x, piece.end.y - piece.start.y
    along = ((point.x - piece.start.x) * dx + (point.y - piece.start.y) * dy) / max(dx * dx + dy * dy, 1e-9)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(point.x - piece.start.x - along * dx, point.y - piece.start.y - along * dy)


def _room(path: Polyline, place: Point, observed: Observed) -> float:
    """Pixels from ``place`` to the picture's edge, at a right angle to the line, on the side where it is nearer."""
    piece = _nearest_piece(path, place)
    nx = -(piece.end.y - piece.start.y) / piece.length
    ny = (piece.end.x - piece.start.x) / piece.length
    ways = []
    for sign in (1.0, -1.0):
        way = [math.inf]
        for position, step, size in ((place.x, sign * nx, observed.width), (place.y, sign * ny, observed.height)):
            if abs(step) > 1e-9:
                way.append(((size if step > 0 else 0.0) - position) / step)
        ways.append(max(min(way), 0.0))
    return min(ways)
