"""What ``footfall-edge optimize`` says at its end: what the new model costs, and how far both agree."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ..optimize import Comparison, Examples
    from .optimize_task import Task
    from .output import Output

# With fewer boxes of the original, one that differs says too little either way.
LEAST_BOXES = 50
# Down to this it may be the noise of a busy machine and few pictures: the same network measured twice.
SLOWER = 0.8
# A picture that fills less of the network's input than this wastes time on grey.
WELL_FILLED = 0.9


def objections(comparison: Comparison, agree: float, differ: int, *, enlarged: bool = False) -> list[str]:
    """Why a model must not replace the original; empty where it may.

    Args:
        comparison: Of both.
        agree: Least F1 of boxes, 0..1.
        differ: So many crossings and stays may differ.
        enlarged: Whether a larger input was asked for, which is slower and means to be.
    """
    boxes = comparison.boxes
    if (seen := boxes.matched + boxes.missed) < LEAST_BOXES:
        return [f"only {seen} boxes of people in {comparison.judged} pictures: too few to compare, needs {LEAST_BOXES}"]
    found = []
    if boxes.f1 < agree:
        found.append(f"F1 of its boxes is {boxes.f1:.3f}, below {agree:g}")
    crossings, stays = (
        sum(c.differing for c in comparison.counts if (c.of == "stays") is one) for one in (False, True)
    )
    if crossings + stays > differ:
        told = f"{_counted(crossings, 'crossing')} and {_counted(stays, 'stay')} differ, more than {differ}"
        found.append(told)
    if comparison.speed < SLOWER and not enlarged:
        found.append(f"a picture takes {1 / comparison.speed:.2f} x the processor time of the original")
    return found


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def plain(task: Task, found: Comparison, examples: Examples | None, doubts: list[str]) -> dict[str, object]:
    """The report for ``--json``."""
    return {
        "model": task.original.name,
        "from": task.scene.footage.name,
        "size": {"before": task.original.size, "after": task.size},
        "int8": task.original.int8 or examples is not None,
        "learnt_from": len(examples.pictures) if examples else 0,
        "pictures": found.pictures,
        "judged": found.judged,
        "before": asdict(found.before),
        "after": asdict(found.after),
        "speed": round(found.speed, 3),
        "boxes": {
            "f1": round(found.boxes.f1, 4),
            "both": found.boxes.matched,
            "missed": found.boxes.missed,
            "invented": found.boxes.invented,
            "mean_score_shift": round(found.boxes.mean_shift, 4),
        },
        "counts": [asdict(count) | {"differing": count.differing} for count in found.counts],
        "objections": doubts,
        "out": None if doubts else str(task.out),
        "settings": None if doubts else task.line,
    }


def tell(task: Task, found: Comparison, examples: Examples | None, output: Output) -> None:
    """The report as a table."""
    table = Table(
        title=Text(f"{task.original.title}: {found.pictures} pictures of {task.scene.footage.name}"),
        title_justify="left",
    )
    for heading in ("measure", "original", "new", ""):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    before, after, boxes = found.before, found.after, found.boxes
    sizes = ["open" if size is None else f"{size[0]}x{size[1]}" for size in (task.original.size, task.size)]
    as_it_was = "INT8" if task.original.int8 else "floating point"
    table.add_row("input", *sizes)
    table.add_row("numbers", as_it_was, "INT8" if examples else as_it_was)
    table.add_row(
        "processor time a picture",
        f"{before.processor_ms:.1f} ms",
        f"{after.processor_ms:.1f} ms",
        f"{found.speed:.2f} x faster",
    )
    wall = before.wall_ms / after.wall_ms if after.wall_ms else 1.0
    table.add_row("time to its boxes", f"{before.wall_ms:.1f} ms", f"{after.wall_ms:.1f} ms", f"{wall:.2f} x faster")
    table.add_section()
    total = boxes.matched + boxes.missed, boxes.matched + boxes.invented
    table.add_row(f"boxes in {found.judged} pictures", str(total[0]), str(total[1]), f"F1 {boxes.f1:.4f}")
    table.add_row("found by one alone", str(boxes.missed), str(boxes.invented), "")
    table.add_row("mean score", "", "", f"{boxes.mean_shift:+.4f}")
    for count in found.counts:
        what = f"zone {count.place}: stays" if count.of == "stays" else f"line {count.place}: {count.of}"
        table.add_row(Text(what), str(count.before), str(count.after), f"{count.differing} differ")
    output.results.print(table)


def advise(task: Task, output: Output) -> None:
    """Says which input would fit the pictures of a recording better, where one would."""
    height, width = task.original.fitting(*task.scene.footage.picture_size())
    if height * width < WELL_FILLED * task.size[0] * task.size[1]:
        text = f"{height}x{width}"
        output.notes.print(f"the pictures would fit into {text}: --size {text} is faster still", markup=False)
