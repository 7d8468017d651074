"""Live cameras: the newest picture first, gaps that stay gaps, and nothing that hangs for long."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from ..events import Frame, Pause
from .clock import HostClock
from .errors import CaptureError
from .fetching import Fetcher
from .mailbox import Mailbox
from .story import Patience, Story

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator
    from datetime import datetime

    from ..events import ClockJump

log = logging.getLogger(__name__)

LOOK_AROUND_S = 0.5
FAREWELL_S = 2.0
# A camera that is to give one picture in two seconds is not silent after one.
QUIET_PICTURES = 2.0


class LiveCamera:
    """A USB camera or a stream from the network.

    A thread reads every picture as it comes and keeps only the newest that is due: who looks at them late gets the
    present, not a growing past, and learns how many were missed. While the camera is away, nothing but pauses is given:
    a gap is never filled with pictures.

    A stream that changes its size while it runs is scaled by OpenCV to the size it began with: places are fractions of
    the picture, so they stay right. When it is opened again it has its new size.

    A device is read in a process of its own, which can be killed when its driver hangs. A stream is read here, with
    FFmpeg's time-outs; should a call hang in spite of them, its thread is given up, and the stream is read in a process
    of its own from then on.

    Args:
        source: Number of a USB camera, or an rtsp:// or http:// address.
        fps: Pictures a second to look at, at most.
        name: What to call the camera in messages; the address may hold a password.
        stop: Set by anyone to end.
        clock: Gives the times; the host's own unless given.
        patience: When a call counts as hung.

    Attributes:
        last_picture: When the newest picture came; None before the first.
    """

    def __init__(
        self,
        source: int | str,
        fps: float,
        name: str,
        stop: threading.Event,
        *,
        clock: HostClock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._source = source
        self._fps = fps
        self._stop = stop
        self._clock = clock or HostClock()
        self._patience = patience or Patience()
        self._mailbox = Mailbox()
        self._story = Story(name)
        self.last_picture: datetime | None = None

    @property
    def reconnects(self) -> int:
        """How often the camera was lost and found again."""
        return self._story.reconnects

    @property
    def failure(self) -> str:
        """Why no pictures come, in one line without passwords; empty while they come."""
        return self._story.failure

    def frames(self) -> Generator[Frame | Pause | ClockJump]:
        """The pictures, each with the host's time at which it arrived, until ``stop`` is set.

        Yields:
            Frames; pauses about twice a second while none come; jumps of the clock before what comes after them.
            Times only run forward, except across a jump.

        Raises:
            CaptureError: The reading thread died, which only a mistake in the program can do.
        """
        fetcher = self._fetcher(apart=isinstance(self._source, int))
        quiet_s = max(LOOK_AROUND_S, QUIET_PICTURES / self._fps)
        heard_s = time.monotonic()
        try:
            while not self._stop.is_set():
                arrival = self._mailbox.take(LOOK_AROUND_S)
                yield from self._clock.jumps()
                if arrival is not None:
                    heard_s = time.monotonic()
                    self.last_picture = self._clock.at(arrival.steady_s)
                    yield Frame(self.last_picture, arrival.number, arrival.image, arrival.dropped)
                    continue
                if not fetcher.alive:
                    raise CaptureError(f"camera {self._story.name}: its reader thread died")
                fetcher = self._freed(fetcher)
                if time.monotonic() - heard_s >= quiet_s:
                    yield Pause(self._clock.now())
        finally:
            fetcher.close(FAREWELL_S)

    def _fetcher(self, *, apart: bool) -> Fetcher:
        return Fetcher(self._source, self._fps, self._mailbox, self._story, self._patience, apart=apart)

    def _freed(self, fetcher: Fetcher) -> Fetcher:
        """The fetcher, or the next one where a call has hung."""
        if not fetcher.overdue() or fetcher.cut():
            return fetcher
        log.warning(
            "camera %s: a call hangs in spite of its time-outs; its thread is given up, and the camera is read in a "
            "process of its own from now on",
            self._story.name,
        )
        fetcher.close(0)
        return self._fetcher(apart=True)
