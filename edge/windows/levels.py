"""A number of people that changes in steps, and what it was over a stretch of time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Levels:
    """The steps.

    Attributes:
        times: Milliseconds at which the number changes, growing strictly; the first begins everything.
        people: As many: the number from that moment until the next.
    """

    times: tuple[int, ...]
    people: tuple[int, ...]

    @classmethod
    def of_steps(cls, begins: int, steps: Iterable[tuple[int, int]]) -> Levels:
        """From moments and the number from then on, in order of time; of several at one moment the last holds.

        Args:
            begins: Milliseconds; before the first step there is nobody.
            steps: (milliseconds, people).
        """
        times, people = [begins], [0]
        for at, number in steps:
            if at <= times[-1]:
                people[-1] = number
            else:
                times.append(at)
                people.append(number)
        return cls(tuple(times), tuple(people))

    @classmethod
    def of_stays(cls, begins: int, stays: Iterable[tuple[int, int]]) -> Levels:
        """How many of some stays go on.

        Args:
            begins: Milliseconds; stays are looked at from then on.
            stays: (entered, left) in milliseconds, in any order.
        """
        changes: dict[int, int] = {begins: 0}
        for entered, left in stays:
            if left > max(entered, begins):
                changes[max(entered, begins)] = changes.get(max(entered, begins), 0) + 1
                changes[left] = changes.get(left, 0) - 1
        number, times, people = 0, [], []
        for at in sorted(changes):
            number += changes[at]
            times.append(at)
            people.append(number)
        return cls(tuple(times), tuple(people))

    def mean_and_most(self, begins: int, ends: int) -> tuple[float, int]:
        """Mean over time and the largest number in ``begins <= t < ends``; nobody where that is empty."""
        if ends <= begins:
            return 0.0, 0
        first = max(bisect_right(self.times, begins) - 1, 0)
        last = bisect_left(self.times, ends)
        sum_ms, most = 0, 0
        borders = [*self.times[first:last], ends]
        for number, (start, end) in zip(self.people[first:last], pairwise(borders), strict=True):
            sum_ms += number * (end - max(start, begins))
            most = max(most, number)
        return sum_ms / (ends - begins), most

    def above(self, limit: int, ends: int) -> list[tuple[int, int]]:
        """Stretches (begins, ends) in milliseconds with more than ``limit`` people, in order, none after ``ends``."""
        steps = zip(self.times, (*self.times[1:], ends), self.people, strict=True)
        return joined(((start, min(end, ends)) for start, end, number in steps if number > limit and start < ends), 0)


def joined(stretches: Iterable[tuple[int, int]], bridge_ms: int) -> list[tuple[int, int]]:
    """Stretches (begins, ends), in order of their begins, with breaks of at most ``bridge_ms`` closed."""
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        if found and start - found[-1][1] <= bridge_ms:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def length(stretches: Iterable[tuple[int, int]], begins: int, ends: int) -> int:
    """How much of ``begins <= t < ends`` lies in the stretches, which do not overlap."""
    return sum(max(min(end, ends) - max(start, begins), 0) for start, end in stretches)
