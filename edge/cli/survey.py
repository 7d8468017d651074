"""``footfall-edge survey``: watches a camera for a minute and says if it allows good counting, and what to change."""

from __future__ import annotations

import json
import math
import threading
import time
from argparse import ArgumentTypeError
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ..capture import CaptureError, LiveCamera, Recording, videos_in
from ..detection import RecordedDetector, open_detector
from ..events import Frame
from ..pipeline import steps
from ..settings import load
from ..survey import Observer, judge, look, worst
from .build import LIVE_FPS, camera_named, preparing, watched
from .doubts import refuse_misfit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..events import ClockJump, Detector, Pause
    from ..survey import Finding, Observed
    from .build import Watched
    from .output import Output

# A camera that gives no picture for so long is dead (Frigate).
DEAD_S = 20.0
LOOK_EVERY_S = 0.5
# Recordings need no date here: no time is stored or told.
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
SUMMARY = {
    "ok": "good for counting",
    "unknown": "too little was seen to judge all of it",
    "doubtful": "counts may be wrong here",
    "bad": "do not trust counts here before this is changed",
}
COLOURS = {"ok": "green", "unknown": "cyan", "doubtful": "yellow", "bad": "bold red"}


def survey(arguments: argparse.Namespace, output: Output) -> None:
    """Watches the cameras of the command line, one after the other, and prints a table of each.

    Raises:
        UsageError: The words or the settings make no sense, or a model cannot be loaded.
        CaptureError: A camera gave no picture.
    """
    settings = load(arguments.config)
    if arguments.source is not None or arguments.camera is not None:
        chosen = [camera_named(settings, arguments.camera)]
    else:
        chosen = list(settings.cameras)
    with preparing():
        cameras = [watched(settings, c, source=arguments.source, model=arguments.model) for c in chosen]
        detectors = [open_detector(c.model, c.thresholds) for c in cameras]
        recordings = [_recording(c, d) for c, d in zip(cameras, detectors, strict=True)]
    told = []
    for camera, detector, recording in zip(cameras, detectors, recordings, strict=True):
        output.notes.print(
            f"{camera.camera.id}: watching {arguments.seconds:g} s of {camera.source_name}", markup=False
        )
        observed = _observe(camera, detector, recording, arguments.seconds)
        findings = judge(observed, camera.camera)
        if arguments.json:
            told.append(_plain(camera, observed, findings))
        else:
            _print(camera, observed, findings, output)
    if arguments.json:
        output.results.print(json.dumps(told, indent=2), markup=False, soft_wrap=True)


def seconds(text: str) -> float:
    """The value of ``--seconds``.

    Raises:
        ArgumentTypeError: It is no number from 5 to 3600.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 5 <= value <= 3600:
        raise ArgumentTypeError(f"{text!r}: must be a number of seconds from 5 to 3600")
    return value


def _recording(camera: Watched, detector: Detector) -> Recording | None:
    """The first recording of a camera that is one."""
    if not isinstance(camera.source, Path):
        return None
    recording = Recording(videos_in(camera.source)[0])
    refuse_misfit(detector, recording)
    return recording


def _observe(camera: Watched, detector: Detector, recording: Recording | None, for_s: float) -> Observed:
    """Watches one camera for so long.

    Raises:
        CaptureError: It gave no picture.
    """
    observer = Observer()
    looked_s = -math.inf
    began = took_s = 0.0
    frames = 0
    with _pictures(camera, recording, for_s) as pictures:
        for step in steps(pictures, detector, camera.camera, camera.rules):
            if step.frame is None:
                observer.add(step)
                continue
            second = (step.frame.at - ANY_DAY).total_seconds()
            due = second - looked_s >= LOOK_EVERY_S
            looked_s = second if due else looked_s
            # From the first picture on, before which models warm up; the survey's own looking is not the machine's.
            frames += 1
            began = began or time.monotonic()
            took_s = time.monotonic() - began
            observer.add(step, look(step.frame.image) if due else None)
            began = time.monotonic() - took_s
    measured = recording is not None and took_s > 0 and not isinstance(detector, RecordedDetector)
    try:
        return observer.finish(live=recording is None, machine_fps=(frames - 1) / took_s if measured else None)
    except ValueError:
        raise CaptureError(f"camera {camera.camera.id}: {camera.source_name}: no picture within {DEAD_S:g} s") from None


@contextmanager
def _pictures(camera: Watched, recording: Recording | None, for_s: float) -> Iterator[Iterator[Frame]]:
    """The pictures of so many seconds."""
    if recording is not None:
        with closing(recording.frames(ANY_DAY, camera.fps)) as frames:
            yield _first(frames, for_s)
        return
    if isinstance(camera.source, Path):
        raise TypeError(f"{camera.source} is not live")
    stop = threading.Event()
    alive = _Alive(stop)
    live = LiveCamera(camera.source, camera.fps or LIVE_FPS, camera.camera.id, stop)
    with closing(live.frames()) as frames:
        alive.start()
        try:
            yield alive.notes(_first(frames, for_s))
        finally:
            stop.set()


def _first(frames: Iterator[Frame | Pause | ClockJump], for_s: float) -> Iterator[Frame]:
    """The pictures among what a camera gives, for so long."""
    first: datetime | None = None
    for frame in frames:
        if not isinstance(frame, Frame):
            continue
        first = first or frame.at
        if (frame.at - first).total_seconds() > for_s:
            return
        yield frame


class _Alive(threading.Thread):
    """Ends the watching of a camera that gives no picture for ``DEAD_S``."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="survey watchdog", daemon=True)
        self._stop_all = stop
        self._seen = time.monotonic()

    def run(self) -> None:
        """Looks once a second."""
        while not self._stop_all.wait(1.0):
            if time.monotonic() - self._seen > DEAD_S:
                self._stop_all.set()

    def notes(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same pictures; takes note of each."""
        for frame in frames:
            self._seen = time.monotonic()
            yield frame


def _plain(camera: Watched, observed: Observed, findings: list[Finding]) -> dict[str, object]:
    """One camera for ``--json``."""
    return {
        "camera": camera.camera.id,
        "source": camera.source_name,
        "seconds": round(observed.seconds, 3),
        "width": observed.width,
        "height": observed.height,
        "verdict": worst(findings),
        "findings": [asdict(finding) for finding in findings],
    }


def _print(camera: Watched, observed: Observed, findings: list[Finding], output: Output) -> None:
    title = (
        f"{camera.camera.id}: {observed.seconds:.0f} s of {camera.source_name}, {observed.width} x {observed.height}"
    )
    table = Table(title=Text(title), title_justify="left")
    for heading in ("measure", "found", "needed", "verdict", "what to change"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"measure", "verdict"})
    of = ""
    for finding in findings:
        if finding.of != of:
            if of:
                table.add_section()
            of = finding.of
            table.add_row(Text(of, style="bold"))
        verdict = Text(finding.verdict, style=COLOURS[finding.verdict])
        table.add_row(*map(Text, (finding.measure, finding.found, finding.needed)), verdict, Text(finding.advice))
    output.results.print(table)
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in COLOURS}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    output.results.print(f"{camera.camera.id}: {SUMMARY[worst(findings)]} ({told})", markup=False)
