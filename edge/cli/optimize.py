"""``footfall-edge optimize``: a model made faster for the store's pictures, and the proof that it counts the same."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..capture import CaptureError, Recording, videos_in
from ..detection import DetectionError, Thresholds, locate_model, open_detector
from ..optimize import Footage, OptimizeError, Original, choose, compare, keep, make, workshop
from ..optimize.making import LEAST_EXAMPLES
from ..settings import hidden_password, load
from .build import STREAMS, UsageError, camera_named, watched
from .optimize_report import advise, objections, plain, tell
from .optimize_task import Scene, Task
from .replay import terminable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from ..events import Detector
    from ..optimize import Examples
    from .output import Output

T = TypeVar("T")
# As the settings have them unless they say otherwise.
USUAL = Thresholds(confidence=0.1, iou=0.6)


def optimize(arguments: argparse.Namespace, output: Output) -> None:
    """Makes the model, compares it with the original, and keeps it where both find the same people.

    Raises:
        UsageError: The words make no sense, or model or recording are missing.
        OptimizeError: It could not be made, or does not agree: then nothing is written.
        CaptureError: The camera gave no picture.
        DetectionError: A network failed.
    """
    task, before = _prepare(arguments)
    scene, name = task.scene, task.scene.footage.name
    with terminable(), workshop(task.out) as folder, _progress(output) as progress:
        examples: Examples | None = None
        if arguments.int8:
            bar = progress.add_task(f"choosing pictures of {name}", total=2 * arguments.frames)
            pictures = scene.footage.spread(2 * arguments.frames)
            examples = choose(_counted(pictures, progress, bar), before, task.size)
        xml = make(task.original, task.size, examples, name, folder)
        bar = progress.add_task("comparing", total=None)
        stretches = scene.footage.stretches(2 * arguments.frames, whole=arguments.config is not None)
        # The new detector lives in this call alone: Windows moves no files that are open.
        comparison = compare(
            (_counted(frames, progress, bar) for frames in stretches),
            before,
            open_detector(str(xml), scene.thresholds),
            camera=scene.camera,
            rules=scene.rules,
            used=examples.used if examples else frozenset(),
        )
        progress.stop()
        doubts = objections(comparison, arguments.agree, arguments.differ, enlarged=_enlarged(task, arguments.size))
        if arguments.json:
            report = json.dumps(plain(task, comparison, examples, doubts), indent=2)
            output.results.print(report, markup=False, soft_wrap=True)
        else:
            tell(task, comparison, examples, output)
            if arguments.size is None and isinstance(scene.footage.source, tuple):
                advise(task, output)
        if doubts:
            raise OptimizeError(f"{arguments.model}: the original stays, nothing was written: {'; '.join(doubts)}")
        keep(xml, task.out)
    if not arguments.json:
        output.results.print(f"written: {task.out}", markup=False, soft_wrap=True)
        output.results.print(f"to use it, write into {scene.table}:\n{task.line}", markup=False, soft_wrap=True)


def _prepare(arguments: argparse.Namespace) -> tuple[Task, Detector]:
    """Everything that can be found wrong before the first picture.

    Raises:
        UsageError: Something is.
        CaptureError: The camera gave no picture.
    """
    if not 0 <= arguments.agree <= 1:
        raise UsageError(f"--agree {arguments.agree:g}: must be from 0 to 1")
    if arguments.frames < LEAST_EXAMPLES:
        raise UsageError(f"--frames {arguments.frames}: must be at least {LEAST_EXAMPLES}")
    if arguments.differ < 0:
        raise UsageError(f"--differ {arguments.differ}: must not be negative")
    with _mistakes():
        scene = _scene(arguments)
        model = locate_model(arguments.model, Path())
        original = Original.of(model)
        if arguments.int8 and original.int8:
            raise UsageError(
                f"{arguments.model}: is INT8 already; quantising it again would only add errors: "
                "name its .pt or its FP16 or FP32 form"
            )
        if not arguments.int8 and arguments.size is None and original.size is not None:
            raise UsageError(f"{arguments.model}: nothing to change: say --int8, --size HxW or both")
        size = _size(arguments.size)
        if size is not None:
            original.check(size)
        before = open_detector(model, scene.thresholds)
    size = size or original.size or original.fitting(*scene.footage.picture_size())
    out = arguments.out or _beside(model, original, size, int8=arguments.int8)
    if out.exists():
        raise UsageError(f"--out {out}: is there already; name another folder")
    task = Task(original, scene, size, out, _line(arguments.config, out))
    return task, before


@contextmanager
def _mistakes() -> Iterator[None]:
    try:
        yield
    except (CaptureError, DetectionError) as error:
        raise UsageError(str(error)) from error


def _scene(arguments: argparse.Namespace) -> Scene:
    """What the words name, with lines and zones where there are settings."""
    if arguments.config is None:
        if arguments.source is None:
            raise UsageError("--from: name a recording or a camera, or a settings file with --config")
        if arguments.camera is not None:
            raise UsageError("--camera: needs the settings file that knows the camera: --config")
        return Scene(USUAL, _footage(_source(arguments.source), hidden_password(arguments.source), None))
    settings = load(arguments.config)
    path = Path(arguments.source) if arguments.source is not None else None
    chosen = camera_named(settings, arguments.camera, path)
    seen = watched(settings, chosen, source=arguments.source)
    has_own = chosen.model is not None and "path" in chosen.model.model_fields_set
    table = f"[cameras.model] of camera {chosen.id}" if has_own else "[model]"
    return Scene(
        seen.thresholds,
        _footage(seen.source, seen.source_name, seen.fps),
        seen.camera,
        seen.rules,
        f"{table} in {arguments.config}",
    )


def _footage(source: int | str | Path, name: str, fps: float | None) -> Footage:
    if not isinstance(source, Path):
        return Footage(name, source, fps)
    return Footage(source.name, tuple(Recording(video) for video in videos_in(source)), fps)


def _source(text: str) -> int | str | Path:
    if text.isdigit():
        return int(text)
    return text if text.startswith(STREAMS) else Path(text)


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        raise UsageError(f"--size {text}: must be height x width in pixels, such as 384x640")
    return int(sides[0]), int(sides[1])


def _enlarged(task: Task, asked: str | None) -> bool:
    """Whether a larger input was asked for; any that is named may be, where the original's is open."""
    before = task.original.size
    return asked is not None and (before is None or task.size[0] * task.size[1] > before[0] * before[1])


def _beside(model: str, original: Original, size: tuple[int, int], *, int8: bool) -> Path:
    """A new folder beside the original; in the working folder where that is only a published name."""
    name = f"{original.title}{'_int8' if int8 else ''}_{size[0]}x{size[1]}_openvino_model"
    place = Path(model)
    return (place.parent.parent if place.suffix == ".xml" else place.parent) / name


def _line(config: Path | None, out: Path) -> str:
    """How the settings name the new model: from their own folder where it lies within, else wholly."""
    path = out.resolve()
    if config is not None and path.is_relative_to(config.resolve().parent):
        path = path.relative_to(config.resolve().parent)
    return f"path = {json.dumps(path.as_posix(), ensure_ascii=False)}"  # JSON's quotes are TOML's, too


def _progress(output: Output) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=output.notes,
        disable=not output.notes.is_terminal,
    )


def _counted(items: Iterable[T], progress: Progress, bar: TaskID) -> Iterator[T]:
    for item in items:
        yield item
        progress.advance(bar)
