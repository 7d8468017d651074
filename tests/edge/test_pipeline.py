"""From frames to facts: what the loop tells, and that it tells the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.events import Crossing, Fact, Stay, Trail, Watch
from edge.geometry import Homography, Point, Polygon, Polyline
from edge.pipeline import Parts, Rules, steps
from edge.scene import Camera, Line, Zone

from .stories import HEIGHT, WIDTH, Seer, film, moment, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE = Line("door", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))
ZONE = Zone("shelf", "product", Polygon((Point(0, 0), Point(1, 0), Point(1, 0.4), Point(0, 0.4))))
CORNERS = [Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)]
CAMERA = Camera(
    "door",
    "Door",
    (LINE,),
    (ZONE,),
    Homography.from_points(CORNERS, [Point(0, 10), Point(8, 10), Point(8, 0), Point(0, 0)]),
)
VISITOR = walk((1, 320, 350), (5, 320, 100), (9, 320, 100))


def facts_of(
    seer: Seer, seconds: float, fps: float = 10, gaps: Sequence[tuple[float, float]] = (), rules: Rules | None = None
) -> list[Fact]:
    """All facts of a short film."""
    return [f for step in steps(film(seconds, fps, gaps), seer, CAMERA, rules or Rules()) for f in step.facts]


def test_a_visitor_gives_a_crossing_a_stay_trails_and_watch_periods() -> None:
    facts = facts_of(Seer([VISITOR]), 14)
    (crossing,) = [f for f in facts if isinstance(f, Crossing)]
    (stay,) = [f for f in facts if isinstance(f, Stay)]
    trails = [f for f in facts if isinstance(f, Trail)]
    assert (crossing.direction, crossing.held) == ("in", True)
    assert (stay.zone, stay.end_cause) == ("shelf", "lost")
    assert 8 <= len(trails) <= 9
    assert (trails[-1].x_m, trails[-1].y_m) == (4.0, round(10 * (1 - 100 / HEIGHT), 2))
    assert WIDTH * trails[0].x == 320


@pytest.mark.slow
def test_a_mannequin_stays_for_a_while_and_is_then_known_to_be_no_person() -> None:
    mannequin = walk((0, 320, 130), (200, 320, 130))
    facts = facts_of(Seer([mannequin], jitter_px=1), 100, rules=Rules(fixed_after_s=60))
    (stay,) = [f for f in facts if isinstance(f, Stay)]
    assert stay.end_cause == "fixed"
    assert (stay.left - stay.entered).total_seconds() == pytest.approx(60, abs=1)
    everything = facts_of(Seer([mannequin], jitter_px=1), 100, rules=Rules(fixed_after_s=0))
    assert [f.end_cause for f in everything if isinstance(f, Stay)] == ["closed"]


def test_the_same_film_gives_the_same_facts() -> None:
    first = facts_of(Seer([VISITOR], jitter_px=2), 12)
    second = facts_of(Seer([VISITOR], jitter_px=2), 12)
    assert first == second


def test_watch_periods_are_cut_at_the_full_minute_and_add_up() -> None:
    watches = [f for f in facts_of(Seer([]), 150) if isinstance(f, Watch)]
    assert [(w.begins, w.ends) for w in watches] == [
        (moment(0), moment(60)),
        (moment(60), moment(120)),
        (moment(120), moment(150)),
    ]
    assert sum(w.frames_seen for w in watches) == 1500
    assert {w.health for w in watches} == {"ok"}


def test_a_gap_between_frames_is_a_period_without_sight() -> None:
    watches = [f for f in facts_of(Seer([]), 60, gaps=[(20, 45)]) if isinstance(f, Watch)]
    assert [(w.begins, w.ends, w.health) for w in watches] == [
        (moment(0), moment(20), "ok"),
        (moment(20), moment(45), "lost"),
        (moment(45), moment(60), "ok"),
    ]
    assert [w.frames_seen for w in watches] == [200, 0, 150]


def test_facts_lost_on_their_way_are_told_in_the_next_period() -> None:
    losses = iter([3, 0])
    film_steps = steps(film(90, 2), Seer([]), CAMERA, Rules(), Parts(take_dropped_facts=lambda: next(losses)))
    watches = [f for step in film_steps for f in step.facts if isinstance(f, Watch)]
    assert [w.facts_dropped for w in watches] == [3, 0]


def test_trails_can_be_switched_off() -> None:
    assert not [f for f in facts_of(Seer([VISITOR]), 12, rules=Rules(trail_hz=0)) if isinstance(f, Trail)]


def test_a_film_without_frames_has_no_facts() -> None:
    assert facts_of(Seer([]), 0) == []


def test_a_stay_does_not_reach_over_a_time_in_which_nothing_was_seen() -> None:
    standing = walk((0, 320, 100), (60, 320, 100))
    stays = [f for f in facts_of(Seer([standing]), 60, gaps=[(20, 45)]) if isinstance(f, Stay)]
    assert [(s.entered, s.left, s.end_cause) for s in stays] == [
        (moment(0), moment(19.9), "lost"),
        (moment(45), moment(59.9), "closed"),
    ]
