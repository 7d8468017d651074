"""Stories of alerts: what opens one, what closes it, and what does neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.alerts import CALM_S, AlertBook, Limits, findings
from edge.alerts.rules import jump_words
from edge.events import Alert, ClockJump
from edge.status import DatabaseStatus, json_text

from .alert_parts import HOURS, TEN, at, camera, status, windows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.events import CameraState
    from edge.status import Status

LIMITS = Limits(camera_down_s=60, occupancy=80, queue_s=60, disk_free_mb=1000, clock_jump_s=5)


class Story:
    """A book that is told one status after the other."""

    def __init__(self, open_alerts: Iterable[Alert] = (), limits: Limits = LIMITS) -> None:
        self.book = AlertBook("shop", open_alerts)
        self.limits = limits

    def tell(self, now: Status) -> list[Alert]:
        return self.book.observe(findings(now, self.limits, HOURS), now.at)

    def second_by_second(self, begins: int, ends: int, state: CameraState, since: float) -> list[Alert]:
        return [alert for n in range(begins, ends) for alert in self.tell(status(n, camera(state, since)))]


def test_a_camera_that_cannot_see_for_a_minute_is_told_of_once_and_its_return_after_a_steady_while() -> None:
    story = Story()
    assert story.second_by_second(0, 10, "ok", 0) == []
    assert story.second_by_second(10, 70, "lost", 10) == []
    (opened,) = story.second_by_second(70, 300, "lost", 10)
    assert opened.id == "shop/camera/door/20260407T080110.000Z"
    assert (opened.kind, opened.camera, opened.opened, opened.closed) == ("camera", "door", at(70), None)
    assert opened.words == "camera door (Main entrance) cannot see since 2026-04-07 10:00:10: no picture comes"
    assert story.book.open == (opened,)
    assert story.second_by_second(300, 360, "ok", 300) == []
    (closed,) = story.second_by_second(360, 400, "ok", 300)
    assert closed == replace(opened, closed=at(300), words="camera door (Main entrance) sees again")
    assert not story.book.open


def test_a_camera_that_is_down_now_for_this_reason_now_for_that_is_down() -> None:
    story = Story()
    states: list[CameraState] = ["lost", "starting", "frozen", "black"]
    told = [a for n in range(10, 100) for a in story.tell(status(n, camera(states[n // 10 % 4], n // 10 * 10)))]
    assert [alert.opened for alert in told] == [at(70)]


def test_a_short_outage_is_no_news_and_a_flapping_camera_makes_few_messages() -> None:
    story = Story()
    told: list[Alert] = []
    for round_ in range(20):
        begin = round_ * 50
        told += story.second_by_second(begin, begin + 40, "lost", begin)
        told += story.second_by_second(begin + 40, begin + 50, "ok", begin + 40)
    assert told == []
    story = Story()
    for round_ in range(36):  # 70 s gone, 130 s there, for two hours
        begin = round_ * 200
        told += story.second_by_second(begin, begin + 70, "lost", begin)
        told += story.second_by_second(begin + 70, begin + 200, "ok", begin + 70)
    assert len(told) <= 6, "72 without the growing calm"


def test_an_alert_that_was_open_when_the_process_died_goes_on_and_is_closed_by_the_next_one() -> None:
    before = Story()
    (opened,) = before.second_by_second(0, 100, "lost", 0)
    after = Story([opened])
    assert after.second_by_second(200, 300, "starting", 200) == []
    assert after.book.open == (opened,)
    (closed,) = after.second_by_second(300, 400, "ok", 300)
    assert (closed.id, closed.closed) == (opened.id, at(300))


def test_an_alert_of_a_camera_that_is_no_longer_there_closes_and_one_of_another_store_is_not_ours() -> None:
    gone = Alert("shop/camera/old/20260407T070000.000Z", "camera", "old", None, at(-3600), None, "old cannot see")
    foreign = Alert("other/camera/door/20260407T070000.000Z", "camera", "door", None, at(-3600), None, "x")
    story = Story([gone, foreign])
    told = story.second_by_second(0, 100, "ok", 0)
    assert [(alert.id, alert.words) for alert in told] == [(gone.id, "no longer watched: old cannot see")]


@pytest.mark.parametrize("state", ["dark", "black", "frozen", "slow"])
def test_what_is_usual_in_the_dark_is_news_only_while_the_store_is_open(state: CameraState) -> None:
    story = Story()
    for minute in range(23, 14 * 60, 5):  # from 20:23 until the next morning; the store opens at nine
        now = datetime(2026, 4, 7, 18, 0, tzinfo=UTC) + timedelta(minutes=minute)
        told = story.tell(replace(status(0, camera(state, 36_000)), at=now))
        if now >= datetime(2026, 4, 8, 7, 1, tzinfo=UTC):
            assert [alert.opened for alert in told] == [datetime(2026, 4, 8, 7, 1, tzinfo=UTC)]
            return
        assert told == [], f"{now}: {told}"
    pytest.fail("never told")


def test_a_camera_that_froze_by_day_is_not_said_to_be_well_when_the_store_closes() -> None:
    story = Story()
    opened = story.tell(replace(status(0, camera("frozen", -60)), at=at(0)))
    assert [alert.closed for alert in opened] == [None]
    for minute in range(9 * 60, 14 * 60):
        assert story.tell(replace(status(0, camera("frozen", -60)), at=at(60 * minute))) == []


def test_occupancy_over_its_limit_opens_at_once_and_closes_when_it_stays_under_it() -> None:
    story = Story()
    people = [80, 81, 80, 82, 79, *[78] * 70]
    told = [a for n, count in enumerate(people) for a in story.tell(status(n, shows=windows(people=count)))]
    assert [(a.opened, a.closed) for a in told] == [(at(1), None), (at(1), at(4))]
    assert told[0].words == "81 people are in the store; the limit is 80"


def test_while_nobody_can_tell_an_alert_neither_opens_nor_closes() -> None:
    story = Story()
    story.tell(status(0, shows=windows(people=90)))
    told = [a for n in range(1, 300) for a in story.tell(status(n, shows=windows(people=None)))]
    assert (told, len(story.book.open)) == ([], 1)
    story = Story()
    told = [a for n in range(300) for a in story.tell(status(n, shows=windows(queue=None, above=0)))]
    assert told == []


def test_a_queue_is_too_long_a_minute_after_it_became_so() -> None:
    story = Story()
    told = [a for n in range(100, 200) for a in story.tell(status(n, shows=windows(queue=7, above=100)))]
    assert [(a.place, a.camera, a.opened) for a in told] == [("line", "till", at(160))]
    assert told[0].words == "more than 5 people queue at line (camera till) since 2026-04-07 10:01:40; now 7"
    told = [a for n in range(200, 300) for a in story.tell(status(n, shows=windows(queue=2)))]
    assert [a.closed for a in told] == [at(200)]


def test_a_disk_that_hovers_at_its_limit_makes_one_alert() -> None:
    story = Story()
    told: list[Alert] = []
    for n in range(600):
        free = (1001 if n // 100 % 2 else 999) * 1_000_000
        told += story.tell(status(n, database=DatabaseStatus(disk_free_bytes=free)))
    assert [a.closed for a in told] == [None]
    for n in range(600, 700):
        told += story.tell(status(n, database=DatabaseStatus(disk_free_bytes=1_200_000_000)))
    assert [a.closed for a in told] == [None, at(600)]


def test_a_database_that_refuses_for_long_and_a_spool_that_fills_are_two_alerts() -> None:
    story = Story()
    refusing = DatabaseStatus(refused_since=at(10), words="locked", spooled_bytes=60, spool_limit_bytes=100)
    told = [a for n in range(10, 100) for a in story.tell(status(n, database=refusing))]
    assert [(a.id.split("/")[1], a.opened) for a in told] == [("spool", at(10)), ("database", at(70))]
    assert "locked" in told[1].words
    told = [a for n in range(100, 200) for a in story.tell(status(n, database=DatabaseStatus(spool_limit_bytes=100)))]
    assert sorted(a.id.split("/")[1] for a in told) == ["database", "spool"]


def test_what_has_no_length_is_told_once_an_hour_with_the_same_words() -> None:
    book = AlertBook("shop")
    (first,) = book.note("database", at(0), "restored from a backup")
    assert (first.opened, first.closed) == (at(0), at(0))
    assert book.note("database", at(60), "restored from a backup") == []
    assert len(book.note("database", at(61), "set aside")) == 1
    assert len(book.note("database", at(3700), "restored from a backup")) == 1


@pytest.mark.parametrize(
    ("jump", "words"),
    [
        (ClockJump(TEN, at(-3600), "set"), "the clock was set forward by 60 min, to 2026-04-07 10:00:00"),
        (ClockJump(TEN, at(12.4), "set"), "the clock was set back by 12 s, to 2026-04-07 10:00:00"),
        (ClockJump(TEN, at(-9000), "slept"), "the computer slept for 2 h 30 min; nothing was counted meanwhile"),
        (ClockJump(TEN, at(4.0), "set"), None),
    ],
)
def test_a_jump_of_the_clock_in_words(jump: ClockJump, words: str | None) -> None:
    assert jump_words(jump, LIMITS, HOURS) == words


def test_a_clock_set_back_while_an_alert_is_open_closes_it_not_before_it_opened() -> None:
    story = Story()
    story.tell(status(0, shows=windows(people=90)))
    told = [a for n in range(-3600, -3500) for a in story.tell(status(n, shows=windows(people=10)))]
    assert [(a.opened, a.closed) for a in told] == [(at(0), at(0))]


def test_limits_that_are_switched_off_find_nothing() -> None:
    story = Story(limits=Limits(camera_down_s=0, occupancy=None, disk_free_mb=0, clock_jump_s=0))
    low = DatabaseStatus(disk_free_bytes=1)
    told = [
        a for n in range(200) for a in story.tell(status(n, camera("lost"), database=low, shows=windows(people=999)))
    ]
    assert told == []
    assert jump_words(ClockJump(TEN, at(9000), "set"), story.limits, HOURS) is None


def test_a_status_is_json_with_its_times_in_utc() -> None:
    text = json_text(status(1, camera("lost", 1), shows=windows(people=3)))
    assert '"state": "lost", "since": "2026-04-07T08:00:01.000+00:00"' in text
    assert '"people": 3' in text


@pytest.mark.slow
def test_alerts_stay_unique_over_many_openings() -> None:
    story = Story()
    ids = []
    for hour in range(30):
        begin = hour * 4000
        told = story.second_by_second(begin, begin + 100, "lost", begin)
        told += story.second_by_second(begin + 100, begin + 200, "ok", begin + 100)
        ids += [a.id for a in told if a.closed is None]
    assert len(ids) == len(set(ids)) == 30
    assert CALM_S < 100
