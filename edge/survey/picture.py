"""Numbers that describe how well a picture shows what is in it. Plain arithmetic on pixels; no picture is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Weights of red, green and blue in grey: ITU-R BT.601, as OpenCV uses them; here in the order blue, green, red.
GREY = np.array([0.114, 0.587, 0.299], dtype=np.float32)
# A pixel below is black to a detector, one above is burnt out (of 255).
DARK = 25.0
BURNT = 250.0
# Pictures are shrunk to about this width before their sharpness is measured, so that it does not depend on the
# camera's resolution: detectors look at 640 pixels, whatever the camera gives.
SHARPNESS_WIDTH = 640
# Noise is read off the smoothest blocks of so many pixels square: elsewhere patterns would be taken for noise.
BLOCK = 16
SMOOTHEST = 10.0


@dataclass(frozen=True, slots=True)
class Look:
    """How one picture looks.

    Attributes:
        mean: Of the grey picture, 0..255.
        contrast: Standard deviation of the grey picture, 0..127.5.
        dark: Share of pixels that are nearly black, 0..1.
        burnt: Share of pixels that are burnt out, 0..1.
        noise: Standard deviation of the noise in the smoothest parts, in grey levels.
        edge_energy: Variance of the Laplacian at ``SHARPNESS_WIDTH``; depends on what is in the picture, so it only
            compares pictures of one scene.
        blur: 0 for razor-sharp, 1 for no edge at all; depends little on what is in the picture.
    """

    mean: float
    contrast: float
    dark: float
    burnt: float
    noise: float
    edge_energy: float
    blur: float


def look(image: NDArray[np.uint8]) -> Look:
    """Describes one picture.

    Args:
        image: (H, W, 3) uint8, BGR, at least 32 x 32.

    Raises:
        ValueError: It is smaller.
    """
    if min(image.shape[:2]) < 2 * BLOCK:
        raise ValueError(f"a picture of {image.shape[1]} x {image.shape[0]} is too small to describe")
    grey = image.astype(np.float32) @ GREY
    small = _shrunk(grey)
    return Look(
        mean=float(grey.mean()),
        contrast=float(grey.std()),
        dark=float((grey < DARK).mean()),
        burnt=float((grey > BURNT).mean()),
        noise=_noise(grey),
        edge_energy=float(_laplacian(small).var()),
        blur=max(_blur(small), _blur(small.T)),
    )


def _shrunk(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of square blocks, so that the width comes close to ``SHARPNESS_WIDTH``; narrower pictures stay."""
    factor = max(1, round(grey.shape[1] / SHARPNESS_WIDTH))
    height, width = (side // factor * factor for side in grey.shape)
    blocks = grey[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the four neighbours less four times the pixel, (H - 2, W - 2)."""
    inner = grey[1:-1, 1:-1]
    return grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner


def _noise(grey: NDArray[np.float32]) -> float:
    """Noise by the difference of two Laplacians, which edges and slopes leave at zero, in the smoothest blocks.

    Reference:
        Immerkaer, Fast Noise Variance Estimation, Computer Vision and Image Understanding 64(2), 1996.
    """
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    both = np.abs(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    height, width = (side // BLOCK for side in both.shape)
    blocks = both[: height * BLOCK, : width * BLOCK].reshape(height, BLOCK, width, BLOCK).mean(axis=(1, 3))
    return float(np.percentile(blocks, SMOOTHEST)) * math.sqrt(math.pi / 2) / 6


def _blur(grey: NDArray[np.float32]) -> float:
    """How little of the change from pixel to pixel along a row is lost by a further blur over nine pixels.

    Reference:
        Crete, Dolmiere, Ladret, Nicolas, The blur effect: perception and estimation with a new no-reference
        perceptual blur metric, SPIE 6492, 2007.
    """
    sums = np.cumsum(np.pad(grey, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    blurred = (sums[:, 9:] - sums[:, :-9]) / 9
    inner = grey[:, 4:-4]
    change = np.abs(np.diff(inner, axis=1))
    lost = np.maximum(0.0, change - np.abs(np.diff(blurred, axis=1)))
    total = float(change.sum())
    return 1.0 if total == 0 else float((total - lost.sum()) / total)
