"""``footfall-edge run``: watches the cameras of a settings file until it is stopped."""

from __future__ import annotations

import logging
import math
import signal
import threading
import time
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..annotate import Window
from ..capture import LiveCamera, videos_in
from ..contract import FactBuffer, Run, open_store
from ..detection import open_detector
from ..pipeline import Parts, steps
from ..settings import load
from .build import UsageError, camera_named, database_of, preparing, site_of, watched
from .doubts import warn
from .replay import prepare, replay_clips
from .tally import Tally, summarise
from .view import view_for

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ..contract import FactStore
    from ..events import Detector
    from .build import Watched
    from .output import Output
    from .view import View

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 5.0
FLUSH_EVERY_S = 1.0
PICTURE_EVERY_S = 0.03
LONGEST_PAUSE_S = 60.0
FAREWELL_S = 10.0


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Watches the cameras of the command line: recordings first, then live cameras until SIGINT or SIGTERM."""
    settings = load(arguments.config)
    if arguments.source is not None or arguments.camera is not None:
        chosen = [camera_named(settings, arguments.camera)]
    else:
        chosen = list(settings.cameras)
    with preparing():
        cameras = [watched(settings, camera, source=arguments.source) for camera in chosen]
        plan = [(path, c) for c in cameras if isinstance(c.source, Path) for path in videos_in(c.source)]
        clips = prepare(plan, settings, None)
    live = [camera for camera in cameras if camera.is_live]
    if arguments.annotate is not None and len(cameras) > 1:
        raise UsageError("--annotate: writes one camera; say with --camera which")
    if clips:
        replay_clips(clips, settings, arguments, output)
    if not live:
        return
    warn(settings, [camera.camera.id for camera in live], (), output)
    with preparing():
        detectors = [open_detector(camera.model, camera.thresholds) for camera in live]
    database = database_of(settings, arguments.database)
    with closing(open_store(database, busy_timeout_s=BUSY_TIMEOUT_S)) as store:
        store.register(site_of(settings))
        watch = _LiveWatch(store, settings.store.id, show=arguments.show)
        for camera, detector in zip(live, detectors, strict=True):
            fps = camera.fps or math.nan
            watch.add(camera, detector, view_for(arguments, camera.camera, fps, window=False))
        tallies = watch.until_stopped()
    summarise(tallies, database, output)


class _LiveWatch:
    """Live cameras, one thread each; the calling thread alone writes to the database and shows pictures.

    Args:
        store: Where facts go.
        store_id: Of the store.
        show: Whether to show the pictures.
    """

    def __init__(self, store: FactStore, store_id: str, *, show: bool) -> None:
        self._store = store
        self._store_id = store_id
        self._show = show
        # Camera threads never flush: a locked database must not keep them from looking.
        self._buffer = FactBuffer(store, flush_every_s=math.inf)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._tallies: list[Tally] = []
        self._ended: list[str] = []
        self._pictures: dict[str, NDArray[np.uint8]] = {}

    def add(self, camera: Watched, detector: Detector, view: View | None) -> None:
        """One more camera to watch."""
        tally = Tally(camera.camera, f"{camera.camera.id} ({camera.source_name})")
        self._tallies.append(tally)
        thread = threading.Thread(
            target=self._supervise, args=(camera, detector, view, tally), name=f"watch {camera.camera.id}", daemon=True
        )
        self._threads.append(thread)

    def until_stopped(self) -> list[Tally]:
        """Watches until SIGINT or SIGTERM, then stores what waits.

        Raises:
            StoreUnavailableError: The database refused to the end.
        """
        windows: dict[str, Window] = {}
        with _signals(self._stop):
            for thread in self._threads:
                thread.start()
            flushed = time.monotonic()
            while not self._stop.wait(PICTURE_EVERY_S if self._show else FLUSH_EVERY_S):
                if self._show:
                    self._show_pictures(windows)
                if time.monotonic() - flushed >= FLUSH_EVERY_S:
                    self._buffer.try_flush()
                    flushed = time.monotonic()
            for thread in self._threads:
                thread.join(FAREWELL_S)
        for window in windows.values():
            window.close()
        self._buffer.flush()
        for run_id in self._ended:
            self._store.finish_run(run_id)
        return self._tallies

    def _show_pictures(self, windows: dict[str, Window]) -> None:
        for name in list(self._pictures):
            if name not in windows:
                windows[name] = Window(f"footfall: {name}")
            if not windows[name].show(self._pictures.pop(name)):
                self._stop.set()

    def _supervise(self, camera: Watched, detector: Detector, view: View | None, tally: Tally) -> None:
        """Keeps one camera going whatever happens."""
        failures = 0
        while not self._stop.is_set():
            try:
                self._watch(camera, detector, view, tally)
            except Exception:
                failures += 1
                pause = min(LONGEST_PAUSE_S, 2.0**failures)
                log.exception("camera %s: failure %d; again in %g s", camera.camera.id, failures, pause)
                self._stop.wait(pause)
        if view is not None:
            view.close()

    def _watch(self, camera: Watched, detector: Detector, view: View | None, tally: Tally) -> None:
        """One run: from the first picture until stopped."""
        if isinstance(camera.source, Path) or camera.fps is None:
            raise TypeError(f"{camera.source_name} is not live")
        source = LiveCamera(camera.source, camera.fps, camera.camera.id, self._stop)
        with closing(source.frames()) as frames:
            first = next(frames, None)
            if first is None:
                return
            own = Run(
                camera=camera.camera.id,
                kind="live",
                source=camera.source_name,
                source_id=first.at.isoformat(),
                begins=first.at,
                clock="host",
                model_id=detector.model_id,
                config_hash=camera.config_hash,
            )
            self._store.begin_run(own, self._store_id)

            def dropped() -> int:
                return self._buffer.take_dropped(own.id)

            for step in steps(chain([first], frames), detector, camera.camera, camera.rules, Parts(take_dropped_facts=dropped)):
                for fact in step.facts:
                    self._buffer.add(own.id, fact)
                tally.add(step)
                if view is not None and (image := view.see(step)) is not None and self._show:
                    self._pictures[camera.camera.id] = image
            self._ended.append(own.id)


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
