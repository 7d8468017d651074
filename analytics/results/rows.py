"""Frames to rows and back."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..frames import DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Contract, check, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]


def to_rows(frame: pd.DataFrame, contract: Contract) -> list[Row]:
    """A checked frame as rows of its table, the columns in the contract's order."""
    columns = [_plain(frame[c.name], c.dtype) for c in contract.columns]
    return list(zip(*columns, strict=True))


def _plain(values: pd.Series, dtype: str) -> list[Any]:
    present = values.notna()
    if dtype == TIME:
        values = values.dt.as_unit("ms").astype("int64")
    elif dtype == DAY:
        # Few days stand in many rows: each is written out once.
        codes, days = pd.factorize(values)
        texts = np.array([f"{day:%Y-%m-%d}" for day in pd.DatetimeIndex(days)] + [None], dtype=object)
        found: list[Any] = texts[codes].tolist()
        return found
    if present.all():
        whole: list[Any] = values.tolist()
        return whole
    listed: list[Any] = values.astype("object").where(present, None).tolist()
    return listed


def to_frame(rows: Sequence[Row], contract: Contract) -> pd.DataFrame:
    """Rows of a table, its columns in the contract's order, as a checked frame."""
    if not rows:
        return empty(contract)
    # Column by column: to unzip a hundred thousand rows at once takes five times as long.
    values = (tuple(map(itemgetter(place), rows)) for place in range(len(rows[0])))
    columns = zip(contract.columns, values, strict=True)
    # Arrays, not series, which would be brought into line with each other one by one.
    made = {column.name: _column(values, column.dtype).array for column, values in columns}
    return check(pd.DataFrame(made, copy=False), contract)


def _column(values: Row, dtype: str) -> pd.Series:
    if dtype == TIME:
        if None in values:
            return pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms", utc=True)
        return pd.Series(np.array(values, dtype=np.int64).astype("datetime64[ms]")).dt.tz_localize("UTC")
    if dtype == DAY:
        codes, days = pd.factorize(np.array(values, dtype=object))
        known = pd.to_datetime(pd.Series([*days, None], dtype="str"), format="%Y-%m-%d").astype("datetime64[ms]")
        return known.take(codes).reset_index(drop=True)
    if dtype == TEXT:
        return pd.Series(values, dtype="str")
    return _numbers(values, dtype)


def _numbers(values: Row, dtype: str) -> pd.Series:
    if dtype == NUM:
        # A measure that nobody has asked for is missing in every row.
        unknown = values[0] is None and values.count(None) == len(values)
        return pd.Series(np.full(len(values), np.nan) if unknown else np.array(values, dtype=np.float64))
    if dtype == MAYBE_INT:
        missing = np.array([value is None for value in values])
        whole = np.array([0 if value is None else value for value in values]).astype(np.int64, casting="safe")
        return pd.Series(pd.arrays.IntegerArray(whole, missing))
    return pd.Series(np.array(values, dtype=np.int64 if dtype == INT else np.bool_))
