"""What all counted windows show: per line, direction and band of hours, and in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from .arithmetic import GOAL, Count, Score, score
from .plan import band_name, band_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from ..events import Direction
    from ..scene import Line

ALL = "all"
BOTH: tuple[Direction, ...] = ("in", "out")
HEADING = ("line", "direction", "hours", "windows", "by hand", "counted", "balanced", "unbalanced", "right", "verdict")


@dataclass(frozen=True, slots=True)
class Audited:
    """One window, line and direction that a person counted.

    Attributes:
        camera: Id of the camera.
        line: Id of the line.
        direction: ``in`` or ``out``.
        begins: Start of the window, aware.
        count: The numbers.
    """

    camera: str
    line: str
    direction: str
    begins: datetime
    count: Count


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the report.

    Attributes:
        camera: Id of the camera, or ``all``.
        line: Id of the line, or ``all``.
        direction: ``in``, ``out`` or ``all``.
        hours: The band such as ``10-12``, or ``all``.
        score: What its windows show.
    """

    camera: str
    line: str
    direction: str
    hours: str
    score: Score


def directions_of(line: Line) -> tuple[Direction, ...]:
    """The directions that are counted at a line, and so can be audited."""
    return BOTH if line.one_way is None else (line.one_way,)


def rows(audited: Iterable[Audited], zone: ZoneInfo) -> list[Row]:
    """The report: each line and direction by band and over all hours, and at last everything together.

    In the last row too, errors are taken per window, line and direction, so that none hides another's.

    Args:
        audited: Windows that do not overlap.
        zone: Of the store.
    """
    groups: dict[tuple[str, str, str, str], list[Count]] = defaultdict(list)
    everything: list[Count] = []
    windows: set[tuple[str, datetime]] = set()
    for one in audited:
        everything.append(one.count)
        windows.add((one.camera, one.begins))
        for hours in (band_name(band_of(one.begins, zone)), ALL):
            groups[one.camera, one.line, one.direction, hours].append(one.count)
    found = [Row(*key, score(counts)) for key, counts in sorted(groups.items())]
    if len({(row.camera, row.line, row.direction) for row in found}) > 1:
        found.append(Row(ALL, ALL, ALL, ALL, replace(score(everything), windows=len(windows))))
    return found


def table(report: Iterable[Row], *, cameras: bool) -> list[tuple[str, ...]]:
    """The report as text, its heading first.

    Args:
        report: From ``rows``.
        cameras: Whether the camera stands before the line's name.
    """
    lines: list[tuple[str, ...]] = [HEADING]
    for row in report:
        s = row.score
        name = f"{row.camera} {row.line}" if cameras and row.camera != ALL else row.line
        right = f"{s.right} of {s.trials}"
        if s.accuracy is not None:
            right = f"{'at most ' if s.totals_only else ''}{right}, {s.accuracy:.1%} ({s.low:.1%} to {s.high:.1%})"
        errors = (_signed(s.balanced), "-" if s.unbalanced is None else f"{s.unbalanced:.1%}")
        lines.append(
            (name, row.direction, row.hours, str(s.windows), str(s.manual), str(s.counted), *errors, right, in_words(s))
        )
    return lines


def in_words(found: Score) -> str:
    """The verdict with what is still to do."""
    goal = f">= {GOAL:.0%}"
    # With totals only a miss and an invention may hide each other.
    if found.verdict == "proven":
        return f"{goal} proven by totals" if found.totals_only else f"{goal} proven"
    if found.verdict == "disproven":
        return f"{goal} disproven"
    text = f"{goal} not proven yet: {found.more_if_right} more without an error would"
    if found.right == found.trials:
        return text
    if found.more_at_this_rate is None:
        return f"{text}; at this error rate never"
    return f"{text}, or {found.more_at_this_rate} at this error rate"


def as_data(report: Iterable[Row]) -> list[dict[str, Any]]:
    """The report for machines: one object a row, shares as numbers, unknown as null."""
    return [
        {"camera": row.camera, "line": row.line, "direction": row.direction, "hours": row.hours}
        | asdict(row.score)
        | {"accuracy": row.score.accuracy}
        for row in report
    ]


def _signed(share: float | None) -> str:
    if share is None:
        return "-"
    return f"{share:+.1%}" if share else f"{share:.1%}"
