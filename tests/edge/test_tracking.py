"""Who is who from frame to frame."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from edge.tracking import Tracker

from .stories import HEIGHT, WIDTH, Seer, detections, film, moment, standing_at, walk


def confirmed_ids(seer: Seer, seconds: float, fps: float) -> set[int]:
    """Every id that was ever believed."""
    tracker = Tracker()
    return {t.id for f in film(seconds, fps) for t in tracker.update(seer.detect(f), f.at) if t.confirmed}


@pytest.mark.parametrize("fps", [25, 10, 5])
def test_a_walker_keeps_one_id_at_any_frame_rate(fps: float) -> None:
    crossing_the_room = walk((0, 50, 200), (4, 550, 300))
    assert confirmed_ids(Seer([crossing_the_room], jitter_px=2), 4, fps) == {1}


@pytest.mark.parametrize("fps", [25, 10, 5])
def test_two_people_who_pass_each_other_keep_their_ids(fps: float) -> None:
    tracker = Tracker()
    seer = Seer([walk((0, 100, 200), (4, 500, 200)), walk((0, 500, 240), (4, 100, 240))])
    ends: dict[int, float] = {}
    for frame in film(4, fps):
        for track in tracker.update(seer.detect(frame), frame.at):
            if track.seen:
                ends[track.id] = (track.box[0] + track.box[2]) / 2
    assert sorted(ends) == [1, 2]
    assert ends[1] > 400
    assert ends[2] < 200


def test_a_second_behind_a_pillar_does_not_change_the_id() -> None:
    seer = Seer([walk((0, 50, 200), (6, 550, 200))], blind=[(2, 3)])
    assert confirmed_ids(seer, 6, 10) == {1}


def test_someone_who_stood_still_is_waited_for_longer() -> None:
    seer = Seer([walk((0, 300, 200), (10, 300, 200))], blind=[(3, 6)])
    assert confirmed_ids(seer, 10, 10) == {1}


def test_nobody_is_believed_after_one_flicker() -> None:
    tracker = Tracker()
    tracker.update(detections([standing_at(300, 200)]), moment(0))
    assert not any(t.confirmed for s in (0.1, 0.2, 0.3) for t in tracker.update(detections([]), moment(s)))
    assert tracker.update(detections([]), moment(1)) == []


def test_weak_detections_continue_a_track_but_start_none() -> None:
    tracker = Tracker()
    for n in range(5):
        assert tracker.update(detections([standing_at(100, 200)], [0.15]), moment(n / 10)) == []
    for n in range(5, 10):
        tracker.update(detections([standing_at(100, 200)], [0.8]), moment(n / 10))
    (track,) = tracker.update(detections([standing_at(101, 200)], [0.15]), moment(1.0))
    assert (track.id, track.seen, track.confirmed) == (1, True, True)


def test_a_second_box_on_the_same_person_starts_no_second_track() -> None:
    tracker = Tracker()
    left, top, right, bottom = standing_at(300, 200)
    upper_half = (left, top, right, bottom - 50)
    for n in range(10):
        tracks = tracker.update(detections([standing_at(300, 200), upper_half], [0.9, 0.6]), moment(n / 10))
    assert [t.id for t in tracks] == [1]


def test_each_tracker_counts_from_one() -> None:
    for _ in range(2):
        (track,) = Tracker().update(detections([standing_at(300, 200)]), moment(0))
        assert track.id == 1


def test_the_memory_of_people_who_left_is_given_back() -> None:
    tracker = Tracker()
    for n in range(200):
        tracks = tracker.update(detections([standing_at(40 + 150 * (n % 4), 200)]), moment(n * 3.0))
        assert len(tracks) <= 4


def test_a_box_with_and_without_an_outstretched_arm_is_one_person() -> None:
    tracker = Tracker()
    left, top, right, bottom = standing_at(300, 200)
    for n in range(10):
        tracks = tracker.update(
            detections([(left, top, right, bottom), (left, top, right + 30, bottom)], [0.6, 0.7]), moment(n / 10)
        )
    assert [t.id for t in tracks] == [1]


def test_two_tracks_that_become_one_place_become_one_track() -> None:
    seer = Seer([walk((0, 200, 200), (2, 300, 200), (6, 300, 200)), walk((0, 420, 200), (2, 304, 200), (6, 304, 200))])
    tracker = Tracker()
    for frame in film(6, 10):
        tracks = tracker.update(seer.detect(frame), frame.at)
    assert len(tracks) == 1


def test_a_box_whose_legs_are_hidden_for_a_moment_keeps_its_feet() -> None:
    """Behind a sales table only the upper body is detected; the feet must not jump up, perhaps over a line."""
    tracker = Tracker()
    left, top, right, bottom = standing_at(300, 200)
    for n in range(30):
        seen_bottom = bottom if n < 10 or n >= 17 else bottom - 50
        (track,) = tracker.update(detections([(left, top, right, seen_bottom)]), moment(n / 10))
        assert track.box[3] == pytest.approx(bottom, abs=5)


def test_someone_who_stands_keeps_their_feet_while_a_passer_by_covers_them() -> None:
    """The box shrinks little by little, as the other walks by in front: the feet did not move."""
    tracker = Tracker()
    left, top, right, bottom = standing_at(300, 200)
    passer = walk((1, 220, 270), (3, 380, 270))
    for n in range(40):
        other = passer.box(n / 10)
        hidden = 0.0 if other is None else max(0.0, 40 - abs((other[0] + other[2]) / 2 - 300))
        boxes = [(left, top, right, bottom - hidden), *([other] if other else [])]
        tracks = tracker.update(detections(boxes), moment(n / 10))
        assert tracks[0].box[3] == pytest.approx(bottom, abs=8)


@pytest.mark.parametrize(("x", "y"), [(WIDTH - 10, 300), (10, 300), (300, HEIGHT + 30)])
def test_whoever_stands_at_the_rim_is_not_gone_because_of_a_few_missed_frames(x: float, y: float) -> None:
    """Cut off by the picture's edge, at a till close to the camera: the box ends there, and flickers."""
    rng = np.random.default_rng(2)
    tracker = Tracker()
    left, top, right, bottom = standing_at(x, y)
    cut = max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT)
    ids = set()
    for n in range(150):
        box = tuple(float(v) for v in np.asarray(cut) + rng.normal(0, 1.0, 4))
        missed = n % 15 >= 12  # three frames at 5 a second
        tracks = tracker.update(detections([] if missed else [box]), moment(n / 5), (WIDTH, HEIGHT))  # type: ignore[list-item]
        ids |= {track.id for track in tracks}
    assert ids == {1}


def test_whoever_left_the_picture_is_not_taken_for_the_next_who_comes_in_there() -> None:
    """One goes out on the right, and half a second later another comes in there."""
    seer = Seer([walk((0, 400, 200), (2, 630, 200)), walk((2.5, 640, 200), (5, 400, 200))])
    waited, known = Tracker(), Tracker()
    for frame in film(5, 10):
        with_rim = known.update(seer.detect(frame), frame.at, (WIDTH, HEIGHT))
        without = waited.update(seer.detect(frame), frame.at)
    assert [t.id for t in with_rim] == [2]
    assert [t.id for t in without] == [1]


def test_after_a_gap_nobody_is_taken_for_who_stood_there_before() -> None:
    tracker = Tracker()
    for second in (0.0, 0.1, 0.2, 0.3, 0.4):
        tracker.update(detections([standing_at(300, 200)]), moment(second))
    (track,) = tracker.update(detections([standing_at(300, 200)]), moment(3600))
    assert (track.id, track.confirmed) == (2, False)


def test_a_walker_keeps_the_id_through_weak_boxes_at_two_frames_a_second() -> None:
    tracker = Tracker()
    path = walk((0, 50, 200), (8, 450, 200))
    ids = []
    for n in range(17):
        box = path.box(n / 2)
        assert box is not None
        weak = n > 4 and n % 2
        ids += [t.id for t in tracker.update(detections([box], [0.15 if weak else 0.9]), moment(n / 2)) if t.seen]
    assert ids == [1] * 17


def test_the_assignment_is_that_of_scipy_and_brings_no_more_of_it() -> None:
    from scipy.optimize import linear_sum_assignment

    from edge.tracking.assignment import cheapest

    random = np.random.default_rng(3)
    for _ in range(200):
        cost = random.random(tuple(random.integers(1, 9, 2))) * 50
        cost[random.random(cost.shape) < 0.7] = 1e6
        np.testing.assert_array_equal(cheapest(cost), linear_sum_assignment(cost))
    code = "import sys, edge.tracking; print('scipy.optimize' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
