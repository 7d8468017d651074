"""Hours straight from the archive: a year of facts and sales added up with numpy, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..frames import CROSSINGS, RECEIPTS
from .monthly import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

HOUR_MS = 3_600_000
_WORDS = ("direction", "role", "kind")


def hourly_scan(folder: Path, months: Sequence[date]) -> pd.DataFrame:
    """Crossings of entrances and sales of every UTC hour in which there were any.

    Args:
        folder: Of the archive.
        months: Their first days; a month without a file counts nothing.

    Returns:
        ``hour_utc``, ``entries_in`` (held), ``entries_out``, ``receipts``, ``sales_minor`` (sales less returns).
    """
    hours, counts = [], []
    for month in months:
        door = _read(path_of(folder, CROSSINGS, month), ["at", "direction", "held", "role"])
        sold = _read(path_of(folder, RECEIPTS, month), ["sold_at", "kind", "total_minor"])
        found = _hours([_hour(door, "at"), _hour(sold, "sold_at")])
        if not len(found):
            continue
        entrance, inward, held = _is(door, "role", "entrance"), _is(door, "direction", "in"), _flag(door, "held")
        at = _hour(door, "at") - found[0]
        sale, back, minor = _is(sold, "kind", "sale"), _is(sold, "kind", "return"), _whole(sold, "total_minor")
        paid, signed = _hour(sold, "sold_at") - found[0], (sale.astype(np.int64) - back) * minor
        width = int(found[-1] - found[0]) + 1
        measures = (
            np.bincount(at[entrance & inward & held], minlength=width),
            np.bincount(at[entrance & ~inward], minlength=width),
            np.bincount(paid[sale & (minor > 0)], minlength=width),
            # Sums of whole numbers below 2 ** 53 are exact as floats.
            np.bincount(paid, signed.astype(np.float64), minlength=width).astype(np.int64),
        )
        hours.append(found)
        counts.append(np.stack(measures)[:, found - found[0]])
    names = ("entries_in", "entries_out", "receipts", "sales_minor")
    of_hour = np.concatenate(hours) if hours else np.zeros(0, dtype=np.int64)
    added = np.concatenate(counts, axis=1) if counts else np.zeros((4, 0), dtype=np.int64)
    made = pd.DataFrame(dict(zip(names, added, strict=True)), dtype="int64")
    start = pd.Series((of_hour * HOUR_MS).astype("datetime64[ms]")).dt.tz_localize("UTC")
    return made.assign(hour_utc=start).groupby("hour_utc", as_index=False).sum()[["hour_utc", *names]]


def _read(path: Path, columns: list[str]) -> pa.Table | None:
    if not path.is_file():
        return None
    # Words as places in the short list of them that the file keeps anyway.
    return pq.ParquetFile(path, read_dictionary=[name for name in columns if name in _WORDS]).read(columns)


def _whole(table: pa.Table | None, name: str) -> NDArray[np.int64]:
    if table is None:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(table[name].cast("int64").to_numpy(), dtype=np.int64)


def _hour(table: pa.Table | None, name: str) -> NDArray[np.int64]:
    return _whole(table, name) // HOUR_MS


def _flag(table: pa.Table | None, name: str) -> NDArray[np.bool_]:
    return np.zeros(0, dtype=bool) if table is None else np.asarray(table[name].to_numpy(), dtype=bool)


def _is(table: pa.Table | None, name: str, word: str) -> NDArray[np.bool_]:
    if table is None or not len(table):
        return np.zeros(0, dtype=bool)
    # A word that a part of the file does not know has the place -1, which no row has.
    places = [(part.indices.to_numpy(), pc.index(part.dictionary, word).as_py()) for part in table[name].chunks]
    return np.concatenate([where == place for where, place in places])


def _hours(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The hours that occur, in order."""
    there = [part for part in parts if len(part)]
    if not there:
        return np.zeros(0, dtype=np.int64)
    first, last = min(int(part.min()) for part in there), max(int(part.max()) for part in there)
    occurs = np.zeros(last - first + 1, dtype=bool)
    for part in there:
        occurs[part - first] = True
    return np.flatnonzero(occurs) + first
