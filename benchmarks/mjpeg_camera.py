"""A network camera with faults: a clip over HTTP as MJPEG, in real time, doing on demand what bad cameras do."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from edge.capture import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

Mode = Literal["ok", "black", "frozen", "blocked", "blurred", "dark", "moved", "slow", "stalled", "larger"]
FPS = 10.0
SLOW_FPS = 1.0
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture that was sent.

    Attributes:
        at: When.
        number: Of the picture in the clip.
        mode: What the camera did then.
    """

    at: datetime
    number: int
    mode: Mode


class ClipCamera:
    """Serves a clip again and again on 127.0.0.1, from its beginning whenever ``start`` is called.

    Args:
        clip: The recording; every picture at or above ``FPS`` is thinned out to that rate.

    Attributes:
        mode: What the camera does; set it at any time.
        shown: What was sent so far.
        began: Steady clock when the clip was first shown.
    """

    def __init__(self, clip: Path) -> None:
        recording = Recording(clip)
        self.mode: Mode = "ok"
        self.shown: list[Shown] = []
        self._pictures = [(f.number, f.image) for f in recording.frames(START, FPS)]
        self.began = 0.0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._leaving = threading.Event()
        self._port = 0

    @property
    def address(self) -> str:
        """Where it is, with a user and a password that must never be seen again."""
        return f"http://me:hush-hush@127.0.0.1:{self._port}/video"

    def start(self) -> None:
        """Goes on the air, on the same port as before."""
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
                self.end_headers()
                try:
                    for jpeg in camera.pictures():
                        head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                        self.wfile.write(head.encode() + jpeg + b"\r\n")
                except OSError:
                    pass  # the reader went away

            def log_message(self, *_: object) -> None:
                pass

        self._leaving.clear()
        if not self.began:
            self.began = time.monotonic()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Goes off the air, as if its plug was pulled."""
        self._leaving.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def __enter__(self) -> ClipCamera:
        """On the air."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Off the air."""
        self.stop()

    def pictures(self) -> Iterator[bytes]:
        """JPEGs in step with the clock: the clip goes on while nobody looks, as life does."""
        last: tuple[int, bytes] | None = None
        while not self._leaving.is_set():
            step = int((time.monotonic() - self.began) * (SLOW_FPS if self.mode == "slow" else FPS))
            if self.mode == "slow":
                step = round(step * FPS / SLOW_FPS)
            if last is not None and step == last[0]:
                time.sleep(0.01)
                continue
            if self.mode == "stalled":
                time.sleep(0.05)
                continue
            number, image = self._pictures[step % len(self._pictures)]
            if self.mode == "frozen" and last is not None:
                jpeg = last[1]
            else:
                jpeg = cv2.imencode(".jpg", _damaged(image, self.mode), [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
            last = step, jpeg
            self.shown.append(Shown(datetime.now(UTC), number, self.mode))
            yield jpeg


def _covered(image: Image) -> Image:
    """A box before the lens: a surface out of focus, and a little of the view left at the rim."""
    covered = np.full_like(image, 90)
    covered[:, : image.shape[1] // 12] = image[:, : image.shape[1] // 12]
    return covered


def _rolled(image: Image) -> Image:
    """Somebody has pushed the camera."""
    rolled: Image = np.roll(image, (image.shape[0] // 6, image.shape[1] // 5), axis=(0, 1))
    return rolled


# What a camera with a fault makes of a picture; the other faults are about when pictures come.
DAMAGE: dict[Mode, Callable[[Image], Image]] = {
    "black": np.zeros_like,
    "dark": lambda image: np.asarray(image * 0.03, dtype=np.uint8),
    "blocked": _covered,
    "blurred": lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), image.shape[1] / 60), dtype=np.uint8),
    "moved": _rolled,
    "larger": lambda image: np.asarray(cv2.resize(image, None, fx=1.5, fy=1.5), dtype=np.uint8),
}


def _damaged(image: Image, mode: Mode) -> Image:
    return DAMAGE[mode](image) if mode in DAMAGE else image
