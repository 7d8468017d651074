"""Entries, exits and the people inside, from the crossings of entrance lines."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .clock import from_ms
from .levels import Levels
from .values import Drift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .calendar import Calendar

IN, OUT = 0, 1  # who comes in in the millisecond in which another goes out comes first


@dataclass(frozen=True, slots=True)
class Running:
    """The running number since a closing.

    Attributes:
        closed: That closing, milliseconds; None before the first crossing.
        people: Entries less exits, never below 0.
        balance: Entries less exits.
        entries: Entries.
        drift: What was left over at ``closed``.
    """

    closed: int | None = None
    people: int = 0
    balance: int = 0
    entries: int = 0
    drift: Drift | None = None

    def stepped(self, direction: int) -> Running:
        """One crossing further."""
        step = 1 if direction == IN else -1
        people, entries = max(self.people + step, 0), self.entries + (direction == IN)
        return Running(self.closed, people, self.balance + step, entries, self.drift)


class Doors:
    """Every crossing of the last hour or so, and what the older ones add up to.

    Args:
        calendar: When the store closes: the running number begins afresh there.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._crossings: list[tuple[int, int]] = []
        self._before = Running()
        self._from: int | None = None

    def cross(self, at: int, *, enters: bool) -> None:
        """Takes a crossing; they need not come in order."""
        insort(self._crossings, (at, IN if enters else OUT))

    def entries_and_exits(self, begins: int, ends: int) -> tuple[int, int]:
        """How many went in and out in ``begins <= t < ends``."""
        found = self._crossings[bisect_left(self._crossings, (begins,)) : bisect_left(self._crossings, (ends,))]
        exits = sum(direction for _, direction in found)
        return len(found) - exits, exits

    def running(self, at: int) -> tuple[Running, Levels]:
        """The running number at ``at``, and how it came there since the last ``forget``."""
        steps = list(self._steps(self._crossings, at))
        first = self._from if self._from is not None else steps[0][0]
        people = [(max(moment, first), running.people) for moment, running in steps]
        return steps[-1][1], Levels.of_steps(first, [(first, self._before.people), *people])

    def begin(self, at: int) -> None:
        """Says that every crossing since a moment will be told."""
        self._before = Running(self._calendar.day(at).closed)

    def forget(self, before: int, latest: int) -> None:
        """Adds up the crossings before a moment, and drops those after ``latest``: the clock was wrong then."""
        cut = bisect_left(self._crossings, (before,))
        for _, running in self._steps(self._crossings[:cut], before):
            self._before = running
        if self._before.closed is not None and self._before.closed > latest:
            self._before = Running()
        self._crossings = self._crossings[cut : bisect_left(self._crossings, (latest,))]
        self._from = before

    def _steps(self, crossings: Iterable[tuple[int, int]], at: int) -> Iterator[tuple[int, Running]]:
        """The running number from each crossing and closing on, up to ``at``; at least one."""
        now = self._before
        for moment, direction in crossings:
            closed = self._calendar.day(moment).closed
            if now.closed is None or closed > now.closed:
                now = self._anew(now, closed)
                yield closed, now
            now = now.stepped(direction)
            yield moment, now
        closed = self._calendar.day(at).closed
        if now.closed is None or closed > now.closed:
            now = self._anew(now, closed)
        yield closed, now

    def _anew(self, now: Running, closed: int) -> Running:
        """The number after a closing."""
        if now.closed is None:
            return Running(closed)
        same_day = self._calendar.day(closed - 1).closed == now.closed
        left = (now.people, now.balance, now.entries) if same_day else (0, 0, 0)
        return Running(closed, drift=Drift(from_ms(closed), *left))
