"""How much of a stretch of time a camera saw, from its watch periods."""

from __future__ import annotations

from .clock import SECOND_MS
from .levels import joined, length

# A period that goes on is told about once a second. For this long after its last telling the pictures speak for it.
LAG_MS = 5 * SECOND_MS


class Seen:
    """The healthy watch periods of one camera in the last hour or so, and what the older ones add up to."""

    def __init__(self) -> None:
        # By the beginning: a period is told again with another end, or with another health.
        self._periods: dict[int, int] = {}
        self._sight: int | None = None
        self._from: int | None = None
        self._day_begins = 0
        self._day_ms = 0
        self._joined: list[tuple[int, int]] | None = None

    def watch(self, begins: int, ends: int, *, healthy: bool) -> None:
        """Takes a watch period, or its next telling."""
        self._joined = None
        if healthy:
            self._periods[begins] = ends
        else:
            self._periods.pop(begins, None)

    def look(self, at: int, *, healthy: bool) -> None:
        """Takes that people could be seen at a moment, or not."""
        self._joined = None
        self._sight = at if healthy else None

    def share(self, begins: int, ends: int) -> float:
        """Share of ``begins <= t < ends`` that was seen; for a beginning long ago only if that began the day."""
        if ends <= begins:
            return 0.0
        before = 0
        if self._from is not None and begins < self._from:
            before = self._day_ms if begins == self._day_begins else 0
        seen = before + length(self._stretches(), max(begins, self._from or begins), ends)
        return min(seen / (ends - begins), 1.0)

    def forget(self, before: int, latest: int, day_begins: int) -> None:
        """Adds up what was seen of the day before a moment, and drops what lies after ``latest``.

        Args:
            before: Milliseconds.
            latest: Milliseconds.
            day_begins: When the day began that ``before`` lies in.
        """
        self._joined = None
        if day_begins != self._day_begins:
            self._day_begins, self._day_ms = day_begins, 0
        added = max(day_begins, self._from or day_begins)
        self._day_ms += length(joined(sorted(self._periods.items()), 0), added, before)
        # A period that reaches over ``before`` stays whole: it may be told again.
        self._periods = {begins: ends for begins, ends in self._periods.items() if ends > before and begins < latest}
        self._from = before

    def _stretches(self) -> list[tuple[int, int]]:
        """What was seen, in order; kept until something is told, as dozens of windows ask for it."""
        if self._joined is None:
            self._joined = joined(sorted(self._periods.items()), 0)
            last = self._joined[-1][1] if self._joined else None
            if last is not None and self._sight is not None and 0 < self._sight - last <= LAG_MS:
                self._joined[-1] = (self._joined[-1][0], self._sight)
        return self._joined
