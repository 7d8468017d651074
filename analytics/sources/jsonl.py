"""Rows as JSON lines, one object each: what is pushed or asked from a database waits in such files for its import.

Numbers keep the digits that they were written with: no float on the way.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from .errors import SourceError
from .layout import LINE
from .raw import Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str | None]


class RowError(ValueError):
    """A row that cannot be written as columns of text.

    Attributes:
        column: Which column; empty: the row as a whole.
        rule: What must hold.
    """

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(f"{column}: {rule}" if column else rule)
        self.column = column
        self.rule = rule


class _Pairs(list[Any]):
    """A JSON object as it was written: a dictionary would hide a name that is given twice."""


def _refuse_constant(name: str) -> str:
    raise RowError("", f"{name} is no value of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_refuse_constant, strict=True
)


def parse(text: str) -> object:
    """JSON text whose numbers stay text and whose objects can be given to ``row_of``.

    Raises:
        RowError: It is no JSON, or too deeply nested.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RowError("", f"no JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise RowError("", "no rows: nested too deeply") from None


def row_of(value: object) -> Row:
    """One object as names (lower case, stripped) and text.

    Raises:
        RowError: It is no object, says a name twice, or holds a value that is no text, number, true, false or null.
    """
    if not isinstance(value, _Pairs):
        raise RowError("", "must be an object of names and values")
    row: Row = {}
    for given, content in value:
        name = given.strip().lower()
        if name in row:
            raise RowError(name, "is given twice")
        if content is not None and not isinstance(content, (str, bool)):
            raise RowError(name, "must be text, a number, true, false or null")
        row[name] = _plain(name, content)
    return row


def rows_of(body: bytes) -> list[Row]:
    """A body of JSON, one object or an array of them, as rows.

    Raises:
        RowError: It is nothing like that, or one of its rows is none; names the row.
    """
    try:
        found = parse(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RowError("", f"byte {error.start + 1} is not UTF-8") from None
    objects = [found] if isinstance(found, _Pairs) or not isinstance(found, list) else found
    if not objects:
        raise RowError("", "an empty array holds no row")
    rows = []
    for number, one in enumerate(objects, start=1):
        try:
            rows.append(row_of(one))
        except RowError as error:
            raise RowError("", f"row {number}: {error}") from None
    return rows


def _plain(name: str, value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return None
    try:
        (name + value).encode()
    except UnicodeEncodeError:
        raise RowError("", "holds half of a character that needs two (a lone surrogate)") from None
    if "\0" in value:
        raise RowError(name, "holds a zero byte")
    return value


def line_of(row: Row) -> bytes:
    """One row as its line, in UTF-8, with its end."""
    try:
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # half a character: written as JSON can, and set aside by who reads it
        return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def read_jsonl(data: bytes, name: str, digest: str) -> Raw:
    """JSON lines as columns of text; a line that is no row is set aside with its number.

    Args:
        data: The file.
        name: What to call it in messages.
        digest: The hash of its bytes.

    Raises:
        SourceError: It is empty, or no line of it is a row.
    """
    broken: list[tuple[int, str, str, str]] = []
    lines: list[int] = []
    rows: list[Row] = []
    for number, line in enumerate(_lines(data), start=1):
        if not line.strip():
            continue
        try:
            row = row_of(parse(line.decode("utf-8-sig" if number == 1 else "utf-8")))
        except UnicodeDecodeError:
            broken.append((number, "", "", "is not UTF-8"))
        except RowError as error:
            start = line[:80].decode("utf-8", "replace").strip()
            broken.append((number, error.column, start, error.rule))
        else:
            lines.append(number)
            rows.append(row)
    if not rows:
        told = f": line {broken[0][0]}: {broken[0][3]}" if broken else ""
        raise SourceError(f"{name}: holds no row of JSON{told}")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    frame = pd.DataFrame({LINE: pd.array(lines, dtype="int64")})
    for column in columns:
        text = pd.Series([row.get(column) for row in rows], dtype="str").str.strip()
        frame[column] = text.where(text != "")
    return Raw(frame, broken, digest, tuple(columns))


def _lines(data: bytes) -> Iterator[bytes]:
    """Lines by their line feeds alone: JSON may hold the other signs at which Python ends a line."""
    return iter(data.split(b"\n"))
