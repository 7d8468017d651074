"""What was counted during one command, for the summary at its end."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ..events import Crossing, Stay

if TYPE_CHECKING:
    from pathlib import Path

    from ..pipeline import Step
    from ..scene import Camera
    from .output import Output


@dataclass(slots=True)
class Tally:
    """Running counts of one camera or recording.

    Attributes:
        camera: Whose.
        title: What to call it in the summary.
        frames: Pictures looked at.
        crossed: Crossings by line and direction.
        stays: Stays by zone.
        began: Steady clock at the start.
        took_s: Seconds from the start to the last picture.
    """

    camera: Camera
    title: str
    frames: int = 0
    crossed: Counter[tuple[str, str]] = field(default_factory=Counter)
    stays: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    took_s: float = 0.0

    def add(self, step: Step) -> None:
        """Counts one step."""
        self.frames += step.frame is not None
        self.crossed.update((fact.line, fact.direction) for fact in step.facts if isinstance(fact, Crossing))
        self.stays.update(fact.zone for fact in step.facts if isinstance(fact, Stay))
        self.took_s = time.monotonic() - self.began

    @property
    def fps(self) -> float:
        """Pictures a second."""
        return self.frames / self.took_s if self.took_s else 0.0

    def total(self, direction: str) -> int:
        """Crossings of all lines in one direction."""
        return sum(count for (_, way), count in self.crossed.items() if way == direction)


def summarise(tallies: list[Tally], database: str | Path, output: Output) -> None:
    """Prints what was counted."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "counted at", "in", "out", "stays"):
        table.add_column(heading, justify="left" if heading in {"source", "counted at"} else "right")
    for tally in tallies:
        rows = [
            (f"line {line.id}", str(tally.crossed[line.id, "in"]), str(tally.crossed[line.id, "out"]), "")
            for line in tally.camera.lines
        ]
        rows += [(f"zone {zone.id}", "", "", str(tally.stays[zone.id])) for zone in tally.camera.zones]
        for number, row in enumerate(rows or [("no line or zone", "", "", "")]):
            table.add_row(Text(tally.title if number == 0 else ""), *row)  # Text: brackets are no markup
    output.results.print(table)
    frames = sum(t.frames for t in tallies)
    # Recordings are processed side by side: what counts is the time from the first one's start to the last one's end.
    took_s = max((t.began + t.took_s for t in tallies), default=0.0) - min((t.began for t in tallies), default=0.0)
    rate = f" ({frames / took_s:.1f} frames/s)" if took_s else ""
    output.results.print(f"{frames} frames in {took_s:.1f} s{rate}; facts in {database}", markup=False, soft_wrap=True)
