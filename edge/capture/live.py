"""Live cameras: a reader thread that never falls behind, and reconnects for as long as it is wanted."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..events import Frame
from .errors import CaptureError
from .pace import Backoff, Slots
from .reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Generator

    import cv2
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

LOOK_AROUND_S = 0.5
FAREWELL_S = 2.0


class LiveCamera:
    """A USB camera or a stream from the network.

    A thread reads every picture as it comes and keeps only the newest that is due: who looks at them late gets the
    present, not a growing past, and learns how many were missed. While the camera is away nothing is given: a gap is
    never filled with pictures.

    Args:
        source: Number of a USB camera, or an rtsp:// or http:// address.
        fps: Pictures a second to look at, at most.
        name: What to call the camera in messages; the address may hold a password.
        stop: Set by anyone to end.

    Attributes:
        reconnects: How often the camera was lost and found again.
    """

    def __init__(self, source: int | str, fps: float, name: str, stop: threading.Event) -> None:
        self._source = source
        self._fps = fps
        self._name = name
        self._stop = stop
        self._closed = threading.Event()
        self._mailbox = _Mailbox()
        self.reconnects = 0

    def frames(self) -> Generator[Frame]:
        """The pictures, each with the host's time at which it arrived, until ``stop`` is set."""
        thread = threading.Thread(target=self._read, name=f"camera {self._name}", daemon=True)
        thread.start()
        newest = datetime.min.replace(tzinfo=UTC)
        try:
            while not self._stop.is_set():
                frame = self._mailbox.take(LOOK_AROUND_S)
                if frame is not None:
                    # The host's clock may be set back; facts need a time that only runs forward.
                    newest = max(frame.at, newest + timedelta(milliseconds=1))
                    yield replace(frame, at=newest)
                elif not thread.is_alive():
                    raise CaptureError(f"camera {self._name}: its reader thread died")
        finally:
            self._closed.set()
            thread.join(FAREWELL_S)  # a daemon: a camera that hangs in its driver must not keep the process alive

    def _read(self) -> None:
        backoff = Backoff()
        slots = Slots(self._fps)
        began = time.monotonic()
        number = -1
        while not self._closed.wait(backoff.wait_s(time.monotonic())):
            seen = number
            try:
                reader = open_reader(self._source)
            except CaptureError as error:
                log.warning("camera %s: %s; trying again", self._name, error)
                continue
            try:
                while not self._closed.is_set() and reader.grab():
                    number += 1
                    if number == seen + 1:
                        self._found(first=seen < 0)
                        backoff.succeeded()
                    if slots.take((time.monotonic() - began) * 1000):
                        self._post(reader, number)
            finally:
                reader.release()
            if not self._closed.is_set():
                log.warning("camera %s: no more pictures after %d; connecting again", self._name, number - seen)

    def _found(self, *, first: bool) -> None:
        if first:
            log.info("camera %s: first picture", self._name)
        else:
            self.reconnects += 1
            log.info("camera %s: pictures again", self._name)

    def _post(self, reader: cv2.VideoCapture, number: int) -> None:
        now = datetime.now(UTC)
        ok, image = reader.retrieve()
        if ok:
            at = now.replace(microsecond=now.microsecond // 1000 * 1000)
            self._mailbox.put(at, number, np.asarray(image, dtype=np.uint8))


class _Mailbox:
    """Holds the newest picture; one that was never taken is replaced and counted."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._newest: tuple[datetime, int, NDArray[np.uint8]] | None = None
        self._dropped = 0

    def put(self, at: datetime, number: int, image: NDArray[np.uint8]) -> None:
        with self._condition:
            if self._newest is not None:
                self._dropped += 1
            self._newest = at, number, image
            self._condition.notify()

    def take(self, timeout_s: float) -> Frame | None:
        with self._condition:
            if self._newest is None and not self._condition.wait_for(lambda: self._newest is not None, timeout_s):
                return None
            assert self._newest is not None  # noqa: S101 - what wait_for has just made sure of
            at, number, image = self._newest
            dropped, self._newest, self._dropped = self._dropped, None, 0
        return Frame(at=at, number=number, image=image, dropped=dropped)
