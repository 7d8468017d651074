"""``footfall-edge replay``: recordings to facts, as fast as they can be processed."""

from __future__ import annotations

import signal
import threading
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..capture import Recording, fingerprint, start_in_name, videos_in
from ..contract import FactBuffer, StoreUnavailableError, open_store
from ..detection import open_detector
from ..settings import load
from .build import UsageError, camera_named, database_of, preparing, site_of, to_utc, watched
from .doubts import refuse_misfit, warn
from .lanes import Clip, cores, played
from .tally import Tally, summarise
from .view import view_for

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..contract import FactStore
    from ..events import Detector
    from ..settings import Settings
    from .build import Watched
    from .lanes import Told
    from .output import Output
    from .view import View


def replay(arguments: argparse.Namespace, output: Output) -> None:
    """Processes the recordings of the command line."""
    settings = load(arguments.config)
    with preparing():
        paths = [video for path in arguments.paths for video in videos_in(path)]
        cameras = [camera_named(settings, arguments.camera, path) for path in paths]
        plan = [(p, watched(settings, c, model=arguments.model)) for p, c in zip(paths, cameras, strict=True)]
        clips = prepare(plan, settings, read_start(arguments.start, settings))
    replay_clips(clips, settings, arguments, output)


def replay_clips(clips: list[Clip], settings: Settings, arguments: argparse.Namespace, output: Output) -> None:
    """Processes recordings, each as a run of its own, several at a time, and prints what was counted.

    Raises:
        UsageError: A model cannot be loaded.
        StoreUnavailableError: The database refused; what was stored before stays.
    """
    with preparing():
        detectors = _detectors(clips)
        for clip in clips:
            refuse_misfit(detectors[clip.watched.camera.id], clip.recording)
    seen = [(detectors[clip.watched.camera.id], clip.recording) for clip in clips]
    warn(settings, [clip.watched.camera.id for clip in clips], seen, output)
    database = database_of(settings, arguments.database)
    first = clips[0]
    if (arguments.annotate or arguments.show) and any(c.watched.camera != first.watched.camera for c in clips):
        raise UsageError("--annotate, --show: one camera at a time; say with --camera which")
    view = view_for(arguments, first.watched.camera, first.watched.fps or first.recording.fps, window=True)
    jobs = 1 if view is not None else arguments.jobs or cores()
    with closing(open_store(database)) as store, terminable(), _progress(output) as progress:
        store.register(site_of(settings))
        job = _Job(store, settings.store.id, progress, view)
        with closing(played(clips, detectors, jobs)) as told:
            try:
                for each in told:
                    job.take(each)
            finally:
                job.flush()
    if view is not None:
        view.close()
    summarise([job.tally_of(clip) for clip in clips], database, output)


class _Job:
    """What every recording of one command shares. The calling thread alone writes, shows and draws."""

    def __init__(self, store: FactStore, store_id: str, progress: Progress, view: View | None) -> None:
        self._store = store
        self._store_id = store_id
        self._buffer = FactBuffer(store)
        self._progress = progress
        self._view = view
        self._tallies: dict[int, tuple[Tally, TaskID]] = {}

    def tally_of(self, clip: Clip) -> Tally:
        """What was counted in a recording."""
        return self._tallies[id(clip)][0]

    def take(self, told: Told) -> None:
        """One more step of a recording: to the database, the pictures and the progress."""
        key, run = id(told.clip), told.run
        if told.step is None:
            self._store.begin_run(run, self._store_id)
            name = told.clip.recording.path.name
            task = self._progress.add_task(name, total=told.clip.recording.frame_count or None, note="")
            self._tallies[key] = Tally(told.clip.watched.camera, name), task
            return
        tally, task = self._tallies[key]
        for fact in told.step.facts:
            self._buffer.add(run.id, fact)
        tally.add(told.step)
        if self._view is not None:
            self._view.see(told.step)
        if told.step.frame is not None:
            self._report(task, told.step.frame.number + 1, tally)
        if told.ended:
            self._finish(run.id)

    def flush(self) -> None:
        """Writes what waits.

        Raises:
            StoreUnavailableError: The database refuses.
        """
        self._buffer.flush()

    def _finish(self, run_id: str) -> None:
        self._buffer.flush()
        if lost := self._buffer.take_dropped(run_id):
            # Nothing is lost for good: the same recording again gives the same facts.
            raise StoreUnavailableError(f"{self._store.name}: refused for so long that {lost} facts had to be dropped")
        self._store.finish_run(run_id)

    def _report(self, task: TaskID, done: int, tally: Tally) -> None:
        note = f"{tally.fps:.0f} frames/s, {tally.total('in')} in, {tally.total('out')} out"
        self._progress.update(task, completed=done, note=note)


def prepare(plan: Iterable[tuple[Path, Watched]], settings: Settings, start: datetime | None) -> list[Clip]:
    """Looks at every recording before the first is processed, so that a mistake shows at once.

    Args:
        plan: Recordings in order, with their cameras.
        settings: For the store's time zone.
        start: When the first recording of each camera began, or None.

    Raises:
        UsageError: For one of them nothing says when it began.
        CaptureError: One is missing or no video.
    """
    clips: list[Clip] = []
    begun: dict[str, bool] = {}  # cameras by whether later recordings go on from the first
    for path, camera in plan:
        recording = Recording(path)
        name = camera.camera.id
        begins = None
        if not begun.get(name, False):
            stamp = start_in_name(path.stem)
            given = start or camera.start if name not in begun else None
            begins = given or (to_utc(stamp, settings.store.time_zone) if stamp else None)
            if begins is None and name not in begun:
                raise UsageError(
                    f"{path}: when did it begin? Say it with --start TIME (replay, audit), as start of camera "
                    f"{name} in {settings.file}, or in the file's name, such as "
                    f"{path.stem}_20260407_100000{path.suffix}"
                )
            begun.setdefault(name, given is not None)
        clips.append(Clip(recording, camera, fingerprint(path), begins))
    return clips


def read_start(text: str | None, settings: Settings, option: str = "--start") -> datetime | None:
    """The time that an option gives; naive ones are in the store's own time.

    Raises:
        UsageError: It is no time.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r}: must be a date and time such as 2026-04-07T10:00:00") from None
    return to_utc(moment, settings.store.time_zone)


def _detectors(clips: list[Clip]) -> dict[str, Detector]:
    """One detector a camera."""
    cameras = {clip.watched.camera.id: clip.watched for clip in clips}
    return {name: open_detector(camera.model, camera.thresholds) for name, camera in cameras.items()}


def _progress(output: Output) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(),
        console=output.notes,
        disable=not output.notes.is_terminal,
    )


@contextmanager
def terminable() -> Iterator[None]:
    """Within it, SIGTERM ends the work the way Ctrl-C does: what waits is stored first."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
