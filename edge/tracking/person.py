"""One followed person: where they are, how they move, what a box says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Detections
    from .boxes import Box

# A track with fewer matched detections does not know its own speed yet.
NEW_HITS = 3
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
# Less than this is flicker of the feet, in heights.
COVERED = 0.05
# Box widths follow the detections with this time constant; it irons out arms and bags.
WIDTH_MEMORY_S = 0.3
# Someone found again after so long is believed to be where they are seen, however far from the guess.
FOUND_AGAIN_S = 0.3
# Whoever is unseen, and expected with this share of the box outside of the picture, has left. Less would give up people
# who stand at its rim, cut off by it, after a few missed frames.
OUTSIDE = 0.25


@dataclass(slots=True)
class Axis:
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
        """Moves on by ``dt_s`` seconds; the acceleration (px/s^2) is unknown and spreads by so much."""
        q = acceleration_px * acceleration_px
        self.position += self.speed * dt_s
        self.p_var += 2 * dt_s * self.cov + dt_s * dt_s * self.s_var + q * dt_s**4 / 4
        self.cov += dt_s * self.s_var + q * dt_s**3 / 2
        self.s_var += q * dt_s * dt_s

    def correct(self, measured: float, spread_px: float, largest_surprise_px: float) -> None:
        """Takes a measured position (px); it pulls no harder than from ``largest_surprise_px`` away."""
        gain = self.p_var / (self.p_var + spread_px * spread_px)
        speed_gain = self.cov / (self.p_var + spread_px * spread_px)
        surprise = min(max(measured - self.position, -largest_surprise_px), largest_surprise_px)
        self.position += gain * surprise
        self.speed += speed_gain * surprise
        self.s_var -= speed_gain * self.cov
        self.cov *= 1 - gain
        self.p_var *= 1 - gain


@dataclass(slots=True)
class Person:
    """What the tracker remembers of one person: the middle, the top and the bottom of the box move, each by itself.

    Top and bottom are followed apart because one of them is often hidden, or cut off by the picture's edge, while the
    other is well seen.
    """

    id: int
    x: Axis
    top: Axis
    bottom: Axis
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
        """Left, top, right, bottom, pixels."""
        half = self.width / 2
        return self.x.position - half, self.top.position, self.x.position + half, self.bottom.position

    def predict(self, at: datetime) -> None:
        """Moves on to the time of a frame."""
        dt_s = (at - self.at).total_seconds()
        acceleration = ACCELERATION_SPREAD * self.height
        if self.last_seen < self.at:
            # A hidden person keeps their height: top and bottom move on together.
            self.top.speed = self.bottom.speed = (self.top.speed + self.bottom.speed) / 2
        for axis in (self.x, self.top, self.bottom):
            axis.predict(dt_s, acceleration)
        self.at = at
        self.frames += 1

    def correct(self, detections: Detections, index: int, at: datetime, *, covered: bool, still_speed: float) -> None:
        """Takes the box that this person was found in.

        Args:
            detections: Of the frame, pixels.
            index: Which of them.
            at: Time of the frame.
            covered: Whether the feet are within a nearer person's box.
            still_speed: Slower than this, in body heights a second, is standing still.
        """
        left, top, right, bottom = (float(v) for v in detections.xyxy[index])
        score = float(detections.score[index])
        spread = EDGE_SPREAD * self.height * (1 + UNSURE_FACTOR * (1 - score))
        found_again = (at - self.last_seen).total_seconds() > FOUND_AGAIN_S
        # A new track knows no speed yet, so its first steps may be long.
        largest = math.inf if found_again or self.hits < NEW_HITS else LARGEST_SURPRISE * self.height
        self.x.correct((left + right) / 2, spread, largest)
        if found_again:
            self.whole_at = at
        hidden = None if found_again else self._hidden_edge(top, bottom, at)
        if self.stood and covered and bottom < self.bottom.position - COVERED * self.height:
            hidden = self.bottom
        for axis, measured in ((self.top, top), (self.bottom, bottom)):
            if axis is not hidden:
                axis.correct(measured, spread, largest)
        if hidden is not None:
            hidden.speed = (self.bottom if hidden is self.top else self.top).speed
        follow = 1 - math.exp(-max((at - self.last_seen).total_seconds(), 0.02) / WIDTH_MEMORY_S)
        self.width += follow * (right - left - self.width)
        self.score = score
        self.last_seen = at
        self.hits += 1
        # Judged while the person is seen: the fading speed of someone who walked away would look like standing.
        self.stood = self.speed < still_speed

    def _hidden_edge(self, top: float, bottom: float, at: datetime) -> Axis | None:
        """The edge of a box that suddenly shrank: half of the person is hidden, and that edge is not where they end.

        Someone who stays short for longer has really gone behind something; then the box is believed.
        """
        if self.hits < NEW_HITS or bottom - top > SHRUNK * self.height:
            self.whole_at = at
            return None
        if (at - self.whole_at).total_seconds() > SHRUNK_S:
            return None
        return self.top if abs(top - self.top.position) > abs(bottom - self.bottom.position) else self.bottom

    def has_left(self, at: datetime, size: tuple[int, int] | None) -> bool:
        """Whether someone unseen for a moment went out of the picture: to the left, to the right, or below the camera.

        Args:
            at: Time of the frame.
            size: Width and height of the picture in pixels; None where it is not known.
        """
        if size is None or (at - self.last_seen).total_seconds() <= FOUND_AGAIN_S:
            return False
        left, _, right, bottom = self.box
        across, down = OUTSIDE * self.width, OUTSIDE * self.height
        return left < -across or right > size[0] + across or bottom > size[1] + down


def begin(number: int, detections: Detections, index: int, at: datetime) -> Person:
    """A person seen for the first time, in one of the boxes of a frame."""
    left, top, right, bottom = (float(v) for v in detections.xyxy[index])
    score = float(detections.score[index])
    height = max(bottom - top, 1.0)
    spread = EDGE_SPREAD * height * (1 + UNSURE_FACTOR * (1 - score))
    # Speed unknown: anything up to about one body height a second (1.7 m/s).
    x, upper, lower = (
        Axis(position, 0.0, spread * spread, 0.0, height * height) for position in ((left + right) / 2, top, bottom)
    )
    return Person(number, x, upper, lower, right - left, score, at, at, at, at)
