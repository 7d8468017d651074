"""The store's own pictures: spread over a recording, or taken from a live camera for a while."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..capture import CaptureError, LiveCamera, Recording
from ..detection.boxes import letterbox
from ..events import Frame, Pause

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from numpy.typing import NDArray

    from ..events import ClockJump, Detector

# Recordings need no date here: no time is stored or told.
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
# Neighbouring pictures of a live camera are nearly the same; so far apart they begin to differ.
LIVE_EVERY_S = 0.5
LIVE_FPS = 10.0
# A camera that gives no picture for so long is dead (Frigate).
DEAD_S = 20.0


@dataclass(frozen=True, slots=True)
class Footage:
    """Where pictures come from.

    Attributes:
        name: What to call it, without passwords.
        source: Recordings in order, or the number or address of a live camera.
        fps: Pictures a second to look at, at most; None for all, or ten of a live camera.
    """

    name: str
    source: tuple[Recording, ...] | int | str
    fps: float | None = None

    def spread(self, count: int) -> Generator[tuple[int, Frame]]:
        """About ``count`` pictures, evenly over all recordings, or one about every half second of a camera.

        Yields:
            Number of the recording (0 for a camera) and frame.

        Raises:
            CaptureError: A recording cannot be read, or the camera gave no picture for 20 s.
        """
        if not isinstance(self.source, tuple):
            for frame in _watch(self.name, self.source, 1 / LIVE_EVERY_S, count * LIVE_EVERY_S):
                yield 0, frame
            return
        for index, recording in enumerate(self.source):
            with closing(recording.frames(ANY_DAY, self._rate(count))) as frames:
                for frame in frames:
                    yield index, frame

    def picture_size(self) -> tuple[int, int]:
        """Height and width of the pictures, of the first recording or as the camera gives them now.

        Raises:
            CaptureError: The camera gave no picture for 20 s.
        """
        if isinstance(self.source, tuple):
            return self.source[0].height, self.source[0].width
        with closing(self.spread(1)) as pictures:
            for _, frame in pictures:
                return frame.image.shape[0], frame.image.shape[1]
        raise CaptureError(f"{self.name}: gave no picture")

    def stretches(self, count: int, *, whole: bool) -> Iterator[Iterator[Frame]]:
        """The pictures of each recording, or of one stretch of a camera.

        Args:
            count: About so many pictures, evenly over all recordings; a camera is watched for half a second for each.
            whole: All pictures of the recordings that ``fps`` allows, instead.
        """
        if not isinstance(self.source, tuple):
            yield _watch(self.name, self.source, self.fps or LIVE_FPS, count * LIVE_EVERY_S)
            return
        for recording in self.source:
            with closing(recording.frames(ANY_DAY, self.fps if whole else self._rate(count))) as frames:
                yield frames

    def _rate(self, count: int) -> float:
        """Pictures a second that give so many of all recordings; one, where a file does not say how long it is."""
        recordings = self.source if isinstance(self.source, tuple) else ()
        length_s = sum(recording.frame_count / recording.fps for recording in recordings)
        return count / length_s if length_s else 1.0


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures to calibrate a network with, in memory only.

    Attributes:
        pictures: (N, height, width, 3) uint8 BGR, letterboxed.
        used: Where they are from: number of the recording, number of the frame.
        people: People that the original saw in them.
    """

    pictures: NDArray[np.uint8]
    used: frozenset[tuple[int, int]]
    people: int


def choose(footage: Iterable[tuple[int, Frame]], detector: Detector, size: tuple[int, int]) -> Examples:
    """Of each two neighbours in time the picture with more people; the other one is left to judge the result by.

    Args:
        footage: Pictures in order.
        detector: The original.
        size: Height and width of the new network's input, pixels.
    """
    pictures: list[NDArray[np.uint8]] = []
    used: set[tuple[int, int]] = set()
    people = 0
    waiting: tuple[int, int, Frame] | None = None
    for index, frame in footage:
        found = len(detector.detect(frame)), index, frame
        if waiting is None:
            waiting = found
            continue
        seen, origin, best = max(waiting, found, key=lambda candidate: candidate[0])
        waiting = None
        pictures.append(letterbox(best.image, *size)[0])
        used.add((origin, best.number))
        people += seen
    stack = np.stack(pictures) if pictures else np.zeros((0, *size, 3), dtype=np.uint8)
    return Examples(stack, frozenset(used), people)


def _watch(name: str, source: int | str, fps: float, for_s: float) -> Generator[Frame]:
    """The pictures of so many seconds of a live camera."""
    with _live(name, source, fps) as frames:
        first: datetime | None = None
        for frame in frames:
            first = first or frame.at
            if frame.at - first >= timedelta(seconds=for_s):
                return
            yield frame


@contextmanager
def _live(name: str, source: int | str, fps: float) -> Iterator[Iterator[Frame]]:
    stop = threading.Event()
    camera = LiveCamera(source, fps, name, stop)
    with closing(camera.frames()) as items:
        try:
            yield _alive(name, camera, items)
        finally:
            stop.set()


def _alive(name: str, camera: LiveCamera, items: Iterable[Frame | Pause | ClockJump]) -> Iterator[Frame]:
    """The frames among what a camera gives; ends with an error when none comes for ``DEAD_S``."""
    last: datetime | None = None
    for item in items:
        if isinstance(item, Pause) and last is not None:
            if item.at - last > timedelta(seconds=DEAD_S):
                why = f": {camera.failure}" if camera.failure else ""
                raise CaptureError(f"{name}: no picture within {DEAD_S:g} s{why}")
            continue
        last = item.at
        if isinstance(item, Frame):
            yield item
