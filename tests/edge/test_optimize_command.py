"""``footfall-edge optimize`` as people use it: what it writes, what it refuses, and what it says."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from rich.console import Console

from benchmarks.mjpeg_camera import ClipCamera
from edge.capture import CaptureError
from edge.cli.build import UsageError
from edge.cli.optimize import optimize
from edge.cli.optimize_words import optimize_options
from edge.cli.output import Output
from edge.detection import Thresholds, open_detector
from edge.detection.openvino_model import find_xml, import_openvino
from edge.events import Frame
from edge.optimize import OptimizeError, is_int8
from edge.optimize import footage as footage_room
from edge.optimize.agreement import overlaps
from edge.optimize.making import Original

from .stories import NOON


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
    return [Frame(NOON, 0, np.asarray(image, dtype=np.uint8))]


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


@pytest.mark.slow
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
        "from tests.edge.test_optimize_command import command\n"
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
