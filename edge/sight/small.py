"""The few pixels of a picture on which it is judged, made as cheaply as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Someone 25 pixels tall in a picture 640 wide is 6 tall here and covers about 15 pixels: enough to stand out from
# noise, which the shrinking has averaged.
WIDTH_PX = 160
# Every so many-th pixel of the full picture is taken as it is: averaging all of a 1080p picture costs 1.5 ms, this 0.2.
SAMPLED_PX = 2 * WIDTH_PX
SMALLEST_PX = 16


@dataclass(frozen=True, slots=True)
class Small:
    """What is kept of a picture while it is judged.

    Attributes:
        samples: (h, w, 3) uint8 BGR, pixels of the full picture, unchanged: two pictures with the same samples are the
            same.
        grey: (h / 2, w / 2) uint8, the mean of 2 x 2 samples.
    """

    samples: NDArray[np.uint8]
    grey: NDArray[np.uint8]


def small(image: NDArray[np.uint8]) -> Small:
    """Shrinks a picture.

    Args:
        image: (H, W, 3) uint8, BGR, at least 16 x 16.

    Raises:
        ValueError: It is smaller.
    """
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_PX:
        raise ValueError(f"a picture of {width} x {height} is too small to judge")
    rows = max(2, round(WIDTH_PX * height / width)) if width else 0
    samples = cv2.resize(image, (SAMPLED_PX, 2 * rows), interpolation=cv2.INTER_NEAREST)
    halved = cv2.resize(samples, (WIDTH_PX, rows), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(halved, cv2.COLOR_BGR2GRAY)
    return Small(np.asarray(samples, dtype=np.uint8), np.asarray(grey, dtype=np.uint8))
