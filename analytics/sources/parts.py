"""Lines and payments held against the receipts that they are part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import money

if TYPE_CHECKING:
    import pandas as pd

    from .columns import Shop, Sifted

NO_RECEIPT = "no such receipt was imported"
NOT_THE_TOTAL = "the lines of the receipt do not add up to its total"
OTHER_SIGN = "its sign must be that of its receipt"


def match_totals(lines: Sifted, receipts: pd.DataFrame) -> Sifted:
    """Holds the lines of every receipt together against the receipt.

    The receipt says what was paid, so it stays; its lines are refused as a whole when they do not add up to it or when
    one of them was refused: a receipt cut in half would sell too few units.

    Args:
        lines: The sifted lines of one file, in the currency in which the receipt was paid.
        receipts: ``receipt_id``, ``total_minor`` and, where there are any, ``original_total_minor`` of the receipts
            already known.
    """
    ids = lines.frame["receipt_id"]
    paid = ids.map(_paid(receipts.set_index("receipt_id")))
    summed = lines.frame.groupby("receipt_id")["line_total_minor"].transform("sum")
    return lines.without({NO_RECEIPT: paid.isna(), NOT_THE_TOTAL: summed != paid}, "receipt_id")


def match_receipts(parts: Sifted, receipts: pd.DataFrame) -> Sifted:
    """Refuses parts of receipts that were never imported; whether they add up is for the quality report to say."""
    return parts.without({NO_RECEIPT: ~parts.frame["receipt_id"].isin(receipts["receipt_id"])}, "receipt_id")


def _paid(receipts: pd.DataFrame) -> pd.Series[int]:
    """What was paid, in the currency in which it was paid."""
    own = receipts["total_minor"].astype("Int64")
    if "original_total_minor" not in receipts:
        return own
    return receipts["original_total_minor"].astype("Int64").fillna(own)


def in_own_currency(frame: pd.DataFrame, amount: str, shop: Shop) -> pd.DataFrame:
    """Parts of receipts that were paid in another currency, in the store's.

    Each receipt's parts still add up to its total: every running sum is converted and rounded (half a minor unit away
    from zero), and a part is the difference of two. A line's unit price is rounded up to what its total needs; its
    discount takes what that rounds too much.

    Args:
        frame: Lines or payments in the currency of their receipts.
        amount: The column that adds up.
        shop: Rates, and the receipts.
    """
    if shop.receipts is None or frame.empty:
        return frame
    code = frame["receipt_id"].map(shop.receipts["original_currency"])
    if code.isna().all():
        return frame
    made = frame.copy()
    for currency in code.dropna().unique():
        rate, mine = shop.rates[str(currency)], code == currency
        running = frame.loc[mine].groupby("receipt_id")[amount].cumsum().astype("Int64")
        whole = money.converted(running, str(currency), shop.currency, rate).astype("int64")
        before = whole.groupby(frame.loc[mine, "receipt_id"]).shift(fill_value=0)
        made.loc[mine, amount] = whole - before
        if "unit_price_minor" in frame:
            price = money.converted(
                frame.loc[mine, "unit_price_minor"].astype("Int64"), str(currency), shop.currency, rate
            )
            total, quantity = made.loc[mine, amount], made.loc[mine, "quantity"]
            price = np.maximum(price.astype("int64"), -(-total // quantity))
            made.loc[mine, "unit_price_minor"] = price
            made.loc[mine, "discount_minor"] = price * quantity - total
    return made
