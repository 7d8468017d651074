"""Reading a CSV or Parquet file into text columns, each row with its line, ragged rows set aside."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd

from .errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Python strings are large: a file is turned into columns piece by piece.
CHUNK_ROWS = 50_000
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Raw:
    """A file as text.

    Attributes:
        rows: One ``str`` column per column of the file (names stripped, lower case; empty cells null), and ``line``
            (int64): the line of a CSV on which the row begins, or the 1-based row of a Parquet file.
        broken: Rows that have no columns at all: ``line``, ``column``, ``value``, ``rule``.
        content_hash: Of the bytes: 32 hex digits.
        columns: The names, in the file's order.
    """

    rows: pd.DataFrame
    broken: list[tuple[int, str, str, str]]
    content_hash: str
    columns: tuple[str, ...]


def content_hash(path: Path) -> str:
    """Names the bytes of a file.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


def read(path: Path) -> Raw:
    """Reads ``.parquet`` as Parquet and everything else as CSV (comma, semicolon or tab; UTF-8, BOM or not).

    Raises:
        SourceError: Unreadable, empty, not UTF-8, or no table; names the file and, where there is one, the line.
    """
    digest = content_hash(path)
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, digest)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    return _read_csv(_decode(data, path), path, digest)


def _decode(data: bytes, path: Path) -> str:
    if not data.strip():
        raise SourceError(f"{path}: the file is empty: it needs at least a header row")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = error.start - data.rfind(b"\n", 0, error.start)
        byte = data[error.start]
        raise SourceError(
            f"{path}: line {line}: byte {place} (0x{byte:02X}) is not UTF-8; save the file as UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError(f"{path}: line {line}: holds a zero byte: no CSV in UTF-8")
    return text


def _read_csv(text: str, path: Path, digest: str) -> Raw:
    header, delimiter = _header(text, path)
    # newline="" leaves line ends inside quotes alone, as the csv module asks.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    broken: list[tuple[int, str, str, str]] = []
    records = _records(reader, len(header), broken)
    next(records, None)
    pieces = []
    while piece := list(islice(records, CHUNK_ROWS)):
        lines, rows = zip(*piece, strict=True)
        columns = {n: pd.array(v, dtype="str") for n, v in zip(header, zip(*rows, strict=True), strict=True)}
        pieces.append(pd.DataFrame({"line": pd.array(lines, dtype="int64"), **columns}))
    names = {"line": "int64"} | dict.fromkeys(header, "str")
    frame = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(names)).astype(names)
    return Raw(_tidy(frame, header), broken, digest, header)


def _header(text: str, path: Path) -> tuple[tuple[str, ...], str]:
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    header = tuple(name.strip().strip('"').strip().lower() for name in first.split(delimiter))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise SourceError(f"{path}: line 1: column {twice[0]!r} appears twice")
    return header, delimiter


def _records(
    reader: Iterator[list[str]], width: int, broken: list[tuple[int, str, str, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Every whole row with the line on which it begins; rows of another width go to ``broken``."""
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            broken.append((line, "", "", "a quote opened here is not closed properly; the rest was not read"))
            return
        if row is None:
            return
        if len(row) == width:
            yield line, row
        elif row:
            rule = f"has {len(row)} columns, the header {width}: cut off or ragged"
            broken.append((line, "", row[0], rule))
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _read_parquet(path: Path, digest: str) -> Raw:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only those who use Parquet need it

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path}: no readable Parquet file: {str(error).splitlines()[0]}") from error
    texts = {str(name).strip().lower(): _as_text(frame[name]) for name in frame.columns}
    if len(texts) < len(frame.columns):
        raise SourceError(f"{path}: two columns have the same name")
    rows = pd.DataFrame({"line": range(1, len(frame) + 1)} | texts, dtype=None)
    rows["line"] = rows["line"].astype("int64")
    return Raw(_tidy(rows, tuple(texts)), [], digest, tuple(texts))


def _as_text(values: pd.Series) -> pd.Series[str]:
    """Typed values as a CSV would write them; a float that is a whole number without its point."""
    present = values.notna()
    if pd.api.types.is_float_dtype(values):
        whole = present & (values == values.round())
        text = values.astype("str").mask(whole, values.where(whole, 0).astype("Int64").astype("str"))
    elif pd.api.types.is_bool_dtype(values.dropna()):
        text = values.astype("str").str.lower()
    else:
        text = values.astype("str")
    return text.where(present).reset_index(drop=True)


def _tidy(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    for name in names:
        text = frame[name].str.strip()
        frame[name] = text.where(text != "")
    return frame
