"""The picture of one window, made too coarse to know a face, in a folder that does not outlive the audit.

The whole picture is made coarse, not only heads that a detector found: a head that the detector misses is exactly what
an audit looks for, and it must not be the one that stays sharp.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

from .errors import AuditError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from numpy.typing import NDArray

    from ..capture import Recording
    from .plan import Span

log = logging.getLogger(__name__)

# A face is about a twelfth as wide as its person is tall. At 120 lines someone half as tall as the picture has a face
# 5 pixels wide; people still know familiar faces at 7 x 10 pixels (Sinha et al., Face recognition by humans, 2006).
COARSE_HEIGHT_PX = 120
CLIP_FPS = 12.0
PREFIX = "footfall-audit-"
LOCK = "in-use"
NEW_S = 60.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What to show.

    Attributes:
        recording: The video.
        anchor: Aware time of its first picture.
        window: What is counted.
        clip: What is shown: a little more on both sides, where the recording has it.
    """

    recording: Recording
    anchor: datetime
    window: Span
    clip: Span


def coarse(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, 120 lines high: whoever enlarges it again finds no finer detail.

    Args:
        image: (H, W, 3) uint8.
    """
    height, width = image.shape[:2]
    size = max(2, round(width * COARSE_HEIGHT_PX / height / 2) * 2), COARSE_HEIGHT_PX
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def write_clip(scene: Scene, path: Path, stop: threading.Event | None = None) -> None:
    """Writes a coarse clip (VP8 in WebM, which every browser plays) that runs exactly as long as its time span.

    Pictures are placed by their times; where the recording has none, the one before stays.

    Args:
        scene: What to show.
        path: To write, ``.webm``.
        stop: Set from elsewhere when nobody needs the clip any more.

    Raises:
        AuditError: The recording shows nothing of it, the clip cannot be written, or it was stopped.
        CaptureError: The recording cannot be read.
    """
    total = max(1, round((scene.clip.ends - scene.clip.begins).total_seconds() * CLIP_FPS))
    writer: cv2.VideoWriter | None = None
    shown: NDArray[np.uint8] | None = None
    written = 0
    try:
        for at, image in scene.recording.between(scene.anchor, scene.clip.begins, scene.clip.ends):
            due = min(total, int((at - scene.clip.begins).total_seconds() * CLIP_FPS) + 1)
            if stop is not None and stop.is_set():
                raise AuditError(f"{path}: nobody needs the clip any more")
            if due <= written:
                continue
            now = coarse(image)
            if writer is None:
                writer = _writer(path, now.shape[1], now.shape[0])
            for _ in range(due - 1 - written):
                writer.write(now if shown is None else shown)
            writer.write(now)
            shown, written = now, due
        if writer is None or shown is None:
            raise AuditError(
                f"{scene.recording.path}: has no picture between {scene.clip.begins} and {scene.clip.ends}"
            )
        for _ in range(total - written):
            writer.write(shown)
    finally:
        if writer is not None:
            writer.release()


def _writer(path: Path, width: int, height: int) -> cv2.VideoWriter:
    with _silence():
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP80"), CLIP_FPS, (width, height))
    if not writer.isOpened():
        raise AuditError(f"{path}: the clip cannot be written: this OpenCV has no VP8 encoder; use --terminal")
    return writer


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """OpenCV tells standard error that WebM knows no four-letter codes, past all its own log levels."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class ClipFolder:
    """A private folder for clips: deleted when left, and swept by the next one if the process was killed.

    Clips are made one at a time in the background, so that the next one is there when it is needed.

    Args:
        parent: Where to make it; the system's folder for temporary files unless given.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = Path(tempfile.gettempdir()) if parent is None else parent
        self._lock = threading.Lock()
        self._clips: dict[int, Future[Path]] = {}
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        sweep(self._parent)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._parent))
        self._held = (self.path / LOCK).open("wb")
        if sys.platform != "win32":  # there, a file in use cannot be deleted anyway
            fcntl.flock(self._held, fcntl.LOCK_EX)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clip")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._held.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def prepare(self, number: int, scene: Scene) -> Future[Path]:
        """Begins to make a clip, unless it is made or being made."""
        with self._lock:
            if number not in self._clips:
                self._clips[number] = self._worker.submit(self._make, number, scene)
            return self._clips[number]

    def delete(self, number: int) -> None:
        """Deletes a clip that is no longer needed."""
        with self._lock:
            future = self._clips.pop(number, None)
        if future is not None and not future.cancel():
            future.add_done_callback(lambda _: self._path(number).unlink(missing_ok=True))

    def _make(self, number: int, scene: Scene) -> Path:
        write_clip(scene, self._path(number), self._stop)
        return self._path(number)

    def _path(self, number: int) -> Path:
        return self.path / f"{number}.webm"


def sweep(parent: Path) -> int:
    """Deletes folders that killed audits left behind; those in use by another process stay.

    Args:
        parent: Where they lie.

    Returns:
        How many were deleted.
    """
    swept = 0
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or gone in this moment
            if folder.is_symlink() or not folder.is_dir() or _in_use(folder):
                continue
            shutil.rmtree(folder)
            swept += 1
    if swept:
        log.info("deleted the clips of %d audit(s) that did not end in order", swept)
    return swept


def _in_use(folder: Path) -> bool:
    lock = folder / LOCK
    if not lock.exists():  # another process may be about to make it
        return time.time() - folder.stat().st_mtime < NEW_S
    if sys.platform == "win32":
        try:
            lock.unlink()
        except PermissionError:
            return True
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
