"""How sharp a picture is, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Edges are looked at as detectors see them, and once more four times as coarse.
FINE_PX = 640
COARSE_PX = 160
# The strongest edges of a picture are there day and night, and noise hardly changes them. An edge is a line: it covers
# four times the share of the coarse picture that it covers of the fine one. With the same share of both, the border of
# a patch of sunlight was looked for where it was in the one and not in the other, and the picture seemed blurred.
STRONGEST_SHARE = 0.03
# Weaker edges than this (grey levels a pixel) are the noise of a dark picture.
WEAKEST = 2.0


def sharpness(image: NDArray[np.uint8]) -> float:
    """How strong the edges are at full width beside those of the same picture made coarse.

    Args:
        image: (H, W, 3) uint8, BGR.

    Returns:
        0 where nothing is sharp; 0.6 to 0.9 for usual cameras. Only compares pictures of one camera.
    """
    height, width = image.shape[:2]
    fine_px = min(FINE_PX, width)
    size = (fine_px, max(2, round(fine_px * height / width)))
    grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), cv2.COLOR_BGR2GRAY)
    coarse_size = (COARSE_PX, max(2, round(COARSE_PX * height / width)))
    coarse = _strongest(np.asarray(cv2.resize(grey, coarse_size, interpolation=cv2.INTER_AREA), dtype=np.uint8), 1, 1.0)
    if coarse < WEAKEST:
        return 0.0
    fine = _strongest(np.asarray(grey, dtype=np.uint8), 2, COARSE_PX / fine_px)
    # Where nothing is sharp a pixel of the coarse picture rises as much as the four finer ones along it together.
    return float(max(0.0, fine / coarse - COARSE_PX / fine_px))


def _strongest(grey: NDArray[np.uint8], step: int, share: float) -> float:
    """What the strongest edges have, in grey levels a pixel, of every ``step``-th pixel each way.

    Args:
        grey: (h, w) uint8.
        step: Fewer pixels are enough, and cheaper.
        share: How much of the picture they cover beside the coarse one, 0..1.
    """
    across = cv2.Sobel(grey, cv2.CV_16S, 1, 0)[::step, ::step].astype(np.float32)
    down = cv2.Sobel(grey, cv2.CV_16S, 0, 1)[::step, ::step].astype(np.float32)
    return float(np.percentile(np.hypot(across, down), 100 * (1 - STRONGEST_SHARE * share))) / 8
