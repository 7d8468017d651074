"""One network for several cameras: the same boxes, fair turns, nobody held up by somebody else."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref
from collections import Counter, deque
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture import Recording
from edge.detection import DetectionError, Thresholds, open_detector
from edge.detection.network import _Turns
from edge.detection.openvino_model import find_xml, import_openvino
from edge.events import Frame, Network

from .test_detection import answer, build_model, slow_without_overlaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.events import Detections

NOW = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
ENOUGH_S = 30.0


@pytest.fixture(scope="module")
def people_model(root: Path) -> Path:
    """The detector of the fixture world: real weights, real work."""
    return root / "fixtures" / "models" / "fixture-world-only-person_openvino_model"


@pytest.fixture(scope="module")
def pictures(videos: Path) -> list[NDArray[np.uint8]]:
    """A crowd in three shapes."""
    with closing(Recording(videos / "rush.mp4").frames(NOW)) as frames:
        found = [frame.image for frame in islice(frames, 0, 60, 10)]
    wide = [np.ascontiguousarray(np.hstack([image, image])[:, :1000]) for image in found[:2]]
    tall = [np.ascontiguousarray(np.vstack([image, image])[:, 100:420]) for image in found[:2]]
    return found + wide + tall


def opened(model: Path, thresholds: Thresholds) -> Network:
    detector = open_detector(str(model), thresholds)
    assert isinstance(detector, Network)
    return detector


def frame(image: NDArray[np.uint8]) -> Frame:
    return Frame(NOW, 0, image)


class Plain:
    """What a detector does, written for reading: one picture at a time, everything made anew, box by box."""

    def __init__(self, folder: Path) -> None:
        ov = import_openvino()
        core = ov.Core()
        model = core.read_model(find_xml(folder))
        self._size = model.input().shape[2], model.input().shape[3]
        steps = ov.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().tensor().set_color_format(ov.preprocess.ColorFormat.BGR)
        steps.input().model().set_layout(ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(ov.Type.f32)
        steps.input().preprocess().convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._network = core.compile_model(steps.build(), "CPU", settings)

    def detect(self, image: NDArray[np.uint8], thresholds: Thresholds) -> list[tuple[float, ...]]:
        (down, across), (height, width) = self._size, image.shape[:2]
        scale = min(down / height, across / width)
        inner = round(height * scale), round(width * scale)
        top, left = round((down - inner[0]) / 2 - 0.1), round((across - inner[1]) / 2 - 0.1)
        canvas = np.full((down, across, 3), 114, np.uint8)
        canvas[top : top + inner[0], left : left + inner[1]] = (
            image if inner == image.shape[:2] else cv2.resize(image, (inner[1], inner[0]))
        )
        x, y, w, h, score = self._network(canvas[None])[0][0][:5]
        sure = [i for i in range(len(score)) if score[i] >= thresholds.confidence]
        boxes = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)[sure]
        kept = slow_without_overlaps(boxes.tolist(), score[sure].tolist(), thresholds.iou)
        found = []
        for i in kept:
            move = np.array([left, top, left, top], np.float32)
            box = np.clip((boxes[i] - move) / np.float32(scale), 0, np.array([width, height] * 2, np.float32))
            if box[3] - box[1] >= max(thresholds.min_height * height, 1.0):
                found.append((*box.tolist(), float(score[sure][i])))
        return found


def as_rows(found: Detections) -> list[tuple[float, ...]]:
    return [(*box, score) for box, score in zip(found.xyxy.tolist(), found.score.tolist(), strict=True)]


def together(*work: Callable[[], object]) -> None:
    """Does several things at once; fails where one hangs or raises."""
    problems: list[BaseException] = []

    def done(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:  # noqa: BLE001 - raised below
            problems.append(error)

    threads = [threading.Thread(target=done, args=(one,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENOUGH_S)
        assert not thread.is_alive(), "somebody waits for ever"
    for problem in problems:
        raise problem


@pytest.mark.slow
def test_pictures_of_all_shapes_and_thresholds_at_once_give_what_one_after_the_other_gives(
    people_model: Path, pictures: list[NDArray[np.uint8]]
) -> None:
    plain = Plain(people_model)
    cameras = [Thresholds(0.1, 0.617), Thresholds(0.4, 0.313, 0.2), Thresholds(0.05, 0.893)]
    expected = [[plain.detect(image, thresholds) for image in pictures] for thresholds in cameras]
    assert all(sum(map(len, found)) > len(pictures) for found in expected)

    def watch(number: int) -> None:
        detector = opened(people_model, cameras[number])
        sent = [detector.submit(frame(image)) for image in pictures * 2]
        assert [as_rows(each.result()) for each in sent] == expected[number] * 2

    together(*(lambda n=n: watch(n) for n in range(3)))


@pytest.mark.slow
def test_a_result_may_be_asked_for_twice_and_in_any_order(
    people_model: Path, pictures: list[NDArray[np.uint8]]
) -> None:
    detector = opened(people_model, Thresholds(0.1))
    first, second = (detector.submit(frame(image)) for image in pictures[:2])
    late, early, again = as_rows(second.result()), as_rows(first.result()), as_rows(second.result())
    assert late == again != early


@pytest.mark.slow
def test_all_detectors_of_a_model_share_one_network_and_the_last_takes_it_along(people_model: Path) -> None:
    door, floor = opened(people_model, Thresholds(0.1)), opened(people_model, Thresholds(0.5))
    assert door.model_id != floor.model_id
    network = weakref.ref(door._network)  # type: ignore[attr-defined]
    assert network() is floor._network  # type: ignore[attr-defined]
    del door
    gc.collect()
    assert network() is not None
    del floor
    gc.collect()
    assert network() is None


def test_a_changed_file_is_another_model(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0))
    before = opened(folder, Thresholds())
    build_model(tmp_path / "m", answer(1, 0) / np.float32(2))
    after = opened(folder, Thresholds())
    image = np.zeros((64, 64, 3), np.uint8)
    assert before.model_id != after.model_id
    assert as_rows(before.detect(frame(image))) != as_rows(after.detect(frame(image)))


def test_who_never_fetches_results_holds_up_nobody(people_model: Path, pictures: list[NDArray[np.uint8]]) -> None:
    careless, careful = opened(people_model, Thresholds(0.1)), opened(people_model, Thresholds(0.1))
    places = careless._network.places  # type: ignore[attr-defined]
    forgotten: list[Any] = []
    together(lambda: forgotten.extend(careless.submit(frame(pictures[0])) for _ in range(2 * places)))
    together(lambda: [careful.detect(frame(pictures[1])) for _ in range(places)])
    expected = as_rows(careful.detect(frame(pictures[0])))
    assert [as_rows(each.result()) for each in forgotten] == [expected] * len(forgotten)
    assert careless._network.places == places  # type: ignore[attr-defined]


@pytest.mark.slow
def test_cameras_that_ask_all_the_time_are_served_alike(people_model: Path, pictures: list[NDArray[np.uint8]]) -> None:
    served: Counter[int] = Counter()
    enough = threading.Event()

    def watch(camera: int) -> None:
        # Cameras differ in how much they ask for: half of them always have three pictures on their way.
        detector = opened(people_model, Thresholds(0.1))
        ahead = 3 if camera % 2 else 1
        sent: list[Any] = []
        while not enough.is_set():
            sent.append(detector.submit(frame(pictures[camera])))
            if len(sent) >= ahead:
                sent.pop(0).result()
            served[camera] += 1
            if served.total() > 120:
                enough.set()

    together(*(lambda c=c: watch(c) for c in range(6)))
    assert max(served.values()) <= 2 * min(served.values()), served


def test_turns_are_given_in_the_order_of_asking_even_after_somebody_gives_up() -> None:
    turns = _Turns()
    order: list[int] = []

    def take(number: int) -> None:
        with turns.mine():
            order.append(number)

    with turns.mine():
        threads = []
        for number in range(5):
            threads.append(threading.Thread(target=take, args=(number,), daemon=True))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)

        def give_up() -> None:
            while len(turns._waiting) < 6:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

        impatient = threading.Thread(target=give_up, daemon=True)
        # A process in the background of a shell ignores Ctrl-C, and would wait here for ever.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            impatient.start()
            with pytest.raises(KeyboardInterrupt):
                take(99)
            impatient.join(ENOUGH_S)
        finally:
            signal.signal(signal.SIGINT, before)
    for thread in threads:
        thread.join(ENOUGH_S)
    assert order == [0, 1, 2, 3, 4]
    take(5)
    assert order[-1] == 5


def test_who_is_interrupted_just_after_asking_keeps_nobody_waiting() -> None:
    turns = _Turns()
    arrived = threading.Event()

    class Interrupted(deque[threading.Lock]):
        def append(self, ticket: threading.Lock) -> None:
            super().append(ticket)
            raise KeyboardInterrupt

    def take() -> None:
        with turns.mine():
            arrived.set()

    with turns.mine():
        turns._waiting = Interrupted()
        with pytest.raises(KeyboardInterrupt), turns.mine():
            pytest.fail("it was not its turn")
    threading.Thread(target=take, daemon=True).start()
    assert arrived.wait(ENOUGH_S)


def build_choosy_model(folder: Path) -> Path:
    """A real model that fails on pictures that are not black: they ask for a table that does not fit its boxes."""
    ov = import_openvino()
    ops = ov.opset13
    picture = ops.parameter([1, 3, 64, 64], np.float32, name="images")
    levels = ops.multiply(picture, np.float32(255))
    brightest = ops.convert(ops.reduce_max(levels, np.array([0, 1, 2, 3]), keep_dims=False), np.int64)
    count = ops.add(ops.unsqueeze(brightest, np.int64(0)), np.array([16], np.int64))
    shape = ops.concat([ops.constant(np.array([1, 5], np.int64)), count], 0)
    output = np.zeros((1, 5, 16), np.float32)
    output[0, :, 0] = [32, 32, 16, 32, 0.9]
    table = ops.reshape(ops.constant(output), shape, special_zero=False)
    nothing = ops.multiply(ops.reduce_mean(table, np.array([0, 1, 2]), keep_dims=False), np.float32(0))
    folder.mkdir()
    model = ov.Model([ops.add(ops.constant(output), nothing)], [picture], "choosy")
    ov.save_model(model, folder / "people.xml", compress_to_fp16=False)
    return folder


def test_a_picture_on_which_the_network_fails_spoils_no_other(tmp_path: Path) -> None:
    detector = opened(build_choosy_model(tmp_path / "m"), Thresholds())
    # Each of its own brightness: OpenVINO remembers a shape that did not fit, and complains of it once.
    levels = [level for n in range(5) for level in (0, 255 - n, 0)]
    sent = [detector.submit(frame(np.full((64, 64, 3), level, np.uint8))) for level in levels]
    for number, each in enumerate(sent):
        if number % 3 == 1:
            with pytest.raises(DetectionError, match=r"people\.xml: OpenVINO failed on a picture: .+"):
                each.result()
        else:
            assert as_rows(each.result()) == [pytest.approx((24, 16, 40, 48, 0.9))]


def test_a_picture_that_cannot_be_scaled_leaves_room_for_the_next(tmp_path: Path) -> None:
    detector = opened(build_model(tmp_path / "m", answer(1, 0)), Thresholds())
    flat: Any = np.zeros((64, 48), np.uint8)
    for _ in range(2 * detector._network.places):  # type: ignore[attr-defined]
        with pytest.raises((ValueError, cv2.error)):
            detector.submit(frame(flat))
    together(lambda: detector.detect(frame(np.zeros((64, 48, 3), np.uint8))))


def test_cameras_of_two_shapes_share_an_open_model(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0), side=None, metadata="imgsz: [64, 64]\nstride: 32\n")
    wide, tall = np.zeros((120, 320, 3), np.uint8), np.zeros((320, 120, 3), np.uint8)
    expected = {image.shape: as_rows(opened(folder, Thresholds()).detect(frame(image))) for image in (wide, tall)}
    assert expected[wide.shape] != expected[tall.shape]

    def watch(image: NDArray[np.uint8]) -> None:
        detector = opened(folder, Thresholds())
        for _ in range(20):
            assert as_rows(detector.detect(frame(image))) == expected[image.shape]

    together(*(lambda i=i: watch(i) for i in (wide, tall, wide, tall)))
