"""``footfall-edge run``: watches the cameras of a settings file until it is stopped."""

from __future__ import annotations

import logging
import math
import signal
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from ..annotate import Window
from ..capture import LiveCamera, SegmentFolder, videos_in
from ..contract import content_hash
from ..detection import open_detector
from ..events import Network
from ..settings import load
from ..station import Duty, KeptJudge
from .build import UsageError, camera_named, database_of, file_of, preparing, to_utc, watched
from .doubts import warn
from .output import log_to_file
from .replay import prepare, replay_clips
from .service import opened
from .tally import Tally, summarise
from .view import view_for

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from ..events import Detector
    from ..pipeline import Step
    from ..settings import Settings
    from ..station import LiveSource
    from .build import Watched
    from .output import Output
    from .view import View

log = logging.getLogger(__name__)

PICTURE_EVERY_S = 0.03
TICK_S = 1.0


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Watches the cameras of the command line: recordings first, then live cameras until SIGINT or SIGTERM."""
    settings = load(arguments.config)
    if arguments.source is not None or arguments.camera is not None:
        chosen = [camera_named(settings, arguments.camera)]
    else:
        chosen = list(settings.cameras)
    with preparing():
        cameras = [watched(settings, camera, source=arguments.source) for camera in chosen]
        recorded = [c for c in cameras if not c.is_live]
        plan = [(path, c) for c in recorded if isinstance(c.source, Path) for path in videos_in(c.source)]
        clips = prepare(plan, settings, None)
    live = _once(camera for camera in cameras if camera.is_live)
    if arguments.annotate is not None and len(cameras) > 1:
        raise UsageError("--annotate: writes one camera; say with --camera which")
    if clips:
        replay_clips(clips, settings, arguments, output)
    if live:
        _log_to_file(settings)
        _watch(live, settings, arguments, output)


def _once(cameras: Iterable[Watched]) -> list[Watched]:
    """The cameras without those whose source an earlier one watches already: its people would be counted twice."""
    first: dict[int | str | Path, str] = {}
    chosen = []
    for camera in cameras:
        name = camera.camera.id
        if first.setdefault(camera.source, name) == name:
            chosen.append(camera)
        else:
            log.error(
                "camera %s: is not watched: its source %s is that of camera %s",
                name,
                camera.source_name,
                first[camera.source],
            )
    return chosen


def _watch(live: list[Watched], settings: Settings, arguments: argparse.Namespace, output: Output) -> None:
    """Watches live cameras until stopped, then says what was counted."""
    warn(settings, [camera.camera.id for camera in live], (), output)
    database = database_of(settings, arguments.database)
    with preparing():
        detectors = [open_detector(camera.model, camera.thresholds) for camera in live]
    # OpenCV's own threads only get into each other's way beside the network's: every camera has one already.
    cv2.setNumThreads(1)
    show = _Show(arguments, live)
    with opened(settings, database, [camera.camera for camera in live], show.see) as service:
        for camera, detector in zip(live, detectors, strict=True):
            service.station.add(_duty(camera, detector, settings, database, service.last_watched, alone=len(live) == 1))
        with _signals(service.station.stop):
            service.watch(partial(show.pictures, service.station.stop), PICTURE_EVERY_S if arguments.show else TICK_S)
    show.close()
    summarise(show.tallies, database, output)


def _duty(
    camera: Watched,
    detector: Detector,
    settings: Settings,
    database: str | Path,
    last_watched: Callable[[str], datetime | None],
    *,
    alone: bool,
) -> Duty:
    """One live camera, ready for its post."""
    folder: SegmentFolder | None = None

    def source(stop: threading.Event) -> LiveSource:
        nonlocal folder
        name = camera.camera.id
        if isinstance(camera.source, Path):
            zone = settings.store.time_zone
            played = folder.last_picture if folder is not None else None  # made anew after a failure: it goes on
            after = played or last_watched(name)
            folder = SegmentFolder(
                camera.source, camera.fps, name, stop, after=after, to_utc=lambda moment: to_utc(moment, zone)
            )
            return folder
        if camera.fps is None:
            raise TypeError(f"{camera.source_name}: a live camera needs a rate")
        return LiveCamera(camera.source, camera.fps, name, stop)

    return Duty(
        camera=camera.camera,
        source_name=camera.source_name,
        clock="file" if camera.follow else "host",
        open_source=source,
        detector=detector,
        rules=camera.rules,
        sight=KeptJudge(camera.sight, _view_path(camera, database), camera.camera.id),
        gate=camera.gate_for(detector),
        # A camera alone has the whole network to itself; several keep it busy without any sending ahead.
        ahead=1 if alone and isinstance(detector, Network) else 0,
        config_hash=camera.config_hash,
    )


def _view_path(camera: Watched, database: str | Path) -> Path | None:
    """Where the camera's view is kept; nowhere where the database is a server's."""
    path = file_of(database)
    if path is None:
        return None
    lines = sorted((x.id, x.path) for x in camera.camera.lines)
    zones = sorted((x.id, x.polygon) for x in camera.camera.zones)
    drawn = content_hash(lines, zones, camera.source_name)[:8]
    return path.with_name(f"{path.name}.views") / f"{camera.camera.id}-{drawn}.view"


def _log_to_file(settings: Settings) -> None:
    service = settings.service
    if service.log is None:
        return
    path = settings.folder / service.log
    try:
        log_to_file(path, service.log_mb, service.log_files)
    except OSError as error:
        raise UsageError(f"{settings.file}: service.log: {path}: {error.strerror}") from error


class _Show:
    """Counts for the summary, and pictures for who wants to see them.

    Args:
        arguments: Of the command line.
        cameras: Those that are watched.
    """

    def __init__(self, arguments: argparse.Namespace, cameras: list[Watched]) -> None:
        self._show: bool = arguments.show
        self._tallies = {c.camera.id: Tally(c.camera, f"{c.camera.id} ({c.source_name})") for c in cameras}
        self._views: dict[str, View] = {}
        for camera in cameras:
            view = view_for(arguments, camera.camera, camera.fps or math.nan, window=False)
            if view is not None:
                self._views[camera.camera.id] = view
        self._waiting: dict[str, NDArray[np.uint8]] = {}
        self._windows: dict[str, Window] = {}

    @property
    def tallies(self) -> list[Tally]:
        """What was counted, camera by camera."""
        return list(self._tallies.values())

    def see(self, duty: Duty, step: Step) -> None:
        """Takes a step; in the thread of its camera."""
        name = duty.camera.id
        self._tallies[name].add(step)
        view = self._views.get(name)
        if view is not None and (image := view.see(step)) is not None and self._show:
            self._waiting[name] = image

    def pictures(self, stop: threading.Event) -> None:
        """Shows what waits; in the main thread. A window that is closed by hand ends the watch."""
        for name in list(self._waiting):
            if name not in self._windows:
                self._windows[name] = Window(f"footfall: {name}")
            if not self._windows[name].show(self._waiting.pop(name)):
                stop.set()

    def close(self) -> None:
        """Completes the files and takes the windows away."""
        for view in self._views.values():
            view.close()
        for window in self._windows.values():
            window.close()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Within it, SIGINT and SIGTERM set ``stop`` instead of ending the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
