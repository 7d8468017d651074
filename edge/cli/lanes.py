"""Several recordings at once: each in a thread of its own, everything they tell in one."""

from __future__ import annotations

import os
import queue
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2

from ..capture import prefetched
from ..contract import Run
from ..pipeline import LAG, Parts, steps
from ..sight import PictureJudge

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from ..capture import Recording
    from ..events import Detector
    from ..pipeline import Step
    from .build import Watched

# Pictures decoded ahead of the network, a recording: enough to bridge a key frame, few enough to hold in memory.
DECODED_AHEAD = 3
WAITING_STEPS = 4
LOOK_UP_S = 0.2
FAREWELL_S = 10.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording with its camera.

    Attributes:
        recording: The video.
        watched: The camera it comes from.
        source_id: Fingerprint of its content.
        start: When it began; None where it goes on at the end of the one before it.
    """

    recording: Recording
    watched: Watched
    source_id: str
    start: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a recording told next.

    Attributes:
        clip: Which.
        run: Its run.
        step: What one picture gave; None where the recording has just been begun.
        ended: Whether this was the last of it.
    """

    clip: Clip
    run: Run
    step: Step | None
    ended: bool = False


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lanes(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Recordings that must wait for each other, by lane; the lanes do not.

    A recording without a start of its own goes on where the one before it of the same camera ends. Of one recording
    given twice the later is the one that counts.
    """
    found: list[list[int]] = []
    for number, clip in enumerate(clips):
        own = [lane for lane in found if any(_waits_for(clip, clips[other]) for other in lane)]
        found = [lane for lane in found if lane not in own]
        found.append([*sorted(other for lane in own for other in lane), number])
    return [[clips[number] for number in lane] for lane in sorted(found)]


def _waits_for(clip: Clip, other: Clip) -> bool:
    if clip.watched.camera.id != other.watched.camera.id:
        return False
    return clip.start is None or clip.source_id == other.source_id


def played(clips: Sequence[Clip], detectors: Mapping[str, Detector], jobs: int) -> Generator[Told]:
    """Everything that recordings tell, each in its own order, several of them at a time.

    The facts are those that one after the other would give: recordings share nothing but the network, and that gives
    the same boxes whatever else it works on.

    Args:
        clips: In the order of the command line.
        detectors: By camera id; to be used by several threads.
        jobs: How many at once.

    Raises:
        CaptureError: One of them cannot be read to its end; the others end promptly.
        DetectionError: The same for a model that fails.
    """
    waiting: queue.SimpleQueue[list[Clip]] = queue.SimpleQueue()
    for lane in lanes(clips):
        waiting.put(lane)
    work = _Work(detectors, waiting, jobs)
    try:
        yield from work.told()
    finally:
        work.stop()


class _Work:
    """The threads of one command."""

    def __init__(self, detectors: Mapping[str, Detector], waiting: queue.SimpleQueue[list[Clip]], jobs: int) -> None:
        # OpenCV's own threads win nothing on pictures so small, and cost more than half of what they do.
        cv2.setNumThreads(1)
        self._detectors = detectors
        self._waiting = waiting
        self._stop = threading.Event()
        # Bounded: where the database is slow, the recordings wait for it.
        self._told: queue.Queue[Told | Exception | None] = queue.Queue(WAITING_STEPS * jobs)
        count = min(jobs, waiting.qsize())
        self._threads = [threading.Thread(target=self._run, name=f"replay {n + 1}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def told(self) -> Iterator[Told]:
        """What the threads tell, until the last has ended."""
        running = len(self._threads)
        while running:
            try:
                told = self._told.get(timeout=LOOK_UP_S)  # with a limit: elsewhere than on Linux Ctrl-C waits for it
            except queue.Empty:
                continue
            if isinstance(told, Exception):
                raise told
            if told is None:
                running -= 1
            else:
                yield told

    def stop(self) -> None:
        """Ends the threads, wherever they are."""
        self._stop.set()
        for thread in self._threads:
            thread.join(FAREWELL_S)  # a daemon: a folder that hangs in the network must not keep the process alive

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    lane = self._waiting.get_nowait()
                except queue.Empty:
                    break
                self._play(lane)
            self._tell(None)
        except Exception as error:  # noqa: BLE001 - raised again where the recordings are waited for
            self._tell(error)

    def _play(self, lane: list[Clip]) -> None:
        ends: dict[str, datetime] = {}
        for clip in lane:
            camera = clip.watched.camera
            start = clip.start or ends[camera.id]
            detector = self._detectors[camera.id]
            run = Run(
                camera=camera.id,
                kind="replay",
                source=clip.recording.path.name,
                source_id=clip.source_id,
                begins=start,
                clock="file",
                model_id=detector.model_id,
                config_hash=clip.watched.config_hash,
            )
            self._tell(Told(clip, run, None))
            judge = PictureJudge(clip.watched.sight)
            # One more than there are cores: then none of them waits for Python to bring the next picture.
            parts = Parts(sight=judge, gate=clip.watched.gate_for(detector), ahead=min(cores() + 1, LAG - 1))
            with closing(prefetched(clip.recording.frames(start, clip.watched.fps), DECODED_AHEAD)) as frames:
                for step in steps(frames, detector, camera, clip.watched.rules, parts):
                    if not self._tell(Told(clip, run, step, ended=step.frame is None)):
                        return
            ends[camera.id] = start + clip.recording.duration

    def _tell(self, told: Told | Exception | None) -> bool:
        """Hands something over; False where nobody listens any more."""
        while not self._stop.is_set():
            try:
                self._told.put(told, timeout=LOOK_UP_S)
            except queue.Full:
                continue
            return True
        return False
