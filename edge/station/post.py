"""One camera's thread: pictures to facts, run after run, whatever happens."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from ..contract import Run
from ..events import ClockJump, Frame, Heartbeat, Pause
from ..pipeline import Parts, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from ..contract import FactBuffer
    from ..events import CameraState, ClockSource, Detector, Sight
    from ..pipeline import Rules, Step
    from ..scene import Camera

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
# Failures further apart than this have nothing to do with each other.
WELL_AFTER_S = 300.0
# What still goes on is stored this often: a process that is killed loses no more of it.
OPEN_EVERY_S = 1.0
RATE_OVER_S = 10.0
# A camera that gave no picture for so long after the start is not starting any more.
FIRST_PICTURE = timedelta(seconds=20)
# A camera gives a picture or a pause twice a second: a post that tells of neither for so long hangs somewhere.
HUNG_S = 30.0
# Recorders close a file every hour at the latest: a folder that got none for so long is a camera that is down.
NO_FILE_S = 7200.0


class LiveSource(Protocol):
    """A camera, or a folder that grows."""

    @property
    def reconnects(self) -> int:
        """How often it was lost and found again."""

    @property
    def failure(self) -> str:
        """Why no pictures come, in one line; empty while they come."""

    def frames(self) -> Generator[Frame | Pause | ClockJump]:
        """Its pictures, from now until it is told to stop."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Everything about one camera that is watched live.

    Attributes:
        camera: Lines, zones, floor.
        source_name: The source without user name and password.
        clock: What the times of its pictures rest on.
        open_source: Makes the source anew; it ends when the event is set.
        detector: Finds people.
        rules: Settings of the loop.
        sight: Judges its pictures.
        gate: Whether still pictures are left out.
        ahead: Pictures on their way to the network at once.
        config_hash: Hash of every setting that could change a fact.
    """

    camera: Camera
    source_name: str
    clock: ClockSource
    open_source: Callable[[threading.Event], LiveSource]
    detector: Detector
    rules: Rules
    sight: Sight | None
    gate: bool
    ahead: int
    config_hash: str


class Post:
    """Watches one camera in a thread of its own.

    Args:
        duty: Which, and how.
        store_id: Of the store.
        buffer: Where facts go.
        stop: Set by anyone to end.
        see: Called with every step, in this post's thread.
        jumped: Called with every jump of the clock.
    """

    def __init__(
        self,
        duty: Duty,
        store_id: str,
        buffer: FactBuffer,
        stop: threading.Event,
        *,
        see: Callable[[Duty, Step], None],
        jumped: Callable[[ClockJump], None],
    ) -> None:
        self.duty = duty
        self._store_id = store_id
        self._buffer = buffer
        self._stop = stop
        self._see = see
        self._jumped = jumped
        self._pulse = _Pulse(files=duty.clock == "file")
        self._source: LiveSource | None = None
        self._reconnects = 0  # of the sources before
        self._thread = threading.Thread(target=self._supervise, name=f"watch {duty.camera.id}", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; says whether it came in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def heartbeat(self, at: datetime) -> Heartbeat:
        """How the camera fares at a moment."""
        source = self._source
        if source is None:
            return self._pulse.heartbeat(at, self._reconnects)
        return self._pulse.heartbeat(at, self._reconnects + source.reconnects, source.failure)

    def _supervise(self) -> None:
        """Keeps one camera going whatever happens."""
        failures = 0
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                self._watch()
            except Exception:
                self._pulse.fail()
                failures = failures + 1 if time.monotonic() - began_s < WELL_AFTER_S else 1
                pause_s = min(LONGEST_PAUSE_S, 2.0 ** min(failures, 10))  # the power of months of failures is no number
                if failures in {1, 10, 100} or failures % 1000 == 0:
                    log.exception("camera %s: failure %d; again in %g s", self.duty.camera.id, failures, pause_s)
                self._stop.wait(pause_s)
            else:
                self._stop.wait(1.0)  # a source that ends by itself is asked again, but not in circles
        self._pulse.end()

    def _watch(self) -> None:
        """From the source's first picture to its last, a run for each stretch between jumps of the clock."""
        if self._source is not None:
            self._reconnects, self._source = self._reconnects + self._source.reconnects, None
        self._source = self.duty.open_source(self._stop)
        self._pulse.open()
        with closing(self._source.frames()) as items:
            while (first := self._first(items)) is not None:
                self._run(first, items)

    def _first(self, items: Iterator[Frame | Pause | ClockJump]) -> Frame | None:
        """The next picture; what comes before it belongs to no run."""
        for item in items:
            if isinstance(item, Frame):
                return item
            if isinstance(item, ClockJump):
                self._jumped(item)
            else:
                self._pulse.pause(item)
        return None

    def _run(self, first: Frame, items: Iterator[Frame | Pause | ClockJump]) -> None:
        duty = self.duty
        run = Run(
            camera=duty.camera.id,
            kind="live",
            source=duty.source_name,
            source_id=first.at.isoformat(),
            begins=first.at,
            clock=duty.clock,
            model_id=duty.detector.model_id,
            config_hash=duty.config_hash,
        )
        self._buffer.begin(run, self._store_id)
        parts = Parts(
            sight=duty.sight,
            gate=duty.gate,
            ahead=duty.ahead,
            open_every_s=OPEN_EVERY_S,
            take_dropped_facts=lambda: self._buffer.take_dropped(run.id),
        )
        for step in steps(chain([first], self._until_jump(items)), duty.detector, duty.camera, duty.rules, parts):
            for fact in (*step.facts, *step.open_facts):
                self._buffer.add(run.id, fact)
            self._pulse.step(step)
            self._see(duty, step)
        self._buffer.finish(run.id)

    def _until_jump(self, items: Iterator[Frame | Pause | ClockJump]) -> Iterator[Frame | Pause]:
        """What comes before the clock jumps: times run forward within a run."""
        for item in items:
            if isinstance(item, ClockJump):
                self._jumped(item)
                return
            yield item


class _Pulse:
    """What a post last knew of its camera; written by its thread, read by any.

    Args:
        files: Whether pictures come file by file, with long silences between.
    """

    def __init__(self, *, files: bool) -> None:
        self._lock = threading.Lock()
        self._files = files
        self._state: CameraState = "starting"
        self._since: datetime | None = None
        self._silent_since: datetime | None = None
        self._waiting: datetime | None = None
        self._seen = 0
        self._dropped = 0
        self._last: datetime | None = None
        # Of the steady clock: the host's may be set, and recordings have one of their own.
        self._heard_s = time.monotonic()
        self._recent_s: deque[float] = deque()

    def step(self, step: Step) -> None:
        if step.at is None:
            return
        with self._lock:
            self._turn(step.health, step.at)
            if step.frame is None:
                self._hear(picture=False)
                return
            self._seen += 1
            self._dropped += step.frame.dropped
            self._last = step.at
            self._hear(picture=True)
            self._recent_s.append(self._heard_s)
            while self._heard_s - self._recent_s[0] > RATE_OVER_S:
                self._recent_s.popleft()

    def open(self) -> None:
        """The source is there. A folder that waits for its next file is well, and a camera has still to come."""
        if self._files:
            with self._lock:
                self._turn("ok", datetime.now(UTC))

    def pause(self, pause: Pause) -> None:
        if self._files:
            return
        with self._lock:
            self._hear(picture=False)
            self._waiting = self._waiting or pause.at
            new = self._seen == 0 and pause.at - self._waiting <= FIRST_PICTURE
            self._turn("starting" if new else "lost", pause.at)

    def fail(self) -> None:
        """The post fell over: until it is up again nothing is seen."""
        with self._lock:
            self._turn("lost", datetime.now(UTC))

    def end(self) -> None:
        with self._lock:
            self._state, self._since = "stopped", datetime.now(UTC)

    def heartbeat(self, at: datetime, reconnects: int, failure: str = "") -> Heartbeat:
        with self._lock:
            now_s = time.monotonic()
            fps = sum(now_s - moment_s <= RATE_OVER_S for moment_s in self._recent_s) / RATE_OVER_S
            state, since = self._state, self._since or at
            self._since = since
            silent = now_s - self._heard_s > (NO_FILE_S if self._files else HUNG_S)
            # A camera that fails tells so by its pauses; a folder that cannot be read looks like one without new files.
            if state not in {"lost", "stopped"} and (silent or (self._files and failure)):
                state, since = "lost", self._silent_since or at
                self._silent_since = since
            else:
                self._silent_since = None
            return Heartbeat(at, state, since, round(fps, 2), self._seen, self._dropped, reconnects, self._last)

    def _hear(self, *, picture: bool) -> None:
        """Something came. That a folder has no new file yet is no sign of life of its recorder."""
        if picture or not self._files:
            self._heard_s = time.monotonic()

    def _turn(self, state: CameraState, at: datetime) -> None:
        if state != self._state or self._since is None:
            # A loss is noticed some seconds late; it began with the last picture, as the watch period says.
            began = (self._last or self._waiting) if state == "lost" else None
            self._state, self._since = state, min(began or at, at)
