"""What a contract is, and holding a frame to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

TEXT = "str"
INT = "int64"
MAYBE_INT = "Int64"
NUM = "float64"
BOOL = "bool"
TIME = "datetime64[ms, UTC]"
DAY = "datetime64[ms]"


class FrameError(Exception):
    """A frame breaks its contract; the message names the contract, the column, the row and the rule."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract.

    Attributes:
        name: Its name.
        dtype: One of ``TEXT``, ``INT``, ``MAYBE_INT``, ``NUM``, ``BOOL``, ``TIME``, ``DAY``.
        unit: What the numbers count, for people.
        null: May be missing.
        absent: The whole column may be absent from a frame; then it is null.
        least: Smallest value, where there is one.
        most: Largest value, where there is one.
        allowed: The only values of a text column; empty: any.
    """

    name: str
    dtype: str
    unit: str = ""
    null: bool = False
    least: float | None = None
    most: float | None = None
    allowed: tuple[str, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """The columns of a frame, in order.

    Attributes:
        name: What messages call it; the name of its table where it has one.
        columns: Every column; a frame has these and no others.
        key: Columns that together name a row; empty: rows have no name.
        ordered: Pairs of columns of which the second is never before the first.
        time: The column by which a window of it is replaced; empty: it is replaced as a whole.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    time: str = ""

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [c.name for c in self.columns]


def counted(name: str, unit: str, *, null: bool = False) -> Column:
    """A column of numbers from 0 upwards."""
    return Column(name, MAYBE_INT if null else INT, unit, null=null, least=0)


def share(name: str, unit: str = "0..1", *, null: bool = True) -> Column:
    """A column of shares, 0..1."""
    return Column(name, NUM, unit, null=null, least=0, most=1)


def empty(contract: Contract) -> pd.DataFrame:
    """A frame of no rows with the contract's columns and dtypes."""
    return _blank(contract).copy()


@cache
def _blank(contract: Contract) -> pd.DataFrame:
    """Made once: a night asks for thousands."""
    return pd.DataFrame({c.name: pd.Series([], dtype=c.dtype) for c in contract.columns})


def check(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Holds a frame to its contract.

    Args:
        frame: Any order of columns; dtypes that lose nothing when cast (whole floats to integers, any aware time to
            UTC milliseconds, dates to days) are cast.
        contract: What it must be.

    Returns:
        A new frame: the contract's columns in order, its dtypes, index 0..n-1.

    Raises:
        FrameError: A column is missing or too many, or a value breaks its rule; names the first such row.
    """
    missing = [c.name for c in contract.columns if c.name not in frame.columns and not c.absent]
    if missing:
        raise FrameError(f"{contract.name}: column {', '.join(missing)} is missing")
    extra = [str(name) for name in frame.columns if name not in contract.names]
    if extra:
        raise FrameError(f"{contract.name}: column {', '.join(extra)} is not in the contract")
    checked = frame.reset_index(drop=True)
    if [*map(str, checked.dtypes)] != [c.dtype for c in contract.columns] or list(checked) != contract.names:
        for column in contract.columns:
            if column.name not in checked:
                checked[column.name] = pd.Series(
                    None, index=checked.index, dtype=pd.api.types.pandas_dtype(column.dtype)
                )
        checked = pd.DataFrame({c.name: _cast(checked[c.name], c, contract.name) for c in contract.columns})
    for column in contract.columns:
        if not _sound(checked[column.name], column):
            _check_values(checked[column.name], column, contract.name)
    for first, second in contract.ordered:
        _refuse(checked[second] < checked[first], checked[second], contract.name, second, f"not before {first}")
    if contract.key and checked.duplicated(list(contract.key)).any():
        row = int(np.argmax(checked.duplicated(list(contract.key)).to_numpy()))
        key = ", ".join(f"{name}={checked[name].iloc[row]}" for name in contract.key)
        raise FrameError(f"{contract.name}: row {row}: {key}: the key appears twice")
    return checked


def _refuse(bad: pd.Series[bool], values: pd.Series, contract: str, column: str, rule: str) -> None:
    mask = bad.fillna(value=False).to_numpy(dtype=bool)
    if mask.any():
        row = int(np.argmax(mask))
        raise FrameError(f"{contract}: {column}: row {row}: {values.iloc[row]!r}: {rule}")


def _sound(values: pd.Series, column: Column) -> bool:
    """Whether nothing is wrong, at a glance: only where something may be are rows looked at one by one."""
    if values.empty:
        return True
    if not column.null and values.hasnans:
        return False
    if column.dtype in (NUM, INT):
        plain = values.to_numpy()
        low = column.least is not None and bool((plain < column.least).any())
        high = column.most is not None and bool((plain > column.most).any())
        return not (low or high or (column.dtype == NUM and bool(np.isinf(plain).any())))
    if column.allowed:
        known = values.isin(column.allowed)
        return bool((known | values.isna()).all() if column.null else known.all())
    return column.dtype in (TEXT, BOOL, TIME)


def _check_values(values: pd.Series, column: Column, contract: str) -> None:
    if not column.null:
        _refuse(values.isna(), values, contract, column.name, "must not be missing")
    if column.dtype == NUM:
        _refuse(values.isin([np.inf, -np.inf]), values, contract, column.name, "must be finite")
    if column.least is not None:
        _refuse(values < column.least, values, contract, column.name, f"at least {column.least:g}")
    if column.most is not None:
        _refuse(values > column.most, values, contract, column.name, f"at most {column.most:g}")
    if column.allowed:
        unknown = ~values.isin(column.allowed) & values.notna()
        _refuse(unknown, values, contract, column.name, f"one of {', '.join(column.allowed)}")
    if column.dtype == DAY:
        _refuse(
            (values != values.dt.normalize()) & values.notna(), values, contract, column.name, "a day without a time"
        )


def _cast(values: pd.Series, column: Column, contract: str) -> pd.Series:
    """The values in the column's dtype, or an error where that would change one of them."""
    if str(values.dtype) == column.dtype:
        return values
    if values.isna().all() and (column.null or values.empty):
        return pd.Series([None] * len(values), dtype=column.dtype)
    wrong = FrameError(f"{contract}: {column.name}: dtype {values.dtype} is not {column.dtype}")
    try:
        if column.dtype == DAY and values.dtype == object:
            values = pd.to_datetime(values)  # calendar days as Python writes them
        cast = _cast_values(values, column.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise wrong from error
    if cast is None:
        raise wrong
    if column.dtype in (INT, MAYBE_INT, TIME, DAY):
        changed = (cast != values) & values.notna()
        _refuse(changed, values, contract, column.name, f"does not fit {column.dtype} without loss")
    return cast


def _cast_values(values: pd.Series, dtype: str) -> pd.Series | None:
    kind = pd.api.types
    number = kind.is_numeric_dtype(values) and not kind.is_bool_dtype(values)
    fits = {
        TEXT: kind.is_string_dtype(values.dropna()) or isinstance(values.dtype, pd.CategoricalDtype),
        INT: number,
        MAYBE_INT: number,
        NUM: number,
        BOOL: kind.is_bool_dtype(values),
        TIME: isinstance(values.dtype, pd.DatetimeTZDtype),
        DAY: kind.is_datetime64_dtype(values),
    }
    return values.astype(kind.pandas_dtype(dtype)) if fits[dtype] else None
