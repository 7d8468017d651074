"""The live windows on random days, held against a slow version that looks at every second of everything."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from edge.events import Crossing, Stay, Watch
from edge.windows import LiveWindows

from .test_windows import BERLIN, HOURS, SECOND, SHOP, TUESDAY, crossing, seconds, stay, watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.events import Fact, Health
    from edge.windows import Windows


@dataclass
class Slow:
    """Everything that was told, by camera."""

    limit: int
    crossings: list[tuple[datetime, str]] = field(default_factory=list)
    stays: dict[tuple[datetime, int], Stay] = field(default_factory=dict)
    watches: dict[str, dict[datetime, Watch]] = field(default_factory=lambda: {"door": {}, "yard": {}, "till": {}})

    def take(self, camera: str, fact: Fact) -> None:
        if isinstance(fact, Crossing):
            self.crossings.append((fact.at, fact.direction))
        elif isinstance(fact, Stay):
            self.stays[fact.entered, fact.track] = fact
        elif isinstance(fact, Watch):
            self.watches[camera][fact.begins] = fact

    def saw(self, camera: str, at: datetime) -> bool:
        return any(w.begins <= at < w.ends and w.health == "ok" for w in self.watches[camera].values())

    def coverage(self, begins: datetime, ends: datetime, cameras: tuple[str, ...] = ("door", "yard")) -> float:
        looks = [self.saw(camera, at) for camera in cameras for at in every_second(begins, ends)]
        return sum(looks) / len(looks)

    def flow(self, begins: datetime, ends: datetime) -> tuple[int, int]:
        found = [direction for at, direction in self.crossings if begins <= at < ends]
        return found.count("in"), found.count("out")

    def inside(self, at: datetime) -> int:
        people, closing = 0, closing_before(at)
        for moment, direction in sorted(self.crossings):
            if closing <= moment <= at:
                people = max(people + (1 if direction == "in" else -1), 0)
        return people

    def queue(self, at: datetime) -> int:
        return sum(s.entered <= at < s.left for s in self.stays.values())

    def stretches_above(self, at: datetime) -> list[tuple[datetime, datetime]]:
        found: list[tuple[datetime, datetime]] = []
        for moment in every_second(closing_before(at), at):
            if self.queue(moment) > self.limit:
                if found and moment - found[-1][1] <= seconds(5):
                    found[-1] = (found[-1][0], moment + SECOND)
                else:
                    found.append((moment, moment + SECOND))
        return found


def every_second(begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += SECOND


def closing_before(at: datetime) -> datetime:
    """Local eight o'clock in the evening, found the slow way; the test days are no Saturday or Sunday."""
    return _closing_before(at.replace(second=0, microsecond=0))


@lru_cache
def _closing_before(moment: datetime) -> datetime:
    while moment.astimezone(ZoneInfo(BERLIN)).strftime("%H:%M") != "20:00":
        moment -= timedelta(minutes=1)
    return moment


def told_facts(rng: random.Random, begins: datetime, ends: datetime) -> list[tuple[datetime, str, Fact]]:
    """A random day: (when it is told, camera, fact); what goes on is told every 20 seconds, crossings a little late."""
    told: list[tuple[datetime, str, Fact]] = []
    length = int((ends - begins).total_seconds())
    for _ in range(rng.randint(50, 300)):
        at = begins + seconds(rng.randrange(length))
        camera, line = rng.choice([("door", "in"), ("yard", "back")])
        told.append((at + seconds(rng.randint(0, 60)), camera, crossing(at, rng.choice(["in", "in", "out"]), line)))
    for track in range(rng.randint(20, 80)):
        entered = begins + seconds(rng.randrange(length))
        left = entered + seconds(rng.randint(5, 900))
        told += [(t, "till", stay(entered, t, track, "closed")) for t in twenties(entered, left)]
        told.append((left, "till", stay(entered, left, track)))
    for camera in ("door", "yard", "till"):
        at = begins
        while at < ends:
            until = at + seconds(rng.choice([20, 60, 60, 60, 300]))
            health: Health = rng.choice(["ok", "ok", "ok", "lost"])
            told += [(t, camera, watch(at, t, health)) for t in twenties(at, until)]
            told.append((until, camera, watch(at, until, health)))
            at = until + seconds(rng.choice([0, 0, 0, 30]))
    return sorted(told, key=lambda x: x[0])


def twenties(begins: datetime, ends: datetime) -> Iterable[datetime]:
    return list(every_second(begins, ends))[20::20]


def stored(told: Iterable[tuple[datetime, str, Fact]]) -> list[tuple[str, Fact]]:
    """What the database holds of what was told: a later telling replaces an earlier one."""
    rows: dict[object, tuple[str, Fact]] = {}
    for number, (_, camera, fact) in enumerate(told):
        key: object = number
        if isinstance(fact, Watch):
            key = camera, fact.begins
        elif isinstance(fact, Stay):
            key = fact.entered, fact.track
        rows[key] = (camera, fact)
    return list(rows.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_random_days_agree_with_the_slow_version(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    begins = datetime(2026, 4, 7, 15, 0, tzinfo=UTC)
    told = told_facts(rng, begins, begins + timedelta(hours=6))
    windows, slow = LiveWindows(SHOP, HOURS, 2), Slow(2)
    checks = sorted(begins + seconds(rng.randrange(600, 6 * 3600)) for _ in range(5))
    waiting = iter(told)
    following = next(waiting, None)
    for at in every_second(begins, begins + timedelta(hours=6)):
        while following is not None and following[0] <= at:
            windows.take(following[1], following[2])
            slow.take(following[1], following[2])
            following = next(waiting, None)
        if at in checks:
            assert_agree(windows.now(at), slow, at)
        elif at.second == 0:
            windows.now(at)  # time passes: what is old is added up


def assert_agree(now: Windows, slow: Slow, at: datetime) -> None:
    for period in (*now.sliding, *now.minutes[-5:]):
        begins, ends = period.begins, period.ends
        coverage, flow = slow.coverage(begins, ends), slow.flow(begins, ends)
        assert period.coverage == pytest.approx(coverage)
        if coverage == 0 and flow == (0, 0):
            assert period.entries is None
            continue
        assert (period.entries, period.exits) == flow
        inside = [slow.inside(moment) for moment in every_second(begins, ends)]
        assert period.inside_most == max(inside)
        assert period.inside_mean == pytest.approx(sum(inside) / len(inside))
    assert now.occupancy is not None
    assert now.occupancy.people == slow.inside(at)
    queue = now.zones[0].queue
    assert queue is not None
    for length in queue.sliding:
        people = [slow.queue(moment) for moment in every_second(length.begins, length.ends)]
        if length.mean is not None:
            assert length.most == max(people)
            assert length.mean == pytest.approx(sum(people) / len(people))
    stretches = slow.stretches_above(at)
    longest = max(((end - start).total_seconds() for start, end in stretches), default=0.0)
    assert queue.longest_above_s == longest
    going_on = stretches[-1][0] if stretches and at - stretches[-1][1] <= seconds(5) else None
    assert queue.above_since == going_on


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_restart_in_the_middle_changes_no_number(seed: int) -> None:
    rng = random.Random(100 + seed)  # noqa: S311
    begins = datetime(2026, 4, 6, 12, 0, tzinfo=UTC)
    told = told_facts(rng, begins, begins + timedelta(hours=30))
    cut = begins + seconds(rng.randrange(24 * 3600, 29 * 3600))
    old = LiveWindows(SHOP, HOURS, 2)
    for number, (at, camera, fact) in enumerate(told):
        if at <= cut:
            old.take(camera, fact)
            if number % 20 == 0:
                old.now(at)  # time passes: what is old is added up
    new = LiveWindows(SHOP, HOURS, 2)
    since = new.needs_since(cut)
    until_then = stored(entry for entry in told if entry[0] <= cut)
    new.restore(since, [(camera, fact) for camera, fact in until_then if _ends(fact) >= since])
    assert bare(new.now(cut)) == bare(old.now(cut))
    for at, camera, fact in told:
        if cut < at <= cut + timedelta(hours=1):
            for windows in (old, new):
                windows.take(camera, fact)
                windows.sees("till", at, (("queue", 2), ("shelf", 0)), "ok")
    later = cut + timedelta(hours=1)
    assert bare(new.now(later)) == bare(old.now(later))


def _ends(fact: Fact) -> datetime:
    if isinstance(fact, Stay):
        return fact.left
    return fact.ends if isinstance(fact, Watch) else fact.at


def bare(windows: Windows) -> Windows:
    """Without what is counted since the process began."""
    return replace(windows, totals=())


@pytest.mark.slow
def test_memory_stays_bounded_over_days() -> None:
    windows = LiveWindows(SHOP, HOURS, 2)
    sizes = []
    for minute in range(3 * 24 * 60):
        at = TUESDAY + timedelta(minutes=minute)
        windows.take("door", crossing(at))
        windows.take("till", stay(at, at + seconds(50), minute))
        for camera in ("door", "yard", "till"):
            windows.take(camera, watch(at, at + seconds(60), "ok" if minute % 3 else "lost"))
        if minute % 10 == 0:
            windows.now(at)
        if minute % 1440 == 1000:
            queue, seen = windows._queues["till", "queue"], windows._seen["door"]
            sizes.append(len(windows._doors._crossings) + len(queue._stays) + len(seen._periods))
    assert max(sizes) <= min(sizes) + 20 < 300
