"""``footfall-edge check``: everything that is wrong with a settings file at once, or else what it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ..capture import CaptureError, Recording, videos_in
from ..detection import DetectionError, detector_kind, open_detector
from ..settings import SettingsError, load, shown
from .build import UsageError, database_of, scene_of, watched

if TYPE_CHECKING:
    import argparse

    from ..settings import Settings
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
    rows: list[tuple[str, ...]] = []
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
        model = _model(resolved, errors, f"{key}: {shown(settings.model_of(camera).path)}")
        lines = [f"{line.id} ({line.role}, {line.anchor})" for line in scene_of(camera).lines]
        zones = [f"{zone.id} ({zone.role})" for zone in scene_of(camera).zones]
        rows.append((camera.id, source, model, "\n".join(lines) or "none", "\n".join(zones) or "none"))
    database = database_of(settings, None)
    if isinstance(database, Path) and not database.parent.is_dir():
        errors.append(f"{settings.file}: database.path: {settings.database.path!r}: its folder does not exist")
    if errors:
        raise SettingsError(list(dict.fromkeys(errors)))
    _print(settings, rows, database, output)


def _source(camera: Watched, errors: list[str], place: str) -> str:
    """The source in words; what is wrong with it goes to ``errors``."""
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


def _model(camera: Watched, errors: list[str], place: str) -> str:
    """The model in words; what is wrong with it goes to ``errors``."""
    try:
        kind = detector_kind(camera.model)
        if kind == "weights":
            where = "converted to OpenVINO" if Path(camera.model).is_file() else "fetched and converted to OpenVINO"
            return f"{camera.model}\n({where} at the first run)"
        return f"{kind}:\n{open_detector(camera.model, camera.thresholds).model_id}"
    except DetectionError as error:
        errors.append(f"{place}: {error}")
        return ""


def _print(settings: Settings, rows: list[tuple[str, ...]], database: str | Path, output: Output) -> None:
    store = settings.store
    hours = [
        f"{name} {day[0] // 60:02}:{day[0] % 60:02}-{day[1] // 60:02}:{day[1] % 60:02}"
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
