"""Frames to rows and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..frames import DAY, TIME, Contract, check, empty
from .tables import stored_name

if TYPE_CHECKING:
    from collections.abc import Sequence


def to_rows(frame: pd.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    """A checked frame as rows of its table."""
    names = [stored_name(c) for c in contract.columns]
    columns = [_plain(frame[c.name], c.dtype) for c in contract.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(values: pd.Series, dtype: str) -> list[Any]:
    present = values.notna()
    if dtype == TIME:
        values = values.dt.as_unit("ms").astype("int64")
    elif dtype == DAY:
        values = values.dt.strftime("%Y-%m-%d")
    return values.astype("object").where(present, None).tolist()


def to_frame(rows: Sequence[Sequence[Any]], contract: Contract) -> pd.DataFrame:
    """Rows of a table, its columns in the contract's order, as a checked frame."""
    if not rows:
        return empty(contract)
    made: dict[str, pd.Series] = {}
    for column, values in zip(contract.columns, zip(*rows, strict=True), strict=True):
        if column.dtype == TIME:
            made[column.name] = pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms", utc=True)
        elif column.dtype == DAY:
            made[column.name] = pd.to_datetime(pd.Series(values, dtype="str"), format="%Y-%m-%d")
        else:
            made[column.name] = pd.Series(list(values), dtype=pd.api.types.pandas_dtype(column.dtype))
    return check(pd.DataFrame(made), contract)
