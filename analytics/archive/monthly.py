"""One file for each month of one kind, written as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from ..frames import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME, check

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..frames import Contract

_TYPES = {
    TEXT: pa.string(),
    INT: pa.int64(),
    MAYBE_INT: pa.int64(),
    NUM: pa.float64(),
    BOOL: pa.bool_(),
    TIME: pa.timestamp("ms", tz="UTC"),
    DAY: pa.date32(),
}


class ArchiveError(Exception):
    """A file of the archive cannot be written or read; the message names it."""


def months_of(first: date, end: date) -> list[tuple[date, date]]:
    """The months that the days ``first <= day < end`` lie in: ``(first day, first day of the next)``, in order."""
    found = []
    month = first.replace(day=1)
    while month < end:
        following = (month + timedelta(days=31)).replace(day=1)
        found.append((month, following))
        month = following
    return found


def path_of(folder: Path, contract: Contract, month: date) -> Path:
    """Where the file of a month lies: ``crossings/crossings-2025-01.parquet``."""
    return folder / contract.name / f"{contract.name}-{month:%Y-%m}.parquet"


def write_month(folder: Path, contract: Contract, month: date, frame: pd.DataFrame) -> Path:
    """Writes a month of one kind; who reads it meanwhile sees the old file. The same rows make the same bytes.

    Args:
        folder: Of the archive; made where needed.
        contract: Of the rows.
        month: Its first day.
        frame: Every row of the month, in order.

    Raises:
        FrameError: The frame breaks its contract.
        ArchiveError: The file cannot be written.
    """
    checked = check(frame, contract)
    schema = pa.schema([pa.field(c.name, _TYPES[c.dtype], nullable=c.null) for c in contract.columns])
    table = pa.Table.from_pandas(checked, schema=schema, preserve_index=False).replace_schema_metadata(None)
    target = path_of(folder, contract, month)
    part = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ArchiveError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def read_month(folder: Path, contract: Contract, month: date) -> pd.DataFrame:
    """A month of one kind, as the contract's frame.

    Raises:
        ArchiveError: There is no such file, or it is no Parquet.
        FrameError: It breaks the contract.
    """
    path = path_of(folder, contract, month)
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowInvalid) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}") from error
    return check(table.to_pandas(integer_object_nulls=False), contract)
