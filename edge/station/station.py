"""Watching a store's cameras until somebody says stop: one thread a camera, one loop for everything else."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .notify import notify
from .post import Post

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..contract import FactBuffer
    from ..events import ClockJump, Heartbeat
    from ..pipeline import Step
    from ..windows import LiveWindows
    from .post import Duty

log = logging.getLogger(__name__)

TICK_S = 1.0
# Everything together has five seconds to end, and the cameras the first two of them.
CAMERAS_FAREWELL_S = 2.0
# All cameras notice a jump of the clock, each in its own turn; it is one jump.
SAME_JUMP = timedelta(seconds=30)
HEARTBEAT = timedelta(minutes=1)


class Station:
    """The live cameras of a store.

    Args:
        store_id: Of the store.
        buffer: Where facts go; opened, not yet started.
        windows: Live windows, restored.
        see: Called with every step of every camera, in that camera's thread.
    """

    def __init__(
        self,
        store_id: str,
        buffer: FactBuffer,
        windows: LiveWindows,
        see: Callable[[Duty, Step], None] = lambda _duty, _step: None,
    ) -> None:
        self.stop = threading.Event()
        self._store_id = store_id
        self._buffer = buffer
        self._windows = windows
        self._see = see
        self._posts: list[Post] = []
        self._jumps: list[ClockJump] = []
        self._jump_lock = threading.Lock()
        self._beaten: dict[str, Heartbeat] = {}

    def add(self, duty: Duty) -> None:
        """One more camera to watch; before ``watch``."""
        post = Post(duty, self._store_id, self._buffer, self.stop, see=self._seen, jumped=self._jumped)
        self._posts.append(post)

    def watch(self, each_tick: Callable[[datetime], None], tick_s: float = TICK_S) -> None:
        """Starts the buffer and the cameras, and watches until ``stop`` is set; the buffer is left to be closed.

        Args:
            each_tick: Called about every ``tick_s`` with the time, in the calling thread; must be quick.
            tick_s: How often.
        """
        self._buffer.start()
        for post in self._posts:
            post.start()
        notify("READY=1")
        while not self.stop.wait(tick_s):
            self._beat(datetime.now(UTC))
            each_tick(datetime.now(UTC))
            notify("WATCHDOG=1")
        notify("STOPPING=1")
        ends = time.monotonic() + CAMERAS_FAREWELL_S
        late = [p.duty.camera.id for p in self._posts if not p.join(max(0.05, ends - time.monotonic()))]
        if late:
            log.warning("cameras that did not end in time: %s", ", ".join(late))
        self._beat(datetime.now(UTC), last=True)

    def heartbeats(self, at: datetime) -> dict[str, Heartbeat]:
        """How every camera fares, by camera id."""
        return {post.duty.camera.id: post.heartbeat(at) for post in self._posts}

    @property
    def jumps(self) -> Sequence[ClockJump]:
        """Every jump of the clock since the start."""
        with self._jump_lock:
            return tuple(self._jumps)

    def _seen(self, duty: Duty, step: Step) -> None:
        camera = duty.camera.id
        for fact in (*step.facts, *step.open_facts):
            self._windows.take(camera, fact)
        if step.at is not None:
            self._windows.sees(camera, step.at, step.inside, step.health)
        self._see(duty, step)

    def _jumped(self, jump: ClockJump) -> None:
        with self._jump_lock:
            if any(abs(jump.at - known.at) < SAME_JUMP and jump.cause == known.cause for known in self._jumps[-1:]):
                return
            self._jumps.append(jump)
        log.warning("the clock jumped by %+.1f s at %s (%s)", jump.jump_s, jump.at.isoformat(), jump.cause)
        self._buffer.jump(self._store_id, jump)

    def _beat(self, at: datetime, *, last: bool = False) -> None:
        """Stores how every camera fares: once a minute, and whenever it changes."""
        for camera, beat in self.heartbeats(at).items():
            before = self._beaten.get(camera)
            if before is not None and before.state != beat.state:
                level = logging.INFO if beat.state in {"ok", "stopped"} else logging.WARNING
                log.log(level, "camera %s: %s since %s", camera, beat.state, beat.since.isoformat(timespec="seconds"))
            elif before is not None and not last and at - before.at < HEARTBEAT and at >= before.at:
                continue
            self._beaten[camera] = beat
            self._buffer.beat(camera, beat)
