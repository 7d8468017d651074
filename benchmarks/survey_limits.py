"""Measures the limits of ``footfall-edge survey``: how many people a detector still finds as a picture gets worse.

The people that the detector finds surely in the untouched pictures are the truth; each picture is then made smaller,
darker, flatter, blurrier or noisier, and the people found again are counted.

    python benchmarks/survey_limits.py --model DIR VIDEO [VIDEO ...]
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.capture import Recording
from edge.detection import Thresholds, open_detector
from edge.events import Frame
from edge.survey.picture import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from edge.events import Detector

    Picture = NDArray[np.uint8]

NOON = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)
SURE = 0.5
FOUND = 0.25
SAME = 0.5


@dataclass(frozen=True, slots=True)
class Damage:
    """One way to make a picture worse, by degrees."""

    name: str
    degrees: tuple[float, ...]
    apply: Callable[[Picture, float], Picture]


def darker(image: Picture, share: float) -> Picture:
    """Light reduced to ``share``, with the noise that a sensor keeps."""
    noise = np.random.default_rng(7).normal(0, 3, image.shape)
    return np.clip(image * share + noise, 0, 255).astype(np.uint8)


def brighter(image: Picture, factor: float) -> Picture:
    """Light multiplied; what exceeds the range burns out."""
    return np.asarray(np.clip(image * factor, 0, 255), dtype=np.uint8)


def flatter(image: Picture, share: float) -> Picture:
    """Contrast reduced to ``share`` around the mean."""
    mean = image.mean()
    return np.asarray(np.clip(mean + (image - mean) * share, 0, 255), dtype=np.uint8)


def blurrier(image: Picture, sigma: float) -> Picture:
    """Gaussian blur of so many pixels at 640 pixels of width."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma * image.shape[1] / 640), dtype=np.uint8)


def noisier(image: Picture, sigma: float) -> Picture:
    """Gaussian noise of so many levels."""
    noise = np.random.default_rng(7).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


DAMAGES = (
    Damage("dark", (1.0, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05), darker),
    Damage("burnt", (1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0), brighter),
    Damage("flat", (1.0, 0.5, 0.3, 0.2, 0.15, 0.1, 0.05), flatter),
    Damage("blur", (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), blurrier),
    Damage("noise", (2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 60.0), noisier),
)
SCALES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    parser.add_argument("--model", required=True, help="a detector, as in the settings file")
    parser.add_argument("--every", type=int, default=15, help="look at every n-th picture")
    arguments = parser.parse_args()
    detector = open_detector(arguments.model, Thresholds(FOUND))
    shots = [s for video in arguments.videos for s in sure_shots(video, arguments.every, detector)]
    print(f"{len(shots)} pictures, {sum(len(boxes) for _, boxes in shots)} people found surely in them")
    for damage in DAMAGES:
        print(f"\n{damage.name:>8}   found   mean contrast   dark  burnt  noise energy   blur")
        for degree in damage.degrees:
            worse = [(damage.apply(image, degree), boxes) for image, boxes in shots]
            looks = np.array([[getattr(look(i), f) for f in FIELDS] for i, _ in worse])
            found = found_share(worse, detector)
            print(f"{degree:8.2f}  {found:6.1%} " + " ".join(f"{v:6.2f}" for v in np.median(looks, axis=0)))
    print("\nheight of a person as a share of the picture's height, and in pixels of a 640-wide picture")
    heights: list[tuple[float, bool]] = []
    for scale in SCALES:
        heights += list(shrunk(shots, scale, detector))
    bins = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.13, 0.17, 0.25, 0.4, 0.7, 1.01)
    for low, high in itertools.pairwise(bins):
        inside = [found for share, found in heights if low <= share < high]
        if inside:
            print(
                f"{low:.2f}..{high:.2f} {low * 360:4.0f}..{high * 360:3.0f} px {np.mean(inside):6.1%} of {len(inside)}"
            )


FIELDS = ("mean", "contrast", "dark", "burnt", "noise", "edge_energy", "blur")
Shot = tuple["Picture", "NDArray[np.float32]"]


def sure_shots(video: Path, every: int, detector: Detector) -> Iterator[Shot]:
    """Pictures in which somebody is found surely, with their boxes."""
    for frame in Recording(video).frames(NOON):
        if frame.number % every:
            continue
        found = detector.detect(frame)
        boxes = found.xyxy[found.score >= SURE]
        if len(boxes):
            yield frame.image, boxes


def found_share(shots: list[Shot], detector: Detector) -> float:
    """Share of the people that are found again."""
    return float(np.mean([f for image, boxes in shots for f in refound(image, boxes, detector)]))


def shrunk(shots: list[Shot], scale: float, detector: Detector) -> Iterator[tuple[float, bool]]:
    """Everyone in pictures shrunk into a grey frame of the same size: height as a share of it, and whether found."""
    for image, boxes in shots:
        height, width = image.shape[:2]
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        canvas = np.full_like(image, 114)
        top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
        moved = boxes * scale + np.array([left, top, left, top], dtype=np.float32)
        for box, found in zip(moved, refound(canvas, moved, detector), strict=True):
            yield float(box[3] - box[1]) / height, found


def refound(image: Picture, boxes: NDArray[np.float32], detector: Detector) -> list[bool]:
    """For each box whether the detector finds it in ``image``."""
    seen = detector.detect(Frame(NOON, 0, image)).xyxy
    return [any(_iou(box, other) >= SAME for other in seen) for box in boxes]


def _iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    across = float(min(a[2], b[2]) - max(a[0], b[0]))
    down = float(min(a[3], b[3]) - max(a[1], b[1]))
    shared = max(across, 0.0) * max(down, 0.0)
    areas = [float((x[2] - x[0]) * (x[3] - x[1])) for x in (a, b)]
    return shared / max(sum(areas) - shared, 1e-9)


if __name__ == "__main__":
    main()
