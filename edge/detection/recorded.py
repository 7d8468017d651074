"""Detections read from a file, so that everything after detection can run and be tested without a model."""

from __future__ import annotations

import hashlib
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from ..events import Detections
from .errors import DetectionError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..events import Frame
    from .boxes import Thresholds

PREFIX = "recorded:"
COLUMNS = ("frame", "id", "left", "top", "width", "height", "confidence")
CLASS_COLUMN = 7
MOT_PEDESTRIAN = 1
NOT_GIVEN = -1

# Detectors and labellers draw boxes a little beyond the picture's edge, but not by more than this share of it.
BEYOND = 0.05
# Containers do not always know their last frames; the tolerance is that of reading a recording.
FEW_FRAMES = 2
# So many boxes in less than this share of both width and height: people rarely keep to one quarter of a picture.
MANY_BOXES = 200
SMALL_PART = 0.55
# ... and of a recording in which somebody is seen so often, the last box rarely lies in its first half.
EARLY_END = 0.5
# A rhythm is believed after so many steps.
MANY_STEPS = 20
# A detector that misses everybody for a second in the middle of the picture is none; most files have no such hole.
HOLE_S = 1.0
SURE = 0.5


class RecordedDetector:
    """Gives back what a file in MOTChallenge form says was seen.

    One box a line: ``frame,id,left,top,width,height,confidence[,class,...]``; frames count from 1, the rest is in
    pixels of the picture. A class other than 1 (pedestrian) or -1 (not given) is left out. The thresholds for
    confidence and height apply; overlaps are taken as they are.

    Args:
        path: The file.
        thresholds: What a box must reach.

    Attributes:
        path: The file.

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
        self.path = path
        self._boxes: dict[int, NDArray[np.float32]] = {}
        self._repeated = self._back = 0
        self._labelled = False
        self._collect(lines)
        digest = hashlib.blake2b(content, digest_size=4).hexdigest()
        self._id = (
            f"{PREFIX}{path.name}@{digest} confidence={thresholds.confidence:g} min_height={thresholds.min_height:g}"
        )

    def _collect(self, lines: list[str]) -> None:
        """Sorts the boxes by frame, whatever the order of the lines, and refuses what may be two recordings in one."""
        boxes: dict[int, list[tuple[float, ...]]] = {}
        ids: set[tuple[int, float]] = set()
        began: dict[int, int] = {}
        before = -1
        for number, line in enumerate(lines, start=1):
            if not line.strip() or (number == 1 and line.startswith("frame")):
                continue
            place = f"{self.path}:{number}"
            frame, person, box, is_person = _read(line, place)
            if person > 0:
                # Files of true tracks are often sorted by person; then every person has one box a frame.
                if (frame, person) in ids:
                    raise DetectionError(f"{place}: frame {frame + 1} has person {person:g} a second time")
                ids.add((frame, person))
            elif frame != before:
                if frame in began:
                    raise DetectionError(
                        f"{place}: frame {frame + 1} comes back, after line {began[frame]}: two recordings in one "
                        "file? Separate them, or sort the lines by frame"
                    )
                began[frame] = number
                if frame < before and not self._back:
                    self._back = number
                before = frame
            if is_person:
                boxes.setdefault(frame, []).append(box)
        self._labelled = bool(ids)
        for frame, rows in boxes.items():
            single = list(dict.fromkeys(rows))
            self._repeated += len(rows) - len(single)
            self._boxes[frame] = np.asarray(single, dtype=np.float32)

    def refuse_misfit(self, width: int, height: int, frame_count: int, name: str) -> None:
        """Makes sure that the boxes can belong to a recording.

        Args:
            width: Of the recording's pictures, pixels.
            height: The same.
            frame_count: How many there are; 0 where it is not known.
            name: Of the recording, for the message.

        Raises:
            DetectionError: Boxes reach beyond the picture by more than ``BEYOND`` of it (of labelled people, whose
                boxes are drawn round the hidden part too: their centres), or frames beyond the end.
        """
        if not self._boxes:
            return
        every = np.concatenate(list(self._boxes.values()))
        if self._labelled:
            every = np.tile((every[:, :2] + every[:, 2:4]) / 2, 2)
        right, bottom = float(every[:, 2].max()), float(every[:, 3].max())
        left, top = float(every[:, 0].min()), float(every[:, 1].min())
        if max(right / width - 1, bottom / height - 1, -left / width, -top / height) > BEYOND:
            raise DetectionError(
                f"{self.path}: its boxes reach from {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}, beyond the "
                f"{width} x {height} pictures of {name}: made at another resolution?"
            )
        last = max(self._boxes) + 1
        if frame_count and last > frame_count + max(FEW_FRAMES, frame_count // 100):
            raise DetectionError(
                f"{self.path}: goes on to frame {last}, but {name} ends with frame {frame_count}: made of another "
                "recording, or at another rate?"
            )

    def doubts(self, width: int, height: int, frame_count: int, fps: float) -> list[str]:
        """What looks wrong but may be right.

        Args:
            width: Of the recording's pictures, pixels.
            height: The same.
            frame_count: How many there are; 0 where it is not known.
            fps: Its pictures a second.

        Returns:
            One rule a doubt.
        """
        if not self._boxes:
            return ["holds no box of a person; nobody will be counted"]
        found = []
        if self._back:
            found.append(f"its frames go back on line {self._back}; boxes are used by their frame, not by their line")
        if self._repeated:
            found.append(f"repeats {self._repeated} boxes within their frames; each is used once")
        every = np.concatenate(list(self._boxes.values()))
        right, bottom = float(every[:, 2].max()), float(every[:, 3].max())
        if len(every) > MANY_BOXES and right < SMALL_PART * width and bottom < SMALL_PART * height:
            found.append(
                f"its {len(every)} boxes reach only to {right:.0f}, {bottom:.0f} in pictures of {width} x {height}: "
                "made at a lower resolution?"
            )
        last = max(self._boxes)
        if len(every) > MANY_BOXES and last + 1 < EARLY_END * frame_count:
            found.append(f"has its last box in frame {last + 1} of {frame_count}: made from a shorter recording?")
        return found + self._holes(width, height, frame_count, fps)

    def _holes(self, width: int, height: int, frame_count: int, fps: float) -> list[str]:
        """Frames without a box while somebody was in the middle of the picture: people do not vanish there."""
        frames = sorted(self._boxes)
        steps = [b - a for a, b in itertools.pairwise(frames)]
        usual = sorted(steps)[len(steps) // 2] if len(steps) > MANY_STEPS else 1
        if usual > 1:
            return [f"has boxes in every {usual}. frame only; set fps of the camera to {fps / usual:g} or less"]
        inside = [frame for frame in frames if self._somebody_inside(frame, width, height)]
        within = set(inside)
        holes = [(b - a - 1, a) for a, b in itertools.pairwise(frames) if a in within and b in within]
        if frame_count and frames[-1] in within:
            holes.append((frame_count - 1 - frames[-1], frames[-1]))
        long = [(length, after) for length, after in holes if length >= HOLE_S * fps]
        if not long:
            return []
        length, after = max(long)
        count = "1 hole" if len(long) == 1 else f"{len(long)} holes"
        longest = f"the longest from frame {after + 2} to {after + 1 + length} ({length / fps:.1f} s)"
        return [f"has {count} while people are in the middle of the picture; {longest}"]

    def _somebody_inside(self, frame: int, width: int, height: int) -> bool:
        """Whether a sure box in a frame keeps away from the picture's edges by its own width."""
        for left, top, right, bottom, score in self._boxes[frame]:
            room = right - left
            if score >= SURE and left > room and right < width - room and top > 0 and bottom < height - room / 2:
                return True
        return False

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


def _read(line: str, place: str) -> tuple[int, float, tuple[float, ...], bool]:
    """One line as 0-based frame number, id, (left, top, right, bottom, confidence), and whether it is a person."""
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
    frame, person, left, top, width, height, confidence = values
    if frame < 1 or frame != int(frame):
        raise DetectionError(f"{place}: frame: {cells[0]!r} must be a whole number from 1")
    if width <= 0 or height <= 0:
        raise DetectionError(f"{place}: width and height must be greater than 0, not {cells[4]} x {cells[5]}")
    if not 0 <= confidence <= 1:
        raise DetectionError(f"{place}: confidence: {cells[6]!r} must lie within 0..1")
    kind = cells[CLASS_COLUMN] if len(cells) > CLASS_COLUMN else str(NOT_GIVEN)
    is_person = kind in {str(MOT_PEDESTRIAN), str(NOT_GIVEN)}
    return int(frame) - 1, person, (left, top, left + width, top + height, confidence), is_person
