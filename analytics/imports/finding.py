"""Which files are there, of which kind, and whether somebody still writes them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..sources import SOURCES, headers_of, needed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .rules import ImportRules

# Names that programs give to files that are not whole yet.
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
# Without an end of line a file that was just changed is probably not whole.
FRESH_S = 60.0
_WRITTEN = "is still being written; left for the next run"


def sort_inbox(rules: ImportRules) -> tuple[dict[str, list[Path]], list[str]]:
    """The files of the inbox by kind, and what is to be said of those that are left alone.

    A file is of the kind with which its name begins (``receipts_2026-03-02.csv``); otherwise of the one kind whose
    columns it has.
    """
    if rules.inbox is None:
        return {}, []
    if not rules.inbox.is_dir():
        return {}, [f"{rules.inbox}: no such folder"]
    found: dict[str, list[Path]] = {}
    told: list[str] = []
    for path in sorted(rules.inbox.iterdir()):
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.suffix.lower() in UNFINISHED:
            told.append(f"{path}: {_WRITTEN}")
            continue
        kinds = _by_name(path.name) or _by_header(path, rules)
        if len(kinds) == 1:
            found.setdefault(kinds[0], []).append(path)
        elif kinds:
            told.append(f"{path}: may be {' or '.join(kinds)}: begin its name with the kind")
        else:
            told.append(f"{path}: neither name nor header is that of a kind of file: {', '.join(SOURCES)}")
    return found, told


def _by_name(name: str) -> list[str]:
    return [kind for kind in SOURCES if name.lower().startswith(kind)]


def _by_header(path: Path, rules: ImportRules) -> list[str]:
    # What the settings say of a form is more telling than the documented columns.
    own = [x for x in rules.layouts if x.columns and path.match(x.files) and x.kind in SOURCES]
    stated = {x.kind for x in own if _has(headers_of(path, x.encoding), needed(SOURCES[x.kind], x))}
    if stated:
        return sorted(stated)
    headers = headers_of(path)
    fits = {kind: len(needed(source)) for kind, source in SOURCES.items() if _has(headers, needed(source))}
    # Lines have all columns that some shorter kind needs, and more.
    return [kind for kind, columns in fits.items() if columns == max(fits.values())]


def _has(headers: tuple[frozenset[str], ...], names: frozenset[str]) -> bool:
    return any(names <= header for header in headers)


def unsettled(paths: Iterable[Path], settle_s: float) -> dict[Path, str]:
    """Files that somebody still writes, each with what to say of it.

    Files that were not changed lately are not waited for; the others are looked at once more after ``settle_s``.
    """
    told = {path: f"{path}: {_WRITTEN}" for path in paths if path.suffix.lower() in UNFINISHED}
    if settle_s <= 0:
        return told
    seen = {path: _state(path) for path in paths if path not in told}
    now = time.time_ns()
    fresh = [path for path, state in seen.items() if state is not None and now - state[1] < settle_s * 1e9]
    if fresh:
        time.sleep(settle_s)
    told |= {path: f"{path}: {_WRITTEN}" for path in fresh if _state(path) != seen[path]}
    for path, state in seen.items():
        lately = state is not None and now - state[1] < FRESH_S * 1e9
        if lately and path not in told and not _ends(path):
            told[path] = f"{path}: ends in the middle of a line and was changed just now; left for the next run"
    return told


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _ends(path: Path) -> bool:
    if path.suffix.lower() == ".parquet":
        return True
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            size = file.tell()
            file.seek(max(0, size - 2))
            # UTF-16 has a zero byte before or after it.
            return size == 0 or file.read().rstrip(b"\0").endswith((b"\r", b"\n"))
    except OSError:
        return True
