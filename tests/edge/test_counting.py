"""Who went over the line, and who stayed in the zone: walks with the facts they must give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.counting import LineCounter, Moment, ZoneClock
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Line, Zone

from .stories import HEIGHT, WIDTH, Walk, moment, seen, standing_at, walk

if TYPE_CHECKING:
    from edge.events import Crossing, Stay

ACROSS = Line("door", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))  # y = 180, 'in' is up
SQUARE = Polygon((Point(0.4, 0.4), Point(0.6, 0.4), Point(0.6, 0.7), Point(0.4, 0.7)))  # x 256-384, y 144-252


def over(line: Line, path: Walk, fps: float = 10) -> list[Crossing]:
    """What the line tells of one person."""
    counter = LineCounter(line, entry_hold_s=2.0)
    told: list[Crossing] = []
    for n in range(round(fps * path.points[-1][0]) + 1):
        box = path.box(n / fps)
        tracks = [] if box is None else [seen(1, box)]
        told += counter.update(tracks, Moment(moment(n / fps), n, WIDTH, HEIGHT))
    return told + counter.close()


@pytest.mark.parametrize(
    ("story", "path", "directions"),
    [
        ("walks in", walk((0, 300, 300), (3, 300, 60)), ["in"]),
        ("walks out", walk((0, 300, 60), (3, 300, 300)), ["out"]),
        ("slants over", walk((0, 100, 260), (3, 500, 100)), ["in"]),
        ("in and out again", walk((0, 300, 300), (3, 300, 80), (6, 300, 300)), ["in", "out"]),
        ("turns on the line", walk((0, 300, 300), (2, 300, 178), (4, 300, 300)), []),
        (
            "hovers, then enters once",
            walk((0, 300, 260), (1, 300, 176), (2, 300, 186), (3, 300, 175), (4, 300, 187), (5, 300, 100)),
            ["in"],
        ),
        ("passes beside the line's end", walk((0, 30, 300), (3, 30, 60)), []),
        ("walks around the end", walk((0, 100, 250), (1, 30, 250), (2, 30, 100), (3, 200, 100)), []),
        ("walks along the line", walk((0, 50, 182), (3, 600, 178)), []),
        ("vanishes in the doorway", walk((0, 300, 300), (2, 300, 178), (2.6, 300, 175)), ["in"]),
        (
            "one misplaced box beyond the line",
            walk((0, 300, 300), (2, 300, 182), (2.001, 300, 160), (2.04, 300, 160)),
            [],
        ),
        ("appears just before the line", walk((0, 300, 184), (1, 300, 100)), ["in"]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
@pytest.mark.parametrize("fps", [25, 10, 5])
def test_paths_over_a_line(story: str, path: Walk, directions: list[str], fps: float) -> None:
    assert [c.direction for c in over(ACROSS, path, fps)] == directions, story


@pytest.mark.parametrize("fps", [25, 10, 5])
def test_whoever_stands_on_the_line_crosses_it_only_by_walking_away(fps: float) -> None:
    """Comes from outside, shifts their weight on the line for half a minute by 0.1 body heights, and goes in."""
    shuffle = [(3 + n, 300, 180 + (12 if n % 2 else -12)) for n in range(30)]
    stands = walk((0, 300, 300), *shuffle, (34, 300, 170), (37, 300, 60))
    (crossing,) = over(ACROSS, stands, fps)
    assert crossing.direction == "in"
    assert crossing.at >= moment(32)
    assert over(ACROSS, walk((0, 300, 300), *shuffle, (36, 300, 300)), fps) == []


@pytest.mark.parametrize("fps", [25, 10, 5])
def test_someone_who_stops_just_past_the_line_has_crossed_it(fps: float) -> None:
    """Close to the camera a body is taller than the way that is left: 0.1 heights past the line is all there is."""
    (into, out) = over(ACROSS, walk((0, 300, 300), (2, 300, 168), (20, 300, 168), (22, 300, 300)), fps)
    assert (into.direction, out.direction) == ("in", "out")
    assert into.at <= moment(2.1)
    assert out.at >= moment(19.9)


def told_of(*parts: tuple[int, Walk], seconds: float, fps: float = 10) -> list[Crossing]:
    """What the line tells of several tracks; each ends when its walk ends."""
    counter = LineCounter(ACROSS, entry_hold_s=2.0)
    told: list[Crossing] = []
    for n in range(round(seconds * fps)):
        boxes = [(track, path.box(n / fps)) for track, path in parts]
        tracks = [seen(track, box) for track, box in boxes if box is not None]
        told += counter.update(tracks, Moment(moment(n / fps), n, WIDTH, HEIGHT))
    return told + counter.close()


def test_a_track_lost_at_the_line_and_one_born_beyond_it_are_one_person() -> None:
    before = walk((0, 300, 300), (1.5, 300, 200))
    (crossing,) = told_of((1, before), (2, walk((2.3, 300, 140), (4, 300, 40))), seconds=6)
    assert (crossing.direction, crossing.cause, crossing.track) == ("in", "merged", 2)
    assert (crossing.x, crossing.y) == pytest.approx((300 / WIDTH, 0.5), abs=0.001)


def test_nobody_is_inherited_twice() -> None:
    """One vanishes at the line, and two appear beyond it: the second came from somewhere else."""
    before = walk((0, 300, 300), (1.5, 300, 200), (9, 300, 200))
    counter = LineCounter(ACROSS, entry_hold_s=2.0)
    told: list[Crossing] = []
    for n in range(90):
        second = n / 10
        tracks = []
        lost = before.box(second)
        if lost is not None and second <= 6:  # followed for long, but seen for 1.5 s only
            tracks.append(replace(seen(1, lost), seen=second <= 1.5))
        for track, path in ((2, walk((2.3, 300, 140), (4, 300, 40))), (3, walk((3.0, 310, 140), (5, 310, 40)))):
            box = path.box(second)
            tracks += [] if box is None else [seen(track, box)]
        told += counter.update(tracks, Moment(moment(second), n, WIDTH, HEIGHT))
    told += counter.close()
    assert [(c.track, c.cause) for c in told] == [(2, "merged")]


@pytest.mark.parametrize(
    ("story", "after"),
    [
        ("too late", walk((6, 300, 140), (8, 300, 40))),
        ("too far away", walk((2.3, 560, 140), (4, 560, 40))),
        ("on the same side", walk((2.3, 300, 210), (4, 300, 300))),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_others_who_appear_near_the_line_are_not_taken_for_who_vanished(story: str, after: Walk) -> None:
    before = walk((0, 300, 300), (1.5, 300, 200))
    assert [c for c in told_of((1, before), (2, after), seconds=9) if c.cause == "merged"] == [], story


def test_the_cause_says_how_sure_the_way_over_the_line_is() -> None:
    (seen_through,) = over(ACROSS, walk((0, 300, 300), (3, 300, 60)))
    (vanished,) = over(ACROSS, walk((0, 300, 300), (2, 300, 178), (2.6, 300, 175)))
    assert (seen_through.cause, vanished.cause) == ("crossed", "ended")


def test_a_jump_over_the_line_between_two_sights_is_counted() -> None:
    fast = walk((0, 300, 340), (0.4, 300, 20))
    assert [c.direction for c in over(ACROSS, fast, fps=5)] == ["in"]


def test_the_flip_turns_in_into_out_but_not_the_side() -> None:
    flipped = Line(ACROSS.id, ACROSS.role, ACROSS.path, flip=True)
    (plain,) = over(ACROSS, walk((0, 300, 300), (3, 300, 60)))
    (turned,) = over(flipped, walk((0, 300, 300), (3, 300, 60)))
    assert (plain.direction, plain.side) == ("in", "left")
    assert (turned.direction, turned.side) == ("out", "left")


# Round three sides of a kiosk in the middle of the floor: the open side is to the right.
KIOSK = Polyline((Point(0.7, 0.3), Point(0.4, 0.3), Point(0.4, 0.7), Point(0.7, 0.7)))


@pytest.mark.parametrize(
    ("story", "path", "directions"),
    [
        ("from above, over the first piece", walk((0, 350, 60), (3, 350, 180)), ["in"]),
        ("from the left, over the second", walk((0, 150, 180), (3, 380, 180)), ["in"]),
        (
            "from below, over the third, and out on the left",
            walk((0, 350, 340), (2, 350, 180), (5, 100, 180)),
            ["in", "out"],
        ),
        ("round the outside", walk((0, 350, 60), (2, 180, 60), (4, 180, 320), (6, 400, 320)), []),
    ],
)
def test_a_line_of_several_pieces(story: str, path: Walk, directions: list[str]) -> None:
    line = Line("kiosk", "entrance", KIOSK)
    assert [c.direction for c in over(line, path)] == directions, story


def test_a_one_way_line_counts_only_its_direction() -> None:
    there_and_back = walk((0, 300, 300), (3, 300, 60), (6, 300, 300))
    assert [c.direction for c in over(ACROSS, there_and_back)] == ["in", "out"]
    for way in ("in", "out"):
        gate = Line("gate", "entrance", ACROSS.path, one_way=way)
        assert [c.direction for c in over(gate, there_and_back)] == [way]


def test_the_place_and_time_are_those_of_the_line() -> None:
    (crossing,) = over(ACROSS, walk((0, 320, 300), (3, 320, 60)))
    assert (crossing.x, crossing.y) == pytest.approx((0.5, 0.5), abs=0.001)
    assert crossing.at == moment(1.5)  # the foot is exactly on the line
    assert crossing.frame_number == 15


@pytest.mark.parametrize(("anchor", "second"), [("foot", 1.5), ("centre", 0.8), ("head", 0.1)])
def test_each_line_tests_its_own_anchor(anchor: str, second: float) -> None:
    line = Line("door", "entrance", ACROSS.path, anchor=anchor)  # type: ignore[arg-type]
    (crossing,) = over(line, walk((0, 300, 304 if anchor == "head" else 300), (3, 300, 60)))
    assert crossing.at == moment(second)


def test_a_u_turn_within_the_hold_is_counted_but_not_held() -> None:
    first, second = over(ACROSS, walk((0, 300, 260), (1, 300, 150), (2, 300, 260), (6, 300, 320)))
    assert (first.direction, first.held) == ("in", False)
    assert (second.direction, second.held) == ("out", True)


def test_an_unconfirmed_track_counts_nothing_until_it_is_believed() -> None:
    counter = LineCounter(ACROSS, entry_hold_s=0.0)
    told = []
    for n, y in enumerate([240, 200, 160, 120]):
        believed = n >= 3
        told += counter.update([seen(1, standing_at(300, y), confirmed=believed)], Moment(moment(n), n, WIDTH, HEIGHT))
        assert bool(told) == believed
    counter.update([seen(2, standing_at(300, 240), confirmed=False)], Moment(moment(5), 5, WIDTH, HEIGHT))
    counter.update([seen(2, standing_at(300, 120), confirmed=False)], Moment(moment(6), 6, WIDTH, HEIGHT))
    assert counter.update([], Moment(moment(7), 7, WIDTH, HEIGHT)) == []


def test_a_line_forgets_tracks_that_ended() -> None:
    counter = LineCounter(ACROSS, entry_hold_s=2.0)
    for n in range(500):
        counter.update([seen(n + 1, standing_at(300, 300))], Moment(moment(n), n, WIDTH, HEIGHT))
        assert len(counter._walks) == 1


def inside(path: Walk, zone: Zone, fps: float = 10, end: str = "leave") -> list[Stay]:
    """The stays of one person; ``end``: whether the track or the run ends at last."""
    clock = ZoneClock(zone)
    told: list[Stay] = []
    last = round(fps * path.points[-1][0])
    for n in range(last + 1):
        box = path.box(n / fps)
        told += clock.update([] if box is None else [seen(1, box)], Moment(moment(n / fps), n, WIDTH, HEIGHT))
    if end == "lost":
        told += clock.update([], Moment(moment((last + 1) / fps), last + 1, WIDTH, HEIGHT))
    return told + clock.close()


TABLE = Zone("table", "product", SQUARE, min_stay_s=0.5, grace_s=1.0)


def test_a_stay_lasts_from_the_first_to_the_last_frame_inside() -> None:
    (stay,) = inside(walk((0, 200, 200), (1, 300, 200), (6, 300, 200), (8, 500, 200)), TABLE)
    assert (stay.entered, stay.left) == (moment(0.6), moment(6.8))
    assert (stay.start_cause, stay.end_cause) == ("crossed", "crossed")


@pytest.mark.parametrize(("end", "cause"), [("lost", "lost"), ("closed", "closed")])
def test_the_cause_of_an_end_inside_is_told(end: str, cause: str) -> None:
    (stay,) = inside(walk((0, 200, 200), (1, 300, 200), (5, 300, 200)), TABLE, end=end)
    assert (stay.left, stay.end_cause) == (moment(5), cause)


def test_someone_first_seen_inside_has_appeared() -> None:
    (stay,) = inside(walk((0, 300, 200), (3, 300, 200), (4, 600, 200), (6, 600, 200)), TABLE)
    assert (stay.entered, stay.start_cause) == (moment(0), "appeared")


def test_a_step_outside_within_the_grace_is_one_stay_a_longer_one_two() -> None:
    short = walk((0, 300, 200), (3, 300, 200), (3.2, 250, 200), (3.8, 250, 200), (4, 300, 200), (7, 300, 200))
    long = walk((0, 300, 200), (3, 300, 200), (3.2, 250, 200), (5.8, 250, 200), (6, 300, 200), (9, 300, 200))
    assert len(inside(short, TABLE)) == 1
    assert [s.sequence for s in inside(long, TABLE)] == [0, 1]


def test_passing_through_is_shorter_than_the_shortest_stay() -> None:
    through = walk((0, 100, 200), (1, 600, 200), (3, 620, 200))
    assert inside(through, TABLE) == []
    assert len(inside(through, Zone("table", "product", SQUARE, min_stay_s=0.0))) == 1
