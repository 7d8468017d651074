"""Sharing out the boxes of each frame among the people who are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..events import Detections, Track
from .assignment import cheapest
from .boxes import feet_covered, overlap, shared, twins, without_twins
from .person import NEW_HITS, Person, begin
from .rules import TrackerRules

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

NOT_A_MATCH = 1e6
# However slow the camera, someone seen in the frame before was seen recently.
RECENT_FRAMES = 1.25
# How far from its last box it is looked for, in body heights: a misplaced box, and 1.5 heights (2.5 m) a second.
FRESH_REACH = 0.25
RUNNING = 1.5
# How much further someone who stood still is looked for with every second unseen, in body heights.
STILL_REACH_PER_S = 0.1
# Boxes whose heights differ by more than a factor of two (a natural logarithm) are never the same person.
MOST_SIZE_CHANGE = 0.7
# Among several people a detection belongs to whom it surprises least: edges within this spread (heights), widths (arms,
# bags and steps) within that one.
PLACE_SPREAD = 0.06
WIDTH_SPREAD = 0.15
# Someone not yet believed in gives way to someone who is, by so much surprise: new tracks know little, fit anything,
# and would take the box of a person who comes out of hiding.
DOUBT = 5.0


class Tracker:
    """Follows people through the frames of one run. Its numbers start at 1 with every instance.

    Args:
        rules: Thresholds; the defaults are meant for every camera.
    """

    def __init__(self, rules: TrackerRules | None = None) -> None:
        self._rules = rules or TrackerRules()
        self._people: list[Person] = []
        self._next_id = 1
        self._at: datetime | None = None
        self._covered: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    def update(self, detections: Detections, at: datetime, size: tuple[int, int] | None = None) -> list[Track]:
        """Takes the detections of one frame.

        Args:
            detections: Boxes in pixels; weak ones (down to 0.1) are welcome.
            at: Time of the frame; must not go back.
            size: Width and height of the picture in pixels, so that people who leave it are not waited for; None where
                it is not known.

        Returns:
            Everyone still followed, in order of id: seen in this frame, coasting, or not yet confirmed. Whoever is
            missing from the list is gone for good.
        """
        rules = self._rules
        detections = without_twins(detections)
        apart_s = (at - self._at).total_seconds() if self._at is not None else 0.0
        self._at = at
        if apart_s > rules.lost_still_s:
            # The camera was away for longer than anyone is waited for: nobody is taken for who stood there before.
            self._people.clear()
        for person in self._people:
            person.predict(at)
        self._covered = feet_covered(detections, rules.start_score)
        strong = [int(i) for i in np.flatnonzero(detections.score >= rules.start_score)]
        weak = [int(i) for i in np.flatnonzero(detections.score < rules.start_score)]
        seen: set[int] = set()
        # Someone who stood still is expected exactly there, however long ago: it is the passer-by who has moved on.
        recent_s = max(rules.recent_s, RECENT_FRAMES * apart_s)
        followed = [p for p in self._people if p.stood or (at - p.last_seen).total_seconds() <= recent_s]
        left_over = self._match(detections, strong, followed, at, seen)
        # A further box on someone already seen is that person again: it neither brings back a person who has been
        # hidden for long, nor keeps a hidden neighbour alive.
        waited_for = {p.id for p in followed}
        lost = [p for p in self._people if p.id not in waited_for]
        news = [i for i in left_over if not self._is_double(detections.xyxy[i], seen)]
        left_over = self._match(detections, news, lost, at, seen)
        unseen = [p for p in followed if p.id not in seen]
        doubtful = [i for i in weak if not self._is_double(detections.xyxy[i], seen)]
        self._match(detections, doubtful, unseen, at, seen)
        self._start(detections, left_over, at, seen)
        self._confirm(at, seen)
        self._part_with_twins(at)
        self._people = [p for p in self._people if self._keeps(p, at, seen) and not p.has_left(at, size)]
        return [
            Track(p.id, p.box, p.score if p.id in seen else 0.0, p.id in seen, p.since, p.last_seen, p.confirmed)
            for p in self._people
        ]

    def _match(
        self, detections: Detections, which: list[int], free: list[Person], at: datetime, seen: set[int]
    ) -> list[int]:
        """Assigns detections to people not yet seen in this frame; returns the detections left over."""
        if not free or not which:
            return which
        cost = self._cost(free, detections.xyxy[which], at)
        rows, columns = cheapest(cost)
        used: set[int] = set()
        for row, column in zip(rows, columns, strict=True):
            if cost[row, column] >= NOT_A_MATCH:
                continue
            index = which[column]
            person = free[row]
            covered = bool(self._covered[index])
            person.correct(detections, index, at, covered=covered, still_speed=self._rules.still_speed)
            seen.add(person.id)
            used.add(index)
        return [i for i in which if i not in used]

    def _cost(self, people: list[Person], xyxy: NDArray[np.float32], at: datetime) -> NDArray[np.float64]:
        """(people, detections): how surprising each pair is; ``NOT_A_MATCH`` out of reach.

        The surprise is the negative logarithm of the likelihood of the middle, the top, the bottom and the width of
        the box under the prediction, so that a place near someone just seen is worth more than the same distance from
        someone long hidden, and a tall box does not go to a child.
        """
        rules = self._rules
        boxes = xyxy.astype(np.float64)
        middle, top, bottom = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1], boxes[:, 3]
        height = np.maximum(bottom - top, 1.0)
        tall = np.array([p.height for p in people])
        unseen = np.array([(at - p.last_seen).total_seconds() for p in people])
        # Surprises of the three coordinates that move, in pixels, and their variances.
        missed, variance = [], []
        for axes, measured in (
            ([p.x for p in people], middle),
            ([p.top for p in people], top),
            ([p.bottom for p in people], bottom),
        ):
            missed.append(measured[None, :] - np.array([axis.position for axis in axes])[:, None])
            variance.append(np.array([axis.p_var for axis in axes]) + (PLACE_SPREAD * tall) ** 2)
        # Half of a person may be hidden, so it is enough that the head, the feet or the middle is where it should be.
        down = np.minimum(np.minimum(np.abs(missed[1]), np.abs(missed[2])), np.abs(missed[1] + missed[2]) / 2)
        away = np.hypot(missed[0], down) / np.maximum(tall[:, None], height[None, :])
        size = np.abs(np.log(height[None, :] / tall[:, None]))
        # Nobody who stood still is far away after a moment unseen. A new track does not know its speed yet, so it may
        # be anywhere that a running person reaches, but its first box is a fact.
        still = np.array([p.stood and p.confirmed for p in people])
        fresh = np.array([p.hits < NEW_HITS for p in people])
        growth = np.where(still, STILL_REACH_PER_S, rules.reach_per_s) * np.minimum(unseen, 2.0)
        reach = np.where(fresh, FRESH_REACH + RUNNING * unseen, rules.reach + growth)
        wider = (boxes[:, 2] - boxes[:, 0])[None, :] - np.array([p.width for p in people])[:, None]
        cost = (wider / (WIDTH_SPREAD * tall[:, None])) ** 2
        for off, spread in zip(missed, variance, strict=True):
            cost += off**2 / spread[:, None] + np.log(spread / tall**2)[:, None]
        cost += np.where([p.confirmed for p in people], 0.0, DOUBT)[:, None]
        cost[(away > reach[:, None]) | (size > MOST_SIZE_CHANGE)] = NOT_A_MATCH
        return np.asarray(cost, dtype=np.float64)

    def _start(self, detections: Detections, indices: list[int], at: datetime, seen: set[int]) -> None:
        """Starts a track for each confident detection that nobody explains."""
        for index in sorted(indices, key=lambda i: (-float(detections.score[i]), i)):
            if self._is_double(detections.xyxy[index], seen):
                continue
            self._people.append(begin(self._next_id, detections, index, at))
            seen.add(self._next_id)
            self._next_id += 1

    def _confirm(self, at: datetime, seen: set[int]) -> None:
        """Believes in people seen often and long enough, but not while they could be a second box on another."""
        rules = self._rules
        for person in self._people:
            enough = max(rules.confirm_hits, rules.confirm_share * person.frames)
            if person.confirmed or person.id not in seen or person.hits < enough:
                continue
            others = (p for p in self._people if p.confirmed and p.id in seen)
            apart = all(overlap(person.box, p.box) <= rules.apart_share for p in others)
            person.confirmed = apart and (at - person.since).total_seconds() >= rules.confirm_s

    def _part_with_twins(self, at: datetime) -> None:
        """Gives up the younger of two tracks that have been the same person for a while."""
        believed = [p for p in self._people if p.confirmed]
        same = twins(np.array([p.box for p in believed]).reshape(-1, 4))
        for number, younger in enumerate(believed):
            if not same[number, :number].any():
                younger.twin_since = None
            elif younger.twin_since is None:
                younger.twin_since = at
            elif (at - younger.twin_since).total_seconds() >= self._rules.twin_s:
                self._people.remove(younger)

    def _is_double(self, box: NDArray[np.float32], seen: set[int]) -> bool:
        left, top, right, bottom = (float(v) for v in box)
        area = max((right - left) * (bottom - top), 1e-9)
        common = (shared((left, top, right, bottom), p.box) for p in self._people if p.id in seen)
        return any(each > self._rules.double_share * area for each in common)

    def _keeps(self, person: Person, at: datetime, seen: set[int]) -> bool:
        if person.id in seen:
            return True
        unseen_s = (at - person.last_seen).total_seconds()
        if not person.confirmed:
            return unseen_s <= 2 * self._rules.confirm_s
        return unseen_s <= (self._rules.lost_still_s if person.stood else self._rules.lost_s)
