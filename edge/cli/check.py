"""``footfall-edge check``: everything that is wrong with a settings file at once, or else what it means.

What is allowed but looks wrong is listed as warnings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ..capture import CaptureError, Recording, videos_in
from ..contract import ContractError
from ..detection import DetectionError, detector_kind, open_detector
from ..floor import USUAL_SIZE
from ..settings import SettingsError, load, shown
from .alerts import channels_of
from .build import UsageError, database_of, scene_of, watched
from .doubts import doubts, recorded_doubts, seen_before
from .floor_words import floor_accuracy, floor_words

if TYPE_CHECKING:
    import argparse

    from ..events import Detector
    from ..settings import CameraSettings, Seen, Settings
    from .build import Watched
    from .output import Output

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check(arguments: argparse.Namespace, output: Output) -> None:
    """Validates the settings, opens models and recordings, and says what was found.

    Cameras are not contacted, and weights are neither fetched nor converted: the first run does that.

    Raises:
        SettingsError: With every error found.
    """
    settings = load(arguments.config)
    errors: list[str] = []
    warnings: list[str] = []
    floors: list[str] = []
    rows: list[tuple[str, ...]] = []
    database = database_of(settings, None)
    seen = _seen(settings, database, errors)
    for number, camera in enumerate(settings.cameras):
        place = f"{settings.file}: cameras[{number}]"
        try:
            resolved = watched(settings, camera)
        except UsageError as error:
            errors.append(f"{place}: {camera.id}: {error}")
            continue
        source = _source(resolved, errors, f"{place}.source: {shown(camera.source)}")
        own = camera.model is not None and "path" in camera.model.model_fields_set
        key = f"{place}.model.path" if own else f"{settings.file}: model.path"
        model, detector = _model(resolved, errors, f"{key}: {shown(settings.model_of(camera).path)}")
        if source:
            warnings += doubts(settings, camera, resolved, seen.get(camera.id))
            floors += _floor(camera, resolved, place, warnings)
        if source and detector is not None:
            try:
                warnings += recorded_doubts(settings, camera, resolved, detector)
            except DetectionError as error:
                errors.append(f"{key}: {shown(settings.model_of(camera).path)}: {error}")
        lines = [f"{line.id} ({line.role}, {line.anchor})" for line in scene_of(camera).lines]
        zones = [f"{zone.id} ({zone.role})" for zone in scene_of(camera).zones]
        rows.append((camera.id, source, model, "\n".join(lines) or "none", "\n".join(zones) or "none"))
    errors += _places(settings, database)
    if errors:
        raise SettingsError(list(dict.fromkeys(errors)))
    _print(settings, rows, floors, database, output)
    if warnings:
        output.results.print("1 warning:" if len(warnings) == 1 else f"{len(warnings)} warnings:", style="bold")
        for line in warnings:
            output.results.print(line, markup=False, soft_wrap=True)


def _places(settings: Settings, database: str | Path) -> list[str]:
    """What is wrong with where facts and alerts go."""
    wrong = []
    if isinstance(database, Path) and not database.parent.is_dir():
        wrong.append(f"{settings.file}: database.path: {settings.database.path!r}: its folder does not exist")
    try:
        channels_of(settings)
    except UsageError as error:
        wrong.append(str(error))
    return wrong


def _seen(settings: Settings, database: str | Path, errors: list[str]) -> dict[str, Seen]:
    """What the cameras have shown so far; a database that cannot be read goes to ``errors``."""
    try:
        return seen_before(database)
    except ContractError as error:
        errors.append(f"{settings.file}: database.path: {shown(settings.database.path)}: {error}")
        return {}


def _source(camera: Watched, errors: list[str], place: str) -> str:
    """The source in words; what is wrong with it goes to ``errors``."""
    if camera.follow:
        rate = "every frame" if camera.fps is None else f"at most {camera.fps:g} frames/s"
        return f"live, files of a folder that grows, {rate}:\n{camera.source}"
    if not isinstance(camera.source, Path):
        return f"live, at most {camera.fps:g} frames/s:\n{camera.source_name}"
    try:
        videos = [Recording(path) for path in videos_in(camera.source)]
    except CaptureError as error:
        errors.append(f"{place}: {error}")
        return ""
    rate = "every frame" if camera.fps is None else f"at most {camera.fps:g} frames/s"
    if len(videos) == 1:
        video = videos[0]
        return f"recording, {rate}:\n{video.path}\n{video.width} x {video.height}, {video.fps:g} frames/s"
    return f"{len(videos)} recordings, {rate}:\n{camera.source}"


def _model(camera: Watched, errors: list[str], place: str) -> tuple[str, Detector | None]:
    """The model in words, and itself if it is here; what is wrong with it goes to ``errors``."""
    try:
        kind = detector_kind(camera.model)
        if kind == "weights":
            where = "converted to OpenVINO" if Path(camera.model).is_file() else "fetched and converted to OpenVINO"
            return f"{camera.model}\n({where} at the first run)", None
        detector = open_detector(camera.model, camera.thresholds)
    except DetectionError as error:
        errors.append(f"{place}: {error}")
        return "", None
    return f"{kind}:\n{detector.model_id}", detector


def _print(
    settings: Settings, rows: list[tuple[str, ...]], floors: list[str], database: str | Path, output: Output
) -> None:
    store = settings.store
    hours = [
        f"{name} {_clock(day[0])}-{_clock(day[1])}"
        for name, day in zip(DAYS, store.opening_hours.days, strict=True)
        if day is not None
    ]
    out = output.results
    out.print(f"{store.name} ({store.id}), {store.time_zone}, {store.currency}", markup=False, style="bold")
    out.print(f"open: {', '.join(hours) or 'never (no opening hours given)'}", markup=False)
    out.print(f"database: {database}", markup=False, soft_wrap=True)
    table = Table(show_lines=True)
    for heading in ("camera", "source", "model", "lines", "zones"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # Text: brackets in a path are no markup
    out.print(table)
    for words in floors:
        out.print(words, markup=False, soft_wrap=True)


def _clock(minutes: int) -> str:
    """What the clock shows so many minutes after midnight; 24:00 is the end of the day."""
    past = minutes - 24 * 60 if minutes > 24 * 60 else minutes
    return f"{past // 60:02}:{past % 60:02}"


def _floor(camera: CameraSettings, resolved: Watched, place: str, warnings: list[str]) -> list[str]:
    """How far floor positions can be wrong, in words; what should be better goes to ``warnings``."""
    size = USUAL_SIZE
    if isinstance(resolved.source, Path) and not resolved.follow:
        video = Recording(videos_in(resolved.source)[0])
        size = video.width, video.height
    found = floor_accuracy(camera, size)
    if found is None:
        return []
    warnings += [f"{place}.floor_px: {camera.id!r}: {warning}" for warning in found.warnings]
    return [f"{camera.id}: {words}" for words in floor_words(found)]
