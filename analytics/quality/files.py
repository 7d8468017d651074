"""What the import of each file said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .rows import from_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

COUNTS = ("read", "kept", "rejected", "duplicate", "new", "changed")


@dataclass(frozen=True, slots=True)
class FileCounts:
    """The counts of one file.

    Attributes:
        source: Kind of file.
        file: Its name.
        counts: Rows by what became of them, see ``COUNTS``: in the file, kept, rejected, dropped because they tell
            again what an earlier one says; of those kept, not stored before, and stored with other contents before.
        notes: What was detected about it.
    """

    source: str
    file: str
    counts: Mapping[str, int]
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of one file that broke one rule.

    Attributes:
        source: Kind of file.
        file: Its name.
        rule: The column and the rule.
        rows: How many.
    """

    source: str
    file: str
    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read at all: nothing of it is stored.

    Attributes:
        source: Kind of file.
        file: Its name.
        why: The rule that it breaks.
    """

    source: str
    file: str
    why: str


def file_checks(
    files: Sequence[FileCounts], refused: Sequence[Refused] = (), unread: Sequence[Unread] = ()
) -> pd.DataFrame:
    """Rows read, kept, rejected by rule, duplicates, new, changed, and files not read, as ``frames.QUALITY``.

    Every row of a file is kept, rejected or a duplicate; a file in which they do not add up is one to look at.
    """
    return from_rows([*(row for one in files for row in _rows(one)), *map(_refused, refused), *map(_unread, unread)])


def _rows(one: FileCounts) -> Iterator[dict[str, Any]]:
    for name in COUNTS:
        if name != "rejected":
            lost = name == "read" and one.counts["read"] != sum(
                one.counts[n] for n in ("kept", "rejected", "duplicate")
            )
            detail = "kept, rejected and duplicate rows do not add up to it" if lost else None
            yield _row(one.source, one.file, name, detail, one.counts[name], bad=lost)
    if one.counts["rejected"]:
        yield _row(one.source, one.file, "rejected", None, one.counts["rejected"], bad=True)
    if one.notes:
        yield _row(one.source, one.file, "note", one.notes, None, bad=False)


def _unread(one: Unread) -> dict[str, Any]:
    return _row(one.source, one.file, "unread", one.why, None, bad=True)


def _refused(one: Refused) -> dict[str, Any]:
    return _row(one.source, one.file, "rejected", one.rule, one.rows, bad=True)


def _row(  # one line for each column of the report
    source: str, file: str, check: str, detail: str | None, rows: int | None, *, bad: bool
) -> dict[str, Any]:
    verdict = "look" if bad else "ok"
    return {"source": source, "file": file, "check": check, "detail": detail, "rows": rows, "verdict": verdict}
