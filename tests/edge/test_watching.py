"""What the loop tells of its own sight: faults, pauses, slow cameras, periods that still go on; and the gate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from edge.events import Crossing, Glance, Pause, Stay, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.pipeline import LAG, Parts, Rules, steps
from edge.scene import Camera, Line, Zone

from .stories import Seer, Walk, film, moment, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from edge.events import Detections, Fact, Frame, Health
    from edge.pipeline import Step

LINE = Line("door", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))
ZONE = Zone("shelf", "product", Polygon((Point(0, 0), Point(1, 0), Point(1, 0.4), Point(0, 0.4))))
CAMERA = Camera("door", "Door", (LINE,), (ZONE,))
VISITOR = walk((31, 320, 350), (35, 320, 100), (39, 320, 100))


@dataclass
class Judge:
    """A sight that is told when what is wrong, from when it says so, and when something moves."""

    faults: Sequence[tuple[Health, float, float, float]] = ()  # cause, since, noticed, over
    walks: Sequence[Walk] = ()
    asked: list[float] = field(default_factory=list)

    def look(self, frame: Frame) -> Glance:
        second = (frame.at - moment(0)).total_seconds()
        self.asked.append(second)
        moves = any(w.box(second) != w.box(second - 0.1) for w in self.walks)
        for cause, since, noticed, over in self.faults:
            if noticed <= second < over:
                return Glance(cause, moment(since), moves)
        return Glance("ok", moment(max((f[3] for f in self.faults if f[3] <= second), default=0)), moves)


class Counting(Seer):
    """A seer that can be sent pictures ahead, and notes which it searched."""

    def __init__(self, *walks: Walk) -> None:
        super().__init__(walks)
        self.searched: list[int] = []
        self._pool = ThreadPoolExecutor(1)

    def detect(self, frame: Frame) -> Detections:
        self.searched.append(frame.number)
        return super().detect(frame)

    def submit(self, frame: Frame) -> Future[Detections]:
        return self._pool.submit(self.detect, frame)


def run(
    seconds: float, parts: Parts, *, fps: float = 10, rules: Rules | None = None, walks: Sequence[Walk] = ()
) -> list[Step]:
    return list(steps(film(seconds, fps), Seer(walks), CAMERA, rules or Rules(), parts))


def stored(told: Iterable[Fact]) -> list[tuple[float, float, str, int]]:
    """Watch periods as the database holds them: the last telling of each number; begin, end, health, frames."""
    rows = {f.sequence: f for f in told if isinstance(f, Watch)}
    return sorted(
        ((w.begins - moment(0)).total_seconds(), (w.ends - moment(0)).total_seconds(), w.health, w.frames_seen)
        for w in rows.values()
    )


def facts_of(told: Iterable[Step]) -> list[Fact]:
    return [fact for step in told for fact in step.facts]


def test_a_fault_opens_and_closes_a_period_with_its_cause() -> None:
    told = run(40, Parts(sight=Judge([("dark", 10, 12, 30)])))
    assert stored(facts_of(told)) == [(0, 10, "ok", 120), (10, 30, "dark", 180), (30, 40, "ok", 100)]
    assert [s.health for s in told if s.at == moment(11)] == ["ok"]
    assert [s.health for s in told if s.at == moment(15)] == ["dark"]


def test_a_fault_that_shows_late_corrects_periods_that_were_told_already() -> None:
    told = run(150, Parts(sight=Judge([("frozen", 50, 130, 150)])))
    periods = stored(facts_of(told))
    assert [p[:3] for p in periods] == [(0, 50, "ok"), (50, 60, "frozen"), (60, 120, "frozen"), (120, 150, "frozen")]
    assert sum(p[3] for p in periods) == 1500


def test_a_frozen_picture_is_not_searched_and_nobody_in_it_is_followed() -> None:
    stands = walk((0, 320, 100), (60, 320, 100))
    seer = Counting(stands)
    sight = Judge([("frozen", 20, 20, 40)])
    told = list(steps(film(60, 5), seer, CAMERA, Rules(), Parts(sight=sight, gate=False)))
    assert seer.searched == [*range(100), *range(200, 300)]
    assert {len(s.tracks) for s in told if s.health == "frozen"} == {0}
    stays = [f for f in facts_of(told) if isinstance(f, Stay)]
    assert [(s.entered, s.left, s.end_cause) for s in stays] == [
        (moment(0), moment(19.8), "lost"),
        (moment(40), moment(59.8), "closed"),
    ]


def test_a_black_picture_holds_nobody_and_who_comes_back_into_sight_is_seen_at_once() -> None:
    waits = walk((0, 320, 100), (60, 320, 100))
    hidden = Seer([waits], blind=[(20, 40)])
    sight = Judge([("black", 20, 20, 43)])  # says so three seconds longer than it is
    told = list(steps(film(60, 5), hidden, CAMERA, Rules(), Parts(sight=sight, gate=False)))
    assert {s.inside for s in told if s.at is not None and moment(20) <= s.at < moment(43)} == {()}
    assert [(f.entered, f.left) for f in facts_of(told) if isinstance(f, Stay)] == [
        (moment(0), moment(19.8)),
        (moment(40), moment(59.8)),
    ]


def test_a_slow_camera_is_watched_as_slow_until_it_is_well_again() -> None:
    def slowing() -> Iterator[Frame]:
        for frame in film(90, 10):
            second = frame.number / 10
            if not 30 <= second < 60 or frame.number % 10 == 0:
                yield frame

    told = list(steps(slowing(), Seer([]), CAMERA, Rules(least_fps=3)))
    periods = stored(facts_of(told))
    assert [p[2] for p in periods] == ["ok", "slow", "slow", "ok"]
    (_, opened, *_), (_, closed, *_) = periods[0], periods[2]
    assert 25 <= opened <= 32
    assert 60 <= closed <= 65


def test_a_pause_opens_a_period_without_sight_at_once() -> None:
    def interrupted() -> Iterator[Frame | Pause]:
        for frame in film(60, 10):
            if frame.at < moment(20) or frame.at >= moment(40):
                yield frame
            elif frame.number % 5 == 0:
                yield Pause(frame.at)

    told = list(steps(interrupted(), Seer([]), CAMERA, Rules(), Parts(open_every_s=1)))
    assert stored(facts_of(told)) == [(0, 20, "ok", 200), (20, 40, "lost", 0), (40, 60, "ok", 200)]
    during = [f for s in told if s.at == moment(32) for f in s.open_facts]
    assert stored(during) == [(20, 32, "lost", 0)]
    cut = [s for s in told if s.at is not None and s.at < moment(38)]
    assert stored([f for s in cut for f in (*s.facts, *s.open_facts)])[-1] == (20, 37, "lost", 0)


def test_ending_during_a_pause_leaves_no_time_unaccounted() -> None:
    items: list[Frame | Pause] = [*film(10, 10), *(Pause(moment(10 + n / 2)) for n in range(1, 41))]
    told = facts_of(steps(items, Seer([]), CAMERA, Rules()))
    assert [p[:3] for p in stored(told)] == [(0, 10, "ok"), (10, 30, "lost")]


def test_what_goes_on_is_told_every_second_and_replaced_in_the_end() -> None:
    told = run(20, Parts(open_every_s=1), walks=[walk((0, 320, 100), (15, 320, 100))])
    going_on = [f for s in told for f in s.open_facts if isinstance(f, Stay)]
    (stay,) = [f for f in facts_of(told) if isinstance(f, Stay)]
    assert {(s.track, s.sequence, s.entered, s.end_cause) for s in going_on} == {
        (stay.track, stay.sequence, stay.entered, "closed")
    }
    lengths = [(s.left - s.entered).total_seconds() for s in going_on]
    assert lengths == sorted(lengths)
    assert len(lengths) >= 14
    assert stay.end_cause == "lost"


def test_the_gate_searches_what_moves_and_loses_nobody() -> None:
    still, gated = Counting(VISITOR), Counting(VISITOR)
    every = list(steps(film(90, 10), still, CAMERA, Rules()))
    some = list(steps(film(90, 10), gated, CAMERA, Rules(), Parts(sight=Judge(walks=[VISITOR]))))

    def counted(told: list[Step]) -> list[Fact]:
        return [f for f in facts_of(told) if isinstance(f, Crossing | Stay)]

    assert len(counted(every)) == 2
    assert counted(some) == counted(every)
    assert set(range(310, 391)) <= set(gated.searched), "someone was in view, standing or walking"
    assert len(gated.searched) < 160
    assert sum(s.searched for s in some) == len(gated.searched)


def test_somebody_who_was_there_unmoved_from_the_beginning_is_found_in_the_end() -> None:
    sitting = walk((3, 320, 100), (60, 320, 100))
    told = list(steps(film(60, 10), Seer([sitting]), CAMERA, Rules(), Parts(sight=Judge())))
    (stay,) = [f for f in facts_of(told) if isinstance(f, Stay)]
    assert moment(3) < stay.entered <= moment(13)
    assert stay.left == moment(59.9)


@pytest.mark.parametrize("ahead", [1, 4, LAG - 1])
def test_facts_do_not_depend_on_how_many_pictures_are_sent_ahead(ahead: int) -> None:
    def told(ahead: int) -> tuple[list[Fact], list[int]]:
        seer = Counting(VISITOR, walk((50, 100, 300), (58, 500, 100)))
        sight = Judge(walks=[VISITOR, walk((50, 100, 300), (58, 500, 100))])
        found = list(steps(film(90, 10), seer, CAMERA, Rules(), Parts(sight=sight, ahead=ahead)))
        return facts_of(found), seer.searched

    assert told(ahead) == told(0)


def test_more_pictures_ahead_than_the_gate_can_wait_for_are_refused() -> None:
    with pytest.raises(ValueError, match="ahead is 8"):
        Parts(ahead=LAG)


def test_before_a_pause_without_end_everything_is_told_up_to_the_last_picture() -> None:
    """A folder that waits for its next file pauses at its last picture; whoever starts anew goes on after it."""
    last = list(film(4.5, 10))[-1].at
    told = list(steps([*film(4.5, 10), *[Pause(last)] * 5], Seer([]), CAMERA, Rules(), Parts(open_every_s=1)))
    paused = [step for step in told if step.frame is None][:-1]
    assert [fact.ends for step in paused for fact in step.open_facts if isinstance(fact, Watch)] == [last]
