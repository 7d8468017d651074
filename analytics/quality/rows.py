"""Rows of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..frames import QUALITY, check, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


# A day may hold hundreds: the first are enough to look them up.
MOST_NAMED = 3


def from_rows(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows that say only what applies to them, as ``frames.QUALITY``."""
    made = list(rows)
    return from_frame(pd.DataFrame(made)) if made else empty(QUALITY)


def from_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame that has only the columns that apply to it, as ``frames.QUALITY``."""
    if frame.empty:
        return empty(QUALITY)
    types = {c.name: pd.api.types.pandas_dtype(c.dtype) for c in QUALITY.columns}
    columns = {
        name: frame[name].astype(dtype) if name in frame else pd.Series(None, index=frame.index, dtype=dtype)
        for name, dtype in types.items()
    }
    return check(pd.DataFrame(columns), QUALITY)


def named(names: pd.Series[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names.sort_values().head(MOST_NAMED)) + more


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Parts of the report below each other."""
    told = [part for part in parts if len(part)]
    return pd.concat(told, ignore_index=True) if told else empty(QUALITY)
