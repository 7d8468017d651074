"""The thread that fetches a live camera's pictures, and opens the camera again for as long as it is wanted."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np

from .errors import CaptureError
from .pace import Slots
from .probe import PORTS, ask
from .process import ChildReader
from .reader import CANNOT, open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from .mailbox import Mailbox
    from .probe import Answer
    from .story import Patience, Story

_T = TypeVar("_T")

# FFmpeg's own time-out is 8 s: a stream that ended after most of that was silent, not closed.
SILENT_S = 6.0
# A camera that gave pictures for less long is not well again: it is tried as rarely as one that gave none.
STEADY_S = 20.0


class Fetcher:
    """One thread that fetches pictures, in this process or through another one.

    Args:
        source: Number of a device, or an address.
        fps: Pictures a second to keep, at most.
        mailbox: Where they go.
        story: What has become of the camera so far; a fetcher that is given up no longer touches it.
        patience: When a call counts as hung.
        apart: Whether to read in a process of its own.
    """

    def __init__(
        self, source: int | str, fps: float, mailbox: Mailbox, story: Story, patience: Patience, *, apart: bool
    ) -> None:
        self._source = source
        self._fps = fps
        self._mailbox = mailbox
        self._story = story
        self._patience = patience
        self._apart = apart
        self._closed = threading.Event()
        self._child: ChildReader | None = None
        self._asks = False
        self._answer: Answer | None = None
        self._due_s: float | None = None
        self._hung = ""
        # A daemon: a camera that hangs in its driver must not keep the process alive.
        self._thread = threading.Thread(target=self._fetch, name=f"camera {story.name}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    def overdue(self) -> bool:
        """Whether a call takes longer than it may."""
        due_s = self._due_s
        return due_s is not None and time.monotonic() > due_s

    def cut(self) -> bool:
        """Ends a call that hangs; False where only giving up the whole thread is left."""
        child = self._child
        if child is None:
            return False
        self._due_s = None
        self._hung = "its driver hung and was killed"
        child.kill()
        return True

    def close(self, wait_s: float) -> None:
        """Asks it to end, and waits so long for that."""
        self._closed.set()
        child = self._child
        if child is not None:
            child.kill()
        if wait_s > 0:
            self._thread.join(wait_s)

    def _fetch(self) -> None:
        story = self._story
        while not self._closed.wait(story.backoff.wait_s(time.monotonic(), soon=self._answer is not None)):
            reader, reason = self._opened()
            if reader is None:
                if self._closed.is_set():
                    return
                story.refused(reason)
                continue
            before = story.number
            try:
                reason = self._read(reader)
                if self._closed.is_set():
                    return
                if story.number > before:
                    self._asks = False
                    story.lost(story.number - before, reason)
                else:
                    story.refused(reason)
            finally:
                # After the loss was told: taking leave of a camera that stalls takes as long as noticing it.
                self._timed(self._patience.stream_s, reader.release)

    def _opened(self) -> tuple[cv2.VideoCapture | ChildReader | None, str]:
        """A reader, or why there is none; an empty reason is not known yet."""
        answer, self._answer = self._answer, None
        if self._asks and answer is None and isinstance(self._source, str):
            # What did not open before is asked first: that takes no time, and tells the reason. If it answers well, it
            # is opened at the next try: every question is a try, as cameras that are asked too often may lock us out.
            answer = ask(self._source)
            self._answer = None if answer.fault else answer
            return None, answer.fault
        self._asks = True
        self._hung = ""
        try:
            if self._apart:
                return self._child_reader(), ""
            reader = self._timed(self._patience.stream_s, lambda: open_reader(self._source, live=True))
        except CaptureError as error:
            return None, self._why(self._reason(error, answer))
        if self._closed.is_set():
            reader.release()
            return None, ""
        return reader, ""

    def _child_reader(self) -> ChildReader:
        child = self._child = ChildReader(self._source, self._fps)
        if self._closed.is_set():  # perhaps before there was anything to kill
            child.kill()
        try:
            self._timed(self._patience.device_open_s, child.open)
        except CaptureError:
            child.release()
            raise
        return child

    def _reason(self, error: CaptureError, answer: Answer | None) -> str:
        """Why the camera could not be opened; empty where it must be asked first."""
        if str(error) != CANNOT:
            return str(error)
        if isinstance(self._source, int):
            return ask(self._source).fault
        if answer is None:
            return ""
        if self._source.partition("://")[0].lower() not in PORTS:
            return str(error)
        if answer.kind:
            return f"it answers, but its video ({answer.kind}) cannot be read; H.264 or MJPEG would do"
        return "it answers, but gives no picture that can be read"

    def _read(self, reader: cv2.VideoCapture | ChildReader) -> str:
        """Reads until there are no more pictures; returns why."""
        story = self._story
        patience_s = self._patience.device_read_s if self._apart else self._patience.stream_s
        slots = Slots(None if self._apart else self._fps)  # a child has chosen already
        began_s = last_s = time.monotonic()
        first = True
        try:
            while not self._closed.is_set() and self._timed(patience_s, reader.grab):
                last_s = time.monotonic()
                if self._closed.is_set():
                    break
                story.number += 1
                if first:
                    story.found()
                    first = False
                if slots.take((last_s - began_s) * 1000):
                    ok, image = reader.retrieve()
                    if ok:
                        story.sized((image.shape[0], image.shape[1]))
                        self._mailbox.put(last_s, story.number, np.asarray(image, dtype=np.uint8))
        except cv2.error as error:
            return f"its pictures cannot be decoded ({error.err})"
        if last_s - began_s > STEADY_S:
            story.backoff.succeeded()
        silent_s = time.monotonic() - last_s
        if silent_s > SILENT_S:
            return self._why(f"nothing came for {silent_s:.0f} s")
        return self._why("the device went away" if isinstance(self._source, int) else "the stream ended")

    def _why(self, otherwise: str) -> str:
        return self._hung or otherwise

    def _timed(self, patience_s: float, call: Callable[[], _T]) -> _T:
        self._due_s = time.monotonic() + patience_s
        try:
            return call()
        finally:
            self._due_s = None
