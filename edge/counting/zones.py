"""Measuring how long people stay in one zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..events import EndCause, Stay, Track
from ..geometry import Polygon, contains
from .moment import Moment, anchor_point, unit

if TYPE_CHECKING:
    from datetime import datetime

    from ..scene import Zone


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

    def going_on(self) -> list[Stay]:
        """Stays of people who are still inside, as they would be told if everything ended now."""
        told = [self._stay(track, person, "closed") for track, person in self._people.items() if person.confirmed]
        return [stay for stay in told if stay is not None]

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
        stay = self._stay(track_id, person, cause)
        person.entered = person.last_inside = None
        if stay is not None:
            person.done.append(stay)
            person.told += 1

    def _stay(self, track_id: int, person: _Presence, cause: EndCause) -> Stay | None:
        """The stay that a person has made so far; None where it is too short to be one."""
        entered, left = person.entered, person.last_inside
        if entered is None or left is None or (left - entered).total_seconds() < self._zone.min_stay_s:
            return None
        return Stay(
            zone=self._zone.id,
            track=track_id,
            sequence=person.told,
            entered=entered,
            left=left,
            start_cause="appeared" if person.appeared else "crossed",
            end_cause=cause,
            frame_number=person.frame_number,
            x=unit(person.xs / person.sights),
            y=unit(person.ys / person.sights),
            confidence=round(person.scores / person.sights, 4),
        )
