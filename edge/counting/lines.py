"""Counting people over one line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..events import Crossing, CrossingCause, Direction, Side, Track
from ..geometry import Polyline, Segment, meeting, signed_distance
from .moment import Moment, anchor_point
from .walks import MERGE_S, MERGE_WAIT_S, Sight, Walk, age_s, has_vanished, met_line, same_person

if TYPE_CHECKING:
    from ..scene import Line

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
# The speed towards the line is a mean over this time.
PACE_MEMORY_S = 0.5
# A crossing may miss the drawn ends by this share of the line's length.
END_TOLERANCE = 0.02


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
        self._walks: dict[int, Walk] = {}
        self._vanished: list[Sight] = []

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
            walk = self._walks.setdefault(track.id, Walk())
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

    def _see(self, walk: Walk, track: Track, path: Polyline, moment: Moment) -> None:
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
        walk.last = Sight(track, moment, point, distance)
        walk.birth = walk.birth or walk.last
        if walk.near_since is None or abs(distance) >= AWAY:
            walk.near_since = moment.at
        if walk.side == 0 or before is None:
            walk.side = sign if abs(distance) >= FIRST_BAND else 0
            return
        met = meeting(path, Segment(before, point))
        if met is not None:
            over_the_line = met.beyond <= END_TOLERANCE * path.length
            walk.met = met_line(sign, met.place, track, moment) if over_the_line else None
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

    def _cross(self, walk: Walk, sign: int, cause: CrossingCause = "crossed") -> None:
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
        waiting = [lost for lost in self._vanished if age_s(lost, moment) <= MERGE_S + SETTLE_S]
        self._vanished = [lost for lost in waiting if not self._bequeath(lost, path)]
        for walk in self._walks.values():
            if walk.last is None or age_s(walk.last, moment) < MERGE_WAIT_S or not has_vanished(walk):
                continue
            if self._bequeath(walk.last, path):
                walk.side = 0  # should this track be found again, it is someone else

    def _bequeath(self, lost: Sight, path: Polyline) -> bool:
        heirs = [(away, walk) for walk in self._walks.values() if (away := same_person(lost, walk)) is not None]
        if heirs:
            self._inherit(min(heirs, key=lambda heir: heir[0])[1], lost, path)
        return bool(heirs)

    def _inherit(self, walk: Walk, lost: Sight, path: Polyline) -> None:
        birth = walk.birth
        assert birth is not None  # noqa: S101 - whoever is the same person was seen
        met = meeting(path, Segment(lost.point, birth.point))
        if met is None or met.beyond > END_TOLERANCE * path.length:
            return
        crossing = met_line(1 if birth.distance > 0 else -1, met.place, birth.track, birth.moment)
        crossing.scores += [lost.track.score, birth.track.score]
        crossing.cause = "merged"
        walk.pending.insert(0, crossing)

    def _end(self, track_id: int, walk: Walk) -> list[Crossing]:
        """The track is gone. Someone last seen clearly past the line went over it: doors are often near the edge."""
        sign = 1 if walk.distance > 0 else -1
        sights = sum(score >= SURE for score in walk.met.scores) if walk.met else 0
        band = BAND if walk.lingered else END_BAND
        if walk.side not in {0, sign} and abs(walk.distance) >= band and sights >= SIGHTS:
            self._cross(walk, sign, "ended")
        elif walk.last is not None and has_vanished(walk):
            self._vanished.append(walk.last)
        for pending in walk.pending:
            if pending.held is None:
                pending.held = True
        return self._tell(track_id, walk) if walk.confirmed else []

    def _tell(self, track_id: int, walk: Walk) -> list[Crossing]:
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


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
