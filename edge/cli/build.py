"""From settings to the values that the rooms take: here settings end."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..capture import CaptureError
from ..contract import OpenHours, Site, Store, content_hash
from ..detection import DetectionError, RecordedDetector, Thresholds, locate_model
from ..geometry import Homography
from ..pipeline import ALGORITHM, Rules
from ..scene import Camera, Line, Zone
from ..settings import hidden_password
from ..sight import SightRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..events import Detector
    from ..settings import CameraSettings, Settings

LIVE_FPS = 10.0
STREAMS = ("rtsp://", "rtsps://", "http://", "https://")


class UsageError(Exception):
    """The command line or the settings ask for something that cannot be done; the message names it."""


def file_of(database: str | Path) -> Path | None:
    """The file of a database that is named by a path or a URL; None on a server."""
    text = str(database)
    if "://" not in text:
        return Path(text)
    return Path(text.removeprefix("sqlite:///")) if text.startswith("sqlite:///") else None


@contextmanager
def preparing() -> Iterator[None]:
    """Before the first picture, a missing model or video is a mistake in what was asked for, not a failure of the run.

    Raises:
        UsageError: In place of a room's own error.
    """
    try:
        yield
    except (CaptureError, DetectionError) as error:
        raise UsageError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Watched:
    """Everything about one camera, ready for the loop.

    Attributes:
        camera: Lines, zones, floor.
        source: Number of a USB camera, address of a stream, or path of a file or folder.
        fps: Pictures a second to look at, at most; None for all.
        model: Where the model lies, for ``edge.detection``.
        thresholds: What a box must reach.
        rules: Settings of the loop.
        start: Aware time at which a recording began, where the settings say it.
        sight: What its pictures are judged by.
        gate: Whether pictures in which nothing moves while nobody is followed are left out.
        follow: Whether the source is a folder to which a recorder adds files.
    """

    camera: Camera
    source: int | str | Path
    fps: float | None
    model: str
    thresholds: Thresholds
    rules: Rules
    start: datetime | None
    sight: SightRules
    gate: bool = True
    follow: bool = False

    @property
    def is_live(self) -> bool:
        """Whether pictures come as time passes."""
        return self.follow or not isinstance(self.source, Path)

    def gate_for(self, detector: Detector) -> bool:
        """Whether still pictures are left out; never where boxes are read from a file, which costs nothing."""
        return self.gate and not isinstance(detector, RecordedDetector)

    @property
    def source_name(self) -> str:
        """The source without user name, password and folder."""
        if isinstance(self.source, Path):
            return self.source.name
        return f"usb:{self.source}" if isinstance(self.source, int) else hidden_password(self.source)

    @property
    def config_hash(self) -> str:
        """Changes with every setting that could change a fact of this camera."""
        lines = sorted((x.id, x.role, x.path, x.anchor, x.flip, x.one_way or "") for x in self.camera.lines)
        zones = sorted((x.id, x.role, x.polygon, x.min_stay_s, x.grace_s) for x in self.camera.zones)
        floor = self.camera.floor.matrix if self.camera.floor else None
        return content_hash(ALGORITHM, lines, zones, floor, self.rules, self.thresholds, self.fps, self.sight)


def watched(
    settings: Settings, camera: CameraSettings, *, source: str | None = None, model: str | None = None
) -> Watched:
    """One camera of the settings.

    Args:
        settings: The whole file.
        camera: The camera.
        source: Instead of the camera's own; relative paths start at the working folder.
        model: Instead of the settings' own; the same.

    Raises:
        UsageError: The source is of no known form.
    """
    own_model = settings.model_of(camera)
    place = settings.folder if source is None else Path()
    found = _source(camera.source if source is None else source, place)
    fps = camera.fps
    if camera.follow and source is None and not (isinstance(found, Path) and found.is_dir()):
        raise UsageError(f"camera {camera.id}: follow: {hidden_password(str(camera.source))}: must be a folder")
    if fps is None and not isinstance(found, Path):
        fps = LIVE_FPS
    return Watched(
        camera=scene_of(camera),
        source=found,
        fps=fps,
        model=locate_model(own_model.path, settings.folder) if model is None else locate_model(model, Path()),
        thresholds=Thresholds(own_model.confidence, own_model.iou, own_model.min_height),
        rules=Rules(**settings.rules.model_dump(), least_fps=settings.health.least_fps),
        start=to_utc(camera.start, settings.store.time_zone) if camera.start else None,
        sight=SightRules(frozen_s=settings.health.frozen_s, moved=settings.health.moved),
        gate=own_model.gate,
        follow=camera.follow and source is None,
    )


def scene_of(camera: CameraSettings) -> Camera:
    """What a camera looks at."""
    floor = None
    if camera.floor_px is not None and camera.floor_m is not None:
        floor = Homography.from_points(list(camera.floor_px), list(camera.floor_m))
    lines = tuple(Line(x.id, x.role, x.path, x.anchor, x.flip, x.one_way) for x in camera.lines)
    zones = tuple(Zone(x.id, x.role, x.polygon, x.min_stay_s, x.grace_s) for x in camera.zones)
    return Camera(camera.id, camera.name or camera.id, lines, zones, floor)


def site_of(settings: Settings) -> Site:
    """The store with its hours and all its cameras."""
    store = settings.store
    hours = tuple(OpenHours(weekday, *day) for weekday, day in enumerate(store.opening_hours.days) if day is not None)
    cameras = tuple(scene_of(camera) for camera in settings.cameras)
    return Site(Store(store.id, store.name, store.time_zone, store.currency), hours, cameras)


def database_of(settings: Settings, chosen: str | None) -> str | Path:
    """The database: the chosen one (relative to the working folder), else the settings' own (relative to the file)."""
    text = settings.database.path if chosen is None else chosen
    if "://" in text:
        return text
    return (settings.folder if chosen is None else Path()) / text


def camera_named(settings: Settings, camera_id: str | None, path: Path | None = None) -> CameraSettings:
    """The camera to use: the named one, else the only one, else the one whose source is or holds ``path``.

    Raises:
        UsageError: There is none, or no way to tell.
    """
    known = ", ".join(camera.id for camera in settings.cameras)
    if camera_id is not None:
        for camera in settings.cameras:
            if camera.id == camera_id:
                return camera
        raise UsageError(f"--camera: {camera_id!r}: no such camera in {settings.file}; known are {known}")
    if len(settings.cameras) == 1:
        return settings.cameras[0]
    for camera in settings.cameras:
        own = camera.source
        if path is not None and isinstance(own, str) and not own.startswith(STREAMS):
            own_path = (settings.folder / own).resolve()
            if own_path == path.resolve() or own_path in path.resolve().parents:
                return camera
    what = "" if path is None else f"{path}: "
    raise UsageError(f"{what}say with --camera which of the cameras is meant: {known}")


def to_utc(moment: datetime, time_zone: str) -> datetime:
    """A moment in UTC; a naive one is in the store's own time (the first of two where clocks are set back).

    Raises:
        UsageError: There is no such moment: clocks were set forward over it.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(fold=0) != moment.replace(fold=0):
            raise UsageError(f"{moment:%Y-%m-%d %H:%M:%S}: no such time in {time_zone}: the clocks were set forward")
    return moment.astimezone(UTC)


def _source(source: int | str, folder: Path) -> int | str | Path:
    if isinstance(source, int):
        return source
    if source.startswith(STREAMS):
        return source
    if "://" in source:
        raise UsageError(f"source: {hidden_password(source)}: must begin with {', '.join(STREAMS)}, or be a path")
    return int(source) if source.isdigit() else folder / source
