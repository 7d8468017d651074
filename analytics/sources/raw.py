"""What every reader of files gives: text columns, each row with where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from .records import Broken


@dataclass(frozen=True, slots=True)
class Raw:
    """A file as text.

    Attributes:
        rows: One ``str`` column per column of the file (names stripped, lower case; empty cells null), and ``LINE``
            (int64): the line of a CSV on which the row begins, or the 1-based row of a Parquet file.
        broken: Rows that have no columns at all: ``line``, ``column``, ``value``, ``rule``.
        content_hash: Of the bytes: 32 hex digits.
        columns: The names, in the file's order.
        notes: What was detected: encoding, delimiter, lines above the header.
        cut_off: The line in the middle of which the file ends; 0: it does not.
    """

    rows: pd.DataFrame
    broken: Broken
    content_hash: str
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    cut_off: int = 0
