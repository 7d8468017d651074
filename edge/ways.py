"""Trails added up for drawing: person-seconds in small cells, and how many people went which way."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Samples further apart than this, or than this many times the usual distance in time, are not joined.
JOINED_S = 3.0
JOINED_TIMES = 2.5
# Who does not move by more than this share of the picture in so long is no person.
STILL_S = 600.0
STILL_SPREAD = 0.004
# Whose feet lie below the picture stands somewhere else than where the box ends.
LOWEST = 0.995
DIRECTIONS = 8
MOST_PIECES = 64


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Positions of people, any order.

    Attributes:
        who: (N,) int64, one number for each track.
        at_s: (N,) float64, seconds on any clock.
        places: (N, 2) float64, 0..1 of the picture.
        floor: (N, 2) float64, metres; nan where the floor is not known.
    """

    who: Ints
    at_s: Floats
    places: Floats
    floor: Floats

    def people(self) -> Samples:
        """Without the tracks that never move (mannequins, posters), and without feet that lie below the picture."""
        if not len(self.who):
            return self
        _, track, count = np.unique(self.who, return_inverse=True, return_counts=True)
        first, last = np.full(len(count), np.inf), np.full(len(count), -np.inf)
        np.minimum.at(first, track, self.at_s)
        np.maximum.at(last, track, self.at_s)
        spread = np.zeros(len(count))
        for axis in (0, 1):
            values = self.places[:, axis]
            mean = np.bincount(track, weights=values) / count
            variance = np.bincount(track, weights=(values - mean[track]) ** 2) / count
            spread = np.maximum(spread, np.sqrt(variance))
        keep = ~((last - first >= STILL_S) & (spread <= STILL_SPREAD))[track] & (self.places[:, 1] < LOWEST)
        return Samples(self.who[keep], self.at_s[keep], self.places[keep], self.floor[keep])


class Ways:
    """Adds up trails in one plane, the picture or the floor; days may be added one after the other.

    Args:
        cell: Edge of a cell for the time, in the plane's unit.
        arrow_cell: Edge of a cell for the ways people go.
        slow: Who moves by less than this in a second does not go anywhere, in the plane's unit.

    Attributes:
        seconds: Person-seconds by cell (column, row).
        gone: People by cell and direction (column, row, eighth of a turn from +x towards +y); each counted once in
            every ``add``.
        heading: Sum of their steps, x + iy, by the same keys.
    """

    def __init__(self, cell: float, arrow_cell: float, slow: float) -> None:
        self.cell = cell
        self.arrow_cell = arrow_cell
        self.seconds: Counter[tuple[int, int]] = Counter()
        self.gone: Counter[tuple[int, int, int]] = Counter()
        self.heading: defaultdict[tuple[int, int, int], complex] = defaultdict(complex)
        self._slow = slow

    def add(self, who: Ints, at_s: Floats, places: Floats) -> None:
        """Joins each person's samples by straight lines and spreads the time between them evenly along these.

        Args:
            who: (N,) one number for each track.
            at_s: (N,) seconds.
            places: (N, 2) in the plane's unit; nan where not known.
        """
        known = np.isfinite(places).all(axis=1)
        who, at_s, places = who[known], at_s[known], places[known]
        order = np.lexsort((at_s, who))
        who, at_s, places = who[order], at_s[order], places[order]
        same, seconds, moved = who[1:] == who[:-1], np.diff(at_s), np.diff(places, axis=0)
        usual = float(np.median(seconds[same])) if same.any() else 0.0
        joined = same & (seconds > 0) & (seconds <= max(JOINED_S, JOINED_TIMES * usual))
        who, begin = who[:-1][joined], places[:-1][joined]
        seconds, moved = seconds[joined], moved[joined]
        # Pieces of at most half a cell: the same as cutting at the cells' edges, to within what is visible.
        pieces = np.clip(np.ceil(np.abs(moved).max(axis=1, initial=0.0) / (self.cell / 2)), 1, MOST_PIECES)
        pieces = pieces.astype(np.int64)
        row = np.repeat(np.arange(len(pieces)), pieces)
        number = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        at = begin[row] + moved[row] * ((number + 0.5) / pieces[row])[:, None]
        cells, index = _distinct(np.floor(at / self.cell).astype(np.int64))
        sums = np.bincount(index, weights=(seconds / pieces)[row], minlength=len(cells))
        for (x, y), value in zip(cells.tolist(), sums.tolist(), strict=True):
            self.seconds[x, y] += value
        going = (np.hypot(moved[:, 0], moved[:, 1]) / seconds >= self._slow)[row]
        eighth = np.round(np.arctan2(moved[:, 1], moved[:, 0]) / (2 * np.pi / DIRECTIONS)).astype(np.int64) % DIRECTIONS
        passed = np.column_stack([np.floor(at / self.arrow_cell).astype(np.int64), eighth[row]])[going]
        once, _ = _distinct(np.column_stack([passed, who[row][going]]))
        self.gone.update((x, y, way) for x, y, way, _ in once.tolist())
        keys, index = _distinct(passed)
        steps = (moved / pieces[:, None])[row][going]
        dx, dy = (np.bincount(index, weights=steps[:, axis], minlength=len(keys)) for axis in (0, 1))
        for (x, y, way), heading in zip(keys.tolist(), (dx + 1j * dy).tolist(), strict=True):
            self.heading[x, y, way] += heading

    def main_ways(self) -> list[tuple[tuple[float, float], complex, int]]:
        """Where how many go: the middle of a cell, the heading there (length 1), people; the fewest first.

        Of two neighbouring directions in a cell only the one that more took is told.
        """
        found = []
        for (x, y, way), people in self.gone.items():
            beside = [self.gone.get((x, y, (way + turn) % DIRECTIONS), 0) for turn in (-1, 1)]
            heading = self.heading[x, y, way]
            if people >= beside[0] and people > beside[1] and heading:
                middle = (x + 0.5) * self.arrow_cell, (y + 0.5) * self.arrow_cell
                found.append((middle, heading / abs(heading), people))
        return sorted(found, key=lambda item: (item[2], item[0]))


def _distinct(rows: Ints) -> tuple[Ints, Ints]:
    """The distinct rows of a table of whole numbers, and which of them each row is; far faster than row by row."""
    key = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        key = key * (high - low + 1) + (column - low)
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], index
