"""Hand labels and fixture truth in one form, and the comparison of facts with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Labelled:
    """A crossing as it truly was, or as it was counted."""

    frame: int
    direction: str


@dataclass(frozen=True)
class Score:
    """How counted crossings agree with the labelled ones."""

    right: int
    missed: tuple[Labelled, ...]
    invented: tuple[Labelled, ...]


def read_labels(path: Path) -> dict[str, Any]:
    """The label file as it is."""
    labels: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return labels


def score(truth: Sequence[Labelled], counted: Sequence[Labelled], tolerance_frames: float) -> Score:
    """Pairs each counted crossing with the nearest unused true one of the same direction, nearest pairs first.

    Args:
        truth: What happened.
        counted: What the product says.
        tolerance_frames: Pairs further apart are not the same event.
    """
    pairs = sorted(
        (abs(t.frame - c.frame), i, j)
        for i, t in enumerate(truth)
        for j, c in enumerate(counted)
        if t.direction == c.direction and abs(t.frame - c.frame) <= tolerance_frames
    )
    used_truth: set[int] = set()
    used_counted: set[int] = set()
    for _, i, j in pairs:
        if i not in used_truth and j not in used_counted:
            used_truth.add(i)
            used_counted.add(j)
    return Score(
        right=len(used_truth),
        missed=tuple(t for i, t in enumerate(truth) if i not in used_truth),
        invented=tuple(c for j, c in enumerate(counted) if j not in used_counted),
    )
