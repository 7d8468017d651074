"""Making a model faster: another input size, INT8, and the proof that it finds the same people."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
import yaml
from rich.console import Console

from benchmarks.mjpeg_camera import ClipCamera
from edge.capture import CaptureError
from edge.cli.build import UsageError
from edge.cli.optimize import optimize
from edge.cli.optimize_report import objections
from edge.cli.optimize_words import optimize_options
from edge.cli.output import Output
from edge.detection import Thresholds, open_detector
from edge.detection.openvino_model import find_xml, import_openvino
from edge.events import Crossing, Detections, Frame, Stay
from edge.geometry import Point, Polygon, Polyline
from edge.optimize import BoxAgreement, Comparison, Cost, OptimizeError, choose, compare, is_int8, resized
from edge.optimize import footage as footage_room
from edge.optimize.agreement import CountComparison, Facts, overlaps
from edge.optimize.making import Original
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.events import Direction, EndCause

NOW = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
MODEL = "fixture-world-only-person_openvino_model"


@pytest.fixture(scope="session")
def model(root: Path) -> Path:
    return root / "fixtures" / "models" / MODEL


@pytest.fixture(scope="session")
def street(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds of the entrance, ten pictures a second, with people in each."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    reader = cv2.VideoCapture(str(videos / "entrance.mp4"))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 360))
    for number in range(420):
        assert reader.grab()
        if number >= 280 and number % 2 == 0:
            writer.write(reader.retrieve()[1])
    writer.release()
    reader.release()
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words: object) -> str:
    """Runs the command; what it printed."""
    parser = argparse.ArgumentParser()
    optimize_options(parser)
    printed = io.StringIO()
    arguments = parser.parse_args([str(word) for word in words])
    notes = Console(file=io.StringIO())
    optimize(arguments, Output(Console(file=printed, width=200), notes))
    return printed.getvalue()


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


def test_the_same_detector_twice_agrees_in_everything() -> None:
    found = compare([street_frames(), street_frames()], Walker(), Walker(), camera=SHOP)
    assert (found.pictures, found.judged) == (80, 80)
    assert (found.boxes.matched, found.boxes.f1, found.boxes.mean_shift) == (80, 1.0, 0.0)
    entries = next(count for count in found.counts if count.of == "in")
    assert (entries.before, entries.after, entries.same) == (2, 2, 2)
    assert objections(found, agree=1.0, differ=0) == []


def test_who_is_lost_before_the_line_is_missed_in_boxes_and_in_crossings() -> None:
    found = compare([street_frames(), street_frames(30)], Walker(), Walker(sees_until=15), camera=SHOP)
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


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_model_is_quantised_by_the_stores_pictures_and_can_be_used(
    model: Path, street: Path, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    settings = tmp_path / "store.toml"
    text = (videos / "entrance.toml").read_text(encoding="utf-8").replace("entrance.mp4", street.as_posix())
    settings.write_text(text.replace("../models", model.parent.as_posix()), encoding="utf-8")
    out = tmp_path / "models" / "small"
    words = (model.name, "--config", settings, "--int8", "--frames", 35, "--out", out)  # as people name it: from here
    told = command(*words)
    assert types_after_the_last_learned_convolutions(find_xml(out)).isdisjoint({"FakeQuantize", "GroupConvolution"})
    metadata = yaml.safe_load((out / "metadata.yaml").read_text(encoding="utf-8"))
    before = yaml.safe_load((model / "metadata.yaml").read_text(encoding="utf-8"))
    assert {key: metadata[key] for key in ("names", "stride", "imgsz", "license", "author")} == {
        key: before[key] for key in ("names", "stride", "imgsz", "license", "author")
    }
    assert metadata["made"]["pictures"] == 35
    assert metadata["made"]["from"].startswith("fixture-world-only-person@")
    assert "line entrance: in" in told
    assert f"write into [model] in {settings}:" in told
    assert told.rstrip().endswith('path = "models/small"')
    assert [entry.name for entry in (tmp_path / "models").iterdir()] == ["small"]
    frame = next(iter(street_pictures(street)))
    seen = [open_detector(str(folder), Thresholds(0.4)).detect(frame) for folder in (model, out)]
    assert overlaps(seen[0].xyxy, seen[1].xyxy).max(axis=1).min() > 0.8
    with pytest.raises(UsageError, match="there already"):
        command(*words)
    with pytest.raises(UsageError, match="INT8 already"):
        command(out, *words[1:-1], tmp_path / "smaller")


def types_after_the_last_learned_convolutions(xml: Path) -> set[str]:
    """What a quantised network does between its last convolutions in eight bits and its output."""
    network = import_openvino().Core().read_model(xml)
    assert is_int8(network)
    types: set[str] = set()
    waiting = [value.get_node() for value in network.get_results()[0].input_values()]
    while waiting:
        node = waiting.pop()
        if node.get_type_name() == "ShapeOf":
            continue  # only its size is asked
        if "Convolution" in node.get_type_name():
            weights = node.input_value(1).get_node()
            while weights.get_type_name() != "Constant":  # integers, turned into floating point, times a scale
                weights = weights.input_value(0).get_node()
            if not weights.get_element_type().is_real():
                continue
        types.add(node.get_type_name())
        waiting += [value.get_node() for value in node.input_values()]
    assert "Parameter" not in types
    assert "Softmax" in types
    return types


def street_pictures(path: Path) -> list[Frame]:
    reader = cv2.VideoCapture(str(path))
    ok, image = reader.read()
    reader.release()
    assert ok
    return [Frame(NOW, 0, np.asarray(image, dtype=np.uint8))]


@pytest.mark.slow
def test_a_larger_input_that_finds_the_same_people_is_written(model: Path, street: Path, tmp_path: Path) -> None:
    report = json.loads(
        command(model, "--from", street, "--size", "224x352", "--out", tmp_path / "m", "--agree", 0.8, "--json")
    )
    assert report["size"] == {"before": [192, 320], "after": [224, 352]}
    assert report["objections"] == []
    assert report["boxes"]["f1"] > 0.8
    assert report["boxes"]["both"] > 100
    assert report["speed"] < 1
    assert report["settings"] == f'path = "{(tmp_path / "m").as_posix()}"'
    metadata = yaml.safe_load((tmp_path / "m" / "metadata.yaml").read_text(encoding="utf-8"))
    assert metadata["imgsz"] == [224, 352]
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "fixture-world-only-person.bin",
        "fixture-world-only-person.xml",
        "metadata.yaml",
    ]


@pytest.mark.slow
def test_a_model_that_finds_other_people_is_not_kept(model: Path, street: Path, tmp_path: Path) -> None:
    with pytest.raises(OptimizeError, match=r"the original stays, nothing was written: F1 of its boxes is 0\.\d+"):
        command(model, "--from", street, "--size", "64x96", "--out", tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("missing_openvino_model", "--from", "STREET", "--int8"), "missing_openvino_model: no such model"),
        (("recorded:a.csv", "--from", "STREET", "--int8"), "must be weights (.pt), an OpenVINO folder or .xml"),
        (("MODEL", "--from", "missing.mp4", "--int8"), "missing.mp4: No such file or directory"),
        (("MODEL", "--int8"), "--from: name a recording or a camera"),
        (("MODEL", "--from", "STREET", "--camera", "door", "--int8"), "--camera: needs the settings file"),
        (("MODEL", "--from", "STREET"), "nothing to change: say --int8, --size HxW or both"),
        (("MODEL", "--from", "STREET", "--size", "380x640"), "must be multiples of 32, such as 384x640"),
        (("MODEL", "--from", "STREET", "--size", "32x32"), "both sides must be from 64 to 4096 pixels"),
        (("MODEL", "--from", "STREET", "--size", "640"), "--size 640: must be height x width in pixels"),
        (("MODEL", "--from", "STREET", "--int8", "--frames", "5"), "--frames 5: must be at least 30"),
        (("MODEL", "--from", "STREET", "--int8", "--agree", "95"), "--agree 95: must be from 0 to 1"),
        (("MODEL", "--from", "STREET", "--int8", "--differ", "-1"), "--differ -1: must not be negative"),
        (("MODEL", "--from", "STREET", "--int8", "--out", "MODEL"), "is there already; name another folder"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_done(
    words: tuple[str, ...], rule: str, model: Path, street: Path, here: Path
) -> None:
    places = {"MODEL": str(model), "STREET": str(street)}
    with pytest.raises(UsageError) as caught:
        command(*[places.get(word, word) for word in words])
    assert rule in str(caught.value)
    assert list(here.iterdir()) == []


def test_too_few_pictures_are_said(model: Path, street: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    reader = cv2.VideoCapture(str(street))
    writer = cv2.VideoWriter(str(short), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 360))
    for _ in range(40):
        writer.write(reader.read()[1])
    writer.release()
    reader.release()
    with pytest.raises(OptimizeError, match=r"short\.mp4: gives only 20 pictures to learn from; needs 30"):
        command(model, "--from", short, "--int8", "--out", tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["short.mp4"]


@pytest.mark.slow
def test_without_nncf_the_message_says_so(
    model: Path, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "nncf.py").write_text("raise ImportError(\"No module named 'nncf'\")\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=":")
    with pytest.raises(OptimizeError, match="NNCF cannot quantise this network: No module named 'nncf'"):
        command(model, "--from", street, "--int8", "--frames", 30, "--out", tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_said_and_nothing_half_stays(model: Path, street: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="no limits on files on this system")
    assert resource.RLIMIT_FSIZE is not None
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "from tests.edge.test_optimize import command\n"
        f"command({str(model)!r}, '--from', {str(street)!r}, '--size', '160x320', '--out', {str(tmp_path / 'm')!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert "OptimizeError" in done.stderr.splitlines()[-1]
    assert "cannot be written" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_gets_too_few_pictures_makes_nothing(model: Path, tmp_path: Path) -> None:
    words = ["quantise", str(find_xml(model)), str(tmp_path / "m.xml"), "3", "192", "320"]
    done = subprocess.run(
        [sys.executable, "-m", "edge.detection.child", *words],
        input=b"half a picture",
        capture_output=True,
        check=False,
    )
    assert done.stderr.decode().splitlines()[-1] == "14 bytes of pictures came, not 552960"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_weights_become_a_model_of_the_cameras_own_shape(
    root: Path, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    weights = shutil.copy(root / "fixtures" / "models" / "fixture-world-only-person.pt", tmp_path / "people.pt")
    report = json.loads(command(weights, "--from", street, "--json"))
    assert report["size"]["before"] is None
    assert report["boxes"]["f1"] == 1.0  # the same network at the same size, only fixed to it
    out = Path(report["out"])
    assert out.parent == tmp_path
    assert Original.of(str(out)).size == tuple(report["size"]["after"])
    assert out.name == "people_{}x{}_openvino_model".format(*report["size"]["after"])


@pytest.mark.slow
def test_a_live_camera_gives_the_pictures(
    model: Path, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage_room, "LIVE_EVERY_S", 0.1)
    with ClipCamera(street) as camera:
        words = (model, "--from", camera.address, "--size", "224x352", "--agree", 0.8, "--frames", 40, "--json")
        printed = command(*words, "--out", tmp_path / "m")
    report = json.loads(printed)
    assert "hush-hush" not in printed
    assert 40 < report["judged"] <= 80  # eight seconds at ten pictures a second
    assert report["boxes"]["both"] > 80
    assert (tmp_path / "m" / "metadata.yaml").is_file()


@pytest.mark.slow
def test_an_unreachable_camera_is_said(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage_room, "DEAD_S", 2.0)
    address = "http://keeper:secret@127.0.0.1:9/stream"
    with pytest.raises(CaptureError, match="no picture within 2 s") as caught:
        command(model, "--from", address, "--int8", "--out", tmp_path / "m")
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
