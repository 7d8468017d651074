"""Reading a camera in a process of its own, because only a process can be ended while a driver hangs."""

from __future__ import annotations

import json
import logging
import os
import struct
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from .errors import CaptureError

if TYPE_CHECKING:
    from io import BufferedReader

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CHILD = "edge.capture.child"
# What the child writes: a kind and two numbers. Text has its length in the first, a picture its height and width.
HEADER = struct.Struct("<cII")
OPENED, GRABBED, PICTURE, ENDED = b"O", b"G", b"P", b"E"
FAREWELL_S = 2.0
# Larger than Linux's own: two thirds of the processor time that pictures take on their way.
PIPE_BYTES = 1 << 18


class ChildReader:
    """A camera behind a pipe, with the face of OpenCV's reader.

    The child chooses which pictures are due and sends only these; for the others it says that they came. It ends when
    its parent does, by whatever death, as its standard input ends then. The address goes in by that way, too: a command
    line can be read by everybody on the machine.

    Args:
        source: Number of a device, or an address.
        fps: Pictures a second to send, at most.

    Raises:
        CaptureError: The machine starts no more processes.
    """

    def __init__(self, source: int | str, fps: float) -> None:
        # Its only numpy work is handing over pictures: no threads of linear algebra, which cost memory.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, in the Python that runs now
                [sys.executable, "-m", CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                pipesize=PIPE_BYTES,
            )
        except OSError as error:
            raise CaptureError(f"no process can be started to read it ({error.strerror})") from error
        self._stdin = cast("BinaryIO", self._process.stdin)
        self._stdout = cast("BufferedReader", self._process.stdout)
        self._order = json.dumps({"source": source, "fps": fps}).encode() + b"\n"
        self._image: NDArray[np.uint8] | None = None
        self._words = ""
        self._leaving = threading.Lock()

    def open(self) -> None:
        """Waits until the child has opened the camera.

        Raises:
            CaptureError: It cannot, or it was killed meanwhile.
        """
        try:
            self._stdin.write(self._order)
            self._stdin.flush()
        except OSError as error:
            raise CaptureError("the process that should read it did not start") from error
        if self._next() != OPENED:
            raise CaptureError(self._words or "the process that should read it ended")

    def grab(self) -> bool:
        """Waits for the next picture; False where there are no more."""
        return self._next() in (GRABBED, PICTURE)

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        """The picture that came last, (H, W, 3) uint8 BGR; False where it was not due."""
        image, self._image = self._image, None
        return (False, np.zeros((0, 0, 3), dtype=np.uint8)) if image is None else (True, image)

    def kill(self) -> None:
        """Ends the process at once; safe from any thread. Whoever waits for a picture learns that there are no more."""
        self._process.kill()

    def release(self) -> None:
        """Ends the process, and waits for its end."""
        with self._leaving:
            if self._stdout.closed:
                return
            self._process.kill()
            try:
                self._process.wait(FAREWELL_S)
            except subprocess.TimeoutExpired:
                # A driver that hangs inside the kernel keeps even a killed process until the device answers.
                log.warning("process %d hangs in its driver and ends when that lets it go", self._process.pid)
            self._stdout.close()
            try:
                self._stdin.close()
            except OSError:
                log.debug("process %d ended before it read what to do", self._process.pid)

    def _next(self) -> bytes:
        """The kind of the next message; ``ENDED`` also where the child is gone."""
        self._image = None
        head = self._stdout.read(HEADER.size)
        if len(head) < HEADER.size:
            return ENDED
        kind, first, second = HEADER.unpack(head)
        if kind == PICTURE:
            image = np.empty((first, second, 3), dtype=np.uint8)
            if self._stdout.readinto(image.data.cast("B")) < image.nbytes:
                return ENDED
            self._image = image
        elif kind == ENDED:
            self._words = self._stdout.read(first).decode()
        return bytes(kind)
