"""Everything about a store's settings that is allowed but looks wrong, one line each."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..capture import Recording, videos_in
from ..contract import (
    ContractError,
    NewerSchemaError,
    StoreUnavailableError,
    open_facts,
    read_crossings,
    read_runs,
    read_trails,
)
from ..detection import RecordedDetector
from ..geometry import Point
from ..settings import Seen, cautions, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..contract import FactReader, Rows
    from ..events import Detector
    from ..settings import CameraSettings, Settings
    from .build import Watched
    from .output import Output

log = logging.getLogger(__name__)

# So many of the newest runs of a camera are looked at, a day of each: enough to know its ways, and quickly read.
RUNS = 3
ENOUGH_TRACKS = 300
DAY = timedelta(days=1)
BUSY_TIMEOUT_S = 1.0
# Pictures come a little unevenly: a rate just at the least one is below it half of the time.
ROOM_FOR_RATE = 1.1


def doubts(settings: Settings, camera: CameraSettings, watched: Watched, seen: Seen | None = None) -> list[str]:
    """What looks wrong about one camera: its lines, its source, its rate.

    Args:
        settings: The whole file.
        camera: The camera in it.
        watched: The same, resolved.
        seen: What it has shown so far.

    Returns:
        Lines of the form ``FILE: key: value: rule``.

    Raises:
        CaptureError: Its recording cannot be read.
    """
    place = f"{settings.file}: cameras[{settings.cameras.index(camera)}]"
    min_height = settings.model_of(camera).min_height
    if isinstance(watched.source, Path) and not watched.follow:
        video = Recording(videos_in(watched.source)[0])
        found = cautions(camera, min_height, video.width / max(video.height, 1), seen)
    else:
        found = cautions(camera, min_height, seen=seen)
    told = [f"{place}.{one.key}: {shown(one.value)}: {one.rule}" for one in found]
    first = next(other for other in settings.cameras if other.source == camera.source)
    if watched.is_live and first is not camera:
        rule = f"is the source of {first.id!r}, too; run watches it once: put all lines and zones on one camera"
        told.append(f"{place}.source: {shown(camera.source)}: {rule}")
    least = watched.rules.least_fps
    if watched.fps is not None and watched.fps < least * ROOM_FOR_RATE:
        rule = f"health.least_fps asks for {least:g}: the camera will count as slow, and its hours as not seen"
        told.append(f"{place}.fps: {watched.fps:g}: {rule}")
    return told


def warn(
    settings: Settings, cameras: Iterable[str], recorded: Iterable[tuple[Detector, Recording]], output: Output
) -> None:
    """Says on standard error what looks wrong before counting begins; nothing where nothing does.

    Of the settings only how much, as ``check`` tells the rest; of recorded detections everything, as a replay may have
    been given others than the settings name.

    Args:
        settings: The whole file.
        cameras: Ids of the cameras that will be watched.
        recorded: Their detectors, each with a recording it will see.
        output: Where to say it.
    """
    chosen = set(cameras)
    count = sum(
        len(cautions(camera, settings.model_of(camera).min_height))
        for camera in settings.cameras
        if camera.id in chosen
    )
    for detector, video in recorded:
        if isinstance(detector, RecordedDetector):
            for rule in detector.doubts(video.width, video.height, video.frame_count, video.fps):
                output.problem(f"{detector.path}: warning: {rule}")
    if count:
        warnings = "1 warning" if count == 1 else f"{count} warnings"
        output.problem(f"{warnings}; see footfall-edge check --config {settings.file}")


def recorded_doubts(settings: Settings, camera: CameraSettings, watched: Watched, detector: Detector) -> list[str]:
    """What looks wrong about a camera's recorded detections; nothing of other models.

    Raises:
        CaptureError: Its recording cannot be read.
        DetectionError: They cannot belong to it.
    """
    if not isinstance(detector, RecordedDetector):
        return []
    own = camera.model is not None and "path" in camera.model.model_fields_set
    key = f"cameras[{settings.cameras.index(camera)}].model.path" if own else "model.path"
    place = f"{settings.file}: {key}: {shown(settings.model_of(camera).path)}"
    if not isinstance(watched.source, Path) or watched.follow:
        return [f"{place}: recorded detections show what was, not what the camera {camera.id} sees now"]
    videos = videos_in(watched.source)
    for path in videos:
        refuse_misfit(detector, Recording(path))
    video = Recording(videos[0])
    found = detector.doubts(video.width, video.height, video.frame_count, video.fps)
    if len(videos) > 1:
        found.append(f"is used for each of the {len(videos)} recordings of {camera.id}; it can belong to one only")
    return [f"{place}: {rule}" for rule in found]


def refuse_misfit(detector: Detector, recording: Recording) -> None:
    """Makes sure that recorded detections can belong to a recording.

    Raises:
        DetectionError: They cannot.
    """
    if isinstance(detector, RecordedDetector):
        detector.refuse_misfit(recording.width, recording.height, recording.frame_count, recording.path.name)


def seen_before(database: str | Path) -> dict[str, Seen]:
    """What the cameras of a database have shown, by camera id; nothing where there is no database yet.

    Raises:
        ContractError: There is one, but it cannot be read.
    """
    if isinstance(database, Path) and not database.exists():
        return {}
    try:
        reader = open_facts(database, busy_timeout_s=BUSY_TIMEOUT_S)
    except ContractError as error:
        # A database without facts, or one on another machine that does not answer now, is no mistake in the settings.
        if isinstance(database, Path) and isinstance(error, StoreUnavailableError | NewerSchemaError):
            raise
        log.debug("no facts to compare with: %s", error)
        return {}
    try:
        return {camera: _seen(reader, runs) for camera, runs in _newest_runs(reader).items()}
    finally:
        reader.close()


def _newest_runs(reader: FactReader) -> dict[str, list[tuple[str, datetime]]]:
    """(Run id, begin) by camera, newest first."""
    rows = read_runs(reader)
    runs: dict[str, list[tuple[str, datetime]]] = {}
    for camera, run, begins_ms in _columns(rows, "camera_id", "run_id", "begins_ms"):
        runs.setdefault(str(camera), []).append((str(run), datetime.fromtimestamp(int(str(begins_ms)) / 1000, UTC)))
    return {camera: sorted(of, key=lambda r: r[1], reverse=True)[:RUNS] for camera, of in runs.items()}


def _seen(reader: FactReader, runs: list[tuple[str, datetime]]) -> Seen:
    tracks: dict[tuple[str, object], list[Point]] = {}
    heights: dict[str, list[float]] = {}
    for run, begins in runs:
        if len(tracks) >= ENOUGH_TRACKS:
            break
        window = begins, begins + DAY
        for of, track, x, y in _columns(read_trails(reader, *window), "run_id", "track_id", "x", "y"):
            if of == run:
                tracks.setdefault((run, track), []).append(Point(float(str(x)), float(str(y))))
        boxes = _columns(read_crossings(reader, *window), "run_id", "line_id", "box_top", "box_bottom")
        for of, line, top, bottom in boxes:
            if of == run:
                heights.setdefault(str(line), []).append(float(str(bottom)) - float(str(top)))
    typical = {line: sorted(of)[len(of) // 2] for line, of in heights.items()}
    return Seen(typical, tuple(tuple(track) for track in tracks.values() if len(track) > 1))


def _columns(rows: Rows, *names: str) -> list[tuple[object, ...]]:
    places = [rows.columns.index(name) for name in names]
    return [tuple(row[place] for place in places) for row in rows.values]
