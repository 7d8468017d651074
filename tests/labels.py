"""Hand labels and fixture truth in one form, and the comparison of facts with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import scoring
from benchmarks.labels import Event as Labelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Labelled", "read_labels", "score"]


def read_labels(path: Path) -> dict[str, Any]:
    """The label file as it is."""
    labels: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return labels


def score(truth: Sequence[Labelled], counted: Sequence[Labelled], tolerance_frames: float) -> scoring.Score:
    """Pairs counted with true crossings as the benchmark does.

    Args:
        truth: What happened.
        counted: What the product says.
        tolerance_frames: Pairs further apart are not the same event.
    """
    return scoring.score(truth, counted, fps=tolerance_frames / scoring.SAME_S, width=1.0)
