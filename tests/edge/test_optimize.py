"""Making a model faster: another input size, INT8, and the proof that it finds the same people."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.cli.optimize_report import objections
from edge.detection import Thresholds, open_detector
from edge.detection.openvino_model import find_xml, import_openvino
from edge.events import Crossing, Detections, Frame, Stay
from edge.geometry import Point, Polygon, Polyline
from edge.optimize import BoxAgreement, Comparison, Cost, OptimizeError, choose, compare, is_int8, resized
from edge.optimize.agreement import CountComparison, Facts, overlaps
from edge.optimize.making import Original
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.events import Direction, EndCause

NOW = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)


# --- another input size -----------------------------------------------------------------------------------------


def answers(network: Any, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = import_openvino().Core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.asarray(compiled(picture)[0])


def there_and_back(xml: Path) -> None:
    network = import_openvino().Core().read_model(xml)
    height, width = network.input().shape[2:]
    other = resized(network, 256, 416)
    cells = sum((256 // stride) * (416 // stride) for stride in (8, 16, 32))
    assert list(other.input().shape) == [1, 3, 256, 416]
    assert other.output().shape[2] == cells
    back = resized(other, height, width)
    picture = np.random.default_rng(3).random((1, 3, height, width), dtype=np.float32)
    assert np.array_equal(answers(back, picture), answers(network, picture))


@pytest.mark.slow
def test_a_network_of_a_fixed_size_takes_another_one_and_comes_back_unchanged(model: Path) -> None:
    there_and_back(find_xml(model))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolo11n_int8_openvino_model", "yolov8n_int8_openvino_model"])
def test_quantised_networks_of_a_fixed_size_do_so_too(shared: Path, name: str) -> None:
    folder = shared / "models" / name
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder")
    assert is_int8(import_openvino().Core().read_model(find_xml(folder)))
    there_and_back(find_xml(folder))


@pytest.mark.slow
def test_at_another_size_the_network_finds_the_same_people(model: Path, street: Path, tmp_path: Path) -> None:
    ov = import_openvino()
    ov.save_model(resized(ov.Core().read_model(find_xml(model)), 256, 416), tmp_path / "m.xml", compress_to_fp16=False)
    shutil.copy(model / "metadata.yaml", tmp_path)
    reader = cv2.VideoCapture(str(street))
    frame = Frame(NOW, 0, np.asarray(reader.read()[1], dtype=np.uint8))
    reader.release()
    before = open_detector(str(model), Thresholds(0.5)).detect(frame)
    after = open_detector(str(tmp_path / "m.xml"), Thresholds(0.3)).detect(frame)
    assert len(before) == 2
    assert overlaps(before.xyxy, after.xyxy).max(axis=1).min() > 0.7


def test_a_network_whose_size_is_fixed_in_an_unknown_way_is_refused() -> None:
    ov = import_openvino()
    picture = ov.opset13.parameter([1, 3, 64, 64], np.float32)
    flat = ov.opset13.reshape(picture, np.array([1, 3 * 64 * 64]), special_zero=False)
    with pytest.raises(OptimizeError, match="no table of strides"):
        resized(ov.Model([flat], [picture], "odd"), 96, 96)


def test_what_was_not_quantised_is_not_taken_for_int8(model: Path) -> None:
    assert not is_int8(import_openvino().Core().read_model(find_xml(model)))


def test_the_fitting_input_is_the_one_that_the_detector_would_choose(model: Path) -> None:
    original = Original.of(str(model))
    assert original.size == (192, 320)
    assert original.fitting(1080, 1920) == (192, 320)
    assert original.fitting(640, 360) == (320, 192)
    assert original.fitting(480, 640) == (256, 320)  # 240 is no multiple of 32


# --- agreement ---------------------------------------------------------------------------------------------------


def boxes(*rows: Sequence[float]) -> Detections:
    table = np.array(rows, dtype=np.float32).reshape(-1, 5)
    return Detections(table[:, :4], table[:, 4])


def test_a_box_is_found_by_both_missed_or_invented() -> None:
    agreement = BoxAgreement()
    agreement.add(
        boxes((0, 0, 10, 20, 0.8), (50, 0, 60, 20, 0.6), (90, 0, 99, 9, 0.3)),
        boxes((1, 0, 11, 20, 0.7), (50, 12, 60, 32, 0.9)),
    )
    assert (agreement.matched, agreement.missed, agreement.invented) == (1, 2, 1)
    assert agreement.f1 == pytest.approx(2 / 5)
    assert agreement.mean_shift == pytest.approx(-0.1, abs=1e-6)


def test_of_two_boxes_on_one_person_only_one_is_found_by_both() -> None:
    agreement = BoxAgreement()
    agreement.add(boxes((0, 0, 10, 20, 0.8)), boxes((0, 1, 10, 20, 0.5), (0, 0, 10, 20, 0.8)))
    assert (agreement.matched, agreement.missed, agreement.invented) == (1, 0, 1)
    assert agreement.mean_shift == pytest.approx(0.0)


def test_where_nobody_is_both_agree() -> None:
    agreement = BoxAgreement()
    agreement.add(boxes(), boxes())
    assert agreement.f1 == 1.0
    agreement.add(boxes(), boxes((0, 0, 10, 20, 0.5)))
    assert agreement.f1 == 0.0


LINE = Line("entrance", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))
ZONE = Zone("till", "till", Polygon((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1))))
SHOP = Camera("door", "door", (LINE,), (ZONE,))


def crossing(at_s: float, direction: Direction = "in") -> Crossing:
    at = NOW + timedelta(seconds=at_s)
    return Crossing("entrance", 1, 0, direction, "left", at, 0, 0.5, 0.5, (0.4, 0.2, 0.6, 0.5), 0.9, held=True)


def stay(from_s: float, to_s: float, end_cause: EndCause = "crossed") -> Stay:
    entered, left = NOW + timedelta(seconds=from_s), NOW + timedelta(seconds=to_s)
    return Stay("till", 1, 0, entered, left, "crossed", end_cause, 0, 0.5, 0.5, 0.9)


def differing(before: list[Crossing | Stay], after: list[Crossing | Stay]) -> dict[str, int]:
    facts = Facts(), Facts()
    facts[0].add(before)
    facts[1].add(after)
    comparison = CountComparison(SHOP)
    comparison.add(*facts)
    return {count.of: count.differing for count in comparison.result()}


def test_a_crossing_a_moment_later_is_the_same_one_and_one_in_the_other_direction_is_not() -> None:
    assert differing([crossing(5.0)], [crossing(5.9)]) == {"in": 0, "out": 0, "stays": 0}
    assert differing([crossing(5.0)], [crossing(6.1)]) == {"in": 2, "out": 0, "stays": 0}
    assert differing([crossing(5.0)], [crossing(5.0, "out")]) == {"in": 1, "out": 1, "stays": 0}
    # Three within a second are three: each has a partner of its own, and the last has none.
    assert differing([crossing(5.0), crossing(5.4), crossing(5.8)], [crossing(5.5), crossing(5.1)])["in"] == 1


def test_a_stay_is_the_same_one_while_it_has_most_of_its_time_in_common() -> None:
    assert differing([stay(0, 10)], [stay(1, 11)])["stays"] == 0
    assert differing([stay(0, 10)], [stay(6, 16)])["stays"] == 2
    assert differing([stay(3, 3)], [stay(3, 3)])["stays"] == 0
    assert differing([stay(0, 10)], [stay(0, 10, "fixed")])["stays"] == 1  # a mannequin is nobody
    assert differing([stay(0, 10)], [stay(0, 4), stay(6, 10)])["stays"] == 3  # broken in two


class Walker:
    """Sees one person walk up through the line; may overlook or lose her from some picture on."""

    model_id = "walker"

    def __init__(self, sees_until: int = 1000) -> None:
        self._until = sees_until

    def detect(self, frame: Frame) -> Detections:
        if frame.number >= self._until:
            return boxes()
        foot = 330 - 6 * frame.number
        return boxes((300, foot - 150, 350, foot, 0.9))


def street_frames(count: int = 40, first: int = 0) -> list[Frame]:
    image = np.zeros((360, 640, 3), np.uint8)
    return [Frame(NOW + timedelta(seconds=n / 10), n, image) for n in range(first, first + count)]


def equally_quick(found: Comparison) -> Comparison:
    """Detectors that only pretend take no time, and that of the rest is chance."""
    return replace(found, after=replace(found.after, processor_ms=found.before.processor_ms))


def test_the_same_detector_twice_agrees_in_everything() -> None:
    found = equally_quick(compare([street_frames(), street_frames()], Walker(), Walker(), camera=SHOP))
    assert (found.pictures, found.judged) == (80, 80)
    assert (found.boxes.matched, found.boxes.f1, found.boxes.mean_shift) == (80, 1.0, 0.0)
    entries = next(count for count in found.counts if count.of == "in")
    assert (entries.before, entries.after, entries.same) == (2, 2, 2)
    assert objections(found, agree=1.0, differ=0) == []


def test_who_is_lost_before_the_line_is_missed_in_boxes_and_in_crossings() -> None:
    frames = [street_frames(), street_frames(30)]
    found = equally_quick(compare(frames, Walker(), Walker(sees_until=15), camera=SHOP))
    assert (found.boxes.matched, found.boxes.missed) == (30, 40)
    # Each time less than half of her stay is left, so that nobody would take the two for one.
    assert objections(found, agree=0.95, differ=5) == [
        "F1 of its boxes is 0.600, below 0.95",
        "2 crossings and 4 stays differ, more than 5",
    ]
    assert objections(found, agree=0.6, differ=6) == []


def test_pictures_that_a_model_learnt_from_do_not_judge_it() -> None:
    used = {(0, number) for number in range(20)}
    found = compare([street_frames(), street_frames()], Walker(), Walker(sees_until=20), used=used)
    assert (found.pictures, found.judged) == (80, 60)
    assert (found.boxes.matched, found.boxes.missed) == (20, 40)


def test_with_too_few_people_there_is_no_verdict() -> None:
    found = Comparison(100, 100, Cost(2, 2), Cost(1, 1), BoxAgreement(matched=49), ())
    assert objections(found, agree=0.0, differ=0) == [
        "only 49 boxes of people in 100 pictures: too few to compare, needs 50"
    ]


def test_a_model_that_is_slower_is_not_kept_unless_a_larger_input_was_asked_for() -> None:
    slower = Comparison(100, 100, Cost(10, 10), Cost(13, 5), BoxAgreement(matched=100), ())
    assert objections(slower, agree=0.95, differ=0) == ["a picture takes 1.30 x the processor time of the original"]
    assert objections(slower, agree=0.95, differ=0, enlarged=True) == []
    assert objections(replace(slower, after=Cost(11, 10)), agree=0.95, differ=0) == [], "that is noise"


class Crowd:
    """Sees as many people as its list says, picture by picture."""

    model_id = "crowd"

    def __init__(self, *people: int) -> None:
        self._people = people

    def detect(self, frame: Frame) -> Detections:
        return boxes(*[(0, 0, 10, 20, 0.9)] * self._people[frame.number])


def test_of_two_neighbours_the_picture_with_more_people_is_learnt_from() -> None:
    image = np.full((180, 320, 3), 200, np.uint8)
    footage = [(number // 4, Frame(NOW, number, image)) for number in range(7)]
    examples = choose(footage, Crowd(0, 3, 2, 1, 0, 0, 9), (64, 64))
    assert examples.used == {(0, 1), (0, 2), (1, 4)}  # the seventh has no neighbour
    assert examples.people == 5
    assert examples.pictures.shape == (3, 64, 64, 3)
    assert np.all(examples.pictures[:, :14] == 114)  # letterboxed as the detector does it
    assert np.all(examples.pictures[:, 14:50] == 200)
