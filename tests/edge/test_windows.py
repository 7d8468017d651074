"""Stories of the live windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.events import Crossing, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.hours import LONG_AGO, StoreHours
from edge.scene import Camera, Line, Zone
from edge.windows import Drift, LiveWindows

if TYPE_CHECKING:
    from edge.events import Direction, EndCause, Health

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
