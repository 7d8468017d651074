"""People who come in together, as units that buy: close in time and in space through the same line.

Where it fails, and why it is off by default: at a crowded door strangers walk as close together as friends, so units
merge and their number is too low; friends who come in one after the other are several units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..frames import FrameError
from ..opening import ms

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# A standing person is on average 0.41 times as wide as high: P. Dollar, C. Wojek, B. Schiele, P. Perona, "Pedestrian
# detection: an evaluation of the state of the art", IEEE TPAMI 34 (2012), section 2.2. It turns fractions of the
# picture's width into body heights without knowing the picture's shape.
BODY_ASPECT = 0.41


def first_of_group(entries: pd.DataFrame, within_s: float, reach: float) -> NDArray[np.intp]:
    """The first of the group of every entry. Groups are chains: who is close to one of them belongs to them.

    Args:
        entries: Rows of ``frames.CROSSINGS``, in order of time.
        within_s: At most this long after one another.
        reach: At most this far apart where they cross, in body heights.

    Returns:
        (N,) position of the earliest member, itself for who comes alone.

    Raises:
        FrameError: The entries were read without their places.
    """
    at = ms(entries["at"])
    columns = ("x", "y", "box_width", "box_height")
    x, y, wide, high = (entries[name].to_numpy(dtype=np.float64) for name in columns)
    if np.isnan([x, y, wide, high]).any():
        raise FrameError("crossings: x: groups need to know where people crossed; read them with their places")
    line = (entries["camera_id"] + "/" + entries["line_id"]).to_numpy(dtype=object)
    first = np.arange(len(entries), dtype=np.intp)
    earliest = np.searchsorted(at, at - round(1000 * within_s), side="left")
    for one in range(len(entries)):
        for other in range(int(earliest[one]), one):
            sides = wide[one] + wide[other], high[one] + high[other]
            near = _body_heights(x[one] - x[other], y[one] - y[other], *sides) <= reach
            if near and line[one] == line[other]:
                mine, theirs = _first(first, one), _first(first, other)
                first[max(mine, theirs)] = min(mine, theirs)
    return np.array([_first(first, one) for one in range(len(entries))], dtype=np.intp)


def _first(first: NDArray[np.intp], one: int) -> int:
    """Follows the chain to its earliest member."""
    while first[one] != one:
        one = int(first[one])
    return one


def _body_heights(across: float, along: float, widths: float, heights: float) -> float:
    """How far two crossings are apart; the sums of both boxes' sides, so that one that flickers weighs half."""
    if widths <= 0 or heights <= 0:
        return float("inf")
    return float(np.hypot(2 * BODY_ASPECT * across / widths, 2 * along / heights))
