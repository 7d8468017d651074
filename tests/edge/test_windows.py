"""Stories of the live windows, each also held against a slow version that looks at every second of everything."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from edge.events import Crossing, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.hours import LONG_AGO, StoreHours
from edge.scene import Camera, Line, Zone
from edge.windows import Drift, LiveWindows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.events import Direction, EndCause, Fact, Health
    from edge.windows import Windows

BERLIN = "Europe/Berlin"
NINE_TO_EIGHT = (540, 1200)
HOURS = StoreHours((*[NINE_TO_EIGHT] * 5, (540, 1080), None), BERLIN)
TUESDAY = datetime(2026, 4, 7, 8, 0, tzinfo=UTC)  # ten o'clock in Berlin
SECOND = timedelta(seconds=1)
PATH = Polyline((Point(0.1, 0.5), Point(0.9, 0.5)))
FLOOR = Polygon((Point(0, 0), Point(1, 0), Point(1, 1)))

DOOR = Camera("door", "Door", (Line("in", "entrance", PATH), Line("street", "outside", PATH)), ())
YARD = Camera("yard", "Yard door", (Line("back", "entrance", PATH),), ())
TILL = Camera("till", "Till", (), (Zone("queue", "queue", FLOOR), Zone("shelf", "product", FLOOR)))
SHOP = (DOOR, YARD, TILL)


def crossing(at: datetime, direction: Direction = "in", line: str = "in") -> Crossing:
    return Crossing(line, 1, 0, direction, "left", at, 0, 0.5, 0.5, (0, 0, 1, 1), 0.9, held=True)


def stay(entered: datetime, left: datetime, track: int, cause: EndCause = "lost", zone: str = "queue") -> Stay:
    return Stay(zone, track, 0, entered, left, "appeared", cause, 0, 0.5, 0.5, 0.9)


def watch(begins: datetime, ends: datetime, health: Health = "ok") -> Watch:
    return Watch(0, begins, ends, 10, 0, 0, health)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_the_last_minutes_count_what_was_told_late_where_it_happened() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(180)))
    windows.take("door", crossing(TUESDAY + seconds(130)))
    windows.take("door", crossing(TUESDAY + seconds(59), "out"))
    windows.take("door", crossing(TUESDAY + seconds(5)))  # told last: it was held back to see whether they stay
    now = windows.now(TUESDAY + seconds(180))
    assert [(p.entries, p.exits) for p in now.minutes[-3:]] == [(1, 1), (0, 0), (1, 0)]
    assert [(p.entries, p.exits) for p in now.sliding] == [(1, 0), (2, 1), (2, 1), (2, 1)]
    assert now.minutes[-3].inside_most == 1
    assert now.minutes[-3].inside_mean == pytest.approx(54 / 60)
    assert now.occupancy is not None
    assert now.occupancy.people == 1


def test_a_minute_that_nobody_watched_is_missing_and_not_zero() -> None:
    windows = LiveWindows((DOOR, YARD), HOURS)
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(60)))
    windows.take("yard", watch(TUESDAY, TUESDAY + seconds(30)))
    windows.take("door", watch(TUESDAY + seconds(60), TUESDAY + seconds(120), "lost"))
    first, second = windows.now(TUESDAY + seconds(120)).minutes[-2:]
    assert first.entries == 0
    assert first.coverage == pytest.approx(0.75)
    assert (second.entries, second.inside_most, second.coverage) == (None, None, 0.0)


def test_a_freeze_that_is_noticed_late_takes_its_time_back() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(60)))
    assert windows.now(TUESDAY + seconds(60)).minutes[-1].coverage == 1.0
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(15)))
    windows.take("door", watch(TUESDAY + seconds(15), TUESDAY + seconds(60), "frozen"))
    assert windows.now(TUESDAY + seconds(60)).minutes[-1].coverage == 0.25


def test_people_on_the_street_do_not_come_in() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(60)))
    windows.take("door", crossing(TUESDAY + SECOND, line="street"))
    now = windows.now(TUESDAY + seconds(60))
    assert now.occupancy is not None
    assert (now.occupancy.people, now.minutes[-1].entries) == (0, 0)
    assert [(t.line, t.entries) for t in now.totals] == [("in", 0), ("street", 1)]


def test_nobody_is_inside_after_closing_and_the_day_s_error_is_told() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    closing = datetime(2026, 4, 7, 18, 0, tzinfo=UTC)
    for minute in range(10):
        windows.take("door", crossing(closing - timedelta(minutes=30 - minute)))
    for minute in range(7):
        windows.take("door", crossing(closing - timedelta(minutes=15 - minute), "out"))
    before, after = windows.now(closing - SECOND), windows.now(closing)
    assert before.occupancy is not None
    assert after.occupancy is not None
    assert (before.occupancy.people, before.occupancy.drift) == (3, None)
    assert (after.occupancy.people, after.occupancy.since) == (None, closing)
    drift = after.occupancy.drift
    assert drift is not None
    assert (drift.closed, drift.inside, drift.balance, drift.entries) == (closing, 3, 3, 10)
    windows.take("door", crossing(closing - seconds(90), "out"))  # told late, counted in its own day
    late = windows.now(closing + seconds(2)).occupancy
    assert late is not None
    assert late.drift == replace(drift, inside=2, balance=2)


def test_more_exits_than_entries_leave_nobody_and_not_less() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    for second, direction in enumerate(("out", "out", "in")):
        windows.take("door", crossing(TUESDAY + seconds(second), "out" if direction == "out" else "in"))
    found = windows.now(TUESDAY + seconds(10)).occupancy
    assert found is not None
    assert found.people == 1


def test_zones_hold_who_the_pictures_show_and_nobody_knows_while_the_camera_is_blind() -> None:
    windows = LiveWindows(SHOP, HOURS)
    windows.sees("till", TUESDAY, (("queue", 3), ("shelf", 1)), "ok")
    assert [z.people for z in windows.now(TUESDAY + SECOND).zones] == [3, 1]
    windows.sees("till", TUESDAY + SECOND, (), "black")
    assert [z.people for z in windows.now(TUESDAY + SECOND).zones] == [None, None]
    windows.sees("till", TUESDAY + 2 * SECOND, (("queue", 3), ("shelf", 1)), "ok")
    assert [z.people for z in windows.now(TUESDAY + seconds(30)).zones] == [None, None], "old news"


def test_a_queue_is_too_long_from_its_third_person_on_and_a_hidden_one_does_not_end_that() -> None:
    windows = LiveWindows((TILL,), HOURS, queue_limit=2)
    windows.take("till", watch(TUESDAY, TUESDAY + seconds(600)))
    windows.take("till", stay(TUESDAY, TUESDAY + seconds(400), 1))
    windows.take("till", stay(TUESDAY + seconds(10), TUESDAY + seconds(400), 2))
    windows.take("till", stay(TUESDAY + seconds(20), TUESDAY + seconds(100), 3))
    windows.take("till", stay(TUESDAY + seconds(104), TUESDAY + seconds(200), 4))  # 3 again, under a new number
    queue = windows.now(TUESDAY + seconds(201)).zones[0].queue
    assert queue is not None
    assert (queue.above_since, queue.longest_above_s) == (TUESDAY + seconds(20), 180.0)
    queue = windows.now(TUESDAY + seconds(300)).zones[0].queue
    assert queue is not None
    assert (queue.above_since, queue.longest_above_s) == (None, 180.0)
    assert (queue.sliding[0].most, queue.sliding[0].mean) == (2, 2.0)
    assert queue.sliding[1].most == 3


def test_the_longest_queue_of_the_day_is_remembered_and_one_that_lasts_for_hours_is_one() -> None:
    windows = LiveWindows((TILL,), HOURS, queue_limit=1)
    for track in (1, 2):
        windows.take("till", stay(TUESDAY, TUESDAY + timedelta(minutes=20), track))
    for track in (3, 4):
        windows.take("till", stay(TUESDAY + timedelta(minutes=40), TUESDAY + timedelta(minutes=45), track))
    for minute in range(60, 600):
        at = TUESDAY + timedelta(minutes=minute)
        if minute >= 240:
            for track in (5, 6):
                begins = TUESDAY + timedelta(minutes=240)
                windows.take("till", stay(begins, min(at, begins + timedelta(hours=3)), track, "closed"))
        queue = windows.now(at).zones[0].queue
        assert queue is not None
        if minute == 239:
            assert (queue.above_since, queue.longest_above_s) == (None, 1200.0)
        if minute == 400:
            assert (queue.above_since, queue.longest_above_s) == (TUESDAY + timedelta(minutes=240), 9600.0)
        if minute == 599:
            assert (queue.above_since, queue.longest_above_s) == (None, 10800.0)
    assert at < datetime(2026, 4, 7, 18, 0, tzinfo=UTC)
    queue = windows.now(datetime(2026, 4, 7, 18, 0, tzinfo=UTC)).zones[0].queue
    assert queue is not None
    assert queue.longest_above_s == 0.0, "a new day"


def test_a_quiet_day_had_no_drift_also_for_a_process_that_began_after_it() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    closing = datetime(2026, 4, 7, 18, 0, tzinfo=UTC)
    at = closing + timedelta(hours=3)
    windows.restore(windows.needs_since(at), [])
    found = windows.now(at).occupancy
    assert found is not None
    assert found.drift == Drift(closing, 0, 0, 0)


def test_a_mannequin_that_stood_in_the_queue_is_taken_back() -> None:
    windows = LiveWindows((TILL,), HOURS, queue_limit=1)
    windows.take("till", stay(TUESDAY, TUESDAY + seconds(300), 1, "closed"))
    windows.take("till", stay(TUESDAY, TUESDAY + seconds(300), 2, "closed"))
    before = windows.now(TUESDAY + seconds(300)).zones[0].queue
    windows.take("till", stay(TUESDAY, TUESDAY + seconds(300), 2, "fixed"))
    after = windows.now(TUESDAY + seconds(300)).zones[0].queue
    assert before is not None
    assert after is not None
    assert (before.above_since, after.above_since) == (TUESDAY, None)


def test_a_clock_that_was_a_year_ahead_leaves_nothing_behind() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    wrong = TUESDAY + timedelta(days=365)
    windows.take("door", crossing(wrong))
    windows.now(wrong + timedelta(hours=3))
    windows.take("door", watch(TUESDAY, TUESDAY + seconds(60)))
    windows.take("door", crossing(TUESDAY))
    windows.now(TUESDAY + seconds(60))
    closing = datetime(2026, 4, 7, 18, 0, tzinfo=UTC)
    windows.take("door", crossing(closing + SECOND))
    found = windows.now(closing + seconds(5)).occupancy
    assert found is not None
    assert (found.people, found.since) == (1, closing)


def test_a_clock_that_was_decades_behind_leaves_nothing_behind() -> None:
    windows = LiveWindows((DOOR,), HOURS)
    windows.take("door", crossing(datetime(1970, 1, 20, tzinfo=UTC)))
    windows.now(datetime(1970, 1, 20, tzinfo=UTC))
    windows.take("door", crossing(TUESDAY))
    found = windows.now(TUESDAY + SECOND).occupancy
    assert found is not None
    assert found.people == 1


@pytest.mark.parametrize(
    ("hours", "at", "closing", "since"),
    [
        (HOURS, "2026-04-07T10:00+02:00", "2026-04-06T20:00+02:00", "2026-04-07T09:00+02:00"),
        (HOURS, "2026-04-07T08:59+02:00", "2026-04-06T20:00+02:00", None),
        (HOURS, "2026-04-07T20:00+02:00", "2026-04-07T20:00+02:00", None),
        (HOURS, "2026-04-06T08:00+02:00", "2026-04-04T18:00+02:00", None),  # after a Sunday
        (StoreHours((None,) * 7, BERLIN), "2026-04-07T10:00+02:00", "2026-04-07T00:00+02:00", LONG_AGO.isoformat()),
        # closes at half past two, which the clocks skip, and which they show twice
        (StoreHours(((0, 150),) * 7, BERLIN), "2026-03-29T12:00+02:00", "2026-03-29T03:00+02:00", None),
        (StoreHours(((0, 150),) * 7, BERLIN), "2026-10-25T12:00+01:00", "2026-10-25T02:30+01:00", None),
        # opens then
        (StoreHours(((150, 1440),) * 7, BERLIN), "2026-10-25T12:00+01:00", "2026-10-24T22:00Z", "2026-10-25T00:30Z"),
    ],
)  # fmt: skip
def test_hours_by_the_clock_on_the_wall(hours: StoreHours, at: str, closing: str, since: str | None) -> None:
    moment = datetime.fromisoformat(at)
    assert hours.last_closing(moment) == datetime.fromisoformat(closing)
    assert hours.open_since(moment) == (datetime.fromisoformat(since) if since is not None else None)


# The slow version: keeps everything, and looks at every second of it.


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
