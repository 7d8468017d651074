"""Finding people: the arithmetic of boxes, models on OpenVINO, weights, other formats and recorded detections."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.detection import DetectionError, Thresholds, detector_kind, locate_model, open_detector
from edge.detection.boxes import Fit, candidates, letterbox, to_picture, without_overlaps
from edge.detection.openvino_model import import_openvino
from edge.events import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOW = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
PICTURE = np.zeros((120, 160, 3), np.uint8)


def frame(image: NDArray[np.uint8] = PICTURE, number: int = 0) -> Frame:
    return Frame(NOW, number, image)


def detections_of(detector: Any, image: NDArray[np.uint8] = PICTURE) -> list[tuple[float, ...]]:
    """Boxes and scores, rounded."""
    found = detector.detect(frame(image))
    return [
        tuple(round(float(value), 2) for value in (*box, score))
        for box, score in zip(found.xyxy, found.score, strict=True)
    ]


# --- the arithmetic ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(432, 768), (768, 432), (640, 640), (100, 33), (1080, 1920)])
def test_a_box_finds_its_way_back_from_the_letterbox(shape: tuple[int, int]) -> None:
    image = np.zeros((*shape, 3), np.uint8)
    picture, fit = letterbox(image, 640, 640)
    assert picture.shape == (640, 640, 3)
    inside = np.array([[10, 20, 30, 90]], np.float32)
    in_model = inside * np.float32(fit.scale) + np.array([fit.left, fit.top, fit.left, fit.top], np.float32)
    back = to_picture(in_model, np.ones(1, np.float32), fit, image.shape, 0.0)
    assert back.xyxy == pytest.approx(np.clip(inside, 0, [shape[1], shape[0]] * 2), abs=0.01)


def test_the_letterbox_pads_in_grey_and_keeps_the_shape() -> None:
    white = np.full((50, 100, 3), 255, np.uint8)
    picture, fit = letterbox(white, 64, 64)
    assert fit == Fit(scale=0.64, left=0, top=16)
    assert np.all(picture[:16] == 114)
    assert np.all(picture[16:48] == 255)
    assert np.all(picture[48:] == 114)


def slow_without_overlaps(boxes: list[list[float]], scores: list[float], iou: float) -> list[int]:
    """The same rule written for reading, box by box: numbers of the boxes that stay."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda n: (-scores[n], n)):
        a = boxes[i]
        for j in kept:
            b = boxes[j]
            wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
            tall = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
            union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * tall
            if wide * tall > iou * union:
                break
        else:
            kept.append(i)
    return kept


@pytest.mark.parametrize("iou", [0.313, 0.617, 0.893])  # no ratio of small whole numbers: no ties
def test_dropping_overlaps_agrees_with_the_slow_and_simple_version(iou: float) -> None:
    rng = np.random.default_rng(7)
    corner = rng.integers(0, 20, (200, 2))
    boxes = np.concatenate([corner, corner + rng.integers(20, 60, (200, 2))], axis=1).astype(np.float32)
    scores = (rng.integers(1, 20, 200) / 20).astype(np.float32)  # many ties: their order matters
    kept, kept_scores = without_overlaps(boxes, scores, iou)
    expected = slow_without_overlaps(boxes.tolist(), scores.tolist(), iou)
    assert 3 < len(expected) < 200
    assert np.array_equal(kept, boxes[expected])
    assert np.array_equal(kept_scores, scores[expected])


def test_boxes_of_other_classes_are_left_out() -> None:
    output = np.zeros((6, 3), np.float32)  # three boxes, two classes
    output[:4] = [[10, 20, 30], [10, 20, 30], [4, 4, 4], [8, 8, 8]]
    output[4:] = [[0.9, 0.2, 0.3], [0.1, 0.8, 0.6]]
    boxes, scores = candidates(output, person=1, confidence=0.5)
    assert boxes.tolist() == [[18, 16, 22, 24], [28, 26, 32, 34]]
    assert scores.tolist() == pytest.approx([0.8, 0.6])


# --- models on OpenVINO -----------------------------------------------------------------------------------------


def build_model(
    folder: Path, output: NDArray[np.float32], *, side: int | None = 64, metadata: str | None = None, channels: int = 3
) -> Path:
    """A real OpenVINO model that answers every picture with ``output``."""
    ov = import_openvino()
    ops = ov.opset13
    size = -1 if side is None else side
    picture = ops.parameter([1, channels, size, size], np.float32, name="images")
    nothing = ops.multiply(ops.reduce_mean(picture, np.array([0, 1, 2, 3]), keep_dims=False), np.float32(0))
    folder.mkdir(parents=True, exist_ok=True)
    model = ov.Model([ops.add(ops.constant(output), nothing)], [picture], "answers")
    ov.save_model(model, folder / "people.xml", compress_to_fp16=False)
    if metadata is not None:
        (folder / "metadata.yaml").write_text(metadata, encoding="utf-8")
    return folder


def answer(classes: int, person: int) -> NDArray[np.float32]:
    """One person in the middle of a 64 x 64 input, one weak one, and one that is something else."""
    output = np.zeros((1, 4 + classes, 16), np.float32)
    output[0, :4, :3] = [[32, 12, 50], [32, 32, 32], [16, 4, 8], [32, 8, 8]]
    output[0, 4 + person, :3] = [0.9, 0.2, 0.0]
    if classes > 1:
        output[0, 4 + (person + 1) % classes, 2] = 0.95
    return output


# A 160 x 120 picture in a 64 x 64 input: scale 0.4, 8 rows of padding above.
PERSON_BOX = (60.0, 20.0, 100.0, 100.0, 0.9)


def test_a_model_whose_metadata_names_the_person_class(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(3, 2), metadata="task: detect\nnames: {0: cat, 1: dog, 2: person}\n")
    assert detections_of(open_detector(str(folder), Thresholds())) == [PERSON_BOX]


def test_a_model_of_one_class_without_metadata(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0))
    assert detections_of(open_detector(str(folder / "people.xml"), Thresholds())) == [PERSON_BOX]


def test_a_coco_model_without_metadata(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(80, 0))
    assert detections_of(open_detector(str(folder), Thresholds())) == [PERSON_BOX]


def test_a_model_that_gives_finished_boxes(tmp_path: Path) -> None:
    output = np.zeros((1, 300, 6), np.float32)
    output[0, :2] = [[24, 16, 40, 48, 0.9, 0], [5, 5, 9, 9, 0.8, 7]]
    folder = build_model(tmp_path / "m", output)
    assert detections_of(open_detector(str(folder), Thresholds())) == [PERSON_BOX]


def test_an_open_input_takes_the_pictures_shape_and_may_change_it(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0), side=None, metadata="imgsz: [64, 64]\nstride: 32\n")
    detector = open_detector(str(folder), Thresholds())
    wide, tall = np.zeros((120, 320, 3), np.uint8), np.zeros((320, 120, 3), np.uint8)
    # 320 x 120 at a longer side of 64 is 64 x 24, so an input of 64 x 32: scale 0.2, 4 rows of padding.
    assert detections_of(detector, wide)[0][0] == pytest.approx(120, abs=0.1)
    assert detections_of(detector, tall)[0][1] == pytest.approx(80, abs=0.1)
    assert detections_of(detector, wide)[0][0] == pytest.approx(120, abs=0.1)


def test_thresholds_are_obeyed(tmp_path: Path) -> None:
    folder = str(build_model(tmp_path / "m", answer(1, 0)))
    assert len(detections_of(open_detector(folder, Thresholds(confidence=0.1)))) == 2
    assert len(detections_of(open_detector(folder, Thresholds(confidence=0.1, min_height=0.5)))) == 1
    assert len(detections_of(open_detector(folder, Thresholds(confidence=0.95)))) == 0


def test_the_model_id_names_content_and_thresholds_not_the_place(tmp_path: Path) -> None:
    here = build_model(tmp_path / "a" / "people", answer(1, 0))
    there = shutil.copytree(here, tmp_path / "b" / "people")
    other = build_model(tmp_path / "c" / "people", answer(2, 0), metadata="names: {0: person, 1: cat}\n")
    same = {open_detector(str(p), Thresholds()).model_id for p in (here, there)}
    assert len(same) == 1
    different = {open_detector(str(other), Thresholds()).model_id, open_detector(str(here), Thresholds(0.3)).model_id}
    assert len(same | different) == 3


@pytest.mark.parametrize(
    ("output", "options", "rule"),
    [
        (np.zeros((1, 1000), np.float32), {}, "not a YOLO detector: it must give one table of boxes"),
        (np.zeros((1, 3, 16), np.float32), {}, "not a YOLO detector: its output is"),
        (answer(1, 0), {"channels": 1}, "not a YOLO detector: its input has 1 channels, not 3"),
        (answer(1, 0), {"metadata": "task: segment\n"}, "not a YOLO detector: its task is 'segment'"),
        (answer(2, 0), {"metadata": "names: {0: cat, 1: dog}\n"}, "none of its 2 classes is called 'person'"),
        (answer(7, 0), {}, "has 7 classes and no metadata.yaml that says which of them is a person"),
        (answer(1, 0), {"metadata": "names: {0: ["}, "metadata.yaml: not readable as YAML"),
    ],
)
def test_a_model_that_is_no_detector_of_people_is_refused(
    tmp_path: Path, output: NDArray[np.float32], options: dict[str, Any], rule: str
) -> None:
    folder = build_model(tmp_path / "m", output, **options)
    with pytest.raises(DetectionError) as caught:
        open_detector(str(folder), Thresholds())
    assert rule in str(caught.value)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0))
    (folder / "people.xml").write_text("<net", encoding="utf-8")
    with pytest.raises(DetectionError, match=r"people\.xml: OpenVINO cannot read this model: .+"):
        open_detector(str(folder), Thresholds())


def test_a_model_without_its_weights_is_refused(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0))
    (folder / "people.bin").unlink()
    with pytest.raises(DetectionError, match="people"):
        open_detector(str(folder), Thresholds())


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("missing_openvino_model", "no such model"),
        ("models/missing.pt", "no such model"),
        ("notes.txt", "not a model: must be an OpenVINO folder or .xml, a .pt"),
        ("empty_openvino_model", "no .xml file in this folder"),
    ],
)
def test_what_is_no_model_is_named(tmp_path: Path, name: str, rule: str) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty_openvino_model").mkdir()
    with pytest.raises(DetectionError, match=rule) as caught:
        open_detector(str(tmp_path / name), Thresholds())
    assert name in str(caught.value)


def test_a_bare_name_of_weights_stays_bare_unless_the_file_is_there(tmp_path: Path) -> None:
    assert locate_model("yolo11n.pt", tmp_path) == "yolo11n.pt"
    (tmp_path / "yolo11n.pt").write_bytes(b"")
    assert locate_model("yolo11n.pt", tmp_path) == str(tmp_path / "yolo11n.pt")
    assert locate_model("models/mine.pt", tmp_path) == str(tmp_path / "models" / "mine.pt")
    assert locate_model("recorded:a.csv", tmp_path) == f"recorded:{tmp_path / 'a.csv'}"
    assert detector_kind("yolo11n.pt") == "weights"


# --- privacy ----------------------------------------------------------------------------------------------------

NO_SOCKETS = """
import socket, sys

def refuse(*args, **kwargs):
    raise AssertionError(f"a socket was opened: {args} {kwargs}")

socket.socket.__init__ = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
import subprocess
subprocess.Popen = refuse  # a child could open one where we do not look
"""

RUN_OPENVINO = """
import datetime, threading
import numpy as np
from edge.detection import Thresholds, open_detector
from edge.events import Frame

detector = open_detector(sys.argv[1], Thresholds(confidence=0.1))
found = detector.detect(Frame(datetime.datetime.now(datetime.UTC), 0, np.zeros((120, 160, 3), np.uint8)))
assert len(found) == 2, found
assert threading.active_count() == 1, threading.enumerate()
loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
print(sorted(loaded & {"torch", "ultralytics", "ultralytics_platform", "openvino_telemetry", "openvino", "requests"}))
"""


@pytest.mark.slow
def test_a_model_on_openvino_loads_neither_torch_nor_ultralytics_and_opens_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_model(tmp_path / "m", answer(1, 0))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS + RUN_OPENVINO, str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "['openvino']", "")
    assert list(home.iterdir()) == [], "usage reporting left its identity file behind"


# --- recorded detections ----------------------------------------------------------------------------------------


def record(folder: Path, text: str) -> str:
    path = folder / "door.csv"
    path.write_text(text, encoding="utf-8")
    return f"recorded:{path}"


def test_recorded_detections_come_back_frame_by_frame(tmp_path: Path) -> None:
    model = record(tmp_path, "1,-1,10,20,30,40,0.9,-1,-1,-1\n3,-1,11,21,30,40,0.05\n3,7,12,22,30,60,0.5,1,0.8\n")
    detector = open_detector(model, Thresholds(confidence=0.1))
    seen = [detector.detect(frame(number=n)) for n in range(4)]
    assert [len(d) for d in seen] == [1, 0, 1, 0]
    assert seen[0].xyxy.tolist() == [[10, 20, 40, 60]]
    assert seen[2].xyxy.tolist() == [[12, 22, 42, 82]]
    assert detector.model_id.startswith("recorded:door.csv@")


def test_recorded_mannequins_are_no_people(tmp_path: Path) -> None:
    detector = open_detector(record(tmp_path, "1,1,10,20,30,40,1,1,1\n1,2,60,20,30,40,1,8,1\n"), Thresholds())
    assert len(detector.detect(frame())) == 1


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("1,-1,10,20", "4 columns; needs at least frame,id,left,top,width,height,confidence"),
        ("0,-1,10,20,30,40,0.9", "frame: '0' must be a whole number from 1"),
        ("1.5,-1,10,20,30,40,0.9", "frame: '1.5' must be a whole number from 1"),
        ("1,-1,ten,20,30,40,0.9", "left: 'ten' is not a number"),
        ("1,-1,nan,20,30,40,0.9", "left: 'nan' is not a finite number"),
        ("1,-1,10,20,30,NaN,0.9", "height: 'NaN' is not a finite number"),
        ("1,-1,10,20,30,40,inf", "confidence: 'inf' is not a finite number"),
        ("nan,-1,10,20,30,40,0.9", "frame: 'nan' is not a finite number"),
        ("1,-1,10,20,-30,40,0.9", "width and height must be greater than 0, not -30 x 40"),
        ("1,-1,10,20,30,-0.5,0.9", "width and height must be greater than 0, not 30 x -0.5"),
        ("-3,-1,10,20,30,40,0.9", "frame: '-3' must be a whole number from 1"),
        ("1,-1,10,20,30,40,-1", "confidence: '-1' must lie within 0..1"),
        ("1,-1,10,20,0,40,0.9", "width and height must be greater than 0, not 0 x 40"),
        ("1,-1,10,20,30,40,1.9", "confidence: '1.9' must lie within 0..1"),
    ],
)
def test_a_broken_line_is_named_with_file_number_and_rule(tmp_path: Path, line: str, rule: str) -> None:
    model = record(tmp_path, f"1,-1,10,20,30,40,0.9\n{line}\n")
    with pytest.raises(DetectionError) as caught:
        open_detector(model, Thresholds())
    assert str(caught.value) == f"{tmp_path / 'door.csv'}:2: {rule}"


def test_a_missing_or_binary_recording_of_detections_is_named(tmp_path: Path) -> None:
    with pytest.raises(DetectionError, match=r"gone\.csv: recorded detections: No such file"):
        open_detector(f"recorded:{tmp_path / 'gone.csv'}", Thresholds())
    (tmp_path / "door.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DetectionError, match=r"door\.csv: recorded detections: not UTF-8"):
        open_detector(f"recorded:{tmp_path / 'door.csv'}", Thresholds())


# --- weights and other formats: ultralytics ---------------------------------------------------------------------

MAKE_WEIGHTS = """
import sys
from ultralytics import YOLO
model = YOLO("yolo11n.yaml", task="detect")
model.model.names = {0: "person"} | {i: f"class {i}" for i in range(1, 80)}
model.save(sys.argv[1])
if len(sys.argv) > 2:
    YOLO(sys.argv[1]).export(format="torchscript", imgsz=64)
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained YOLO11n weights and their TorchScript form, made here: nothing is fetched."""
    folder = tmp_path_factory.mktemp("weights")
    environment = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(folder)}
    command = [sys.executable, "-c", MAKE_WEIGHTS, str(folder / "untrained.pt"), "torchscript"]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder / "untrained.pt"


@pytest.mark.slow
def test_weights_are_converted_once_and_then_run_without_torch(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    first = open_detector(str(weights), Thresholds(confidence=0.0, iou=0.0))
    made = [p for p in (tmp_path / "cache").iterdir() if p.name.endswith("_openvino_model")]
    assert len(made) == 1
    stamp = made[0].stat().st_mtime_ns
    again = open_detector(str(weights), Thresholds(confidence=0.0, iou=0.0))
    assert made[0].stat().st_mtime_ns == stamp
    assert again.model_id == first.model_id
    assert first.model_id.startswith("untrained@")
    assert "torch" not in sys.modules
    noise = np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    assert len(detections_of(first, noise)) >= 1
    assert detections_of(first, noise) == detections_of(again, noise)
    settings = (tmp_path / "cache" / "ultralytics" / "Ultralytics" / "settings.json").read_text()
    assert '"sync": false' in settings


@pytest.mark.slow
def test_files_that_are_no_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine.pt").write_bytes(b"no weights at all")
    with pytest.raises(DetectionError, match=r"mine\.pt: ultralytics cannot turn it into an OpenVINO model: ."):
        open_detector(str(tmp_path / "mine.pt"), Thresholds())
    assert not [p for p in (tmp_path / "cache").iterdir() if p.name != "ultralytics"]


@pytest.mark.slow
def test_weights_that_cannot_be_fetched_say_which_file_to_put_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there: offline wherever this runs
    with pytest.raises(DetectionError) as caught:
        open_detector("yolo11n.pt", Thresholds())
    expected = tmp_path / "cache" / "weights" / "yolo11n.pt"
    assert str(caught.value).startswith("yolo11n.pt: cannot be fetched (")
    assert str(caught.value).endswith(f"; put the file at {expected}, or name a local model")


RUN_ULTRALYTICS = """
import sys, datetime
import numpy as np
from edge.detection import DetectionError, Thresholds, open_detector
from edge.events import Frame

try:
    detector = open_detector(sys.argv[1], Thresholds(confidence=0.0, iou=0.5))
except DetectionError as error:
    sys.exit(str(error))
noise = np.random.default_rng(3).integers(0, 255, (120, 160, 3), dtype=np.uint8)
found = detector.detect(Frame(datetime.datetime.now(datetime.UTC), 0, noise))
assert len(found) >= 1 and found.xyxy.shape == (len(found), 4), found
assert found.xyxy.dtype == np.float32
from ultralytics import SETTINGS
from ultralytics.utils import AUTOINSTALL, ONLINE
from ultralytics.utils.events import events
assert (SETTINGS["sync"], AUTOINSTALL, ONLINE, events.enabled) == (False, False, False, False)
print(detector.model_id)
"""


@pytest.mark.slow
def test_other_formats_run_through_ultralytics_with_its_reporting_off(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    model = weights.with_suffix(".torchscript")
    command = [sys.executable, "-c", NO_SOCKETS.partition("import subprocess")[0] + RUN_ULTRALYTICS, str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "untrained.torchscript@" in done.stdout


@pytest.mark.slow
def test_a_format_whose_runtime_is_missing_or_whose_file_is_damaged_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "broken.torchscript").write_bytes(b"nothing")
    command = [sys.executable, "-c", RUN_ULTRALYTICS, str(tmp_path / "broken.torchscript")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{tmp_path / 'broken.torchscript'}: ultralytics cannot run this model: " in done.stderr
    assert "Traceback" not in done.stderr


# --- the real weights on real pictures --------------------------------------------------------------------------


@pytest.mark.slow
def test_the_real_weights_see_what_they_saw_when_the_reference_was_made(shared: Path) -> None:
    """The reference was made with the same weights (size 640), but another rounding and lower thresholds."""
    name = "one-by-one-person-detection"
    truth: dict[int, list[list[float]]] = {}
    with (shared / "truth" / "detections" / f"{name}.csv").open(encoding="utf-8") as file:
        for row in csv.reader(file):
            number, _, left, top, width, height, score = (float(cell) for cell in row[:7])
            if score >= 0.4:
                truth.setdefault(int(number) - 1, []).append([left, top, left + width, top + height, score])
    detector = open_detector(str(shared / "models" / "yolo11n_int8_openvino_model"), Thresholds(0.25, 0.7))
    reader = cv2.VideoCapture(str(shared / "videos" / f"{name}.mp4"))
    expected = found = 0
    for number in range(400):
        image = np.asarray(reader.read()[1], np.uint8)
        seen = detector.detect(frame(image, number))
        for *box, score in truth.get(number, []):
            expected += 1
            found += any(
                np.abs(own - box).max() < 8 and abs(own_score - score) < 0.1
                for own, own_score in zip(seen.xyxy, seen.score, strict=True)
            )
    reader.release()
    assert expected > 200
    assert found >= 0.99 * expected
