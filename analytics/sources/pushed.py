"""What tills have pushed: one small file for each batch, put together into few files before they are imported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .durable import durable, sync_folder
from .errors import SourceError
from .jsonl import RowError, parse, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FOLDER = "pushed"
SEEN = "seen.txt"
# A till that gets no answer sends again within minutes; a batch is known for longer than any till would try.
SEEN_FOR = timedelta(days=31)
_NAME = re.compile(r"(?P<kind>[a-z_]+)-(?P<ms>\d{13})-(?P<digest>[0-9a-f]{32})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class Batch:
    """A batch as it was pushed; batches sort by the time at which they came.

    Attributes:
        at_ms: When it came, UTC milliseconds.
        digest: The hash of its rows.
        kind: Of sales source.
    """

    at_ms: int
    digest: str
    kind: str

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.kind}-{self.at_ms:013d}-{self.digest}.jsonl"


def waiting(folder: Path) -> list[Batch]:
    """The batches of a landing folder that were not put together yet, in the order in which they came."""
    found = [_NAME.fullmatch(path.name) for path in (folder / FOLDER).glob("*.jsonl")]
    return sorted(Batch(int(m["ms"]), m["digest"], m["kind"]) for m in found if m is not None)


def remembered(folder: Path, now: datetime) -> list[Batch]:
    """The batches of the last weeks that were put together before, in the order in which they came."""
    try:
        lines = (folder / SEEN).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    limit = int((now - SEEN_FOR).timestamp() * 1000)
    # The line on which a power cut fell is not whole.
    parts = (line.split() for line in lines)
    found = [Batch(int(p[0]), p[1], p[2]) for p in parts if len(p) == 3 and p[0].isdecimal()]
    return sorted(batch for batch in found if batch.at_ms >= limit)


def gather(folder: Path, keys: Mapping[str, Sequence[str]], now: datetime) -> list[Path]:
    """Puts the batches that wait into as few files as keep their order: one for each kind, as a rule.

    What a later batch says of a receipt or another thing already told must come in a later file, which wins.

    A process that ends in the middle has at worst written batches that wait still; they are written again next time,
    and rows that are imported twice change nothing.

    Args:
        folder: The landing folder.
        keys: By kind: the columns that together name what may be told anew.
        now: Aware; for the names of the files.

    Returns:
        The files written.

    Raises:
        SourceError: The disk is full or refuses.
    """
    batches = waiting(folder)
    if not batches:
        return []
    written: list[Path] = []
    try:
        for kind in dict.fromkeys(batch.kind for batch in batches):
            mine = [(folder / FOLDER / batch.name).read_bytes() for batch in batches if batch.kind == kind]
            for number, text in enumerate(_merged(mine, keys.get(kind, ()))):
                path = folder / f"{kind}-{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-pushed-{number:04d}.jsonl"
                with durable(path) as file:
                    file.write(text)
                written.append(path)
        _remember(folder, [*remembered(folder, now), *batches])
        for batch in batches:
            (folder / FOLDER / batch.name).unlink(missing_ok=True)
        sync_folder(folder / FOLDER)
    except OSError as error:
        place = error.filename or folder
        raise SourceError(f"{place}: pushed batches cannot be put together: {error.strerror}") from error
    return written


def _remember(folder: Path, batches: Iterable[Batch]) -> None:
    with durable(folder / SEEN) as file:
        file.writelines(f"{b.at_ms} {b.digest} {b.kind}\n".encode() for b in dict.fromkeys(batches))


def _merged(batches: Iterable[bytes], key: Sequence[str]) -> list[bytes]:
    """The contents of as few files as hold nothing twice with other contents."""
    files: list[list[bytes]] = []
    known: dict[tuple[str | None, ...], tuple[bytes, ...]] = {}
    for batch in batches:
        told = _things(batch, key)
        if not files or any(known.get(thing, lines) != lines for thing, lines in told.items()):
            files.append([])
            known = {}
        files[-1].append(batch)
        known |= told
    return [b"".join(parts) for parts in files]


def _things(batch: bytes, key: Sequence[str]) -> dict[tuple[str | None, ...], tuple[bytes, ...]]:
    """What a batch tells of each thing: its lines, in an order of their own."""
    told: dict[tuple[str | None, ...], list[bytes]] = {}
    for line in batch.splitlines(keepends=True):
        try:
            row = row_of(parse(line.decode()))
        except (RowError, UnicodeDecodeError):
            continue  # set aside by the import
        told.setdefault(tuple(row.get(name) for name in key), []).append(line)
    return {thing: tuple(sorted(lines)) for thing, lines in told.items()}
