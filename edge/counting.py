"""Turning paths into facts: line crossings and zone stays. Knows boxes, ids and times, nothing else.

Only positions at which a person was really seen count; a coasting guess never crosses a line or leaves a zone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .events import Crossing, CrossingCause, Direction, EndCause, Side, Stay, Track
from .geometry import Point, Polygon, Polyline, Segment, contains, meeting, signed_distance

if TYPE_CHECKING:
    from datetime import datetime

    from .scene import Anchor, Line, Zone

# Lengths are in body heights. Someone who walks over the line belongs to its other side once the anchor is BAND away
# from it: a walker's foot point swings by about 0.03 with every step and a box flickers by 0.02, none of which reaches
# across the band. Whoever goes on walking is told at once at CLEAR; whoever stops short of that, close to the
# camera or to the line, has to stay beyond the band for SETTLE_S.
BAND = 0.06
CLEAR = 0.18
SETTLE_S = 1.0
# Someone who has been closer than AWAY for longer than LINGER_S stands on the line: shifting their weight, they only
# change sides when they walk clear of it.
AWAY = 0.25
LINGER_S = 2.0
# A track that ends is on the side where it was last seen, if that was so far from the line.
END_BAND = 0.03
# The first sight of a person tells the side already at this distance: whoever appears close to a line is about to
# cross it more often than not.
FIRST_BAND = 0.02
# ... and is surely seen there so often: neither a single misplaced box nor weak boxes make a crossing.
SIGHTS = 2
SURE = 0.25
# Someone who walks up to the line and vanishes within MERGE_NEAR of it, and someone of about the same height (a natural
# logarithm) who appears on its other side within MERGE_S and not faster than a person can run, are the same person. For
# a moment the two may even be seen together: a box on the upper half of the person and one on the whole.
MERGE_NEAR = 0.6
MERGE_S = 2.5
MERGE_TOGETHER_S = 0.35
MERGE_WAIT_S = 0.5  # a moment unseen is not yet vanished
MERGE_SIZE = 0.3
MERGE_REACH = 0.3
MERGE_SPEED = 1.0  # body heights a second, 1.7 m/s
APPROACH = 0.03  # the least speed towards the line
PACE_MEMORY_S = 0.5
# A crossing may miss the drawn ends by this share of the line's length.
END_TOLERANCE = 0.02


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


@dataclass(slots=True)
class _Pending:
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


def _met(sign: int, where: Point, track: Track, moment: Moment) -> _Pending:
    """A meeting of a path with the line, in the coordinates of facts."""
    left, top, right, bottom = track.box
    return _Pending(
        sign=sign,
        at=moment.at,
        frame_number=moment.frame_number,
        x=_unit(where.x / moment.width),
        y=_unit(where.y / moment.height),
        box=(
            _unit(left / moment.width),
            _unit(top / moment.height),
            _unit(right / moment.width),
            _unit(bottom / moment.height),
        ),
        scores=[],
    )


@dataclass(slots=True)
class _Walk:
    """What a line remembers of one track."""

    confirmed: bool = False
    point: Point | None = None
    distance: float = 0.0  # signed, in body heights, at the last sight
    side: int = 0  # -1 left, +1 right, 0 unknown
    met: _Pending | None = None  # the last change of sign, not yet beyond the band
    near_since: datetime | None = None  # last sight away from the line, or first sight
    lingered: bool = False  # stood at the line before the last change of sign
    beyond: int = 0  # sure sights beyond the band since
    beyond_since: datetime | None = None  # the first of them
    pace: float = 0.0  # change of distance, body heights a second
    birth: _Sight | None = None
    last: _Sight | None = None
    pending: list[_Pending] = field(default_factory=list)
    told: int = 0


@dataclass(frozen=True, slots=True)
class _Sight:
    """Where a track was seen, for the merging of two tracks."""

    track: Track
    moment: Moment
    point: Point
    distance: float

    @property
    def height(self) -> float:
        """Of the box, pixels."""
        return max(self.track.box[3] - self.track.box[1], 1.0)


class LineCounter:
    """Counts people over one line, in both directions.

    A person is counted once their anchor has come from one side, a band away from the line, to the other side, again
    a band away. The moment is that of the last change of sides. Hovering and box flicker stay inside the band.

    Args:
        line: The line, 0..1.
        entry_hold_s: How long someone must stay on the new side for ``held``.
    """

    def __init__(self, line: Line, entry_hold_s: float) -> None:
        self._line = line
        self._entry_hold_s = entry_hold_s
        self._walks: dict[int, _Walk] = {}
        self._vanished: list[_Sight] = []

    def update(self, tracks: list[Track], moment: Moment) -> list[Crossing]:
        """Takes everyone followed in one frame.

        Args:
            tracks: Boxes in pixels. A track that is missing has ended.
            moment: The frame's time, number and size.

        Returns:
            Crossings that became certain, in order of time.
        """
        told: list[Crossing] = []
        path = self._line.path.scaled(moment.width, moment.height)
        for track in tracks:
            walk = self._walks.setdefault(track.id, _Walk())
            walk.confirmed = walk.confirmed or track.confirmed
            if track.seen:
                self._see(walk, track, path, moment)
            for pending in walk.pending:
                if pending.held is None and (moment.at - pending.at).total_seconds() >= self._entry_hold_s:
                    pending.held = True
            if walk.confirmed:
                told += self._tell(track.id, walk)
        alive = {track.id for track in tracks}
        for track_id in [i for i in self._walks if i not in alive]:
            told += self._end(track_id, self._walks.pop(track_id))
        self._merge(path, moment)
        return sorted(told, key=lambda c: (c.at, c.track))

    def close(self) -> list[Crossing]:
        """Ends every track and returns what was still open."""
        told: list[Crossing] = []
        for track_id in sorted(self._walks):
            told += self._end(track_id, self._walks[track_id])
        self._walks.clear()
        return sorted(told, key=lambda c: (c.at, c.track))

    def _see(self, walk: _Walk, track: Track, path: Polyline, moment: Moment) -> None:
        point = anchor_point(track, self._line.anchor)
        tall = max(track.box[3] - track.box[1], 1.0)
        distance = signed_distance(path, point) / tall
        sign = 1 if distance > 0 else -1
        before, walk.point = walk.point, point
        if walk.last is not None:
            apart_s = max((moment.at - walk.last.moment.at).total_seconds(), 1e-3)
            fresh = 1 - math.exp(-apart_s / PACE_MEMORY_S)
            walk.pace += fresh * ((distance - walk.distance) / apart_s - walk.pace)
        walk.distance = distance
        walk.last = _Sight(track, moment, point, distance)
        walk.birth = walk.birth or walk.last
        if walk.near_since is None or abs(distance) >= AWAY:
            walk.near_since = moment.at
        if walk.side == 0 or before is None:
            walk.side = sign if abs(distance) >= FIRST_BAND else 0
            return
        met = meeting(path, Segment(before, point))
        if met is not None:
            over_the_line = met.beyond <= END_TOLERANCE * path.length
            walk.met = _met(sign, met.place, track, moment) if over_the_line else None
            walk.lingered = (moment.at - walk.near_since).total_seconds() > LINGER_S
        if walk.met is not None:
            walk.met.scores.append(track.score)
        if sign == walk.side or abs(distance) < (CLEAR if walk.lingered else BAND):
            walk.beyond, walk.beyond_since = 0, None
        elif track.score >= SURE:
            walk.beyond += 1
            walk.beyond_since = walk.beyond_since or moment.at
        if walk.beyond >= SIGHTS and walk.beyond_since is not None:
            settled = (moment.at - walk.beyond_since).total_seconds() >= SETTLE_S
            if settled or abs(distance) >= CLEAR:
                self._cross(walk, sign)

    def _cross(self, walk: _Walk, sign: int, cause: CrossingCause = "crossed") -> None:
        """The person has arrived on the other side; counts it if the way led over the line."""
        walk.side, walk.beyond, walk.beyond_since = sign, 0, None
        met, walk.met = walk.met, None
        if met is None or met.sign != sign:
            return
        for earlier in walk.pending:
            if earlier.held is None:
                earlier.held = False  # came back before the hold was over
        met.cause = cause
        walk.pending.append(met)

    def _merge(self, path: Polyline, moment: Moment) -> None:
        """Gives the way of someone who vanished at the line to whoever then appeared on its other side."""
        waiting = [lost for lost in self._vanished if _age_s(lost, moment) <= MERGE_S + SETTLE_S]
        self._vanished = [lost for lost in waiting if not self._bequeath(lost, path)]
        for walk in self._walks.values():
            if walk.last is None or _age_s(walk.last, moment) < MERGE_WAIT_S or not _vanished(walk):
                continue
            if self._bequeath(walk.last, path):
                walk.side = 0  # should this track be found again, it is someone else

    def _bequeath(self, lost: _Sight, path: Polyline) -> bool:
        heirs = [(away, walk) for walk in self._walks.values() if (away := _same_person(lost, walk)) is not None]
        if heirs:
            self._inherit(min(heirs, key=lambda heir: heir[0])[1], lost, path)
        return bool(heirs)

    def _inherit(self, walk: _Walk, lost: _Sight, path: Polyline) -> None:
        birth = walk.birth
        assert birth is not None  # noqa: S101 - whoever is the same person was seen
        met = meeting(path, Segment(lost.point, birth.point))
        if met is None or met.beyond > END_TOLERANCE * path.length:
            return
        crossing = _met(1 if birth.distance > 0 else -1, met.place, birth.track, birth.moment)
        crossing.scores += [lost.track.score, birth.track.score]
        crossing.cause = "merged"
        walk.pending.insert(0, crossing)

    def _end(self, track_id: int, walk: _Walk) -> list[Crossing]:
        """The track is gone. Someone last seen clearly past the line went over it: doors are often near the edge."""
        sign = 1 if walk.distance > 0 else -1
        sights = sum(score >= SURE for score in walk.met.scores) if walk.met else 0
        band = BAND if walk.lingered else END_BAND
        if walk.side not in {0, sign} and abs(walk.distance) >= band and sights >= SIGHTS:
            self._cross(walk, sign, "ended")
        elif walk.last is not None and _vanished(walk):
            self._vanished.append(walk.last)
        for pending in walk.pending:
            if pending.held is None:
                pending.held = True
        return self._tell(track_id, walk) if walk.confirmed else []

    def _tell(self, track_id: int, walk: _Walk) -> list[Crossing]:
        told: list[Crossing] = []
        while walk.pending and walk.pending[0].held is not None:
            pending = walk.pending.pop(0)
            side: Side = "left" if pending.sign < 0 else "right"
            direction: Direction = "in" if (side == "left") != self._line.flip else "out"
            if self._line.one_way not in {None, direction}:
                continue
            told.append(
                Crossing(
                    line=self._line.id,
                    track=track_id,
                    sequence=walk.told,
                    direction=direction,
                    side=side,
                    at=pending.at,
                    frame_number=pending.frame_number,
                    x=pending.x,
                    y=pending.y,
                    box=pending.box,
                    confidence=_mean(pending.scores),
                    held=bool(pending.held),
                    cause=pending.cause,
                )
            )
            walk.told += 1
        return told


def _age_s(sight: _Sight, moment: Moment) -> float:
    return (moment.at - sight.moment.at).total_seconds()


def _vanished(walk: _Walk) -> bool:
    """Whether someone not seen any more was last on their way to the line, and close to it."""
    sign = 1 if walk.distance > 0 else -1
    near = abs(walk.distance) <= MERGE_NEAR and walk.side in {0, sign}
    return walk.confirmed and near and walk.pace * sign < -APPROACH


def _same_person(lost: _Sight, walk: _Walk) -> float | None:
    """How far, in body heights, a walk began from where someone vanished; None if it cannot be that person."""
    birth = walk.birth
    if birth is None or not walk.confirmed or walk.told or walk.pending or abs(walk.distance) < BAND:
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


@dataclass(slots=True)
class _Presence:
    """What a zone remembers of one track."""

    confirmed: bool = False
    known: bool = False  # seen at least once, so that entering can be told from appearing
    entered: datetime | None = None
    frame_number: int = 0
    last_inside: datetime | None = None
    last_seen: datetime | None = None
    appeared: bool = False
    xs: float = 0.0
    ys: float = 0.0
    scores: float = 0.0
    sights: int = 0
    told: int = 0
    done: list[Stay] = field(default_factory=list)


class ZoneClock:
    """Measures how long people stay in one zone.

    A stay lasts from the first to the last frame with the foot point inside; an absence of up to ``grace_s`` does not
    end it. Someone who vanishes inside is ``lost`` at the last sight: the dwell is then a lower bound.

    Args:
        zone: The zone, 0..1.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._people: dict[int, _Presence] = {}

    def update(self, tracks: list[Track], moment: Moment) -> list[Stay]:
        """Takes everyone followed in one frame; the arguments are those of ``LineCounter.update``.

        Returns:
            Stays that ended, in order of entering.
        """
        told: list[Stay] = []
        polygon = self._zone.polygon.scaled(moment.width, moment.height)
        for track in tracks:
            person = self._people.setdefault(track.id, _Presence())
            person.confirmed = person.confirmed or track.confirmed
            if track.seen:
                self._see(person, track, polygon, moment)
            if person.confirmed:
                told += person.done
                person.done = []
        alive = {track.id for track in tracks}
        for track_id in [i for i in self._people if i not in alive]:
            told += self._end(track_id, self._people.pop(track_id), "lost")
        return sorted(told, key=lambda s: (s.entered, s.track))

    def close(self) -> list[Stay]:
        """Ends every stay because the run ends."""
        told: list[Stay] = []
        for track_id in sorted(self._people):
            told += self._end(track_id, self._people[track_id], "closed")
        self._people.clear()
        return sorted(told, key=lambda s: (s.entered, s.track))

    @property
    def occupancy(self) -> int:
        """How many confirmed people are inside now."""
        return sum(1 for p in self._people.values() if p.confirmed and p.entered is not None)

    def _see(self, person: _Presence, track: Track, polygon: Polygon, moment: Moment) -> None:
        foot = anchor_point(track, "foot")
        if contains(polygon, foot):
            if person.entered is None:
                person.entered, person.frame_number = moment.at, moment.frame_number
                person.appeared = not person.known
                person.xs = person.ys = person.scores = 0.0
                person.sights = 0
            person.last_inside = moment.at
            person.xs += foot.x / moment.width
            person.ys += foot.y / moment.height
            person.scores += track.score
            person.sights += 1
        elif person.last_inside and (moment.at - person.last_inside).total_seconds() > self._zone.grace_s:
            self._finish(track.id, person, "crossed")
        person.known = True
        person.last_seen = moment.at

    def _end(self, track_id: int, person: _Presence, cause: EndCause) -> list[Stay]:
        # Last seen outside, within the grace: the border was crossed before the person was lost.
        self._finish(track_id, person, cause if person.last_inside == person.last_seen else "crossed")
        return person.done if person.confirmed else []

    def _finish(self, track_id: int, person: _Presence, cause: EndCause) -> None:
        entered, left = person.entered, person.last_inside
        person.entered = person.last_inside = None
        if entered is None or left is None or (left - entered).total_seconds() < self._zone.min_stay_s:
            return
        person.done.append(
            Stay(
                zone=self._zone.id,
                track=track_id,
                sequence=person.told,
                entered=entered,
                left=left,
                start_cause="appeared" if person.appeared else "crossed",
                end_cause=cause,
                frame_number=person.frame_number,
                x=_unit(person.xs / person.sights),
                y=_unit(person.ys / person.sights),
                confidence=round(person.scores / person.sights, 4),
            )
        )
        person.told += 1


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _unit(value: float) -> float:
    """A coordinate as it is stored: inside 0..1, to a ten-thousandth of the picture."""
    return round(min(max(value, 0.0), 1.0), 4)
