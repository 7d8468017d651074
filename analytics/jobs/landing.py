"""Rows from databases and from tills that push: landed as files on the disk first, then imported like any file.

So everything that holds for files holds for them: what breaks a rule is set aside, named and tried again, the same
contents a second time change nothing, and whatever ends in the middle is made up for by the next run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..results import keep_watermark, watermark
from ..sources import SOURCES, SourceError, ask, content_hash, decode_mark, encode_mark, gather, needed
from ..sources.durable import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ..imports import FileOutcome
    from ..results import Results
    from ..sources import Query

log = logging.getLogger(__name__)

DONE = "done"


@dataclass(frozen=True, slots=True)
class Landing:
    """Where rows land, and what is asked from databases.

    Attributes:
        folder: Of the files that wait for their import.
        queries: What to ask.
        broken: Queries that cannot be asked because of the settings, one line each.
    """

    folder: Path
    queries: tuple[Query, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Landed:
    """What waits for its import.

    Attributes:
        files: By kind, in the order in which they came: later files win.
        errors: What could not be asked or put together, one line each.
    """

    files: Mapping[str, list[Path]]
    errors: tuple[str, ...] = ()


def land(results: Results, landing: Landing, kinds: Iterable[str] = SOURCES, now: datetime | None = None) -> Landed:
    """Asks every database for what is new, puts pushed batches together, and lists all that waits.

    Args:
        results: Where the watermarks are.
        landing: Where and what.
        kinds: Only these.
        now: Aware; None: the wall clock.

    Raises:
        ResultsError: The watermarks cannot be read or written.
    """
    asked = datetime.now(tz=UTC) if now is None else now
    wanted = frozenset(kinds)
    errors = list(landing.broken)
    try:
        gather(landing.folder, {kind: _told_again(kind) for kind in SOURCES}, asked)
    except SourceError as error:
        errors.append(str(error))
    for query in landing.queries:
        if query.kind in wanted:
            errors += _ask(results, query, landing.folder, asked)
    return Landed({kind: list(_landed(landing.folder, kind)) for kind in SOURCES if kind in wanted}, tuple(errors))


def put_away(outcomes: Iterable[FileOutcome], landing: Landing) -> None:
    """Moves landed files whose rows are all in the database out of the way; those with rejects are tried again.

    Raises:
        SourceError: The folder refuses.
    """
    done = landing.folder / DONE
    clean = [
        o.path
        for o in outcomes
        if o.imported is not None and o.imported.rows_rejected == 0 and o.path.parent == landing.folder
    ]
    if not clean:
        return
    try:
        done.mkdir(exist_ok=True)
        for path in clean:
            path.replace(done / path.name)
        sync_folder(done)
        sync_folder(landing.folder)
    except OSError as error:
        raise SourceError(f"{error.filename or done}: imported files cannot be put away: {error.strerror}") from error


def _ask(results: Results, query: Query, folder: Path, now: datetime) -> list[str]:
    """Lands what a query answers; the watermark moves once the rows are on the disk."""
    kept = watermark(results, query.name)
    try:
        since = None if kept is None else decode_mark(kept)
        for file in ask(query, since, folder, now, needed=needed(SOURCES[query.kind])):
            log.info("query %s: %d rows", query.name, file.rows)
            # While rejects wait and nothing new is sold, every night reads the last hour again: once is enough.
            others = (path for path in folder.glob(f"{query.kind}-*-{query.name}-*.jsonl") if path != file.path)
            digest = content_hash(file.path)
            if any(content_hash(other) == digest for other in others):
                file.path.unlink()
            if file.mark is not None:
                keep_watermark(results, query.name, encode_mark(file.mark))
    except SourceError as error:
        return [str(error)]
    return []


def _landed(folder: Path, kind: str) -> Iterator[Path]:
    # A kind holds no hyphen, so that receipts-... and receipt_lines-... cannot be taken for each other.
    yield from sorted(folder.glob(f"{kind}-*.jsonl"))


def _told_again(kind: str) -> tuple[str, ...]:
    """What a later batch may tell anew: a receipt with all its lines, everything else row by row."""
    key = SOURCES[kind].contract.key
    return ("receipt_id",) if "receipt_id" in key else key
