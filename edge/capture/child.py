"""The process that reads one camera for its parent: ``python -m edge.capture.child``; see ``process.py``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from typing import BinaryIO

import numpy as np

from .errors import CaptureError
from .pace import Slots
from .process import ENDED, GRABBED, HEADER, OPENED, PICTURE
from .reader import open_reader


def main() -> None:
    """Reads what to do from standard input, and writes pictures to standard output until either ends."""
    # A stop is the parent's business: it ends this process when it has no more use for it.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the pictures
    order = json.loads(sys.stdin.buffer.readline() or b"null")
    if order is not None:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        with contextlib.suppress(OSError):  # the parent is gone
            _send(order["source"], order["fps"], out)
    os._exit(0)  # the other thread still holds standard input


def _send(source: int | str, fps: float, out: BinaryIO) -> None:
    try:
        reader = open_reader(source, live=True)
    except CaptureError as error:
        words = str(error).encode()
        out.write(HEADER.pack(ENDED, len(words), 0) + words)
        out.flush()
        return
    out.write(HEADER.pack(OPENED, 0, 0))
    out.flush()
    slots = Slots(fps)
    began_s = time.monotonic()
    while reader.grab():
        if slots.take((time.monotonic() - began_s) * 1000):
            ok, image = reader.retrieve()
            if ok:
                picture = np.ascontiguousarray(image, dtype=np.uint8)
                out.write(HEADER.pack(PICTURE, *picture.shape[:2]))
                out.write(picture.data)
                out.flush()
                continue
        out.write(HEADER.pack(GRABBED, 0, 0))
        out.flush()
    out.write(HEADER.pack(ENDED, 0, 0))
    out.flush()


def _end_with_the_parent() -> None:
    """Standard input ends when the parent does, even where it was killed."""
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
