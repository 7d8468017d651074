"""All checks of a window in one frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .gaps import closed, gaps, silent_days
from .references import cards, returns, unknown_products
from .rows import from_rows, joined
from .totals import parts_add_up, till_totals

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import pandas as pd

    from ..opening import Opening


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What was imported of a window.

    Attributes:
        receipts: ``frames.RECEIPTS``.
        lines: ``frames.LINES`` of them.
        payments: ``frames.PAYMENTS`` of them.
        till_days: ``frames.TILL_DAYS`` of the window's days.
        returned: ``frames.RECEIPTS`` that its returns name, whenever they were sold.
        products: The ids of all products.
        tax: ``included`` or ``excluded``, as stated.
        first: The store's oldest receipt; None: there is none.
        ended: Days that end later are not over yet, and cannot lack anything; None: all are over.
    """

    receipts: pd.DataFrame
    lines: pd.DataFrame
    payments: pd.DataFrame
    till_days: pd.DataFrame
    returned: pd.DataFrame
    products: Collection[str]
    tax: str = "included"
    first: datetime | None = None
    ended: datetime | None = None


def quality(files: pd.DataFrame, sales: Sales, opening: Opening, since: datetime, until: datetime) -> pd.DataFrame:
    """The data-quality report of a window.

    Args:
        files: What ``file_checks`` says of the files.
        sales: What was imported.
        opening: When the store is open.
        since: Begin of the window, UTC.
        until: Its end.

    Returns:
        ``frames.QUALITY``: files first, then sales; ``look`` marks what somebody should look at.
    """
    time = opening.time
    return joined(
        [
            files,
            _basis(sales),
            silent_days(sales.receipts, opening, since, min(until, sales.ended or until), sales.first),
            gaps(sales.receipts, opening, since, until),
            closed(sales.receipts, opening),
            till_totals(sales.receipts, sales.till_days, time),
            parts_add_up(sales.receipts, sales.lines, time),
            parts_add_up(sales.receipts, sales.payments, time),
            returns(sales.receipts, sales.returned, time),
            unknown_products(sales.lines, sales.products),
            cards(sales.receipts, time),
        ]
    )


def _basis(sales: Sales) -> pd.DataFrame:
    """What all amounts mean."""
    receipts = sales.receipts
    if receipts.empty:
        return from_rows([])
    told = int(receipts["tax_minor"].notna().sum())
    basis = {"source": "receipts", "check": "tax", "detail": f"totals: tax {sales.tax}, as stated", "rows": told}
    foreign = receipts[receipts["original_currency"].notna()]
    sums = foreign.groupby("original_currency").agg(rows=("receipt_id", "size"), amount=("total_minor", "sum"))
    converted = [
        {"source": "receipts", "check": "converted", "detail": f"paid in {code}, converted at the stated rate",
         "rows": row.rows, "amount_minor": row.amount, "verdict": "ok"}
        for code, row in zip(sums.index, sums.itertuples(index=False), strict=True)
    ]  # fmt: skip
    return from_rows([basis | {"verdict": "ok"}, *converted])
