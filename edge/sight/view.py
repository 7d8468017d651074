"""What a camera's view looks like, so coarse that nobody is recognised in it, and whether it still looks the same."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .errors import SightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

# Edges are kept at this width: a shift of one pixel is 2 % of the view, and a face covers a pixel or two.
EDGES_PX = 48
# Edges as strong as this (hundredths of a logarithm a pixel, see ``motion``) count half: otherwise the one dark door
# frame would outvote a whole room, and noise would count as much as walls.
HALF = 2.0
# Texture is judged in so many patches across.
PATCHES = 16
# Mean strength of the edges in a patch below which it is smooth. Ours, measured: under a lit cover with the noise of a
# good camera 96 % of the patches are; in the reference a patch has texture only from a third more on.
SMOOTH = 1.5
TEXTURE = 2.0
# Fewer patches with texture than this are too little to judge a view by: 7 % of them.
FEWEST = 10
MAGIC = b"view2"
HEADER = struct.Struct("<5sHHHHHHf?")


@dataclass(frozen=True, slots=True)
class View:
    """One look at a view.

    Attributes:
        edges: (2, h, 48) float32, -1..1, how grey changes to the right and downwards, strong edges flattened.
        texture: (rows, 16) float32, mean strength of the edges in each patch.
        sharpness: How much finer than coarse its edges are; 0 for none at all.
        coloured: False for a camera that sees by infrared.
    """

    edges: Plane
    texture: Plane
    sharpness: float
    coloured: bool


def view_of(values: Plane, sharpness: float, *, coloured: bool) -> View:
    """Describes a view.

    Args:
        values: (h, w) float32, logarithm of grey as ``motion`` keeps it: more light does not change its edges.
        sharpness: As ``sharpness`` measures it.
        coloured: Whether the picture has colours.
    """
    rows = max(2, round(EDGES_PX * values.shape[0] / values.shape[1]))
    coarse = cv2.resize(values, (EDGES_PX, rows), interpolation=cv2.INTER_AREA)
    across, down = _slopes(np.asarray(coarse, dtype=np.float32))
    strength = cv2.magnitude(across, down) + HALF
    texture = cv2.resize(cv2.magnitude(*_slopes(values)), (PATCHES, _patch_rows(rows)), interpolation=cv2.INTER_AREA)
    edges = np.stack([across / strength, down / strength])
    return View(np.asarray(edges, dtype=np.float32), np.asarray(texture, dtype=np.float32), sharpness, coloured)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a view fits the reference.

    Attributes:
        still: How well they fit as they lie, -1..1.
        near: How well at the best shift of at most a pixel of the reference each way.
        best: How well at the best of all shifts.
        shift: The best shift, as a share of the picture's width.
    """

    still: float
    near: float
    best: float
    shift: float


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a view looked like when it was healthy and lines were drawn in it. No picture: edges, 48 pixels wide.

    Attributes:
        width: Of the pictures it was learnt from, pixels.
        height: The same.
        edges: (2, h, 48) int8, 127 times ``View.edges``.
        texture: (rows, 16) bool, which patches had texture.
        sharpness: Of ``View``.
        coloured: Of ``View``.
    """

    width: int
    height: int
    edges: NDArray[np.int8]
    texture: NDArray[np.bool_]
    sharpness: float
    coloured: bool

    @classmethod
    def learnt(cls, views: Sequence[View], width: int, height: int) -> Reference:
        """The median of views: whoever was in less than half of them is gone.

        Args:
            views: At least one, all of one camera at one size.
            width: Of the pictures, pixels.
            height: The same.
        """
        edges = np.median([view.edges for view in views], axis=0)
        texture = np.median([view.texture for view in views], axis=0)
        sharpness = float(np.median([view.sharpness for view in views]))
        coloured = 2 * sum(view.coloured for view in views) > len(views)
        return cls(width, height, np.round(127 * edges).astype(np.int8), texture >= TEXTURE, sharpness, coloured)

    @property
    def telling(self) -> bool:
        """Whether there is enough in the view to compare others with it."""
        return int(np.count_nonzero(self.texture)) >= FEWEST

    def bare_share(self, view: View) -> float:
        """The share of the patches with texture that have none in ``view``, 0..1."""
        return float(np.mean(view.texture[self.texture] < SMOOTH))

    def fit(self, view: View) -> Fit:
        """Lays ``view`` on the reference at every shift."""
        mine = self.edges.astype(np.float32)
        rows, columns = mine.shape[1:]
        size = (2 * rows, 2 * columns)  # with room beside it: what leaves on one side does not come in on the other
        product = np.conj(np.fft.rfft2(mine, size)) * np.fft.rfft2(view.edges, size)
        places = np.fft.fftshift(np.fft.irfft2(product.sum(axis=0), size))
        places /= max(float(np.sqrt((mine**2).sum() * (view.edges**2).sum())), 1e-6)
        row, column = (int(i) for i in np.unravel_index(int(places.argmax()), places.shape))
        down = row - rows + _between(places[:, column], row)
        across = column - columns + _between(places[row], column)
        shift = float(np.hypot(across, down)) / EDGES_PX
        near = places[rows - 1 : rows + 2, columns - 1 : columns + 2]
        return Fit(float(places[rows, columns]), float(near.max()), float(places[row, column]), shift)

    def to_bytes(self) -> bytes:
        """Some 2.7 kB to be kept and compared after a restart."""
        sizes = self.width, self.height, *self.edges.shape[1:], *self.texture.shape
        head = HEADER.pack(MAGIC, *sizes, self.sharpness, self.coloured)
        return head + self.edges.tobytes() + self.texture.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Reference:
        """The same again.

        Raises:
            SightError: These are not the bytes of a reference, or not all of them.
        """
        if len(content) < HEADER.size or not content.startswith(MAGIC):
            raise SightError("this is no reference of a camera's view, or one of another version")
        _, width, height, rows, columns, patch_rows, patches, sharpness, coloured = HEADER.unpack_from(content)
        edges_size, texture_size = 2 * rows * columns, patch_rows * patches
        fits = len(content) == HEADER.size + edges_size + texture_size and math.isfinite(sharpness)
        if not fits or columns != EDGES_PX or patches != PATCHES or patch_rows != _patch_rows(rows):
            raise SightError(f"the reference of a camera's view is broken: it has {len(content)} bytes")
        edges = np.frombuffer(content, np.int8, edges_size, HEADER.size).reshape(2, rows, columns)
        texture = np.frombuffer(content, np.uint8, texture_size, HEADER.size + edges_size) > 0
        return cls(width, height, edges, texture.reshape(patch_rows, patches), sharpness, coloured)


def _slopes(values: Plane) -> tuple[Plane, Plane]:
    """How values change a pixel, to the right and downwards."""
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(across, dtype=np.float32), np.asarray(down, dtype=np.float32)


def _patch_rows(edge_rows: int) -> int:
    return max(1, round(PATCHES * edge_rows / EDGES_PX))


def _between(values: NDArray[np.float64], index: int) -> float:
    """Where between pixels the top of a peak lies, by the parabola through it and its neighbours: -0.5..0.5."""
    if not 0 < index < len(values) - 1:
        return 0.0
    before, top, after = (float(v) for v in values[index - 1 : index + 2])
    bend = before - 2 * top + after
    return 0.0 if bend == 0 else 0.5 * (before - after) / bend
