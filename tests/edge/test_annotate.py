"""The annotated picture: what is drawn, faces made unrecognisable, a video that plays."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.annotate import AnnotationError, Annotator, VideoFile, head_of
from edge.events import Crossing, Frame, Track
from edge.geometry import Point, Polygon, Polyline
from edge.pipeline import Step
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOW = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
LINE = Line("entrance", "entrance", Polyline((Point(0.1, 0.9), Point(0.9, 0.9))))
ZONE = Zone("shoes", "product", Polygon((Point(0.7, 0.5), Point(0.95, 0.5), Point(0.95, 0.8))))
CAMERA = Camera("door", "Main door", (LINE,), (ZONE,))
PERSON = Track(1, (100.0, 60.0, 160.0, 220.0), 0.9, True, NOW, NOW)
CROSSED = Crossing("entrance", 1, 0, "in", "left", NOW, 3, 0.5, 0.9, (0.1, 0.1, 0.2, 0.5), 0.9, True)


def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)


def step(tracks: tuple[Track, ...] = (PERSON,), crossings: tuple[Crossing, ...] = ()) -> Step:
    return Step(Frame(NOW, 0, noise()), tracks, crossings, (("shoes", 2),))


def detail(image: NDArray[np.uint8]) -> float:
    """How much neighbouring pixels differ: high in noise, low in large blocks."""
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


def drawn(annotator: Annotator, what: Step) -> NDArray[np.uint8]:
    image = annotator.draw(what)
    assert image is not None
    return image


def test_a_face_is_unrecognisable_unless_asked_for() -> None:
    left, top, right, bottom = head_of(PERSON.box, 320, 240)
    face = slice(top + 24, bottom - 4), slice(left + 14, right - 14)  # within the box's own border and label
    hidden, plain = (drawn(Annotator(CAMERA, faces=faces), step())[face] for faces in (False, True))
    assert detail(plain) > 50
    assert detail(hidden) < 15
    assert np.array_equal(plain[:, -10:], noise()[face][:, -10:])  # right of the label with the number


def test_a_person_not_yet_believed_in_has_a_hidden_face_too() -> None:
    unsure = replace(PERSON, confirmed=False)
    left, top, right, bottom = head_of(PERSON.box, 320, 240)
    face = slice(top + 24, bottom - 4), slice(left + 14, right - 14)
    assert detail(drawn(Annotator(CAMERA), step((unsure,)))[face]) < 15


def test_the_picture_handed_in_stays_as_it_is() -> None:
    what = step()
    drawn(Annotator(CAMERA), what)
    assert what.frame is not None
    assert np.array_equal(what.frame.image, noise())


def test_counts_go_up_with_the_facts() -> None:
    annotator = Annotator(CAMERA)
    before = drawn(annotator, step(()))
    again = drawn(annotator, step(()))
    after = drawn(annotator, step((), (CROSSED,)))
    assert np.array_equal(before, again)
    changed = np.argwhere((before != after).any(axis=2))
    assert len(changed) > 0, "the number beside the line did not change"
    assert changed[:, 0].min() > 180, "something else than the line's own label changed"


def test_the_last_step_has_no_picture() -> None:
    assert Annotator(CAMERA).draw(Step(None, (), ())) is None


@pytest.mark.parametrize("box", [(-50.0, -40.0, 20.0, 80.0), (300.0, 200.0, 400.0, 300.0), (400.0, 10.0, 500.0, 90.0)])
def test_people_at_the_edge_and_outside_are_drawn_without_complaint(box: tuple[float, float, float, float]) -> None:
    assert drawn(Annotator(CAMERA), step((replace(PERSON, box=box),))).shape == (240, 320, 3)


def test_the_video_plays_with_every_picture_at_its_rate(tmp_path: Path) -> None:
    video = VideoFile(tmp_path / "out.mp4", 12.5)
    for _ in range(25):
        video.write(drawn(Annotator(CAMERA), step()))
    video.write(np.zeros((480, 640, 3), np.uint8))  # a camera that came back with another size
    video.close()
    reader = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert (reader.get(cv2.CAP_PROP_FRAME_COUNT), reader.get(cv2.CAP_PROP_FPS)) == (26, 12.5)
    ok, image = reader.read()
    reader.release()
    assert ok
    assert image is not None
    assert image.shape == (240, 320, 3)


def test_a_video_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"out\.mp4: its folder does not exist"):
        VideoFile(tmp_path / "nowhere" / "out.mp4", 10)
    with pytest.raises(AnnotationError, match=r"out\.avi: the annotated video must be named \.mp4"):
        VideoFile(tmp_path / "out.avi", 10)
    (tmp_path / "taken.mp4").mkdir()
    with pytest.raises(AnnotationError, match=r"taken\.mp4: cannot be written"):
        VideoFile(tmp_path / "taken.mp4", 10).write(noise())


def test_a_window_without_a_display_is_a_clear_error_and_no_crash() -> None:
    code = (
        "from edge.annotate import Window, AnnotationError\ntry:\n Window('x')\nexcept AnnotationError as e:\n print(e)"
    )
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment["QT_QPA_PLATFORM"] = "xcb"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "--show: no window can be opened: there is no display, or OpenCV has no windows here",
    )
