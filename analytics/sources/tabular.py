"""Reading a CSV, Parquet or JSON-lines file into text columns, each row with its line, ragged rows set aside."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .decoding import decode, whole_lines
from .errors import SourceError
from .layout import LINE, PLAIN, Layout
from .raw import Raw
from .records import UNCLOSED, Broken, any_rows, plain_rows

if TYPE_CHECKING:
    from pathlib import Path

DELIMITERS = ",;\t"
# Whole numbers that a float holds exactly.
EXACT = 2.0**53
# So many lines may stand above the header: a title, the store, the date of the export.
TITLE_LINES = 10
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class _Head:
    """The header: its names, the delimiter, and where in the text it begins."""

    names: tuple[str, ...]
    delimiter: str
    line: int
    at: int


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


def read(path: Path, layout: Layout = PLAIN, needed: frozenset[str] = frozenset()) -> Raw:
    """Reads ``.parquet`` as Parquet, ``.jsonl`` as JSON lines and everything else as CSV.

    Args:
        path: The file.
        layout: How it is written, as far as that is stated.
        needed: Names that the header must have, lower case: by them a header below a title is known.

    Raises:
        SourceError: Unreadable, empty, in no known encoding, or no table; names the file and, where there is one, the
            line.
    """
    digest = content_hash(path)
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, digest)
    if path.suffix.lower() == ".jsonl":
        from .jsonl import read_jsonl  # noqa: PLC0415 - it returns what this module declares

        return read_jsonl(_bytes(path), str(path), digest)
    # The bytes are gone when the text is there: a year of lines is large.
    text, note = decode(_bytes(path), path, layout.encoding)
    head = _header(text, path, layout, needed)
    notes = (*((note,) if note else ()), *_head_notes(text, head, layout))
    return _read_csv(text, path, digest, head, notes)


def size_of(path: Path) -> int:
    """Bytes of a file; of a Parquet file those of its columns before they were packed.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        if path.suffix.lower() != ".parquet":
            return path.stat().st_size
        footer = _footer(path)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    return sum(footer.row_group(n).total_byte_size for n in range(footer.num_row_groups))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


def _footer(path: Path) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only those who use Parquet need it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.read_metadata(path)
    except pa.ArrowException as error:
        raise SourceError(f"{path}: no readable Parquet file: {str(error).splitlines()[0]}") from error


def looks(path: Path, layout: Layout = PLAIN, needed: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What would be detected about a CSV, judged by its first megabyte; empty for the documented form.

    Raises:
        SourceError: As ``read``.
    """
    if path.suffix.lower() in (".parquet", ".jsonl"):
        return ()
    try:
        with path.open("rb") as file:
            data = file.read(1 << 20)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    text, note = decode(whole_lines(data), path, layout.encoding)
    return (*((note,) if note else ()), *_head_notes(text, _header(text, path, layout, needed), layout))


def headers_of(path: Path, encoding: str = "") -> tuple[frozenset[str], ...]:
    """What may be the header of a file, for guessing its kind: the names in each of its first lines."""
    try:
        if path.suffix.lower() == ".parquet":
            return (frozenset(name.strip().lower() for name in _footer(path).schema.to_arrow_schema().names),)
        with path.open("rb") as file:
            data = file.read(1 << 16)
        text, _ = decode(whole_lines(data), path, encoding)
    except (OSError, SourceError):
        return ()
    return tuple(frozenset(head.names) for head in _heads(text, ""))


def _read_csv(text: str, path: Path, digest: str, head: _Head, notes: tuple[str, ...]) -> Raw:
    body = text[head.at :]
    broken: Broken = []
    form = (head.names, head.delimiter, head.line)
    frame = plain_rows(body, *form)
    if frame is None:
        frame = any_rows(body, *form, broken)
    ends = text.endswith(("\n", "\r"))
    cut_off = broken[-1][0] if broken and not ends and _is_last(broken[-1], text) else 0
    if frame.empty and broken:
        _refuse_delimiter(text, broken[0][0], head, path)
    frame = _without_headers(_tidy(frame, head.names), head.names, broken)
    return Raw(frame, broken, digest, head.names, notes, cut_off)


def _header(text: str, path: Path, layout: Layout, needed: frozenset[str]) -> _Head:
    """The first line, or one below a title if all the names that are needed stand in it."""
    found = _heads(text, layout.delimiter)
    sure = [head for head in found if needed and needed <= set(head.names)]
    head = (sure or found)[0]
    twice = sorted({name for name in head.names if head.names.count(name) > 1})
    if twice:
        raise SourceError(f"{path}: line {head.line}: column {twice[0]!r} appears twice")
    stated = layout.delimiter
    other = max(DELIMITERS, key=text[head.at :].split("\n", 1)[0].count)
    if stated and len(head.names) == 1 and other in text[head.at :].split("\n", 1)[0]:
        raise SourceError(
            f"{path}: line {head.line}: has no {_NAMES.get(stated, stated)}, which the settings state as delimiter, "
            f"but {_NAMES[other]}s"
        )
    return head


def _heads(text: str, delimiter: str) -> list[_Head]:
    """The first lines that hold anything, each as if it were the header."""
    at, found = 0, []
    for line, raw in enumerate(io.StringIO(text, newline=""), start=1):
        if raw.strip():
            sign = delimiter or max(DELIMITERS, key=raw.count)
            found.append(_Head(_names(raw, sign), sign, line, at))
        at += len(raw)
        if len(found) > TITLE_LINES:
            break
    return found


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    # A quoted name may hold the delimiter.
    row = next(csv.reader([line.strip().strip("\ufeff")], delimiter=delimiter), [])
    names = (name.strip().strip('"').strip().lower() for name in row)
    return tuple(name or f"(column {number})" for number, name in enumerate(names, start=1))


def _head_notes(text: str, head: _Head, layout: Layout) -> tuple[str, ...]:
    notes = [] if head.delimiter == "," or layout.delimiter else [f"{_NAMES[head.delimiter]}-separated"]
    above = [line.strip() for line in text[: head.at].splitlines() if line.strip()]
    if above:
        notes.append(f"{len(above)} line{'s' if len(above) > 1 else ''} above the header left out: {above[0][:60]!r}")
    return tuple(notes)


def _is_last(row: tuple[int, str, str, str], text: str) -> bool:
    return row[3] == UNCLOSED or row[0] == len(re.findall("\r\n?|\n", text)) + 1


def _refuse_delimiter(text: str, line: int, head: _Head, path: Path) -> None:
    row = next(islice(io.StringIO(text, newline=""), line - 1, None), "")
    for other in DELIMITERS:
        if other != head.delimiter and len(row.split(other)) == len(head.names) > 1:
            raise SourceError(
                f"{path}: line {line}: {_NAMES[other]}-separated, the header {_NAMES.get(head.delimiter, 'not')}"
                f"{'-separated' if head.delimiter in _NAMES else ''}: state the delimiter, or export again"
            )


def _without_headers(frame: pd.DataFrame, names: tuple[str, ...], broken: Broken) -> pd.DataFrame:
    """Takes out rows that are the header once more: a second header row, or two exports in one file."""
    again = frame[names[0]].str.strip('\ufeff"').str.lower() == names[0]
    if not again.any():
        return frame
    for name in names[1:]:
        again &= frame[name].str.strip('"').str.lower() == name
    broken += [(int(line), "", names[0], "is the header row once more") for line in frame[LINE][again]]
    return frame[~again].reset_index(drop=True)


def _read_parquet(path: Path, digest: str) -> Raw:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only those who use Parquet need it

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path}: no readable Parquet file: {str(error).splitlines()[0]}") from error
    texts = {str(name).strip().lower(): as_text(frame[name]) for name in frame.columns}
    if len(texts) < len(frame.columns):
        raise SourceError(f"{path}: two columns have the same name")
    rows = pd.DataFrame({LINE: np.arange(1, len(frame) + 1, dtype=np.int64)} | texts)
    return Raw(_tidy(rows, tuple(texts)), [], digest, tuple(texts))


def as_text(values: pd.Series) -> pd.Series[str]:
    """Typed values as a CSV would write them; a float that is a whole number without its point."""
    present = values.notna()
    if pd.api.types.is_float_dtype(values):
        # Beyond, a float cannot tell one whole number from the next.
        whole = present & (values == values.round()) & (values.abs() < EXACT)
        text = values.astype("str").mask(whole, values.where(whole, 0).astype("Int64").astype("str"))
    elif pd.api.types.is_bool_dtype(values.dropna()):
        text = values.astype("str").str.lower()
    elif pd.api.types.is_datetime64_any_dtype(values):
        # Not as text of pandas, which leaves out the time of day where all are midnight.
        text = values.map(pd.Timestamp.isoformat, na_action="ignore").astype("str")
    else:
        text = values.astype("str")
    return text.where(present).reset_index(drop=True)


def _tidy(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    for name in names:
        text = frame[name].str.strip()
        frame[name] = text.where(text != "")
    return frame
