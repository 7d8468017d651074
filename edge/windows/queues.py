"""How long a queue is and was, from the stays in its zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .clock import MINUTE_MS, SECOND_MS, from_ms
from .levels import Levels, joined
from .values import Queue, QueuePeriod

if TYPE_CHECKING:
    from collections.abc import Callable

# Someone hidden for so long has not left the queue; a stay that goes on is also told about a second late.
BRIDGE_MS = 5 * SECOND_MS


@dataclass(frozen=True, slots=True)
class StayKey:
    """Names a stay within its zone, also over a restart, after which tracks are numbered from 1 again."""

    entered: int
    track: int


@dataclass(frozen=True, slots=True)
class _Past:
    """What the stays before a moment add up to.

    Attributes:
        until: The moment.
        closed: The last closing before it.
        longest_ms: The longest time with too many people between the two that is over for sure.
        last: The last stretch with too many, which may go on.
    """

    until: int
    closed: int
    longest_ms: int
    last: tuple[int, int] | None


class QueueClock:
    """The stays of one queue zone in the last hour or so, and what the older ones add up to.

    Args:
        limit: More people than this are too many; None: no limit.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._stays: dict[StayKey, int] = {}
        self._past = _Past(0, 0, 0, None)

    def stay(self, key: StayKey, left: int, *, counts: bool) -> None:
        """Takes a stay, or its next telling; one that turns out to be no person's is taken back."""
        if counts:
            self._stays[key] = left
        else:
            self._stays.pop(key, None)

    def now(self, at: int, closed: int, share: Callable[[int, int], float], minutes: tuple[int, ...]) -> Queue:
        """The queue at a moment.

        Args:
            at: Milliseconds.
            closed: When the store closed last.
            share: Tells how much of (begins, ends) the camera saw.
            minutes: Lengths of the sliding windows.
        """
        levels = self._levels()
        sliding = []
        for length in minutes:
            begins, coverage = at - length * MINUTE_MS, share(at - length * MINUTE_MS, at)
            mean, most = levels.mean_and_most(begins, at)
            known = coverage > 0 or most > 0
            ends = from_ms(at)
            sliding.append(
                QueuePeriod(from_ms(begins), ends, coverage, mean if known else None, most if known else None)
            )
        past, stretches = self._summed(levels, at, closed)
        last = stretches[-1] if stretches else None
        above = last is not None and at - last[1] <= BRIDGE_MS
        longest = max((end - start for start, end in stretches), default=0)
        return Queue(
            self._limit,
            from_ms(last[0]) if above and last is not None else None,
            max(past.longest_ms, longest) / SECOND_MS,
            tuple(sliding),
        )

    def forget(self, before: int, latest: int, closed: int) -> None:
        """Adds up the stays before a moment, and drops those after ``latest``: the clock was wrong then.

        Args:
            before: Milliseconds.
            latest: Milliseconds.
            closed: The last closing up to ``before``.
        """
        past, stretches = self._summed(self._levels(), before, closed)
        longest = max((end - start for start, end in stretches[:-1]), default=0)
        self._past = replace(
            past,
            until=before,
            longest_ms=max(past.longest_ms, longest),
            last=stretches[-1] if stretches else None,
        )
        self._stays = {key: left for key, left in self._stays.items() if left > before and key.entered < latest}

    def _levels(self) -> Levels:
        return Levels.of_stays(self._past.until, ((key.entered, left) for key, left in self._stays.items()))

    def _summed(self, levels: Levels, ends: int, closed: int) -> tuple[_Past, list[tuple[int, int]]]:
        """What is past, and the stretches with too many people from then until ``ends``, both since the closing."""
        past = self._past if self._past.closed == closed else _Past(self._past.until, closed, 0, self._past.last)
        if self._limit is None:
            return past, []
        earlier = [past.last] if past.last is not None else []
        found = joined([*earlier, *levels.above(self._limit, ends)], BRIDGE_MS)
        return past, [(max(start, closed), end) for start, end in found if end > closed]
