"""Where a fast camera and a slower reader meet: only the newest picture is kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture as it came.

    Attributes:
        steady_s: When, on the steady clock.
        number: 0-based number of the picture in its source.
        image: (H, W, 3) uint8, BGR.
        dropped: Pictures that were replaced before anybody took them, since the one taken before.
    """

    steady_s: float
    number: int
    image: NDArray[np.uint8]
    dropped: int = 0


class Mailbox:
    """Holds the newest picture; one that was never taken is replaced and counted."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._newest: tuple[float, int, NDArray[np.uint8]] | None = None
        self._dropped = 0

    def put(self, steady_s: float, number: int, image: NDArray[np.uint8]) -> None:
        """Leaves a picture; never waits."""
        with self._condition:
            if self._newest is not None:
                self._dropped += 1
            self._newest = steady_s, number, image
            self._condition.notify()

    def take(self, timeout_s: float) -> Arrival | None:
        """The newest picture, or None if none comes within the time."""
        with self._condition:
            if self._newest is None and not self._condition.wait_for(lambda: self._newest is not None, timeout_s):
                return None
            assert self._newest is not None  # noqa: S101 - what wait_for has just made sure of
            dropped, newest = self._dropped, self._newest
            self._newest, self._dropped = None, 0
        return Arrival(*newest, dropped)
