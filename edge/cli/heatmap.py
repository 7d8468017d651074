"""``footfall-edge heatmap``: where people spent their time and which ways they took, as a picture."""

from __future__ import annotations

import math
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..capture import CaptureError
from ..capture.still import still
from ..contract import open_facts, read_runs, read_stays, read_trails
from ..geometry import Point
from ..heatmap import Plan, on_floor, on_picture
from ..settings import load
from ..ways import Samples, Ways
from .build import UsageError, camera_named, database_of, preparing, scene_of, to_utc

if TYPE_CHECKING:
    import argparse

    from ..contract import FactReader, Rows
    from ..scene import Camera
    from .output import Output

WRITTEN = frozenset((".png", ".jpg", ".jpeg", ".webp"))
DAY = timedelta(days=1)
# Beyond these no plan is meant, and blurring would need more memory than there is.
SCALES = 1, 1000
FARTHEST_PX = 1e6


def heatmap(arguments: argparse.Namespace, output: Output) -> None:
    """Reads the trails of a camera and draws them on the picture, and on the floor where that is asked for.

    Raises:
        UsageError: Something asked for cannot be done.
        ContractError: The database cannot be read.
    """
    settings = load(arguments.config)
    chosen = camera_named(settings, arguments.camera)
    camera = scene_of(chosen)
    for path in (p for p in (arguments.out, arguments.floor) if p is not None):
        if path.suffix.lower() not in WRITTEN or not path.parent.is_dir():
            raise UsageError(f"{path}: must be named {', '.join(sorted(WRITTEN))}, in a folder that exists")
    if arguments.floor is not None and camera.floor is None:
        raise UsageError(f"--floor: camera {camera.id} has no floor_px and floor_m in {settings.file}")
    plan = _plan(arguments)
    zone = settings.store.time_zone
    since, until = read_moment(arguments.since, "--since", zone), read_moment(arguments.until, "--until", zone)
    if since is not None and until is not None and until <= since:
        raise UsageError(f"--until: {arguments.until}: must be after --since {arguments.since}")
    with preparing():
        image = None if arguments.picture in (None, "none") else still(Path(arguments.picture))
    picture, floor = Ways(1 / 200, 1 / 20, 0.01), Ways(0.1, 0.75, 0.25)
    samples = 0
    with closing(open_facts(database_of(settings, arguments.database))) as reader:
        begin = since or _first(reader, camera.id)
        end = until or datetime.now(tz=UTC)
        while begin is not None and begin < end:
            part = people_of(reader, camera, begin, min(begin + DAY, end))
            samples += len(part.who)
            picture.add(part.who, part.at_s, part.places)
            floor.add(part.who, part.at_s, part.floor)
            begin += DAY
    if not samples:
        raise UsageError(f"camera {camera.id}: no positions in this time; trail_hz = 0 keeps none")
    _write(arguments.out, on_picture(image, camera, picture))
    written = [str(arguments.out)]
    if arguments.floor is not None:
        try:
            _write(arguments.floor, on_floor(camera, floor, plan))
        except ValueError as error:
            raise UsageError(f"--floor: {error}") from error
        written.append(str(arguments.floor))
    hours = sum(picture.seconds.values()) / 3600
    said = f"{samples} positions, {hours:.2f} person-hours: {', '.join(written)}"
    output.results.print(said, markup=False, soft_wrap=True)


def people_of(reader: FactReader, camera: Camera, since: datetime, until: datetime) -> Samples:
    """The samples of a camera, without those of mannequins, posters and mirrors."""
    stays = read_stays(reader, since, until)
    fixed = {
        (run, track) for run, track, cause in _columns(stays, "run_id", "track_id", "end_cause") if cause == "fixed"
    }
    rows = read_trails(reader, since, until)
    names = ("camera_id", "run_id", "track_id", "ts_utc_ms", "x", "y", "x_m", "y_m")
    mine = [row for row in _columns(rows, *names) if row[0] == camera.id and (row[1], row[2]) not in fixed]
    numbers: dict[tuple[object, object], int] = {}
    who = [numbers.setdefault((row[1], row[2]), len(numbers)) for row in mine]
    values = np.array([row[3:] for row in mine], dtype=np.float64).reshape(-1, 5)
    return Samples(np.array(who, dtype=np.int64), values[:, 0] / 1000, values[:, 1:3], values[:, 3:5]).people()


def read_moment(text: str | None, option: str, time_zone: str) -> datetime | None:
    """A day (its midnight in the store) or a date and time, store time unless it carries an offset.

    Raises:
        UsageError: It is neither.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r}: must be a day such as 2026-04-07, or a date and time") from None
    return to_utc(moment, time_zone)


def _columns(rows: Rows, *names: str) -> list[tuple[object, ...]]:
    places = [rows.columns.index(name) for name in names]
    return [tuple(row[place] for place in places) for row in rows.values]


def _first(reader: FactReader, camera_id: str) -> datetime | None:
    runs = _columns(read_runs(reader), "camera_id", "begins_ms")
    begins = [begin for camera, begin in runs if camera == camera_id and isinstance(begin, int)]
    return datetime.fromtimestamp(min(begins) / 1000, tz=UTC) if begins else None


def _plan(arguments: argparse.Namespace) -> Plan | None:
    if arguments.plan is None:
        if arguments.plan_scale is not None or arguments.plan_origin is not None:
            raise UsageError("--plan-scale and --plan-origin: need --plan, too")
        return None
    if arguments.floor is None or arguments.plan_scale is None:
        raise UsageError("--plan: needs --floor and --plan-scale, too")
    origin = None
    if arguments.plan_origin is not None:
        try:
            x, y = (float(part) for part in arguments.plan_origin.split(","))
        except ValueError:
            x = y = math.nan
        if not (abs(x) <= FARTHEST_PX and abs(y) <= FARTHEST_PX):
            raise UsageError(f"--plan-origin: {arguments.plan_origin!r}: must be two pixels such as 40,600")
        origin = Point(x, y)
    if not SCALES[0] <= arguments.plan_scale <= SCALES[1]:
        rule = f"must be pixels for a metre, from {SCALES[0]} to {SCALES[1]}"
        raise UsageError(f"--plan-scale: {arguments.plan_scale:g}: {rule}")
    try:
        return Plan(still(arguments.plan), arguments.plan_scale, origin)
    except CaptureError as error:
        raise UsageError(f"--plan: {error}") from error


def _write(path: Path, image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    ok, content = cv2.imencode(path.suffix, image)
    if not ok:
        raise UsageError(f"{path}: OpenCV cannot write pictures of this kind")
    try:
        path.write_bytes(content.tobytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
