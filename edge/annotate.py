"""A picture of what is being counted: boxes, numbers, lines, zones and live counts, faces made unrecognisable."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .events import Crossing
from .geometry import Point

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .events import Track
    from .pipeline import Step
    from .scene import Camera, Line, Zone

Colour = tuple[int, int, int]
LINE_COLOUR: Colour = (60, 200, 255)  # BGR throughout, as OpenCV has it
ZONE_COLOUR: Colour = (235, 170, 60)
PERSON_COLOUR: Colour = (110, 230, 110)
UNSURE_COLOUR: Colour = (170, 170, 170)
INK: Colour = (25, 25, 25)
PAPER: Colour = (245, 245, 245)
FONT = cv2.FONT_HERSHEY_SIMPLEX
ZONE_TINT = 0.18

# A head takes up the top seventh of a standing person; boxes that are cut off below hold relatively more of it.
HEAD_OF_HEIGHT = 0.3
HEAD_OF_WIDTH = 1.1
FACE_BLOCKS = 5


class AnnotationError(Exception):
    """The annotated picture can be neither shown nor written; the message says why."""


class Annotator:
    """Draws steps of one camera, and keeps the counts that it writes into the picture.

    Args:
        camera: Lines and zones.
        faces: Leave faces as they are.
    """

    def __init__(self, camera: Camera, *, faces: bool = False) -> None:
        self._camera = camera
        self._faces = faces
        self._crossed: Counter[tuple[str, str]] = Counter()

    def draw(self, step: Step) -> NDArray[np.uint8] | None:
        """The picture of one step with everything drawn on a copy of it; None for the last step, which has none."""
        self._crossed.update((fact.line, fact.direction) for fact in step.facts if isinstance(fact, Crossing))
        if step.frame is None:
            return None
        image = step.frame.image.copy()
        if not self._faces:
            for track in step.tracks:
                _pixelate_head(image, track)
        inside = dict(step.inside)
        for zone in self._camera.zones:
            _draw_zone(image, zone, inside.get(zone.id, 0))
        for line in self._camera.lines:
            _draw_line(image, line, self._crossed[line.id, "in"], self._crossed[line.id, "out"])
        for track in step.tracks:
            _draw_track(image, track)
        at = step.frame.at.strftime("%Y-%m-%d %H:%M:%S")
        _label(image, f"{self._camera.name}  {at} UTC", Point(6, 6), PAPER)
        return image


class VideoFile:
    """An annotated video on disk (MPEG-4 part 2 in MP4, which OpenCV writes everywhere).

    Args:
        path: To write; replaced where it is there.
        fps: Pictures a second.

    Raises:
        AnnotationError: The folder is missing.
    """

    def __init__(self, path: Path, fps: float) -> None:
        if not path.parent.is_dir():
            raise AnnotationError(f"{path}: its folder does not exist")
        if path.suffix.lower() != ".mp4":
            raise AnnotationError(f"{path}: the annotated video must be named .mp4")
        self._path = path
        self._fps = fps
        self._writer: cv2.VideoWriter | None = None
        self._size = 0, 0

    def write(self, image: NDArray[np.uint8]) -> None:
        """Appends a picture; one of another size than the first is scaled to it.

        Raises:
            AnnotationError: The file cannot be written.
        """
        if self._writer is None:
            self._size = image.shape[1], image.shape[0]
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, codec, self._fps, self._size)
            if not self._writer.isOpened():
                raise AnnotationError(f"{self._path}: cannot be written")
        if (image.shape[1], image.shape[0]) != self._size:
            image = np.asarray(cv2.resize(image, self._size), dtype=np.uint8)
        self._writer.write(image)

    def close(self) -> None:
        """Completes the file."""
        if self._writer is not None:
            self._writer.release()


class Window:
    """A window on the screen. Only one thread, the main one, may use it.

    Args:
        title: Of the window.

    Raises:
        AnnotationError: There is no display, or this OpenCV was built without windows.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        # Qt complains about fonts that OpenCV's wheels do not bring and that nothing here needs.
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
        # Without a display, Qt ends the whole process instead of raising: so a child process tries first.
        trial = [sys.executable, "-c", "import cv2; cv2.namedWindow('trial'); cv2.destroyAllWindows()"]
        done = subprocess.run(trial, capture_output=True, check=False)  # noqa: S603 - a constant, no shell
        if done.returncode != 0:
            raise AnnotationError("--show: no window can be opened: there is no display, or OpenCV has no windows here")

    def show(self, image: NDArray[np.uint8]) -> bool:
        """Shows a picture; False once someone closed the window or pressed q."""
        cv2.imshow(self._title, image)
        pressed = cv2.waitKey(1) & 0xFF
        return pressed != ord("q") and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1

    def close(self) -> None:
        """Takes the window off the screen."""
        cv2.destroyAllWindows()


def head_of(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int, int]:
    """The part of a person's box that holds the head.

    Args:
        box: Left, top, right, bottom in pixels.
        width: Of the picture.
        height: Of the picture.

    Returns:
        Left, top, right, bottom in whole pixels within the picture; empty where the box lies outside.
    """
    left, top, right, bottom = box
    margin = (right - left) * (HEAD_OF_WIDTH - 1) / 2
    tall = (bottom - top) * HEAD_OF_HEIGHT
    # A little above the box as well: detectors like to cut off the hair.
    edges = left - margin, top - tall / 6, right + margin, top + tall
    limits = width, height, width, height
    a, b, c, d = (int(min(max(edge, 0), limit)) for edge, limit in zip(edges, limits, strict=True))
    return a, b, c, d


def _pixelate_head(image: NDArray[np.uint8], track: Track) -> None:
    left, top, right, bottom = head_of(track.box, image.shape[1], image.shape[0])
    if right - left < 2 or bottom - top < 2:
        return
    head = image[top:bottom, left:right]
    blocks = FACE_BLOCKS, max(1, round(FACE_BLOCKS * (bottom - top) / (right - left)))
    coarse = cv2.resize(head, blocks, interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)


def _draw_zone(image: NDArray[np.uint8], zone: Zone, inside: int) -> None:
    outline = zone.polygon.scaled(image.shape[1], image.shape[0])
    corners = np.array([[round(c.x), round(c.y)] for c in outline.corners], dtype=np.int32)
    tinted = image.copy()
    cv2.fillPoly(tinted, [corners], ZONE_COLOUR)
    cv2.addWeighted(tinted, ZONE_TINT, image, 1 - ZONE_TINT, 0, dst=image)
    cv2.polylines(image, [corners], isClosed=True, color=ZONE_COLOUR, thickness=2, lineType=cv2.LINE_AA)
    middle = corners.mean(axis=0)
    _label(image, f"{zone.id}: {inside}", Point(float(middle[0]), float(middle[1])), ZONE_COLOUR, centred=True)


def _draw_line(image: NDArray[np.uint8], line: Line, entered: int, left: int) -> None:
    path = line.path.scaled(image.shape[1], image.shape[0])
    corners = np.array([_pixel(corner) for corner in path.corners], dtype=np.int32)
    cv2.polylines(image, [corners], isClosed=False, color=LINE_COLOUR, thickness=2, lineType=cv2.LINE_AA)
    segment = max(path.pieces, key=lambda piece: piece.length)
    start, end = segment.start, segment.end
    middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    # The arrow points where "in" goes: to the left of start -> end on the screen, unless flipped.
    side = -1 if line.flip else 1
    reach = 0.06 * image.shape[0] * side / segment.length
    tip = Point(middle.x + (end.y - start.y) * reach, middle.y - (end.x - start.x) * reach)
    cv2.arrowedLine(image, _pixel(middle), _pixel(tip), LINE_COLOUR, 2, cv2.LINE_AA, tipLength=0.4)
    _label(image, f"{line.id}: {entered} in, {left} out", path.corners[-1], LINE_COLOUR, centred=True)


def _draw_track(image: NDArray[np.uint8], track: Track) -> None:
    colour = PERSON_COLOUR if track.confirmed and track.seen else UNSURE_COLOUR
    left, top, right, bottom = (round(v) for v in track.box)
    cv2.rectangle(image, (left, top), (right, bottom), colour, 2 if track.confirmed else 1, cv2.LINE_AA)
    if track.confirmed:
        _label(image, str(track.id), Point(left, top), colour)
        cv2.circle(image, ((left + right) // 2, bottom), 4, colour, -1, cv2.LINE_AA)


def _label(image: NDArray[np.uint8], text: str, place: Point, colour: Colour, *, centred: bool = False) -> None:
    """Dark text on a coloured plate that always lies wholly within the picture."""
    scale = max(0.4, image.shape[0] / 1200)
    (width, height), baseline = cv2.getTextSize(text, FONT, scale, 1)
    wide, tall = width + 8, height + baseline + 6
    left = place.x - wide / 2 if centred else place.x
    top = place.y - tall / 2 if centred else place.y
    x = round(min(max(left, 0), max(image.shape[1] - wide, 0)))
    y = round(min(max(top, 0), max(image.shape[0] - tall, 0)))
    cv2.rectangle(image, (x, y), (x + wide, y + tall), colour, -1)
    cv2.putText(image, text, (x + 4, y + height + 3), FONT, scale, INK, 1, cv2.LINE_AA)


def _pixel(point: Point) -> tuple[int, int]:
    return round(point.x), round(point.y)
