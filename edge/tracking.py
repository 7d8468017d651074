"""Following people from frame to frame.

Association is by distance in body heights to where each person is expected, not by overlap: at 5 frames a second a
walking person moves more than a body width between frames, and overlap is lost. Motion is kept in seconds, so the
same settings serve every frame rate. Detections come in two grades, after the idea of ByteTrack (Zhang et al. 2022):
confident ones may start a track, weak ones only continue one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from .events import Detections, Track

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

NOT_A_MATCH = 1e6
# A track with fewer matched detections does not know its own speed yet.
NEW_HITS = 3
# However slow the camera, someone seen in the frame before was seen recently.
RECENT_FRAMES = 1.25
# How far from its last box it is looked for, in body heights: a misplaced box, and 1.5 heights (2.5 m) a second.
FRESH_REACH = 0.25
RUNNING = 1.5
# How much further someone who stood still is looked for with every second unseen, in body heights.
STILL_REACH_PER_S = 0.1
# Boxes whose heights differ by more than a factor of two (a natural logarithm) are never the same person.
MOST_SIZE_CHANGE = 0.7


@dataclass(frozen=True, slots=True)
class TrackerRules:
    """How people are followed. Lengths are in body heights (the height of the person's box), times in seconds.

    Attributes:
        start_score: A detection at least this sure may start a track; a weaker one only continues one.
        confirm_hits: Matched detections before a track is believed.
        confirm_s: ... and the time they must span at least.
        confirm_share: ... in at least this share of the frames since the first.
        lost_s: A walking person unseen for longer is given up.
        lost_still_s: The same for someone who stood still; they rarely move while hidden.
        still_speed: Slower than this, in body heights a second, is standing still.
        reach: How far from the expected place a detection may lie.
        reach_per_s: ... and how much further for every second unseen.
        recent_s: Someone who walks and was seen at most so long ago is being followed: weak detections continue only
            those, and those come first when detections are shared out.
        twin_s: Two tracks that are in the same place for so long are one person.
        double_share: A detection with this share of its area inside a followed person's box is that person again.
        apart_share: Nobody new is believed while their box and a believed person's share more than this of the smaller.
    """

    start_score: float = 0.25
    confirm_hits: int = 3
    confirm_s: float = 0.19
    confirm_share: float = 0.5
    lost_s: float = 1.5
    lost_still_s: float = 4.0
    still_speed: float = 0.25
    reach: float = 0.3
    reach_per_s: float = 0.3
    recent_s: float = 0.3
    twin_s: float = 0.5
    double_share: float = 0.7
    apart_share: float = 0.5


# Spread of the edges of a sure box, and of a walker's acceleration, in body heights (and per second squared).
# A person of 1.7 m starts or stops walking (1.4 m/s) within about half a second: 1.4 / 1.7 / 0.5 = 1.6.
EDGE_SPREAD = 0.03
ACCELERATION_SPREAD = 1.6
# The box of a half hidden person has a low score and badly placed edges: at score 0 they spread this much more.
UNSURE_FACTOR = 4.0
# An edge that is further off than this is hidden or belongs to someone else; it pulls no harder than from here.
LARGEST_SURPRISE = 0.12
# A box that shrinks below this share of its height within a moment shows a person who is half hidden.
SHRUNK = 0.8
SHRUNK_S = 1.0
# Boxes with tops and bottoms so close (in heights), and so much of the smaller one in common, are the same person.
TWIN_EDGE = 0.08
TWIN_OVERLAP = 0.8
# Box widths follow the detections with this time constant; it irons out arms and bags.
WIDTH_MEMORY_S = 0.3
# Someone found again after so long is believed to be where they are seen, however far from the guess.
FOUND_AGAIN_S = 0.3
# Among several people a detection belongs to whom it surprises least: edges within this spread (heights), widths (arms,
# bags and steps) within that one.
PLACE_SPREAD = 0.06
WIDTH_SPREAD = 0.15
# Whoever was last seen at a rim of the picture (this share of it), on the way out, has left.
RIM = 0.01


@dataclass(slots=True)
class _Axis:
    """One coordinate of a box: a Kalman filter for position (px) and speed (px/s) with white acceleration.

    Reference:
        Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, section 6.2.2.
    """

    position: float
    speed: float
    p_var: float
    cov: float
    s_var: float

    def predict(self, dt_s: float, acceleration_px: float) -> None:
        q = acceleration_px * acceleration_px
        self.position += self.speed * dt_s
        self.p_var += 2 * dt_s * self.cov + dt_s * dt_s * self.s_var + q * dt_s**4 / 4
        self.cov += dt_s * self.s_var + q * dt_s**3 / 2
        self.s_var += q * dt_s * dt_s

    def correct(self, measured: float, spread_px: float, largest_surprise_px: float) -> None:
        gain = self.p_var / (self.p_var + spread_px * spread_px)
        speed_gain = self.cov / (self.p_var + spread_px * spread_px)
        surprise = min(max(measured - self.position, -largest_surprise_px), largest_surprise_px)
        self.position += gain * surprise
        self.speed += speed_gain * surprise
        self.s_var -= speed_gain * self.cov
        self.cov *= 1 - gain
        self.p_var *= 1 - gain


@dataclass(slots=True)
class _Person:
    """What the tracker remembers of one person: the middle, the top and the bottom of the box move, each by itself.

    Top and bottom are followed apart because one of them is often hidden, or cut off by the picture's edge, while the
    other is well seen.
    """

    id: int
    x: _Axis
    top: _Axis
    bottom: _Axis
    width: float
    score: float
    since: datetime
    last_seen: datetime
    at: datetime
    whole_at: datetime
    twin_since: datetime | None = None
    stood: bool = False
    hits: int = 1
    frames: int = 1
    confirmed: bool = False

    @property
    def height(self) -> float:
        """Of the box, pixels; never less than one."""
        return max(self.bottom.position - self.top.position, 1.0)

    @property
    def centre(self) -> tuple[float, float]:
        """Of the box, pixels."""
        return self.x.position, (self.top.position + self.bottom.position) / 2

    @property
    def speed(self) -> float:
        """Body heights a second."""
        return math.hypot(self.x.speed, (self.top.speed + self.bottom.speed) / 2) / self.height

    @property
    def box(self) -> Box:
        half = self.width / 2
        return self.x.position - half, self.top.position, self.x.position + half, self.bottom.position


class Tracker:
    """Follows people through the frames of one run. Its numbers start at 1 with every instance.

    Args:
        rules: Thresholds; the defaults are meant for every camera.
    """

    def __init__(self, rules: TrackerRules | None = None) -> None:
        self._rules = rules or TrackerRules()
        self._people: list[_Person] = []
        self._next_id = 1
        self._at: datetime | None = None

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
        detections = _without_twins(detections)
        apart_s = (at - self._at).total_seconds() if self._at is not None else 0.0
        self._at = at
        if apart_s > rules.lost_still_s:
            # The camera was away for longer than anyone is waited for: nobody is taken for who stood there before.
            self._people.clear()
        for person in self._people:
            self._predict(person, at)
        strong = [int(i) for i in np.flatnonzero(detections.score >= rules.start_score)]
        weak = [int(i) for i in np.flatnonzero(detections.score < rules.start_score)]
        seen: set[int] = set()
        # Someone who stood still is expected exactly there, however long ago: it is the passer-by who has moved on.
        recent_s = max(rules.recent_s, RECENT_FRAMES * apart_s)
        followed = [p for p in self._people if p.stood or (at - p.last_seen).total_seconds() <= recent_s]
        left_over = self._match(detections, strong, followed, at, seen)
        # A further box on someone already seen is that person again: it neither brings back a person who has been
        # hidden for long, nor keeps a hidden neighbour alive.
        lost = [p for p in self._people if p not in followed]
        news = [i for i in left_over if not self._is_double(detections.xyxy[i], seen)]
        left_over = self._match(detections, news, lost, at, seen)
        unseen = [p for p in followed if p.id not in seen]
        doubtful = [i for i in weak if not self._is_double(detections.xyxy[i], seen)]
        self._match(detections, doubtful, unseen, at, seen)
        self._start(detections, left_over, at, seen)
        self._confirm(at, seen)
        self._part_with_twins(at)
        self._people = [p for p in self._people if self._keeps(p, at, seen) and not _has_left(p, at, size)]
        return [
            Track(p.id, p.box, p.score if p.id in seen else 0.0, p.id in seen, p.since, p.last_seen, p.confirmed)
            for p in self._people
        ]

    def _predict(self, person: _Person, at: datetime) -> None:
        dt_s = (at - person.at).total_seconds()
        acceleration = ACCELERATION_SPREAD * person.height
        if person.last_seen < person.at:
            # A hidden person keeps their height: top and bottom move on together.
            person.top.speed = person.bottom.speed = (person.top.speed + person.bottom.speed) / 2
        for axis in (person.x, person.top, person.bottom):
            axis.predict(dt_s, acceleration)
        person.at = at
        person.frames += 1

    def _match(
        self, detections: Detections, which: list[int], free: list[_Person], at: datetime, seen: set[int]
    ) -> list[int]:
        """Assigns detections to people not yet seen in this frame; returns the detections left over."""
        if not free or not which:
            return which
        cost = self._cost(free, detections.xyxy[which], at)
        rows, columns = linear_sum_assignment(cost)
        used: set[int] = set()
        for row, column in zip(rows, columns, strict=True):
            if cost[row, column] >= NOT_A_MATCH:
                continue
            index = which[column]
            self._correct(free[row], detections.xyxy[index], float(detections.score[index]), at)
            seen.add(free[row].id)
            used.add(index)
        return [i for i in which if i not in used]

    def _cost(self, people: list[_Person], xyxy: NDArray[np.float32], at: datetime) -> NDArray[np.float64]:
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
        cost[(away > reach[:, None]) | (size > MOST_SIZE_CHANGE)] = NOT_A_MATCH
        return np.asarray(cost, dtype=np.float64)

    def _correct(self, person: _Person, box: NDArray[np.float32], score: float, at: datetime) -> None:
        left, top, right, bottom = (float(v) for v in box)
        spread = EDGE_SPREAD * person.height * (1 + UNSURE_FACTOR * (1 - score))
        found_again = (at - person.last_seen).total_seconds() > FOUND_AGAIN_S
        # A new track knows no speed yet, so its first steps may be long.
        largest = math.inf if found_again or person.hits < NEW_HITS else LARGEST_SURPRISE * person.height
        person.x.correct((left + right) / 2, spread, largest)
        if found_again:
            person.whole_at = at
        hidden = None if found_again else self._hidden_edge(person, top, bottom, at)
        for axis, measured in ((person.top, top), (person.bottom, bottom)):
            if axis is not hidden:
                axis.correct(measured, spread, largest)
        if hidden is not None:
            hidden.speed = (person.bottom if hidden is person.top else person.top).speed
        follow = 1 - math.exp(-max((at - person.last_seen).total_seconds(), 0.02) / WIDTH_MEMORY_S)
        person.width += follow * (right - left - person.width)
        person.score = score
        person.last_seen = at
        person.hits += 1
        # Judged while the person is seen: the fading speed of someone who walked away would look like standing.
        person.stood = person.speed < self._rules.still_speed

    def _hidden_edge(self, person: _Person, top: float, bottom: float, at: datetime) -> _Axis | None:
        """The edge of a box that suddenly shrank: half of the person is hidden, and that edge is not where they end.

        Someone who stays short for longer has really gone behind something; then the box is believed.
        """
        if person.hits < NEW_HITS or bottom - top > SHRUNK * person.height:
            person.whole_at = at
            return None
        if (at - person.whole_at).total_seconds() > SHRUNK_S:
            return None
        return person.top if abs(top - person.top.position) > abs(bottom - person.bottom.position) else person.bottom

    def _start(self, detections: Detections, indices: list[int], at: datetime, seen: set[int]) -> None:
        """Starts a track for each confident detection that nobody explains."""
        for index in sorted(indices, key=lambda i: (-float(detections.score[i]), i)):
            box = detections.xyxy[index]
            if self._is_double(box, seen):
                continue
            left, top, right, bottom = (float(v) for v in box)
            score = float(detections.score[index])
            height = max(bottom - top, 1.0)
            spread = EDGE_SPREAD * height * (1 + UNSURE_FACTOR * (1 - score))
            # Speed unknown: anything up to about one body height a second (1.7 m/s).
            x, upper, lower = (
                _Axis(position, 0.0, spread * spread, 0.0, height * height)
                for position in ((left + right) / 2, top, bottom)
            )
            self._people.append(_Person(self._next_id, x, upper, lower, right - left, score, at, at, at, at))
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
            apart = all(_overlap(person.box, p.box) <= rules.apart_share for p in others)
            person.confirmed = apart and (at - person.since).total_seconds() >= rules.confirm_s

    def _part_with_twins(self, at: datetime) -> None:
        """Gives up the younger of two tracks that have been the same person for a while."""
        believed = [p for p in self._people if p.confirmed]
        for number, younger in enumerate(believed):
            if not any(_are_twins(younger.box, older.box) for older in believed[:number]):
                younger.twin_since = None
            elif younger.twin_since is None:
                younger.twin_since = at
            elif (at - younger.twin_since).total_seconds() >= self._rules.twin_s:
                self._people.remove(younger)

    def _is_double(self, box: NDArray[np.float32], seen: set[int]) -> bool:
        left, top, right, bottom = (float(v) for v in box)
        area = max((right - left) * (bottom - top), 1e-9)
        shared = (_shared((left, top, right, bottom), p.box) for p in self._people if p.id in seen)
        return any(each > self._rules.double_share * area for each in shared)

    def _keeps(self, person: _Person, at: datetime, seen: set[int]) -> bool:
        if person.id in seen:
            return True
        unseen_s = (at - person.last_seen).total_seconds()
        if not person.confirmed:
            return unseen_s <= 2 * self._rules.confirm_s
        return unseen_s <= (self._rules.lost_still_s if person.stood else self._rules.lost_s)


def _has_left(person: _Person, at: datetime, size: tuple[int, int] | None) -> bool:
    """Whether someone unseen for a moment went out of the picture: to the left, to the right, or below the camera."""
    if size is None or (at - person.last_seen).total_seconds() <= FOUND_AGAIN_S:
        return False
    left, _, right, bottom = person.box
    return (
        (left < RIM * size[0] and person.x.speed < 0)
        or (right > (1 - RIM) * size[0] and person.x.speed > 0)
        or (bottom > (1 - RIM) * size[1] and person.bottom.speed > 0)
    )


def _without_twins(detections: Detections) -> Detections:
    """Leaves out the weaker of two boxes on one person, such as the body with and without an outstretched arm."""
    kept: list[int] = []
    boxes = [(float(a), float(b), float(c), float(d)) for a, b, c, d in detections.xyxy]
    for index in sorted(range(len(boxes)), key=lambda i: (-float(detections.score[i]), i)):
        if not any(_are_twins(boxes[index], boxes[other]) for other in kept):
            kept.append(index)
    kept.sort()
    return Detections(detections.xyxy[kept], detections.score[kept])


def _are_twins(a: Box, b: Box) -> bool:
    """Whether two boxes share their place and end at the same head and feet: two people never do."""
    tolerance = TWIN_EDGE * max(a[3] - a[1], b[3] - b[1])
    return abs(a[1] - b[1]) <= tolerance and abs(a[3] - b[3]) <= tolerance and _overlap(a, b) >= TWIN_OVERLAP


def _shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common, square pixels."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across * down if across > 0 and down > 0 else 0.0


def _overlap(a: Box, b: Box) -> float:
    """Common area as a share of the smaller box, 0..1."""
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return _shared(a, b) / max(smaller, 1e-9)
