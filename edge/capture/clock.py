"""The host's clock for live pictures: right against UTC, never backwards, and open about every jump."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..events import ClockJump

if TYPE_CHECKING:
    from collections.abc import Callable

# Time servers correct less than this slowly, or in steps that nobody notices; more is a clock that was set.
JUMP_S = 1.0
MILLISECOND = timedelta(milliseconds=1)
# The clocks are read one after the other; if the machine halted in between, they are read again.
READ_WITHIN_S = 0.05
READ_TRIES = 5


def utc_now() -> datetime:
    """The host's wall clock; clock-change nights do nothing to it."""
    return datetime.now(UTC)


def awake_or_not() -> float:
    """Seconds of a clock that goes on while the machine sleeps, where the system has one; else of the steady one."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if number is None else time.clock_gettime(number)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all clocks said at one moment."""

    wall: datetime
    steady_s: float
    boot_s: float


class HostClock:
    """Turns readings of a steady clock into UTC times that only run forward between two jumps.

    The wall clock may be set and the machine may sleep; both show as a difference between the wall clock and the steady
    clock. What time servers correct bit by bit is followed. For one thread.

    Args:
        wall: The wall clock, aware UTC.
        steady: Seconds; never set, stands still while the machine sleeps.
        boot: Seconds; never set, goes on while the machine sleeps. The same as ``steady`` where there is none: then a
            sleep looks like a clock that was set.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = utc_now,
        steady: Callable[[], float] = time.monotonic,
        boot: Callable[[], float] = awake_or_not,
    ) -> None:
        self._wall = wall
        self.steady = steady
        self._boot = boot
        self._last = self._read()
        self._newest: datetime | None = None

    def jumps(self) -> list[ClockJump]:
        """The jumps since the last call, in order; call it before times are asked for."""
        last, now = self._last, self._read()
        self._last = now
        awake_s = now.steady_s - last.steady_s
        slept_s = now.boot_s - last.boot_s - awake_s
        was = last.wall + timedelta(seconds=awake_s)
        found = []
        if slept_s > JUMP_S:
            woke = was + timedelta(seconds=slept_s)
            if abs((now.wall - woke).total_seconds()) <= JUMP_S:
                woke = now.wall
            found.append(ClockJump(_whole(woke), _whole(was), "slept"))
            was = woke
        if abs((now.wall - was).total_seconds()) > JUMP_S:
            found.append(ClockJump(_whole(now.wall), _whole(was), "set"))
        if found:
            self._newest = None
        return found

    def at(self, steady_s: float) -> datetime:
        """UTC, whole milliseconds, at a moment of the steady clock; later than every time given since the last jump."""
        at = _whole(self._last.wall + timedelta(seconds=steady_s - self._last.steady_s))
        if self._newest is not None:
            at = max(at, self._newest + MILLISECOND)
        self._newest = at
        return at

    def now(self) -> datetime:
        """UTC now, by the same rules."""
        return self.at(self.steady())

    def _read(self) -> _Reading:
        for _ in range(READ_TRIES):
            before, steady_s, wall = self._boot(), self.steady(), self._wall()
            if self._boot() - before <= READ_WITHIN_S:
                break
        return _Reading(wall, steady_s, before)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
