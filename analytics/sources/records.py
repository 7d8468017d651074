"""The rows of a CSV below its header, each with the line on which it begins; what is no row is set aside."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .layout import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Python strings are large: a file is turned into columns piece by piece.
CHUNK_ROWS = 50_000
UNCLOSED = "a quote opened here is not closed properly"

Broken = list[tuple[int, str, str, str]]


def plain_rows(body: str, names: Sequence[str], delimiter: str, first: int) -> pd.DataFrame | None:
    """Rows of a file in which every line is a whole row, five times as fast; None where it is not so simple.

    Without quotes and empty lines a row is a line, so that rows need not say where they began.

    Args:
        body: The text from the header on.
        names: Of the columns.
        delimiter: Between them.
        first: The line of the header.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.csv as pa_csv  # noqa: PLC0415

    if '"' in body or "\n\n" in body or "\r" in body.replace("\r\n", "") or "\n\r" in body:
        return None
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body.encode()),
            pa_csv.ReadOptions(column_names=list(names), skip_rows=1),
            pa_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    text = pd.StringDtype(na_value=np.nan)
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.large_string(): text}.get)
    frame.insert(0, LINE, np.arange(first + 1, first + 1 + len(frame), dtype=np.int64))
    return frame


def any_rows(body: str, names: Sequence[str], delimiter: str, first: int, broken: Broken) -> pd.DataFrame:
    """Rows of any CSV; those of another width than the header go to ``broken``.

    Args:
        body: The text from the header on.
        names: Of the columns.
        delimiter: Between them.
        first: The line of the header.
        broken: Is added to.
    """
    records = _records(body, delimiter, len(names), first, broken)
    next(records, None)
    pieces = []
    while piece := list(islice(records, CHUNK_ROWS)):
        lines, rows = zip(*piece, strict=True)
        columns = {n: pd.array(v, dtype="str") for n, v in zip(names, zip(*rows, strict=True), strict=True)}
        pieces.append(pd.DataFrame({LINE: pd.array(lines, dtype="int64"), **columns}))
    types = {LINE: "int64"} | dict.fromkeys(names, "str")
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(types)).astype(types)


def _records(body: str, delimiter: str, width: int, first: int, broken: Broken) -> Iterator[tuple[int, list[str]]]:
    """Every whole row with its line.

    A quote that is not closed would take the rows below along. So after a row of several lines that is none, reading
    goes on in the line below the one on which it begins.
    """
    # newline="" leaves line ends inside quotes alone, as the csv module asks.
    text = io.StringIO(body, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line, before = first, 0
    while True:
        at = text.tell()
        try:
            row = next(reader, None)
            if row is None:
                return
            rule = f"has {len(row)} columns, the header {width}: cut off or ragged"
        except csv.Error:
            row, rule = [""], UNCLOSED
        lines = reader.line_num - before
        if len(row) == width and rule != UNCLOSED:
            yield line, row
        elif row:
            broken.append((line, "", row[0].partition("\n")[0], rule))
            if lines > 1 or rule == UNCLOSED:
                text.seek(at)
                text.readline()
                reader = csv.reader(text, delimiter=delimiter, strict=True)
                line, before = line + 1, 0
                continue
        line, before = line + lines, reader.line_num
