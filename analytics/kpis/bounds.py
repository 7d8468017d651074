"""The last audit's bounds on every indicator that rests on counted people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import accuracy
from ..opening import ms
from .table import Seen, mask_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..metrics import Audited
    from .definitions import Kpi
    from .table import Hours

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Pair = tuple[Floats, Floats]

_LINE = ["camera_id", "line_id", "geometry_version", "role", "direction", "local_hour"]
_THREE = ["expected", "low", "high"]


def bounds(kpis: Sequence[Kpi], hours: Hours, audited: Audited, hourly: pd.DataFrame) -> list[Pair]:
    """Low and high of each indicator and group; NaN where no audit speaks for all of it.

    A sum by ``accuracy.bounds``; what is divided by visits has their bounds the other way round, over the same hours;
    the mean occupancy by those of its hours; the capture rate by both of its sides.

    Args:
        kpis: Which.
        hours: Whose.
        audited: Counts of the lines, and what the last audits say.
        hourly: ``frames.HOURLY``, row for row those of ``hours.wide``.
    """
    nothing = np.full(len(hours.groups.names), np.nan)
    if audited.known.empty or audited.lines.empty:
        return [(nothing, nothing)] * len(kpis)
    seen = Seen.of(hours)
    masks = [mask_of(kpi, hours, seen) for kpi in kpis]
    sums = _Lines.of(audited, hours).sums([(_asked(kpi), mask) for kpi, mask in zip(kpis, masks, strict=True)])
    found = []
    for kpi, mask, counted in zip(kpis, masks, sums, strict=True):
        if kpi.name == "occupancy_mean":
            found.append(_occupancy(hours, mask, hourly))
        elif counted:
            found.append(_pair(kpi, hours, mask, counted))
        else:
            found.append((nothing, nothing))
    return found


def _asked(kpi: Kpi) -> tuple[_Count, ...]:
    """The counts that an indicator rests on."""
    if kpi.name == "capture_rate":
        return (_Count("entrance", "in", "crossings"), _Count("outside", None, "crossings"))
    if kpi.numerator in _COUNTED and (kpi.total or kpi.denominator == "labour_h"):
        return (_COUNTED[kpi.numerator],)
    return (_COUNTED["visits"],) if kpi.denominator in {"visits", "zone_store_visits"} else ()


def _pair(kpi: Kpi, hours: Hours, mask: Mask, counted: tuple[pd.DataFrame, ...]) -> Pair:
    if kpi.name == "capture_rate":
        return _capture(kpi, hours, mask, counted)
    low, high = (counted[0][end].to_numpy(dtype=np.float64) for end in ("low", "high"))
    if kpi.total:
        return low, high
    if kpi.denominator == "labour_h":
        labour = hours.sums(hours.column("labour_h"), mask)
        labour = np.where(labour > 0, labour, np.nan)
        return low / labour, high / labour
    low, high = np.where(low > 0, low, np.nan), np.where(low > 0, high, np.nan)
    above = hours.sums(hours.column(kpi.numerator), mask)
    ends = np.stack([above / high, above / low])
    return ends.min(axis=0), ends.max(axis=0)


@dataclass(frozen=True, slots=True)
class _Count:
    """What lines of a role counted in a direction (None: both): a column of ``frames.LINE_HOURLY``."""

    role: str
    direction: str | None
    column: str


_COUNTED = {
    "entries_in": _Count("entrance", "in", "crossings"),
    "entries_out": _Count("entrance", "out", "crossings"),
    "visits": _Count("entrance", "in", "visits"),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The counts of the lines in the hours that are asked for, ready to be added up.

    Attributes:
        known: ``frames.ACCURACY``.
        kinds: One row of ``frames.LINE_HOURLY`` for every line, direction and hour of the day.
        kind: (M,) to which of them each count belongs.
        at: (M,) to which of the hours asked for.
        counts: (M,) by column.
        codes: (N,) group of each hour.
        groups: How many there are.
    """

    known: pd.DataFrame
    kinds: pd.DataFrame
    kind: NDArray[np.intp]
    at: NDArray[np.intp]
    counts: dict[str, Floats]
    codes: NDArray[np.intp]
    groups: int

    @classmethod
    def of(cls, audited: Audited, hours: Hours) -> _Lines:
        asked = ms(hours.wide["hour_utc"])[hours.positions]
        mine = ms(audited.lines["hour_utc"])
        at = np.searchsorted(asked, mine)
        there = at < len(asked)
        there[there] = asked[at[there]] == mine[there]
        lines, at = audited.lines[there], at[there]
        kind = np.zeros(len(lines), dtype=np.intp)
        for name in _LINE:
            codes, found = pd.factorize(lines[name])
            kind = kind * (len(found) + 1) + codes
        _, first, kind = np.unique(kind, return_index=True, return_inverse=True)
        counts = {name: lines[name].to_numpy(dtype=np.float64) for name in ("crossings", "visits")}
        return cls(audited.known, lines.iloc[first], kind, at, counts, hours.groups.codes, len(hours.groups.names))

    def sums(self, asked: Sequence[tuple[tuple[_Count, ...], Mask]]) -> list[tuple[pd.DataFrame, ...]]:
        """``accuracy.bounds`` of each group, for some counts over some hours: frames of rows 0..k-1."""
        order: dict[tuple[_Count, bytes], int] = {}
        cells: list[pd.DataFrame] = []
        for counts, mask in asked:
            for count in counts:
                name = count, mask.tobytes()
                if name not in order:
                    order[name] = len(order)
                    cells.append(self._cells(count, mask, len(cells) * self.groups))
        if not cells:
            return [() for _ in asked]
        rows = pd.concat(cells, ignore_index=True)
        # All at once: looking up who judges what costs more than adding up.
        found = accuracy.bounds(rows.drop(columns="period"), self.known, rows["period"], "count")
        found = found.reindex(range(len(cells) * self.groups))
        parts = [found.iloc[n * self.groups : (n + 1) * self.groups].reset_index(drop=True) for n in range(len(cells))]
        return [tuple(parts[order[count, mask.tobytes()]] for count in counts) for counts, mask in asked]

    def _cells(self, count: _Count, mask: Mask, first: int) -> pd.DataFrame:
        """The counts of each line, hour of the day and group; the groups are numbered from ``first``."""
        wanted = (self.kinds["role"] == count.role).to_numpy(dtype=bool)
        if count.direction is not None:
            wanted = wanted & (self.kinds["direction"] == count.direction).to_numpy(dtype=bool)
        used = wanted[self.kind] & mask[self.at]
        # Counts of one line and hour of the day are judged alike: added up first, they are few.
        key = self.kind[used] * self.groups + self.codes[self.at[used]]
        cells, inverse = np.unique(key, return_inverse=True)
        rows = self.kinds.iloc[cells // self.groups].reset_index(drop=True)
        counted = np.bincount(inverse, weights=self.counts[count.column][used], minlength=len(cells))
        made: pd.DataFrame = rows.assign(count=counted, period=first + cells % self.groups)
        return made


def _occupancy(hours: Hours, mask: Mask, hourly: pd.DataFrame) -> Pair:
    """Weighted by open time, as the mean itself; an hour without bounds leaves its group without."""
    open_s = hours.column("inside_open_s")
    mask = mask & (open_s > 0)  # a closed hour weighs nothing, and has no bounds
    weight = hours.sums(open_s, mask)
    weight = np.where(weight > 0, weight, np.nan)
    low, high = (
        hours.sums(hourly[f"occupancy_mean_{end}"].to_numpy(dtype=np.float64)[hours.positions] * open_s, mask)
        for end in ("low", "high")
    )
    return low / weight, high / weight


def _capture(kpi: Kpi, hours: Hours, mask: Mask, counted: tuple[pd.DataFrame, ...]) -> Pair:
    """Passers-by are taken to be missed and invented as often as crossings of the outside lines."""
    sides = [
        found[_THREE].div(found["count"].where(found["count"] > 0), axis=0).to_numpy(dtype=np.float64)
        for found in counted
    ]
    above = hours.sums(hours.column(kpi.numerator), mask)
    below = hours.sums(hours.column(kpi.denominator), mask)
    low, high = (np.full(len(above), np.nan) for _ in range(2))
    for group in np.flatnonzero(np.isfinite(sides[0]).all(axis=1) & np.isfinite(sides[1]).all(axis=1) & (below > 0)):
        pair = accuracy.quotient(_three(sides[0][group]), _three(sides[1][group]))
        if pair is not None:
            low[group], high[group] = (above[group] / below[group] * end for end in pair)
    return low, high


def _three(values: Floats) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
