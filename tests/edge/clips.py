"""Small videos made on the spot, for tests of reading and of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 320, 240
TILES = np.kron(np.indices((6, 8)).sum(axis=0) % 2 * 120 + 20, np.ones((40, 40))).astype(np.uint8)


def write_clip(path: Path, *, frames: int = 50, fps: float = 10.0, codec: str = "mp4v") -> Path:
    """A clip of a tiled floor, each picture bluer by four levels, so that a picture tells its own number."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(frames):
        image = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
        image[:, :, 1] = TILES  # a camera never shows one even colour
        image[:, :, 0] = 20 + 4 * (number % 50)
        writer.write(image)
    writer.release()
    return path


def write_walk(path: Path, *, upwards: bool = True, frames: int = 50) -> Path:
    """Recorded detections of one person who walks straight up (or down) the picture within ``frames``."""
    lines = []
    for number in range(frames):
        share = number / (frames - 1)
        foot = 230 - 150 * share if upwards else 80 + 150 * share
        lines.append(f"{number + 1},-1,140,{foot - 70:.1f},30,70,0.9,-1,-1,-1")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
