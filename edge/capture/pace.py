"""Pure rules of time: which pictures of a fast source to look at, and when to try a lost camera again."""

from __future__ import annotations

import math
from collections import deque

# Containers such as Matroska round times to whole milliseconds: a picture may seem this much early.
ROUNDING_MS = 1.0
TRIES_A_MINUTE = 5
MINUTE_S = 60.0
# Some servers refuse who comes back before they have put everything away.
BREATH_S = 0.5


class Slots:
    """Chooses at most ``fps`` pictures a second by their times alone, so that the choice is the same on every machine.

    Time is cut into slots of ``1 / fps``; the first picture in each slot is taken.

    Args:
        fps: Pictures a second; None takes every picture.
    """

    def __init__(self, fps: float | None) -> None:
        self._fps = fps
        self._last = -1

    def take(self, elapsed_ms: float) -> bool:
        """Whether to take the picture at ``elapsed_ms`` after the first; call it once a picture, in order."""
        if self._fps is None:
            return True
        slot = math.floor((elapsed_ms + ROUNDING_MS) * self._fps / 1000)
        if slot <= self._last:
            return False
        self._last = slot
        return True


class Backoff:
    """Says how long to wait before the next try to reach a lost camera: 0, 2, 4, 8, ... seconds, at most half a minute.

    Never more than five tries within a minute, as Frigate does it: cameras that are asked more often may lock us out.
    """

    def __init__(self, longest_s: float = 30.0) -> None:
        self._longest_s = longest_s
        self._failures = 0
        self._tries: deque[float] = deque(maxlen=TRIES_A_MINUTE)

    def wait_s(self, now_s: float, *, soon: bool = False) -> float:
        """How long to wait before the next try, which this call takes note of.

        Args:
            now_s: Now, on any steady clock.
            soon: The camera has just answered: no longer than it takes to put everything away, if there is a try left.
        """
        # From two seconds on: from one, five tries would be spent in a quarter of a minute, none left for the rest.
        wait = min(self._longest_s, 2.0**self._failures) if self._failures else 0.0
        if soon:
            wait = min(wait, BREATH_S)
        else:
            self._failures += 1
        if len(self._tries) == TRIES_A_MINUTE:
            wait = max(wait, self._tries[0] + MINUTE_S - now_s)
        self._tries.append(now_s + wait)
        return wait

    def succeeded(self) -> None:
        """The camera gave pictures for a while: the next loss starts with a short wait again."""
        self._failures = 0
