"""Sales files into the database: read, sifted, rejects set aside, the rest upserted, each file logged."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .results import Imported, Rejected, log_import, past_import
from .sources import SOURCES, Shop, SourceError, content_hash, match_totals, read, sift

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from .results import Results

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file.

    Attributes:
        kind: Of sales source.
        path: The file.
        imported: The counts; None when the file could not be read at all.
        known: The file was imported before, and nothing about it can have changed: it was not read again.
        rejects: Where its rejected rows are; None when there are none.
        error: Why it could not be read.
    """

    kind: str
    path: Path
    imported: Imported | None
    known: bool = False
    rejects: Path | None = None
    error: str | None = None


def import_all(
    results: Results, files: Mapping[str, Sequence[Path]], shop: Shop, rejects_folder: Path
) -> Iterator[FileOutcome]:
    """Imports files one by one; one that cannot be read does not stop the others.

    Args:
        results: Where the rows go.
        files: Paths by kind; the kinds are taken in the order of ``sources.SOURCES``.
        shop: How times and amounts are meant.
        rejects_folder: Where rejected rows go; made where needed.

    Yields:
        What became of each file.

    Raises:
        ResultsError: The database refused.
    """
    for kind in SOURCES:
        for path in files.get(kind, ()):
            try:
                yield import_file(results, kind, path, shop, rejects_folder)
            except SourceError as error:
                yield FileOutcome(kind, path, None, error=str(error))


def import_file(results: Results, kind: str, path: Path, shop: Shop, rejects_folder: Path) -> FileOutcome:
    """Imports one file.

    The same contents a second time change nothing. A file without rejects is not even read again; one with rejects is,
    because what was wrong may lie elsewhere (a receipt that came later), but then it only adds rows and never
    overwrites what a later file has corrected.

    Raises:
        SourceError: The file as a whole cannot be read, or a column is missing.
        ResultsError: The database refused.
    """
    source = SOURCES[kind]
    digest = content_hash(path)
    past = past_import(results, kind, digest)
    if past is not None and past.rows_rejected == 0:
        return FileOutcome(kind, path, past, known=True)
    sifted = sift(read(path), source, shop, str(path))
    lines = kind == "receipt_lines"
    if lines:
        sifted = match_totals(sifted, results.receipt_totals())
    rejects = _write_rejects(sifted.rejects, rejects_folder / _rejects_name(kind, path))
    upserted = results.upsert(source.contract, sifted.frame, only_new=past is not None)
    changed = upserted.changed
    if lines and past is None:
        changed += results.drop_stale_lines(sifted.frame)
    imported = Imported(
        kind=kind,
        file=str(path),
        content_hash=digest,
        rows_read=sifted.rows_read,
        rows_kept=len(sifted.frame),
        rows_rejected=sifted.rows_rejected,
        rows_duplicate=sifted.duplicates,
        rows_new=upserted.new,
        rows_changed=changed,
    )
    counts = sifted.rejects.groupby(["column", "rule"]).size().reset_index(name="rows")
    rules = [Rejected(str(path), str(c), str(r), int(n)) for c, r, n in counts.itertuples(index=False)]
    log_import(results, imported, rules)
    log.info("%s: %d rows, %d kept, %d rejected", path, sifted.rows_read, len(sifted.frame), sifted.rows_rejected)
    return FileOutcome(kind, path, imported, rejects=rejects)


def _rejects_name(kind: str, path: Path) -> str:
    """One name for every path, so that a repaired file clears its own rejects and no other's."""
    place = hashlib.blake2b(str(path.resolve()).encode(), digest_size=3).hexdigest()
    return f"{kind}-{path.stem}-{place}.csv"


def _write_rejects(rejects: pd.DataFrame, target: Path) -> Path | None:
    """Writes the rejects beside each other, whole or not at all; none: removes what an earlier import left."""
    try:
        if rejects.empty:
            target.unlink(missing_ok=True)
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        rejects.to_csv(part, index=False)
        part.replace(target)
    except OSError as error:
        raise SourceError(f"{target}: rejected rows cannot be set aside: {error.strerror}") from error
    return target
