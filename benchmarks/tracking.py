"""Follows people through MOTChallenge sequences with library trackers and with the product's, and scores them all.

    python benchmarks/tracking.py

Takes TUD-Campus and TUD-Stadtmitte from the folder that FOOTFALL_SHARED names, with their public detections, and
scores boxes at IoU 0.5 with motmetrics. Library trackers run at their defaults and at every setting of a small grid:
start thresholds (default, low), least sights of a track (default, 1), patience (default, doubled). The grid's line
shows the setting with the best IDF1 on that very sequence, which nobody would know beforehand. The product runs at
its default rules, in two lines: as it counts, with the first sights of a person told once the track is believed, 0.2 s
later, and gaps of up to 0.16 s filled; and at once, without either.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.library_trackers import (
    CLASSES,
    LOW_START,
    ULTRALYTICS,
    ULTRALYTICS_LOW_START,
    package_tracker,
    ultralytics_tracker,
)
from benchmarks.mot import MotError, boxes_of, evaluate, frames_in, read_mot
from benchmarks.ours import our_tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.library_trackers import Seen
    from benchmarks.mot import Row
    from edge.events import Detections

ROOT = Path(__file__).resolve().parent.parent
SEQUENCES = ("TUD-Campus", "TUD-Stadtmitte")
FPS = 25.0
PATIENCE_FRAMES = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit code: 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="tracking.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mot", type=Path, metavar="FOLDER", help="holds a folder per sequence with det.txt, gt.txt")
    options = parser.parse_args(arguments)
    shared = Path(os.environ.get("FOOTFALL_SHARED", ROOT.parent / "shared"))
    folder: Path = options.mot if options.mot is not None else shared / "truth" / "mot"
    names = SEQUENCES if options.mot is None else sorted(path.parent.name for path in folder.glob("*/gt.txt"))
    try:
        if not names:
            raise MotError(f"{folder}: no sequence: a folder with det.txt and gt.txt")  # noqa: TRY301 - as the others
        for name in names:
            _sequence(folder / name)
    except MotError as error:
        print(f"tracking.py: {error}", file=sys.stderr)
        return 2
    return 0


def _sequence(folder: Path) -> None:
    truth, detections = folder / "gt.txt", folder / "det.txt"
    frames = frames_in(truth)
    read_mot(detections)
    print(f"{folder.name}: {frames} frames, {FPS:g} fps")
    print(f"{'':36}{'IDF1':>7}{'switches':>10}{'MOTA':>7}{'FP':>6}{'FN':>6}")
    _print("footfall, as it counts", evaluate(truth, our_tracks(detections, frames, FPS, late=True)))
    _print("footfall, at once", evaluate(truth, our_tracks(detections, frames, FPS, late=False)))

    def score(follow: Callable[[Detections], Seen]) -> dict[str, float]:
        return evaluate(truth, rows_of(follow, detections, frames))

    for name in CLASSES:
        _print(f"trackers {name}", score(package_tracker(name, FPS)))
        tried = [(score(package_tracker(name, FPS, **settings)), settings) for settings in _grid(name)]
        _print_best(tried)
    for name in ULTRALYTICS:
        _print(f"ultralytics {name}", score(ultralytics_tracker(name)))
        grid = itertools.product(({}, ULTRALYTICS_LOW_START), ({}, {"track_buffer": PATIENCE_FRAMES}))
        _print_best([(score(ultralytics_tracker(name, **(a | b))), a | b) for a, b in grid])
    print()


def rows_of(follow: Callable[[Detections], Seen], det_path: Path, frames: int) -> list[Row]:
    """What a library tracker makes of a sequence's public detections."""
    table = read_mot(det_path)
    rows: list[Row] = []
    for number in range(1, frames + 1):
        for track, box in zip(*follow(boxes_of(table, number)), strict=True):
            left, top, right, bottom = (float(v) for v in box)
            rows.append((number, int(track), left, top, right - left, bottom - top))
    return rows


def _grid(name: str) -> list[dict[str, Any]]:
    """The settings tried for a tracker of the ``trackers`` package."""
    choices: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({}, LOW_START[name]),
        ({}, {"minimum_consecutive_frames": 1}),
        ({}, {"lost_track_buffer": PATIENCE_FRAMES}),
    )
    return [a | b | c for a, b, c in itertools.product(*choices)]


def _print(name: str, outcome: dict[str, float]) -> None:
    print(
        f"{name:36}{100 * outcome['idf1']:7.1f}{outcome['switches']:10.0f}{100 * outcome['mota']:7.1f}"
        f"{outcome['fp']:6.0f}{outcome['fn']:6.0f}"
    )


def _print_best(tried: list[tuple[dict[str, float], dict[str, Any]]]) -> None:
    best, settings = max(tried, key=lambda each: (each[0]["idf1"], -each[0]["switches"]))
    _print("  best of its grid", best)
    print(f"    with {', '.join(f'{key}={value}' for key, value in settings.items()) or 'its defaults'}")
    print(f"    fewest switches in the grid: {min(outcome['switches'] for outcome, _ in tried):.0f}")


if __name__ == "__main__":
    sys.exit(main())
