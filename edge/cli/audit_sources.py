"""Which recordings an audit can use, and what of each was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .. import audit as room
from ..audit import Candidate, Scene, Span
from ..capture import Recording, fingerprint, videos_in
from .build import UsageError, camera_named, preparing, watched
from .replay import prepare, read_start

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ..contract import FactReader
    from ..scene import Camera
    from ..settings import Settings
    from .lanes import Clip


@dataclass(frozen=True, slots=True)
class Source:
    """A recording with what of it was counted.

    Attributes:
        recording: The video.
        anchor: Time of its first picture.
        counted: Spans, each with the run that counted it.
    """

    recording: Recording
    anchor: datetime
    counted: tuple[tuple[Span, str], ...]


def sources_of(
    arguments: argparse.Namespace, settings: Settings, reader: FactReader, usable: Mapping[str, Sequence[room.Ran]]
) -> tuple[Camera, list[Source]]:
    """The recordings of the command line with what was counted of them.

    A recording that was replayed is known by its content, whatever it is called now. Any other is taken for what a
    live camera saw at the same time, and somebody must say when it began.

    Args:
        arguments: Of the command line.
        settings: The whole file.
        reader: Of the facts.
        usable: Runs with the settings of today, by camera.

    Raises:
        UsageError: One is missing, of another camera, or was not counted with the settings of today.
    """
    with preparing():
        paths = [video for path in arguments.paths for video in videos_in(path)]
        cameras = {c.id: c for c in (camera_named(settings, arguments.camera, path) for path in paths)}
        if len(cameras) > 1:
            raise UsageError(f"audit: one camera at a time; say with --camera which of {', '.join(cameras)}")
        (own,) = cameras.values()
        camera = watched(settings, own)
        if not camera.camera.lines:
            raise UsageError(f"camera {own.id}: has no line to audit in {settings.file}")
        replayed = {run.source_id: run for run in room.runs_of(reader, own.id) if run.kind == "replay"}
        found: list[Source] = []
        others: list[Path] = []
        for path in paths:
            run = replayed.get(fingerprint(path))
            if run is None:
                others.append(path)
                continue
            if run not in usable[own.id]:
                why = "with other settings than" if run.finished else "not to its end with"
                raise UsageError(
                    f"{path}: camera {own.id}: was counted {why} {settings.file}; {_replay(path, settings)}"
                )
            found.append(Source(Recording(path), run.begins, tuple(room.watched_by(reader, [run]))))
        live = [run for run in usable[own.id] if run.kind == "live"]
        if others and not live:
            why = (
                _counted_for(others[0], settings, reader)
                or f"nothing was counted from it yet; {_replay(others[0], settings)}"
            )
            raise UsageError(f"{others[0]}: camera {own.id}: {why}")
        start = read_start(arguments.start, settings)
        clips = prepare([(path, camera) for path in others], settings, start)
        found += _of_live(clips, reader, live)
    return camera.camera, found


def candidates_of(reader: FactReader, camera: Camera, sources: Sequence[Source], length: timedelta) -> list[Candidate]:
    """Every whole window of the recordings; one that several show is taken from the first.

    Args:
        reader: Of the facts.
        camera: Whose.
        sources: Its recordings.
        length: Of a window.
    """
    found: dict[Span, Candidate] = {}
    for number, source in enumerate(sources):
        for span, run in source.counted:
            crossings = room.crossings_of(reader, run, camera.id, span)
            times = [t for own in crossings.values() for t in own]
            for window in room.whole_windows([span], length):
                inside = sum(window.begins <= t < window.ends for t in times)
                found.setdefault(window, Candidate(window, number, run, inside))
    return list(found.values())


def scene_for(source: Source, one: Candidate) -> Scene:
    """What to show of a window: a little more on both sides, as far as it was counted."""
    counted = next(span for span, run in source.counted if run == one.run and span.holds(one.window))
    wider = Span(one.window.begins - room.LEAD, one.window.ends + room.LEAD)
    return Scene(source.recording, source.anchor, one.window, room.common([wider], [counted])[0])


def within(source: Source, window: Span) -> tuple[str, str]:
    """Where a window begins and ends in its recording: hours, minutes and seconds from the first picture."""

    def place(moment: datetime) -> str:
        return str(timedelta(seconds=round((moment - source.anchor).total_seconds())))

    return place(window.begins), place(window.ends)


def _of_live(clips: Sequence[Clip], reader: FactReader, live: Sequence[room.Ran]) -> Iterator[Source]:
    """Recordings of what live runs saw."""
    ends: datetime | None = None
    for clip in clips:
        anchor = clip.start or ends
        if anchor is None:  # the first always has a start
            raise UsageError(f"{clip.recording.path}: when did it begin? Say it with --start TIME")
        ends = anchor + _duration(clip.recording, anchor)
        shown = Span(anchor, ends)
        watched_then = room.watched_by(reader, live, shown)
        spans = [(part, run) for span, run in watched_then for part in room.common([span], [shown])]
        yield Source(clip.recording, anchor, tuple(spans))


def _duration(recording: Recording, anchor: datetime) -> timedelta:
    """How long a recording is: as it says itself, or as reading it through shows."""
    if recording.frame_count:
        return timedelta(seconds=recording.frame_count / recording.fps)
    for _ in recording.frames(anchor, fps=0.1):
        pass
    return recording.duration


def _counted_for(path: Path, settings: Settings, reader: FactReader) -> str:
    """For which other camera a recording was replayed, in words; empty where for none."""
    content = fingerprint(path)
    runs = ((camera.id, run) for camera in settings.cameras for run in room.runs_of(reader, camera.id))
    found = next((camera for camera, run in runs if run.kind == "replay" and run.source_id == content), None)
    return "" if found is None else f"it was counted as a recording of {found}; say --camera {found} to audit that"


def _replay(path: Path, settings: Settings) -> str:
    return f"first: footfall-edge replay {path} --config {settings.file}"
