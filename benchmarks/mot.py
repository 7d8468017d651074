"""Scores tracks against the ground truth of a MOTChallenge sequence, with motmetrics at IoU 0.5.

Importable from tuning scripts: ``evaluate(gt_path, rows)`` takes well under a second for a short sequence.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from edge.events import Detections

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

# frame (1-based, as in MOT files), id, left, top, width, height
Row = tuple[int, int, float, float, float, float]
LEAST_IOU = 0.5
NAMES = {
    "idf1": "idf1",
    "num_switches": "switches",
    "mota": "mota",
    "num_false_positives": "fp",
    "num_misses": "fn",
}


class MotError(Exception):
    """A MOT file is missing or breaks its form; the message names file, line and rule."""


@lru_cache
def read_mot(path: Path) -> NDArray[np.float64]:
    """The first seven columns of a MOT file: frame (from 1), id, left, top, width, height, confidence.

    Returns:
        (N, 7), read-only.

    Raises:
        MotError: The file is missing, or a line has too few columns or something that is no number.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise MotError(f"{path}: {error.strerror}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = [float(cell) for cell in line.split(",")[:7]]
            except ValueError as error:
                raise MotError(f"{path}:{number}: {error}") from None
            if len(row) < 7:
                raise MotError(f"{path}:{number}: {len(row)} columns; needs at least 7")
            rows.append(row)
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    table.flags.writeable = False
    return table


def frames_in(path: Path) -> int:
    """Number of the last frame that a ground truth speaks of."""
    return int(read_mot(path)[:, 0].max(initial=0))


def boxes_of(table: NDArray[np.float64], number: int) -> Detections:
    """The detections of one frame, counted from 1, of what ``read_mot`` returns."""
    found = table[table[:, 0] == number]
    xyxy = found[:, 2:6].astype(np.float32)
    xyxy[:, 2:] += xyxy[:, :2]
    return Detections(xyxy, found[:, 6].astype(np.float32))


def evaluate(gt_path: Path, rows: Iterable[Row]) -> dict[str, float]:
    """How well tracks agree with the ground truth.

    Args:
        gt_path: Ground truth in MOT form; rows whose seventh column is 0 are not to be counted and are left out.
        rows: The tracker's boxes: frame (from 1), id, left, top, width, height in pixels.

    Returns:
        ``idf1`` and ``mota`` (1 is perfect), ``switches``, ``fp`` and ``fn`` (boxes).

    Raises:
        MotError: The ground truth cannot be read.

    Reference:
        Bernardin, Stiefelhagen, CLEAR MOT, 2008 (MOTA, switches); Ristani et al., Performance Measures, 2016 (IDF1).
    """
    import motmetrics  # one of the packages of the group bench, which counting alone does not need

    truth = read_mot(gt_path)
    truth = truth[truth[:, 6] != 0]
    tracks = np.array(list(rows), dtype=np.float64).reshape(-1, 6)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in range(1, int(max(truth[:, 0].max(initial=0), tracks[:, 0].max(initial=0))) + 1):
        real, found = truth[truth[:, 0] == frame], tracks[tracks[:, 0] == frame]
        # motmetrics' own distance function does not run under numpy 2, so the distances are made here.
        distance = 1 - _iou(real[:, 2:6], found[:, 2:6])
        distance[distance > 1 - LEAST_IOU] = np.nan
        accumulator.update(real[:, 1].astype(int), found[:, 1].astype(int), distance)
    outcome = motmetrics.metrics.create().compute(accumulator, metrics=list(NAMES), return_dataframe=False)
    return {name: float(outcome[key]) for key, name in NAMES.items()}


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of (N, 4) and (M, 4) boxes of left, top, width, height: (N, M)."""
    begin = np.maximum(a[:, None, :2], b[None, :, :2])
    end = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.prod(np.clip(end - begin, 0, None), axis=2)
    either = np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None, :] - shared
    return np.asarray(shared / np.maximum(either, 1e-9), dtype=np.float64)
