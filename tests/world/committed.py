"""What was committed beside the clips."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VIDEOS = Path(__file__).resolve().parents[2] / "fixtures" / "videos"


def boxes_of(name: str) -> NDArray[np.float64]:
    """(N, 9) rows of a boxes file."""
    with (VIDEOS / f"{name}.boxes.csv").open(encoding="utf-8", newline="") as file:
        return np.asarray([[float(cell) for cell in row] for row in csv.reader(file)])


def truth_of(name: str) -> dict[str, Any]:
    """A truth file."""
    data: dict[str, Any] = json.loads((VIDEOS / f"{name}.truth.json").read_text(encoding="utf-8"))
    return data
