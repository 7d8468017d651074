"""Tumbling and sliding windows over a stream of events, with a watermark: what is closed never changes again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NEVER = -(2**62)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The sums of one window.

    Attributes:
        begins_ms: Its first millisecond.
        ends_ms: The millisecond after its last.
        sums: (K,) of values, by kind.
        counts: (K,) of events, by kind.
    """

    begins_ms: int
    ends_ms: int
    sums: Floats
    counts: Ints


class Windows:
    """Adds up events by kind over windows of a size that begin every ``slide_ms``.

    Events come in any order. The watermark is the newest time seen less the lateness: nothing older is waited for. A
    window closes when the watermark reaches its end; an event that comes for a window that is closed is late, and is
    counted as late, for no closed window changes. Memory holds the open windows and nothing else: events fall into
    panes as long as the slide, and a window is the sum of its panes.

    Args:
        size_ms: Length of a window.
        slide_ms: Between the begins of windows; ``size_ms`` is a multiple of it. None: they follow each other.
        lateness_ms: How long after the newest event one may still come.
        kinds: K, the number of kinds of events.
        anchor_ms: Some moment at which a window begins.

    References:
        T. Akidau et al., "The Dataflow Model", Proceedings of the VLDB Endowment 8 (2015), for windows and watermarks;
        J. Li et al., "No pane, no gain", SIGMOD Record 34 (2005), for the panes.
    """

    def __init__(
        self, size_ms: int, slide_ms: int | None = None, *, lateness_ms: int = 0, kinds: int = 1, anchor_ms: int = 0
    ) -> None:
        slide = size_ms if slide_ms is None else slide_ms
        if size_ms <= 0 or slide <= 0 or size_ms % slide or lateness_ms < 0 or kinds < 1:
            raise ValueError(
                f"size_ms={size_ms}, slide_ms={slide}, lateness_ms={lateness_ms}, kinds={kinds}: the size must be a "
                "positive multiple of the slide, the lateness at least 0, and there must be a kind"
            )
        self._size, self._slide, self._lateness, self._kinds = size_ms, slide, lateness_ms, kinds
        self._anchor = anchor_ms
        self._newest = _NEVER
        self._closed = _NEVER  # the slide number at which the latest closed window ends
        self._panes: dict[int, Floats] = {}  # by number, (2, K): sums and counts
        self.late = np.zeros(kinds, dtype=np.int64)

    @property
    def watermark_ms(self) -> int | None:
        """Nothing older is waited for; None before anything was seen."""
        return None if self._newest == _NEVER else self._newest - self._lateness

    def add(self, at_ms: Ints, kind: Ints, value: Floats) -> list[Window]:
        """Takes events in the order in which they came.

        Args:
            at_ms: (N,) when each happened.
            kind: (N,) 0 to K - 1.
            value: (N,) what it adds.

        Returns:
            The windows that closed meanwhile and hold an event, by end; one without events is zero and is not told.
        """
        if not len(at_ms):
            return []
        newest = np.maximum.accumulate(np.maximum(at_ms, self._newest))
        reached = (newest - self._lateness - self._anchor) // self._slide
        pane = (at_ms - self._anchor) // self._slide
        self._newest = int(newest[-1])
        late = pane < reached
        if late.any():
            self.late += np.bincount(kind[late], minlength=self._kinds).astype(np.int64)
        lost = pane + self._size // self._slide <= reached
        found: list[Window] = []
        # Between two closings nothing depends on the order.
        borders = np.flatnonzero(np.diff(reached)) + 1
        for first, end in zip(np.append(0, borders), np.append(borders, len(at_ms)), strict=True):
            found += self._close(int(reached[first]))
            kept = np.flatnonzero(~lost[first:end]) + first
            self._put(pane[kept], kind[kept], value[kept])
        return found

    def advance(self, to_ms: int) -> list[Window]:
        """Moves the watermark on where no event did: everything before ``to_ms`` less the lateness has come."""
        self._newest = max(self._newest, to_ms)
        return self._close((self._newest - self._lateness - self._anchor) // self._slide)

    def window(self, ends_ms: int) -> Window:
        """The window with this end as far as it is known; it must not have closed.

        Raises:
            ValueError: No window ends then, or its panes are forgotten.
        """
        end = (ends_ms - self._anchor) // self._slide
        if (ends_ms - self._anchor) % self._slide or end <= self._closed:
            raise ValueError(f"no open window ends at {ends_ms}")
        return self._window(end)

    def _put(self, pane: Ints, kind: Ints, value: Floats) -> None:
        if not len(pane):
            return
        numbers, place = np.unique(pane, return_inverse=True)
        cells = place * self._kinds + kind
        size = len(numbers) * self._kinds
        sums = np.bincount(cells, value, size).reshape(-1, self._kinds)
        counts = np.bincount(cells, minlength=size).reshape(-1, self._kinds)
        for row, number in enumerate(numbers.tolist()):
            held = self._panes.setdefault(number, np.zeros((2, self._kinds)))
            held[0] += sums[row]
            held[1] += counts[row]

    def _close(self, reached: int) -> list[Window]:
        """Closes every window that ends at or before a slide number."""
        if reached <= self._closed:
            return []
        many = self._size // self._slide
        ends = {number + step for number in self._panes for step in range(1, many + 1)}
        found = [self._window(end) for end in sorted(end for end in ends if self._closed < end <= reached)]
        self._closed = reached
        for number in [number for number in self._panes if number + many <= reached]:
            del self._panes[number]
        return found

    def _window(self, end: int) -> Window:
        many = self._size // self._slide
        total = np.zeros((2, self._kinds))
        for number in range(end - many, end):
            if number in self._panes:
                total += self._panes[number]
        ends = self._anchor + end * self._slide
        return Window(ends - self._size, ends, total[0], total[1].astype(np.int64))
