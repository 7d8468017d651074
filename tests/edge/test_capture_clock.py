"""The host's clock: slewed, set, asleep; and its times, which only run forward between two jumps."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge.capture import HostClock, LiveCamera
from edge.events import ClockJump, Pause

from .cameras import WebCamera, is_frame, until

TEN = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)


class Host:
    """A machine whose clocks are turned by hand."""

    def __init__(self, wall: datetime = TEN) -> None:
        self.wall = wall
        self.steady_s = 100.0
        self.boot_s = 500.0
        self.clock = HostClock(lambda: self.wall, lambda: self.steady_s, lambda: self.boot_s)

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady_s += seconds
        self.boot_s += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.boot_s += seconds

    def is_set(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def test_while_nothing_happens_times_are_those_of_the_wall_clock() -> None:
    host = Host()
    for n in range(1, 100):
        host.passes(0.1)
        assert host.clock.jumps() == []
        assert host.clock.now() == at(n / 10)


def test_a_moment_of_a_while_ago_has_the_time_it_had_then() -> None:
    host = Host()
    host.passes(3)
    assert host.clock.jumps() == []
    assert host.clock.at(host.steady_s - 1.25) == at(1.75)


@pytest.mark.parametrize("seconds", [3600.0, -3600.0, 2.0, -2.0, 86400.0 * 30])
def test_a_clock_that_is_set_is_one_jump_and_times_go_on_by_it(seconds: float) -> None:
    host = Host()
    host.passes(10)
    host.clock.now()
    host.is_set(seconds)
    host.passes(0.5)
    (jump,) = host.clock.jumps()
    assert jump == ClockJump(at(10.5 + seconds), at(10.5), "set")
    assert jump.jump_s == seconds
    assert host.clock.now() == at(10.5 + seconds)
    host.passes(1)
    assert host.clock.jumps() == []
    assert host.clock.now() == at(11.5 + seconds)


def test_a_machine_that_slept_two_hours_says_so() -> None:
    host = Host()
    host.passes(10)
    host.sleeps(7200)
    host.passes(0.5)
    assert host.clock.jumps() == [ClockJump(at(7210.5), at(10.5), "slept")]
    assert host.clock.now() == at(7210.5)


def test_a_clock_that_stood_still_in_its_sleep_slept_and_was_set() -> None:
    host = Host()
    host.sleeps(7200)
    host.is_set(-7200)
    assert host.clock.jumps() == [ClockJump(at(7200), at(0), "slept"), ClockJump(at(0), at(7200), "set")]
    assert host.clock.now() == at(0)


def test_a_clock_that_lost_a_little_in_its_sleep_only_slept() -> None:
    host = Host()
    host.sleeps(60)
    host.is_set(0.4)
    assert host.clock.jumps() == [ClockJump(at(60.4), at(0), "slept")]


def test_small_corrections_are_followed_and_never_turn_time_back() -> None:
    host = Host()
    given = []
    for _ in range(300):
        host.passes(0.1)
        host.is_set(-0.02)  # far more than a time server does
        assert host.clock.jumps() == []
        given.append(host.clock.now())
    assert given == sorted(set(given))
    assert given[-1] == host.wall
    before = host.clock.now()
    host.is_set(-0.9)  # one step
    assert host.clock.jumps() == []
    assert host.clock.now() == before + timedelta(milliseconds=1)


def test_forward_corrections_are_followed_too() -> None:
    host = Host()
    for _ in range(300):
        host.passes(0.1)
        host.is_set(0.02)
        assert host.clock.jumps() == []
    assert host.clock.now() == host.wall


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_the_nights_of_clock_change_do_nothing(day: datetime) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    host = Host(day)
    hours = set()
    for _ in range(4 * 60):
        host.passes(60)
        assert host.clock.jumps() == []
        hours.add(host.clock.now().astimezone(berlin).utcoffset())
    assert len(hours) == 2, "not a night of clock change"


def test_a_machine_that_halts_between_two_readings_is_read_again() -> None:
    host = Host()
    readings = 0

    def wall() -> datetime:
        nonlocal readings
        readings += 1
        if readings == 2:
            host.sleeps(600)  # after the steady clock was read and before the wall clock is
        return host.wall

    clock = HostClock(wall, lambda: host.steady_s, lambda: host.boot_s)
    host.passes(1)
    assert clock.jumps() == [ClockJump(at(601), at(1), "slept")]
    assert clock.now() == host.wall


def test_a_live_camera_tells_of_a_jump_before_the_next_picture() -> None:
    server = WebCamera()
    server.start()
    offset = timedelta(0)
    clock = HostClock(wall=lambda: datetime.now(UTC) + offset)
    try:
        with closing(LiveCamera(server.address, 10, "door", threading.Event(), clock=clock).frames()) as stream:
            before = until(stream, is_frame)[-1]
            offset = timedelta(hours=-1)
            jump = next(stream)
            after = next(stream)
    finally:
        server.stop()
    assert isinstance(jump, ClockJump)
    assert jump.jump_s == pytest.approx(-3600, abs=0.5)
    assert is_frame(after)
    assert jump.at - timedelta(seconds=1) < after.at < before.at


@pytest.mark.slow
def test_a_camera_that_is_away_tells_of_a_jump_as_well() -> None:
    offset = timedelta(0)
    clock = HostClock(wall=lambda: datetime.now(UTC) + offset)
    with closing(LiveCamera("http://127.0.0.1:9/none", 10, "door", threading.Event(), clock=clock).frames()) as stream:
        assert isinstance(next(stream), Pause)
        offset = timedelta(hours=1)
        assert isinstance(next(stream), ClockJump)
        late = next(stream)
    assert isinstance(late, Pause)
    assert late.at > datetime.now(UTC) + timedelta(minutes=59)
