"""Detections read from a file, so that everything after detection can run and be tested without a model."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

from ..events import Detections
from .errors import DetectionError

if TYPE_CHECKING:
    from pathlib import Path

    from ..events import Frame
    from .boxes import Thresholds

PREFIX = "recorded:"
COLUMNS = ("frame", "id", "left", "top", "width", "height", "confidence")
CLASS_COLUMN = 7
MOT_PEDESTRIAN = 1
NOT_GIVEN = -1


class RecordedDetector:
    """Gives back what a file in MOTChallenge form says was seen.

    One box a line: ``frame,id,left,top,width,height,confidence[,class,...]``; frames count from 1, the rest is in
    pixels of the picture. A class other than 1 (pedestrian) or -1 (not given) is left out. The thresholds for
    confidence and height apply; overlaps are taken as they are.

    Args:
        path: The file.
        thresholds: What a box must reach.

    Raises:
        DetectionError: The file is missing, or a line breaks the form; the message names file, line and rule.

    Reference:
        Milan et al., MOT16: A Benchmark for Multi-Object Tracking, section 3.3.
    """

    def __init__(self, path: Path, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        try:
            content = path.read_bytes()
            lines = content.decode("utf-8").splitlines()
        except OSError as error:
            raise DetectionError(f"{path}: recorded detections: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DetectionError(f"{path}: recorded detections: not UTF-8 text (byte {error.start})") from error
        boxes: dict[int, list[tuple[float, ...]]] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or (number == 1 and line.startswith("frame")):
                continue
            frame, box, is_person = _read(line, f"{path}:{number}")
            if is_person:
                boxes.setdefault(frame, []).append(box)
        self._boxes = {frame: np.asarray(rows, dtype=np.float32) for frame, rows in boxes.items()}
        digest = hashlib.blake2b(content, digest_size=4).hexdigest()
        self._id = (
            f"{PREFIX}{path.name}@{digest} confidence={thresholds.confidence:g} min_height={thresholds.min_height:g}"
        )

    @property
    def model_id(self) -> str:
        """File name, hash of its content, the thresholds that apply."""
        return self._id

    def detect(self, frame: Frame) -> Detections:
        """What the file says about this frame's number; nothing where it is silent."""
        rows = self._boxes.get(frame.number)
        if rows is None:
            return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))
        tall = (rows[:, 3] - rows[:, 1]) >= self._thresholds.min_height * frame.image.shape[0]
        rows = rows[tall & (rows[:, 4] >= self._thresholds.confidence)]
        return Detections(np.ascontiguousarray(rows[:, :4]), np.ascontiguousarray(rows[:, 4]))


def _read(line: str, place: str) -> tuple[int, tuple[float, ...], bool]:
    """One line as 0-based frame number, (left, top, right, bottom, confidence), and whether it is a person."""
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) < len(COLUMNS):
        raise DetectionError(f"{place}: {len(cells)} columns; needs at least {','.join(COLUMNS)}")
    values: list[float] = []
    for name, cell in zip(COLUMNS, cells, strict=False):
        try:
            value = float(cell)
        except ValueError:
            raise DetectionError(f"{place}: {name}: {cell!r} is not a number") from None
        if not math.isfinite(value):
            raise DetectionError(f"{place}: {name}: {cell!r} is not a finite number")
        values.append(value)
    frame, _, left, top, width, height, confidence = values
    if frame < 1 or frame != int(frame):
        raise DetectionError(f"{place}: frame: {cells[0]!r} must be a whole number from 1")
    if width <= 0 or height <= 0:
        raise DetectionError(f"{place}: width and height must be greater than 0, not {cells[4]} x {cells[5]}")
    if not 0 <= confidence <= 1:
        raise DetectionError(f"{place}: confidence: {cells[6]!r} must lie within 0..1")
    kind = cells[CLASS_COLUMN] if len(cells) > CLASS_COLUMN else str(NOT_GIVEN)
    is_person = kind in {str(MOT_PEDESTRIAN), str(NOT_GIVEN)}
    return int(frame) - 1, (left, top, left + width, top + height, confidence), is_person
