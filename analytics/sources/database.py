"""Sales from a database: what a query answers is written into files of JSON lines, which are imported like any other.

Rows are streamed, so that memory does not grow with the answer; a file ends only where the watermark changes, so that
rows of the same moment, and so the lines of one receipt, stay together.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, cast
from uuid import UUID

from sqlalchemy import text

from .connecting import FETCH_ROWS, Query, connected, naming
from .durable import durable
from .errors import SourceError
from .jsonl import Row, line_of
from .marks import Mark, earlier, is_ahead, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


log = logging.getLogger(__name__)

# A file ends at the first change of the watermark after so many rows.
FILE_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A piece of an answer that is safe on the disk.

    Attributes:
        path: The file.
        rows: Rows in it.
        mark: Up to where the database has been read when this file is imported; None: without a watermark.
    """

    path: Path
    rows: int
    mark: Mark | None


def ask(
    query: Query,
    since: Mark | None,
    folder: Path,
    now: datetime,
    *,
    needed: frozenset[str] = frozenset(),
    file_rows: int = FILE_ROWS,
) -> Iterator[LandedFile]:
    """Asks the database for what came since, and writes it into files.

    Args:
        query: What to ask.
        since: The watermark of last time; None: the first time.
        folder: Where the files go; their names sort by time.
        now: Aware; for the names, and to know a watermark that lies in the future.
        needed: Columns that the answer must have: files without them could never be imported.
        file_rows: So many rows at least, where there are so many.

    Yields:
        Every file, once it is on the disk. Its mark may be kept from then on.

    Raises:
        SourceError: The database cannot be reached or refuses, or went away in the middle, or its answer breaks a
            rule; names the query. The files yielded before are whole and stay.
    """
    with naming(query), connected(query) as connection:
        reading = _Reading(query, since, now)
        result = connection.execute(text(query.sql), reading.parameters)
        reading.names = _names(result.keys(), query.watermark, needed)
        rows = (row for part in result.yield_per(FETCH_ROWS).partitions() for row in part)
        following: Sequence[object] | None = next(rows, None)
        number = 0
        while following is not None:
            path = folder / f"{query.kind}-{now:%Y%m%dT%H%M%S%f}-{query.name}-{number:04d}.jsonl"
            with durable(path) as file:
                count, following = reading.fill(file, following, rows, file_rows)
            if query.watermark is None and reading.mark == since:
                path.unlink()  # the same answer as last time
                return
            yield LandedFile(path, count, reading.mark)
            number += 1


class _Reading:
    """One answer on its way into files.

    Args:
        query: What was asked.
        since: The watermark of last time; without a watermark the hash of last time's answer.
        now: Aware.
    """

    def __init__(self, query: Query, since: Mark | None, now: datetime) -> None:
        self.names: tuple[str, ...] = ()
        self.mark = since
        self._query = query
        self._now = now
        self._row = 0
        self._seen: Mark | None = None
        self._warned = False
        self.parameters: dict[str, Mark] = {}
        if query.watermark is not None and query.begin is not None:
            if since is not None and kind_of(since) != kind_of(query.begin):
                raise SourceError(
                    f"it was read up to {since}, which is {kind_of(since)}, but begin is {kind_of(query.begin)}; a "
                    "query that has changed needs a new name"
                )
            self.parameters["watermark"] = query.begin if since is None else earlier(since, query.overlap)

    def fill(
        self, file: BinaryIO, row: Sequence[object], rows: Iterator[Sequence[object]], at_least: int
    ) -> tuple[int, Sequence[object] | None]:
        """Writes rows until the watermark changes after ``at_least`` of them; how many, and the row that comes next."""
        count = 0
        digest = hashlib.blake2b(digest_size=16)
        following: Sequence[object] | None = row
        while following is not None:
            self._row += 1
            told = self._told(following)
            line = line_of(told)
            digest.update(line)
            if self._query.watermark is None and count == 0:
                # An answer like one before the last is news, and must not look like a file that is known.
                line = line_of(told | {"asked_at": self._now.isoformat()})
            file.write(line)
            count += 1
            self._move(following)
            following = next(rows, None)
            if following is not None and count >= at_least and self._is_border(following):
                break
        if self._query.watermark is None:
            self.mark = digest.hexdigest()
        return count, following

    def _told(self, row: Sequence[object]) -> Row:
        return {name: self._as_text(name, value) for name, value in zip(self.names, row, strict=True)}

    def _as_text(self, name: str, value: object) -> str | None:
        match value:
            case None | str():
                return value
            case bool():
                return "true" if value else "false"
            case float():
                return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
            case Decimal():
                return format(value, "f")
            case int() | UUID():
                return str(value)
            case datetime() | date() | time():
                return value.isoformat()
        raise SourceError(
            f"row {self._row} of the answer: {name}: is of type {type(value).__name__}; let the query turn it into "
            "text, a number or a time"
        )

    def _value(self, row: Sequence[object]) -> object:
        return row[self.names.index((self._query.watermark or "").lower())]

    def _is_border(self, row: Sequence[object]) -> bool:
        return self._query.watermark is not None and self._value(row) != self._seen

    def _move(self, row: Sequence[object]) -> None:
        """Takes the row's watermark over, which must not go back."""
        column = self._query.watermark
        if column is None:
            return
        value = cast("Mark", self._value(row))
        place = f"row {self._row} of the answer: {column}"
        if value is None:
            raise SourceError(f"{place}: is empty: the query must leave such rows out")
        if value == self._seen:
            return
        last = self.parameters["watermark"] if self._seen is None else self._seen
        if kind_of(value) != kind_of(last):
            raise SourceError(f"{place}: {value!r} is {kind_of(value)}, but begin is {kind_of(last)}")
        if self._seen is not None and value < last:  # type: ignore[operator]  # of one kind
            raise SourceError(f"{place}: {value} comes after {last}: the query must end with ORDER BY {column}")
        self._seen = value
        if is_ahead(value, self._now):
            if not self._warned:
                log.warning(
                    "query %s: %s %s lies in the future, and is read every time", self._query.name, column, value
                )
                self._warned = True
        elif self.mark is None or value > self.mark:  # type: ignore[operator]
            self.mark = value


def _names(keys: Iterable[str], watermark: str | None, needed: frozenset[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in keys)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(f"the answer has two columns {twice[0]!r}: name the columns instead of *")
    if watermark is not None and watermark.lower() not in names:
        raise SourceError(
            f"the answer has no column {watermark!r}, which is to be the watermark; it has {', '.join(names)}"
        )
    missing = sorted(needed - set(names))
    if missing:
        raise SourceError(f"the answer lacks the column {', '.join(missing)}; it has {', '.join(names)}")
    return names
