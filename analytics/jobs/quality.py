"""Reading what the data-quality report needs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from .. import quality
from ..frames import PAYMENTS, PRODUCTS, RECEIPTS, TILL_DAYS
from ..results import first_sale, import_history, read_parts, refused_files, rejects, stored_receipts

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import Window
    from .context import Context


def quality_of(context: Context, window: Window) -> pd.DataFrame:
    """The last import of every file, and the sales of a window held against each other, as ``frames.QUALITY``."""
    results = context.results
    receipts = results.read(RECEIPTS, window.since, window.until)
    sales = quality.Sales(
        receipts=receipts,
        lines=results.read_lines(window.since, window.until),
        payments=read_parts(results, PAYMENTS, window.since, window.until),
        till_days=results.read(TILL_DAYS, window.first, window.end),
        returned=stored_receipts(results, receipts["return_of"]),
        products=frozenset(results.read(PRODUCTS)["product_id"]),
        tax=context.plan.imports.tax,
        first=first_sale(results),
        ended=datetime.now(tz=UTC),
    )
    return quality.quality(files_of(context), sales, context.opening, window.since, window.until)


def files_of(context: Context) -> pd.DataFrame:
    """What the last import of every file said, as ``frames.QUALITY``."""
    history = import_history(context.results)
    files = [
        quality.FileCounts(
            source=row["kind"],
            file=PurePath(row["file"]).name,
            counts={name: row[f"rows_{name}"] for name in quality.COUNTS},
            notes=row["notes"],
        )
        for row in history
    ]
    kinds = {row["file"]: row["kind"] for row in history}
    refused = [
        quality.Refused(kinds[r.file], PurePath(r.file).name, f"{r.column}: {r.rule}" if r.column else r.rule, r.rows)
        for r in rejects(context.results)
    ]
    unread = [
        quality.Unread(kind, PurePath(file).name, why.removeprefix(f"{file}: "))
        for file, (kind, why) in refused_files(context.results).items()
    ]
    return quality.file_checks(files, refused, unread)
