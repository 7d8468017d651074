"""A folder to which a recorder adds files: each is played once it is whole, and then the next is waited for."""

from __future__ import annotations

import logging
import math
import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..events import Pause
from .errors import CaptureError
from .names import start_in_name
from .recording import VIDEO_SUFFIXES, Recording

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator

    from ..events import Frame

log = logging.getLogger(__name__)

PAUSE_EVERY_S = 0.5
LOOK_EVERY_S = 2.0
# A recorder closes a file before it begins the next, or just after: a moment's rest tells that it is done with it.
REST_S = 1.0
# The newest file may be the last for long; recorders write what they hold at least this often.
SETTLE_S = 15.0


# Older files are not looked at again: one that is done may still grow only while it is among the newest.
MAY_GROW = 3


@dataclass(frozen=True, slots=True)
class _State:
    """How a file was when it was looked at; another state is another content.

    Attributes:
        size: Bytes.
        changed_s: Time of its last change, seconds of the Unix clock.
    """

    size: int
    changed_s: float


class SegmentFolder:
    """Recordings of one camera that are still being made, in files of some minutes each.

    Files are played in order of their start: the time stamp in their name, in the store's own time, else the time of
    their last change less their length. A file counts as whole when a newer one exists and it has not changed for a
    second, or when it has not changed for ``settle_s``. Should it grow all the same, its rest is played then.

    Gaps between files stay gaps. Times never go back: of files that overlap, the later one is played from where the
    earlier one ended. A file that arrives late, with times already played, is left out.

    Args:
        folder: Where the files are; folders in it are not looked into.
        fps: Pictures a second to look at, at most; None for all.
        name: What to call the camera in messages.
        stop: Set by anyone to end.
        after: Aware time up to which everything was looked at before; None to play all there is.
        to_utc: Turns the store's own (naive) time into an aware one.
        settle_s: How long the newest file must rest until it counts as whole.

    Attributes:
        reconnects: Always 0; for the same face as a live camera.
        last_picture: Time of the newest picture; None before the first.
        failure: Why no pictures come; empty while they come.
    """

    def __init__(
        self,
        folder: Path,
        fps: float | None,
        name: str,
        stop: threading.Event,
        *,
        after: datetime | None = None,
        to_utc: Callable[[datetime], datetime],
        settle_s: float = SETTLE_S,
    ) -> None:
        self._folder = folder
        self._fps = fps
        self._name = name
        self._stop = stop
        self._to_utc = to_utc
        self._settle_s = settle_s
        self._after = self._newest = after
        self._numbers = 0
        self._resting: dict[Path, tuple[_State, float]] = {}
        self._done: dict[Path, _State] = {}
        self._blamed: dict[Path, str] = {}
        self.reconnects = 0
        self.last_picture: datetime | None = None
        self.failure = ""

    def frames(self) -> Generator[Frame | Pause]:
        """The pictures, with the recordings' own times, until ``stop`` is set.

        Yields:
            Frames, numbered on from file to file; pauses about twice a second while there is no whole file to play.
            Their time is that of the newest picture: what the camera saw since is in files that are still to come.
        """
        looked_s = -math.inf
        while not self._stop.is_set():
            if time.monotonic() - looked_s >= LOOK_EVERY_S:
                path = self._next()
                if path is not None:
                    yield from self._play(path)
                    continue
                looked_s = time.monotonic()
            if self._newest is not None:
                yield Pause(self._newest)
            self._stop.wait(PAUSE_EVERY_S)

    def _next(self) -> Path | None:
        """The earliest file that was not played yet, if it is whole; later ones wait for it."""
        try:
            with os.scandir(self._folder) as entries:
                found = sorted((self._order(entry), Path(entry.path)) for entry in entries if _is_video(entry))
            self._fail("")
            paths = [path for _, path in found]
            if paths:  # a disk that is not mounted now looks like an empty folder
                for known in (self._resting, self._done, self._blamed):
                    _forget(known, paths)
            for index, (_, path) in enumerate(found):
                newer = len(found) - 1 - index
                if path in self._done and newer >= MAY_GROW:
                    continue
                if newer and self._after is not None and found[index + 1][0] <= self._after.timestamp():
                    continue  # the next one begins in what was looked at already
                state = _state(path)
                if state is not None and self._done.get(path) != state:
                    return path if self._rests(path, state, self._settle_s if not newer else REST_S) else None
        except OSError as error:
            self._fail(f"{self._folder}: {error.strerror}")
        return None

    def _order(self, entry: os.DirEntry[str]) -> float:
        """When a file began, or else was changed last, seconds of the Unix clock."""
        named = start_in_name(entry.name)
        return self._to_utc(named).timestamp() if named is not None else entry.stat().st_mtime

    def _rests(self, path: Path, state: _State, for_s: float) -> bool:
        """Whether a file has been as it is for so long."""
        now_s = time.monotonic()
        before = self._resting.get(path)
        if before is None or before[0] != state:
            self._resting[path] = state, now_s
            # What has long been there when we come needs no more watching.
            return time.time() - state.changed_s > max(self._settle_s, for_s)
        return now_s - before[1] >= for_s

    def _play(self, path: Path) -> Generator[Frame]:
        """What a file adds to what was played before."""
        try:
            state = _state(path)
            if state is None:
                return
            self._resting.pop(path, None)
            self._done[path] = state
            recording = Recording(path)
            named = start_in_name(path.name)
            length_s = recording.frame_count / recording.fps
            begins = self._to_utc(named) if named is not None else _utc(state.changed_s - length_s)
            base = self._numbers
            last = None
            for frame in recording.frames(begins, self._fps):
                if self._stop.is_set():
                    return
                last = frame.at
                if self._newest is not None and frame.at <= self._newest:
                    continue
                self._newest = self.last_picture = frame.at
                self._numbers = base + frame.number + 1
                yield replace(frame, number=base + frame.number)
            if last is not None and self._numbers == base and (self._after is None or last > self._after):
                # Said aloud, for a recorder whose clock once ran ahead would else be ignored in silence.
                self._blame(path, f"{path}: all of it is before {self._newest:%Y-%m-%d %H:%M:%S} UTC, played already")
        except (CaptureError, OSError) as error:
            self._blame(path, str(error))

    def _blame(self, path: Path, fault: str) -> None:
        if self._blamed.get(path) != fault:
            log.warning("camera %s: %s; going on without it", self._name, fault)
        self._blamed[path] = fault

    def _fail(self, reason: str) -> None:
        if reason and reason != self.failure:
            log.warning("camera %s: %s; trying again", self._name, reason)
        elif self.failure and not reason:
            log.info("camera %s: the folder can be read again", self._name)
        self.failure = reason


def _is_video(entry: os.DirEntry[str]) -> bool:
    return Path(entry.name).suffix.lower() in VIDEO_SUFFIXES and entry.is_file()


def _state(path: Path) -> _State | None:
    """None where it is gone: recorders delete what is old."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return _State(found.st_size, found.st_mtime)


def _utc(seconds: float) -> datetime:
    """A moment of the Unix clock, in whole milliseconds."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def _forget(known: dict[Path, Any], paths: list[Path]) -> None:
    """Drops what is known of files that are gone."""
    for path in known.keys() - set(paths):
        del known[path]
