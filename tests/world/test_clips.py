"""The fixture clips: made the same way twice, and everything that is said about them agrees."""

from __future__ import annotations

import json
import tomllib
from itertools import pairwise

import av
import numpy as np
import pytest

from camera import Camera
from choreography import Step, Walk, act, arrange, nearest_m
from clip import Film, Line, Zone, to_pixels
from figure import Actor, Light, draw
from make_clips import CLIPS, box_rows
from persona import draw_persona
from pose import Doing
from truth import TrueCrossing, crossings_of, inside, stays_of, truth_file

from .committed import VIDEOS, boxes_of, truth_of

FPS = 20
ABOVE = Camera((0.0, -6.0, 3.0), 0.0, 25.0, 480.0)
DOOR = Line("door", "entrance", (2.0, 0.0), (-2.0, 0.0))
NAMES = sorted(CLIPS)


def walk(*steps: Step) -> Walk:
    return Walk(draw_persona(np.random.default_rng(1), 7), 0.0, steps)


def directions(*steps: Step) -> list[str]:
    return [c.direction for c in crossings_of(act(walk(*steps), FPS), DOOR, ABOVE, 10_000)]


# What counts as a crossing and a stay


def test_walking_towards_the_camera_over_a_line_from_right_to_left_is_in() -> None:
    assert directions(Step(0, 3), Step(0, -3)) == ["in"]
    assert directions(Step(0, -3), Step(0, 3)) == ["out"]


def test_a_crossing_is_placed_where_the_ground_point_meets_the_line() -> None:
    (crossing,) = crossings_of(act(walk(Step(1.0, 3), Step(1.0, -3)), FPS), DOOR, ABOVE, 10_000)
    x, y = to_pixels(ABOVE, ((1.0, 0.0),))[0]
    assert isinstance(crossing, TrueCrossing)
    assert crossing.x == pytest.approx(x, abs=0.01)
    assert crossing.y == pytest.approx(y, abs=0.01)


def test_hovering_counts_once_when_it_is_over() -> None:
    steps = (Step(0, 3), Step(0, 0.1, 1), Step(0, -0.1, 1), Step(0, 0.15, 1), Step(0, -0.2, 1), Step(0, -3))
    track = act(walk(*steps), FPS)
    (crossing,) = crossings_of(track, DOOR, ABOVE, 10_000)
    assert crossing.direction == "in"
    assert (track.at[crossing.frame :, 1] <= 0).all()
    assert track.at[crossing.frame - 1, 1] > 0


def test_turning_before_the_line_counts_nothing_and_turning_behind_it_both_ways() -> None:
    assert directions(Step(0, 3), Step(0, 0.4, 1), Step(0, 3)) == []
    assert directions(Step(0, 3), Step(0, -1, 1), Step(0, 3)) == ["in", "out"]


def test_passing_beside_the_ends_of_the_line_counts_nothing() -> None:
    assert directions(Step(2.5, 3), Step(2.5, -3)) == []


def test_a_crossing_after_the_last_frame_is_not_in_the_clip() -> None:
    track = act(walk(Step(0, 3), Step(0, -3)), FPS)
    (crossing,) = crossings_of(track, DOOR, ABOVE, 10_000)
    assert crossings_of(track, DOOR, ABOVE, crossing.frame) == []


def test_a_stay_lasts_from_the_first_to_the_last_frame_inside() -> None:
    zone = Zone("table", "product", ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
    track = act(walk(Step(-4, 0), Step(0, 0, 5.0), Step(4, 0)), FPS)
    (stay,) = stays_of(track, zone, FPS, 10_000)
    within = inside(zone.corners, track.at)
    assert within[stay.from_frame : stay.to_frame + 1].all()
    assert not within[: stay.from_frame].any()
    assert not within[stay.to_frame + 1 :].any()


def test_a_step_outside_of_less_than_a_second_does_not_split_a_stay() -> None:
    zone = Zone("table", "product", ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)))
    outside_briefly = (Step(-4, 0), Step(0.9, 0, 2.0), Step(1.1, 0, 0.1), Step(0.9, 0, 2.0), Step(-4, 0))
    assert len(stays_of(act(walk(*outside_briefly), FPS), zone, FPS, 10_000)) == 1
    outside_long = (Step(-4, 0), Step(0.9, 0, 2.0), Step(2.5, 0, 2.0), Step(0.9, 0, 2.0), Step(-4, 0))
    assert len(stays_of(act(walk(*outside_long), FPS), zone, FPS, 10_000)) == 2


def test_nobody_walks_through_anybody() -> None:
    meeting = [walk(Step(-5, 0), Step(5, 0)), walk(Step(5, 0), Step(-5, 0))]
    first, second = arrange(meeting, FPS, apart_m=0.7)
    assert nearest_m(first, second) >= 0.7
    assert second.first > 0  # it had to wait


# What is drawn


def test_feet_stand_on_the_ground_point_and_the_head_is_where_the_height_says() -> None:
    camera = Camera((0.0, 0.0, 2.9), 0.0, 25.0, 480.0)
    person = draw_persona(np.random.default_rng(3), 1)
    far = np.full((720, 1280), 99.0, dtype=np.float32)
    sprite = draw(Actor(person), Doing(0.3, 5.0, np.pi), camera, far, Light())
    assert sprite is not None
    rows = np.flatnonzero((sprite.whole > 0.5).any(axis=1)) + sprite.top
    pixel, _ = camera.project(np.asarray([[0.3, 5.0, 0.0], [0.3, 5.0, person.height_m]]))
    assert rows[-1] == pytest.approx(pixel[0, 1], abs=8)  # the toes point towards the camera
    assert rows[0] == pytest.approx(pixel[1, 1], abs=4)


def test_a_pillar_hides_what_is_behind_it_and_the_box_stays_whole() -> None:
    camera = Camera((0.0, 0.0, 2.9), 0.0, 25.0, 480.0)
    actor = Actor(draw_persona(np.random.default_rng(3), 1))
    room = np.full((720, 1280), 99.0, dtype=np.float32)
    free = draw(actor, Doing(0.0, 5.0, 0.0), camera, room, Light())
    room[:, 640:] = 1.0
    half = draw(actor, Doing(0.0, 5.0, 0.0), camera, room, Light())
    assert free is not None
    assert half is not None
    assert np.array_equal(free.whole, half.whole)
    assert 0.3 < half.alpha.sum() / free.alpha.sum() < 0.7


@pytest.mark.slow
def test_the_same_seed_gives_the_same_frames_and_truth_twice() -> None:
    first, second = Film(CLIPS["floor"]()), Film(CLIPS["floor"]())
    for number in (0, 460):
        one, two = first.frame(number), second.frame(number)
        assert np.array_equal(one[0], two[0])
        assert one[1] == two[1]
        assert len(one[1]) >= 2  # somebody is to be seen


# What was committed


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_committed_truth_is_what_the_generator_says(name: str) -> None:
    made = truth_file(CLIPS[name](), truth_of(name)["made_by"])
    assert json.loads(json.dumps(made)) == truth_of(name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number"), [("quiet", 310), ("gathering", 130), ("glassdoor", 500)])
def test_the_committed_boxes_are_what_the_generator_draws(name: str, number: int) -> None:
    """To a pixel: another processor may round the last bit of a projection differently."""
    film = Film(CLIPS[name]())
    committed = [r for r in (VIDEOS / f"{name}.boxes.csv").read_text().splitlines() if r.startswith(f"{number + 1},")]
    drawn = box_rows(number, film.frame(number)[1]).splitlines()
    assert committed
    assert len(drawn) == len(committed)
    for one, other in zip(committed, drawn, strict=True):
        assert other.split(",")[:2] == one.split(",")[:2]
        assert [float(v) for v in other.split(",")] == pytest.approx([float(v) for v in one.split(",")], abs=1)


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_is_small_and_has_the_size_and_frames_its_truth_says(name: str) -> None:
    path, truth = VIDEOS / f"{name}.mp4", truth_of(name)
    assert path.stat().st_size < 3_000_000
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.frames) == (truth["width"], truth["height"], truth["frames"])
        assert stream.average_rate == truth["fps"]


@pytest.mark.parametrize("name", NAMES)
def test_boxes_lie_in_the_picture_and_belong_to_people_of_the_clip(name: str) -> None:
    truth = truth_of(name)
    people = {person["id"] for person in truth["people"]}
    rows = boxes_of(name)
    frame, person, left, top, width, height, _, _, visibility = rows.T
    assert frame.min() >= 1
    assert frame.max() <= truth["frames"]
    assert set(person.astype(int)) <= people
    assert (left >= 0).all()
    assert (top >= 0).all()
    assert (left + width <= truth["width"]).all()
    assert (top + height <= truth["height"]).all()
    assert (width >= 1).all()
    assert (height >= 1).all()
    assert ((visibility >= 0) & (visibility <= 1)).all()
    assert len({(f, p) for f, p in zip(frame, person, strict=True)}) == len(rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_beside_a_clip_hold_the_geometry_of_its_truth(name: str) -> None:
    truth = truth_of(name)
    (camera,) = tomllib.loads((VIDEOS / f"{name}.toml").read_text(encoding="utf-8"))["cameras"]
    size = np.asarray([truth["width"], truth["height"]])
    assert camera["source"] == truth["video"]
    assert [line["id"] for line in camera.get("lines", [])] == [line["id"] for line in truth["lines"]]
    for told, true in zip(camera.get("lines", []), truth["lines"], strict=True):
        assert np.asarray([told["start"], told["end"]]) * size == pytest.approx(np.asarray(true["line"]), abs=0.02)
        assert told["anchor"] == true["anchor"]
    assert [zone["id"] for zone in camera.get("zones", [])] == [zone["id"] for zone in truth["zones"]]
    for told, true in zip(camera.get("zones", []), truth["zones"], strict=True):
        assert np.asarray(told["polygon"]) * size == pytest.approx(np.asarray(true["polygon_px"]), abs=0.02)


def test_the_entrance_has_what_it_promises() -> None:
    truth = truth_of("entrance")
    (line,) = truth["lines"]
    crossings = line["crossings"]
    assert len(crossings) >= 40
    assert {c["direction"] for c in crossings} == {"in", "out"}
    assert [c["frame"] for c in crossings] == sorted(c["frame"] for c in crossings)
    ways: dict[int, list[str]] = {}
    for crossing in crossings:
        ways.setdefault(crossing["person"], []).append(crossing["direction"])
    assert all(a != b for way in ways.values() for a, b in pairwise(way))
    noted = {person["id"]: person["note"] for person in truth["people"]}
    assert [ways[i] for i, note in noted.items() if note.startswith("hovers")] == [["in"]]
    assert [i in ways for i, note in noted.items() if note.startswith("turns in the doorway")] == [False]
    assert [ways[i] for i, note in noted.items() if "goes straight out again" in note] == [["in", "out"]]
    assert [ways[i] for i, note in noted.items() if note == "leaves and comes back"] == [["out", "in"]]
    assert any(person["kind"] == "staff" for person in truth["people"])


def test_the_floor_has_a_queue_that_moves_up() -> None:
    stays = {zone["id"]: zone["stays"] for zone in truth_of("floor")["zones"]}
    assert sum(zone not in {"till", "queue"} for zone in stays) >= 3
    served = [stay["person"] for stay in stays["till"]]
    assert len(served) >= 5
    queued = [stay["person"] for stay in stays["queue"]]
    assert [person for person in served if person in queued] == queued  # first come, first served
    waiting = max(
        sum(s["from_frame"] <= frame <= s["to_frame"] for s in stays["queue"] + stays["till"]) for frame in range(2400)
    )
    assert 2 <= waiting <= 4
