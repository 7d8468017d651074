"""Counts people on the same recorded detections with library counters and with the product, and scores all of them.

    python benchmarks/counting.py
    python benchmarks/counting.py --labels MINE.json --detections MINE.csv --fps full 10 5 --out predicted.json

Without arguments it takes every label file that is there: the fixture clips, and the hand labels of real clips in the
folder that FOOTFALL_SHARED names. Labels are described in ``labels.py``, detections are in MOTChallenge form. At a
lower rate every n-th frame is looked at, n being the clip's rate over the asked one, rounded; frames keep their
numbers.

A counted crossing is right when a true one of the same direction lies within 1 s and a quarter of the picture's width;
true and counted are assigned one to one. "optional" crossings may be counted or not. The unbalanced count error is the
sum of absolute differences per line, direction and 15 s, over all true crossings; in the balanced one misses and
inventions cancel.

Library counters run twice: at their defaults, and best set: start thresholds of 0.25 or less that keep small people,
LineZone by the labels' anchor alone and three frames beyond the line, ObjectCounter by that anchor and with boxes from
0.1 on. All are told the frame rate where they ask for it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.footage import Footage, FootageError, detected, recorded
from benchmarks.labels import ANCHORS, Event, LabelError, Labels, anchored, read_labels
from benchmarks.ours import our_crossings
from benchmarks.scoring import Score, score, total
from edge.capture import CaptureError
from edge.detection import DetectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
MODEL = "yolo11n.pt"
FULL = "full"
OURS = "footfall"


def _counters() -> dict[str, Callable[[Footage, int], dict[str, list[Event]]]]:
    """Every way of counting, by name: ours first; ours alone where the peers' packages are not installed."""
    table: dict[str, Callable[[Footage, int], dict[str, list[Event]]]] = {OURS: our_crossings}
    if MISSING:
        return table
    from benchmarks.library_trackers import CLASSES, LOW_START
    from benchmarks.line_zone import line_zone
    from benchmarks.object_counter import object_counter

    for tracker in CLASSES:
        low = LOW_START[tracker]
        table[f"LineZone {tracker}"] = partial(line_zone, tracker=tracker, steady=False, settings={})
        table[f"LineZone {tracker} best set"] = partial(line_zone, tracker=tracker, steady=True, settings=low)
    table["ObjectCounter"] = object_counter
    table["ObjectCounter ByteTrack"] = partial(object_counter, tracker="bytetrack.yaml")
    best = partial(object_counter, anchored=True, tracker="bytetrack.yaml", conf=0.1)
    table["ObjectCounter ByteTrack best set"] = best
    return table


MISSING = [name for name in ("shapely", "supervision", "trackers") if find_spec(name) is None]
COUNTERS = _counters()


class UsageError(Exception):
    """The command line asks for something that cannot be done; the message names it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A frame rate to try.

    Attributes:
        text: As asked for: ``full`` or a number.
        fps: The number; infinite for ``full``.
    """

    text: str
    fps: float

    def step(self, labels: Labels) -> int:
        """Every n-th frame of this clip is looked at."""
        return max(1, round(labels.fps / self.fps)) if math.isfinite(self.fps) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit code: 0, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    if options.list:
        print("\n".join(COUNTERS))
        return 0
    try:
        _benchmark(options)
    except (UsageError, LabelError, FootageError, DetectionError, CaptureError) as error:
        print(f"counting.py: {error}", file=sys.stderr)
        return 2
    return 0


def _benchmark(options: argparse.Namespace) -> None:
    """All of it; the errors are those of ``_clips``."""
    counters = _chosen(options.only)
    if MISSING and options.only is None:
        print(f"no peers: {', '.join(MISSING)} not installed (dependency group bench)\n", file=sys.stderr)
    if options.out is not None and OURS not in counters:
        raise UsageError(f"--out: writes what {OURS} counts, but --only leaves it out")
    clips = _clips(options)
    if options.out is not None and len(clips) > 1:
        raise UsageError("--out: takes one clip; say which with --labels")
    predicted = _run(clips, counters, options.fps, show=options.show)
    if options.out is not None:
        _write(options.out, predicted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="counting.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--labels", type=Path, metavar="FILE", help="truth of one clip; without: every label file that is there")
    add("--detections", type=Path, metavar="FILE.csv", help="recorded detections; without: the file that lies beside")
    add("--video", type=Path, metavar="FILE", help="instead of recorded detections: detects people in the clip itself")
    add("--model", default=MODEL, help=f"for --video: what the product takes as its model (default {MODEL})")
    add("--fps", type=_rate, nargs="+", default=[_rate(FULL), _rate("10"), _rate("5")], metavar="RATE")
    add("--anchor", choices=sorted(set(ANCHORS)), help="point of a box to count by (default: the labels' own)")
    add("--alt-lines", action="store_true", help="counts at the labels' alt_lines instead")
    add("--only", nargs="+", metavar="NAME", help="counters whose names hold one of these words; 'ours' is the product")
    add("--out", type=Path, metavar="FILE", help="writes the product's crossings at the first rate as JSON")
    add("--show", action="store_true", help="lists what the product missed and invented")
    add("--list", action="store_true", help="names the counters and ends")
    return parser


def _rate(text: str) -> Rate:
    if text == FULL:
        return Rate(text, math.inf)
    try:
        fps = float(text)
    except ValueError:
        fps = math.nan
    if not (math.isfinite(fps) and fps > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'full' nor a number greater than 0")
    return Rate(text, fps)


def _chosen(words: list[str] | None) -> list[str]:
    if words is None:
        return list(COUNTERS)
    found: list[str] = []
    for word in words:
        named = [OURS] if word == "ours" else [name for name in COUNTERS if word.lower() in name.lower()]
        if not named:
            raise UsageError(f"--only: no counter's name holds {word!r}; known are {', '.join(COUNTERS)}")
        found += named
    return [name for name in COUNTERS if name in found]


def _clips(options: argparse.Namespace) -> list[Footage]:
    """The clips to count.

    Raises:
        UsageError: Options do not fit together, or nothing is there.
        LabelError: A label file is not as it should be.
        DetectionError: The same for detections.
        FootageError: They do not belong together.
    """
    if options.labels is None:
        for name in ("detections", "video", "anchor", "alt_lines"):
            if getattr(options, name):
                raise UsageError(f"--{name.replace('_', '-')}: needs --labels")
        clips = [recorded(labels, path) for labels, path in _everything() if labels.lines]
        if not clips:
            raise UsageError("no label file found: say one with --labels")
        return clips
    if options.detections is not None and options.video is not None:
        raise UsageError("--detections and --video: one of them, not both")
    labels = read_labels(options.labels, alternative=options.alt_lines)
    if not labels.lines:
        key = "alt_lines" if options.alt_lines else "line"
        raise UsageError(f"{options.labels}: {key}: this clip has no line to count at")
    if options.anchor is not None:
        labels = anchored(labels, ANCHORS[options.anchor])
    if options.video is not None:
        steps = [rate.step(labels) for rate in options.fps]
        return [detected(labels, options.video, options.model, steps)]
    path = options.detections if options.detections is not None else _beside(options.labels)
    if path is None:
        raise UsageError(f"{options.labels}: no recorded detections lie beside it: say --detections or --video")
    return [recorded(labels, path)]


def _everything() -> list[tuple[Labels, Path]]:
    """All label files with recorded detections: of the fixture, then of the reference data."""
    shared = Path(os.environ.get("FOOTFALL_SHARED", ROOT.parent / "shared"))
    if not shared.is_dir():
        print(f"no reference data: FOOTFALL_SHARED={shared} is not a folder; the fixture clips only\n")
    files = [*sorted((ROOT / "fixtures" / "videos").glob("*.truth.json")), *sorted((shared / "truth").glob("*.json"))]
    return [(read_labels(file), path) for file in files if (path := _beside(file)) is not None]


def _beside(labels: Path) -> Path | None:
    """The recorded detections that belong to a label file by their name: beside it, or in a folder ``detections``."""
    stem = labels.name.removesuffix(".json").removesuffix(".truth")
    places = (labels.with_name(f"{stem}.detections.csv"), labels.parent / "detections" / f"{stem}.csv")
    return next((path for path in places if path.is_file()), None)


def _run(clips: list[Footage], counters: list[str], rates: list[Rate], *, show: bool) -> dict[str, list[Event]]:
    """Counts, prints the tables, and returns what the product counted in the last clip at the first rate."""
    scores: dict[tuple[str, int], list[Score]] = {}
    predicted: dict[str, list[Event]] = {}
    for footage in clips:
        labels = footage.labels
        for name in counters:
            by_step: dict[int, dict[str, list[Event]]] = {}
            for number, rate in enumerate(rates):
                step = rate.step(labels)
                if step not in by_step:
                    by_step[step] = COUNTERS[name](footage, step)
                counted = by_step[step]
                if name == OURS and number == 0:
                    predicted = counted
                lines = (score(x.crossings, counted[x.id], labels.fps, labels.width) for x in labels.lines)
                scores.setdefault((name, number), []).append(total(lines))
        of_this = {key: of_clips[-1] for key, of_clips in scores.items()}
        _print_clip(footage, counters, rates, of_this)
        for number, rate in enumerate(rates if show and OURS in counters else []):
            _print_errors(f"{labels.name} at {rate.text}", of_this[OURS, number])
        print()
    _print_pool(counters, rates, {key: total(of_clips) for key, of_clips in scores.items()}, len(clips))
    return predicted


def _print_clip(footage: Footage, counters: list[str], rates: list[Rate], scores: dict[tuple[str, int], Score]) -> None:
    labels = footage.labels
    optional = sum(event.optional for line in labels.lines for event in line.crossings)
    true = scores[counters[0], 0].true
    heads = []
    for rate in rates:
        real = labels.fps / rate.step(labels)
        heads.append(f"{rate.text} ({real:.3g} fps)" if rate.text == FULL or real != rate.fps else f"{rate.text} fps")
    also = f" and {optional} optional" if optional else ""
    print(f"{labels.name}: {labels.width} x {labels.height}, {labels.frames / labels.fps:.0f} s, {true} true{also}")
    print(f"{'':32}" + "".join(f"{head:>32}" for head in heads))
    print(f"{'':32}" + f"{'right':>10}{'missed':>7}{'invented':>9}{'F1':>6}" * len(rates))
    for name in counters:
        cells = ""
        for number in range(len(rates)):
            s = scores[name, number]
            cells += f"{s.right:>10}{len(s.missed):>7}{len(s.invented):>9}{_number(s.f1):>6}"
        print(f"{name:32}{cells}")


def _print_errors(place: str, outcome: Score) -> None:
    for what, events in (("missed", outcome.missed), ("invented", outcome.invented)):
        for event in sorted(events, key=lambda e: e.frame):
            where = "" if event.x is None or event.y is None else f" at {event.x:.0f}, {event.y:.0f}"
            print(f"    {place}: {what} frame {event.frame}, {event.direction}{where}")


def _print_pool(counters: list[str], rates: list[Rate], scores: dict[tuple[str, int], Score], clips: int) -> None:
    print(f"all clips ({clips}): {scores[counters[0], 0].true} true; count errors in per cent")
    print(f"{'':32}" + "".join(f"{rate.text + ('' if rate.text == FULL else ' fps'):>32}" for rate in rates))
    print(f"{'':32}" + f"{'F1':>10}{'unbalanced':>12}{'balanced':>10}" * len(rates))
    for name in counters:
        cells = ""
        for number in range(len(rates)):
            s = scores[name, number]
            cells += f"{_number(s.f1):>10}{_per_cent(s.unbalanced):>12}{_per_cent(s.balanced, '+'):>10}"
        print(f"{name:32}{cells}")


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "-"


def _per_cent(value: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f}" if math.isfinite(value) else "-"


def _write(path: Path, predicted: dict[str, list[Event]]) -> None:
    """The crossings of all lines in order of frames; the line is named where there are several."""
    rows: list[dict[str, object]] = []
    for line, events in predicted.items():
        for event in events:
            row: dict[str, object] = {"frame": event.frame, "direction": event.direction}
            row |= {"x": round(event.x or 0.0, 1), "y": round(event.y or 0.0, 1)}
            rows.append(row | ({"line": line} if len(predicted) > 1 else {}))
    rows.sort(key=lambda row: int(str(row["frame"])))
    try:
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out: {path}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
