"""What becomes of a live camera, each change told once; and how long anybody waits for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from .pace import Backoff

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take before it counts as hung.

    Attributes:
        stream_s: Any call for a stream; FFmpeg's own time-outs of 8 and 10 s come first, unless it hangs itself.
        device_open_s: Opening in a process of its own; the start of that process included.
        device_read_s: The next picture there.
    """

    stream_s: float = 20.0
    device_open_s: float = 20.0
    device_read_s: float = 10.0


@dataclass(slots=True)
class Story:
    """What has become of a camera so far; says each change once.

    Attributes:
        name: What to call the camera.
        number: Of the newest picture; -1 before the first.
        reconnects: How often it was lost and found again.
        failure: Why there are no pictures now; empty while there are.
        size: Height and width of the newest picture.
        backoff: When to try again.
    """

    name: str
    number: int = -1
    reconnects: int = 0
    failure: str = ""
    size: tuple[int, int] | None = None
    backoff: Backoff = field(default_factory=Backoff)

    def found(self) -> None:
        """Pictures come."""
        self.failure = ""
        if self.number == 0:
            log.info("camera %s: first picture", self.name)
        else:
            self.reconnects += 1
            log.info("camera %s: pictures again", self.name)

    def lost(self, pictures: int, reason: str) -> None:
        """No more pictures come."""
        self.failure = reason
        log.warning("camera %s: lost after %d pictures: %s; connecting again", self.name, pictures, reason)

    def refused(self, reason: str) -> None:
        """A try failed; an empty reason is not known yet."""
        if not reason:
            self.failure = self.failure or "it cannot be opened"
            return
        if reason != self.failure:
            log.warning("camera %s: cannot be opened: %s; trying again", self.name, reason)
        self.failure = reason

    def sized(self, size: tuple[int, int]) -> None:
        """A picture has this height and width."""
        if self.size is not None and size != self.size:
            (before_h, before_w), (height, width) = self.size, size
            log.warning(
                "camera %s: its picture is %d x %d now, was %d x %d", self.name, width, height, before_w, before_h
            )
        self.size = size
