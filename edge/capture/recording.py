"""Video files: pictures in order, with times from the video's own clock plus an anchor, never from the wall clock."""

from __future__ import annotations

import hashlib
import logging
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..events import Frame
from .errors import CaptureError
from .pace import Slots
from .reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

log = logging.getLogger(__name__)

VIDEO_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".gif", ".mpg", ".mpeg", ".ts", ".wmv", ".flv")
)
USUAL_FPS = 25.0
LONGEST_STILL_MS = 600_000.0
PIECE = 1 << 20
SEEK_MARGIN_MS = 1000.0
FURTHEST_KEY_MS = 60_000.0


class Recording:
    """One video file.

    Attributes:
        path: The file.
        fps: Pictures a second, as the file says; 25 where it says nothing sensible.
        frame_count: Pictures in the file as it says itself; 0 where it does not.
        width: Of the picture, pixels.
        height: The same.
        duration: From the first picture to the end of the last; known when ``frames`` has come to its end.

    Raises:
        CaptureError: It is missing, a folder, not readable, or no video.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.duration = timedelta()
        reader = self._open()
        fps = reader.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 240 else USUAL_FPS
        self.frame_count = max(0, int(reader.get(cv2.CAP_PROP_FRAME_COUNT)))
        self.width = int(reader.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(reader.get(cv2.CAP_PROP_FRAME_HEIGHT))
        reader.release()

    def frames(self, anchor: datetime, fps: float | None = None) -> Generator[Frame]:
        """The pictures.

        Args:
            anchor: Aware time of the first picture.
            fps: Pictures a second to look at, at most; None for all. Chosen by their times; they keep their numbers.

        Yields:
            Frames with whole-millisecond times and the file's own 0-based numbers.

        Raises:
            CaptureError: Not one picture could be decoded.
        """
        if anchor.tzinfo is None:
            raise ValueError(f"the anchor {anchor} has no time zone")
        slots = Slots(None if fps is None or fps >= self.fps else fps)
        clock = _Clock(1000 / self.fps)
        reader = self._open()
        number = -1
        try:
            while reader.grab():
                number += 1
                elapsed_ms = clock.at(reader.get(cv2.CAP_PROP_POS_MSEC))
                self.duration = timedelta(milliseconds=round(elapsed_ms + clock.interval_ms))
                if slots.take(elapsed_ms):
                    ok, image = reader.retrieve()
                    if ok:
                        at = anchor + timedelta(milliseconds=round(elapsed_ms))
                        yield Frame(at=at, number=number, image=np.asarray(image, dtype=np.uint8))
        finally:
            reader.release()
        self._check_end(number + 1)

    def between(self, anchor: datetime, since: datetime, until: datetime) -> Generator[tuple[datetime, Image]]:
        """The pictures of a part, found without decoding everything before it where the file allows that.

        Args:
            anchor: Aware time of the recording's first picture.
            since: Start of the part.
            until: Its end, exclusive.

        Yields:
            Time and (H, W, 3) uint8 BGR picture, in order, with the same times that ``frames`` gives them.

        Raises:
            CaptureError: Not one picture could be decoded.
        """
        reader = self._open()
        try:
            reader.grab()
            origin_ms = reader.get(cv2.CAP_PROP_POS_MSEC)
            wanted_ms = (since - anchor) / timedelta(milliseconds=1)
            reader.set(cv2.CAP_PROP_POS_MSEC, max(0.0, origin_ms + wanted_ms - SEEK_MARGIN_MS))
            found_ms = reader.get(cv2.CAP_PROP_POS_MSEC) - origin_ms if reader.grab() else math.inf
            if wanted_ms - FURTHEST_KEY_MS < found_ms <= max(0.0, wanted_ms):
                yield from self._onwards(reader, anchor - timedelta(milliseconds=origin_ms), since, until)
                return
        finally:
            reader.release()
        # The file states no positions, or none that can be trusted: from its beginning, then.
        for frame in self.frames(anchor):
            if frame.at >= until:
                return
            if frame.at >= since:
                yield frame.at, frame.image

    @staticmethod
    def _onwards(
        reader: cv2.VideoCapture, zero: datetime, since: datetime, until: datetime
    ) -> Generator[tuple[datetime, Image]]:
        """Pictures from where the reader stands; the current one is grabbed."""
        going = True
        while going:
            at = zero + timedelta(milliseconds=round(reader.get(cv2.CAP_PROP_POS_MSEC)))
            if at >= until:
                return
            if at >= since:
                ok, image = reader.retrieve()
                if ok:
                    yield at, np.asarray(image, dtype=np.uint8)
            going = reader.grab()

    def _check_end(self, decoded: int) -> None:
        if decoded == 0:
            raise CaptureError(f"{self.path}: no picture in this video could be decoded")
        if self.frame_count - decoded > max(2, self.frame_count // 100):
            log.warning(
                "%s: ends after %d of %d frames: cut off or damaged; what was seen until then is kept",
                self.path,
                decoded,
                self.frame_count,
            )

    def _open(self) -> cv2.VideoCapture:
        try:
            with self.path.open("rb") as file:
                empty = not file.read(1)
        except OSError as error:
            raise CaptureError(f"{self.path}: {error.strerror}") from error
        if empty:
            raise CaptureError(f"{self.path}: is empty")
        try:
            return open_reader(str(self.path))
        except CaptureError as error:
            raise CaptureError(f"{self.path}: is no video that can be read, or is cut off at its start") from error


class _Clock:
    """Turns the positions that a container states into a clock that only runs forward.

    Some files state no position, or one that jumps back or by hours where two recordings were joined: such a step
    counts as one frame interval, and the clock goes on from there.
    """

    def __init__(self, interval_ms: float) -> None:
        self.interval_ms = interval_ms
        self._offset_ms: float | None = None
        self._elapsed_ms = 0.0

    def at(self, position_ms: float) -> float:
        """Milliseconds since the first picture."""
        if self._offset_ms is None:
            self._offset_ms = position_ms
            return 0.0
        step = position_ms - self._offset_ms - self._elapsed_ms
        if not 0 < step <= LONGEST_STILL_MS:
            self._offset_ms = position_ms - self._elapsed_ms - self.interval_ms
        self._elapsed_ms = position_ms - self._offset_ms
        return self._elapsed_ms


def videos_in(path: Path) -> list[Path]:
    """The videos of a folder in name order, or the file itself.

    Raises:
        CaptureError: There is nothing of that name, or no video in the folder.
    """
    if not path.is_dir():
        if not path.exists():
            raise CaptureError(f"{path}: No such file or directory")
        return [path]
    try:
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file())
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror}") from error
    if not found:
        raise CaptureError(f"{path}: no video in this folder (looked for {', '.join(sorted(VIDEO_SUFFIXES))})")
    return found


def fingerprint(path: Path) -> str:
    """Names a recording by its content, wherever it lies and whatever it is called: 32 hex digits.

    Files of up to 5 MiB are read wholly; of larger ones five pieces of a mebibyte, spread from the first to the last.

    Raises:
        CaptureError: It cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(size.to_bytes(8, "big"), digest_size=16)
        with path.open("rb") as file:
            for start in range(0, size, PIECE) if size <= 5 * PIECE else [(size - PIECE) * i // 4 for i in range(5)]:
                file.seek(start)
                digest.update(file.read(PIECE))
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror}") from error
    return digest.hexdigest()
