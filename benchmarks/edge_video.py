"""Videos for ``benchmarks/edge.py``, made from the fixture clips: H.264 as a store's camera or recorder writes it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from edge.capture import Recording

from .footage import BEGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

CLIPS = Path(__file__).resolve().parent.parent / "fixtures" / "videos"
# Four views of a recorder in one picture; 19 people at once in the fullest.
TILES = ("entrance", "floor", "rush", "gathering")
FPS = 20
BITS_A_SECOND = {1080: 6_000_000, 720: 3_000_000, 360: 1_000_000}


def busy_video(path: Path, frames: int) -> Path:
    """Four clips side by side in pictures of 1920 x 1080.

    Args:
        path: To write.
        frames: Its length; at most that of the shortest clip.
    """
    sources = [Recording(CLIPS / f"{name}.mp4").frames(BEGINS) for name in TILES]
    with writing(path, 1920, 1080) as write:
        for _, four in zip(range(frames), zip(*sources, strict=False), strict=False):
            tiles = [scaled(frame.image, 960, 540) for frame in four]
            write(np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]))
    for source in sources:
        source.close()
    return path


def enlarged_video(path: Path, clip: str, height: int, frames: int, first: int = 0) -> Path:
    """A clip in a larger size.

    Args:
        path: To write.
        clip: Its name.
        height: Of the pictures in pixels; they are 16 : 9.
        frames: Its length at most.
        first: Pictures of the clip to leave out at its beginning.
    """
    width = height * 16 // 9
    with writing(path, width, height) as write, closing(Recording(CLIPS / f"{clip}.mp4").frames(BEGINS)) as source:
        for frame in source:
            if frame.number >= first + frames:
                break
            if frame.number >= first:
                write(scaled(frame.image, width, height))
    return path


def scaled(image: Picture, width: int, height: int) -> Picture:
    """A picture in another size."""
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@contextmanager
def writing(path: Path, width: int, height: int) -> Iterator[Callable[[Picture], None]]:
    """Takes (height, width, 3) uint8 BGR pictures and writes them as H.264, at ``FPS`` and a usual bit rate."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = BITS_A_SECOND[height]
        stream.time_base = Fraction(1, FPS)
        stream.options = {"preset": "veryfast", "g": str(2 * FPS), "bf": "0"}  # cameras send no B pictures

        def write(image: Picture) -> None:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))

        yield write
        container.mux(stream.encode(None))
