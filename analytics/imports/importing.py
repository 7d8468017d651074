"""One file after the other: read, sifted, held against what is stored, stored, logged."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..frames import local_hour
from ..results import (
    File,
    Imported,
    Rejected,
    ResultsError,
    broken_rules,
    log_import,
    note_refused,
    past_import,
    refused_files,
    store_rows,
    stored_receipts,
)
from ..sources import (
    SOURCES,
    Shop,
    SourceError,
    content_hash,
    in_own_currency,
    layout_of,
    match_receipts,
    match_totals,
    may_heal,
    needed,
    read,
    sift,
    size_of,
)
from .finding import unsettled
from .rejects import set_aside
from .rules import ImportRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..results import Results
    from ..sources import Layout, Sifted

log = logging.getLogger(__name__)

# A file is written after what it tells; copying and clocks of the machine may move it a little.
AHEAD = pd.Timedelta(hours=1)
ANOTHER = "a receipt of this id is stored, of another till or of another day and total: ids must be unique in the store"
NO_CORRECTION = "stored already with other contents, and corrections are switched off"


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
        waits: It was left alone because somebody still writes it; ``error`` says so.
    """

    kind: str
    path: Path
    imported: Imported | None
    known: bool = False
    rejects: Path | None = None
    error: str | None = None
    waits: bool = False


def import_all(
    results: Results,
    files: Mapping[str, Sequence[Path]],
    shop: Shop,
    rejects_folder: Path,
    rules: ImportRules | None = None,
) -> Iterator[FileOutcome]:
    """Imports files one by one; one that cannot be read does not stop the others.

    Args:
        results: Where the rows go.
        files: Paths by kind; the kinds are taken in the order of ``sources.SOURCES``.
        shop: How times and amounts are meant.
        rejects_folder: Where rejected rows go; made where needed.
        rules: How files are imported; None: as documented.

    Yields:
        What became of each file.

    Raises:
        ResultsError: The database refused.
    """
    rules = ImportRules() if rules is None else rules
    waiting = unsettled([path for kind in SOURCES for path in files.get(kind, ())], rules.settle_s)
    before = refused_files(results)
    for kind in SOURCES:
        for path in files.get(kind, ()):
            if path in waiting:
                yield FileOutcome(kind, path, None, error=waiting[path], waits=True)
                continue
            outcome = _tried(results, kind, path, shop, rejects_folder, rules=rules)
            if outcome.error is not None or str(path) in before:
                note_refused(results, kind, str(path), outcome.error)
            yield outcome
    for file, (kind, _) in before.items():
        if not Path(file).exists():
            note_refused(results, kind, file, None)


def _tried(
    results: Results, kind: str, path: Path, shop: Shop, rejects_folder: Path, *, rules: ImportRules
) -> FileOutcome:
    try:
        return import_file(results, kind, path, shop, rejects_folder, rules=rules)
    except SourceError as error:
        return FileOutcome(kind, path, None, error=str(error))
    except ResultsError:
        raise
    except Exception as error:
        # A mistake of ours that one file brings to light must not keep the others out every night.
        log.exception("%s: could not be imported", path)
        return FileOutcome(kind, path, None, error=f"{path}: {type(error).__name__}: {error}")


def import_file(
    results: Results, kind: str, path: Path, shop: Shop, rejects_folder: Path, *, rules: ImportRules | None = None
) -> FileOutcome:
    """Imports one file.

    The same contents a second time change nothing. A file is not even read again, unless rows of it were refused for
    something that lies elsewhere (a receipt that came later): then it only adds rows and never overwrites what a later
    file has corrected.

    Raises:
        SourceError: The file as a whole cannot be read, is cut off, or a column is missing; nothing of it is stored.
        ResultsError: The database refused.
    """
    rules = ImportRules() if rules is None else rules
    layout = layout_of(rules.layouts, kind, path.name)
    digest = _with_layout(content_hash(path), layout, shop)
    past = past_import(results, kind, digest)
    if past is not None and not any(map(_may_heal, broken_rules(results, kind, digest))):
        return FileOutcome(kind, path, past, known=True)
    _refuse_large(path, rules.most_mb)
    shop = replace(shop, latest=_written(path) + AHEAD)
    sifted, shop = _sifted(results, kind, path, shop, layout)
    sifted = _held(results, kind, sifted, rules, again=past is not None)
    rejects = set_aside(sifted.rejects, rejects_folder, kind, path)
    imported = _store(results, sifted, shop, File(kind, digest, shop.time), name=str(path), again=past is not None)
    counts = sifted.rejects.groupby(["column", "rule"]).size().reset_index(name="rows")
    told = [Rejected(str(path), str(c), str(r), int(n)) for c, r, n in counts.itertuples(index=False)]
    log_import(results, imported, told)
    log.info("%s: %d rows, %d kept, %d rejected", path, sifted.rows_read, len(sifted.frame), sifted.rows_rejected)
    for note in sifted.notes:
        log.info("%s: %s", path, note)
    return FileOutcome(kind, path, imported, rejects=rejects)


def _may_heal(rule: str) -> bool:
    return may_heal(rule) or rule in (ANOTHER, NO_CORRECTION)


def _written(path: Path) -> pd.Timestamp:
    try:
        return pd.Timestamp(path.stat().st_mtime, unit="s", tz="UTC")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


def _with_layout(digest: str, layout: Layout, shop: Shop) -> str:
    """The hash of the bytes; another where the settings say that the same bytes mean something else."""
    said = layout.fingerprint + (repr(sorted(shop.rates.items())) if shop.rates else "")
    if not said:
        return digest
    return hashlib.blake2b(f"{digest} {said}".encode(), digest_size=16).hexdigest()


def _refuse_large(path: Path, most_mb: float) -> None:
    """A file is held in memory as a whole; one that is too large would end the process, or another on the machine."""
    size_mb = size_of(path) / 1e6
    if size_mb > most_mb:
        raise SourceError(
            f"{path}: {size_mb:,.0f} MB, more than most_mb = {most_mb:g}: export it in parts, such as months"
        )


def _sifted(results: Results, kind: str, path: Path, shop: Shop, layout: Layout) -> tuple[Sifted, Shop]:
    """The rows that keep the rules of their file, and the shop with the receipts that they are parts of."""
    source, name = SOURCES[kind], str(path)
    raw = read(path, layout, needed(source, layout))
    if raw.cut_off:
        raise SourceError(f"{path}: line {raw.cut_off}: the file ends in the middle of a row; left for the next run")
    if not source.part:
        return sift(raw, source, shop, name, layout), shop
    column = layout.columns.get("receipt_id", ("receipt_id",))
    if len(column) > 1 or column[0].strip().lower() not in raw.rows:
        # Joined from several columns: only sifting knows the names.
        names = sift(raw, source, shop, name, layout).frame["receipt_id"]
    else:
        names = raw.rows[column[0].strip().lower()]
    receipts = stored_receipts(results, names)
    shop = replace(shop, receipts=receipts.set_index("receipt_id"))
    sifted = sift(raw, source, shop, name, layout)
    del raw, names  # the text of a year is as large as what was made of it
    if kind == "receipt_lines":
        sifted = match_totals(sifted, receipts)
        return replace(sifted, frame=in_own_currency(sifted.frame, "line_total_minor", shop)), shop
    sifted = match_receipts(sifted, receipts)
    return replace(sifted, frame=in_own_currency(sifted.frame, "amount_minor", shop)), shop


def _held(results: Results, kind: str, sifted: Sifted, rules: ImportRules, *, again: bool) -> Sifted:
    """Receipts that are stored already with other contents: corrected, unless it is another receipt altogether."""
    if kind != "receipts" or sifted.frame.empty:
        return sifted
    stored = stored_receipts(results, sifted.frame["receipt_id"])
    if stored.empty:
        return sifted
    both = sifted.frame.merge(stored, on="receipt_id", how="left", suffixes=("", "_old"))
    there = both["till_id_old"].notna()
    moved = (both["sold_at"] - both["sold_at_old"]).abs() >= pd.Timedelta(days=1)
    another = there & (
        (both["till_id"] != both["till_id_old"]) | (moved & (both["total_minor"] != both["total_minor_old"]))
    )
    told = {ANOTHER: another}
    if not rules.corrections and not again:
        names = [n for n in stored.columns if n != "receipt_id"]
        same = pd.Series(data=True, index=both.index)
        for name in names:
            now, old = both[name], both[f"{name}_old"]
            same &= (now == old).fillna(value=False).astype("bool") | (now.isna() & old.isna())
        told[NO_CORRECTION] = there & ~same
    return sifted.without(told, "receipt_id")


def _store(results: Results, sifted: Sifted, shop: Shop, file: File, *, name: str, again: bool) -> Imported:
    days = None
    if shop.receipts is not None and len(sifted.frame):
        days = local_hour(sifted.frame["receipt_id"].map(shop.receipts["sold_at"]), shop.time)["local_date"]
    stored = store_rows(results, SOURCES[file.kind].contract, sifted.frame, file, days=days, only_new=again)
    return Imported(
        kind=file.kind,
        file=name,
        content_hash=file.content_hash,
        rows_read=sifted.rows_read,
        rows_kept=len(sifted.frame),
        rows_rejected=sifted.rows_rejected,
        rows_duplicate=sifted.duplicates,
        rows_new=stored.new,
        rows_changed=stored.changed,
        notes="; ".join(sifted.notes) or None,
    )
