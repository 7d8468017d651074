"""What points at something else: returns at sales, lines at products, cards at people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..frames import local_hour
from .rows import from_frame, from_rows, named

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..frames import StoreTime

RETURN_FIRST = "returns that come before their sale (is a till's clock right?)"
RETURN_UNKNOWN = "returns of receipts that were never imported"
RETURN_OF_NO_SALE = "returns of receipts that are no sale"
CARD_TWICE = "one card at two tills within a minute: two people, or a clock that is off"
TOGETHER = pd.Timedelta(minutes=1)


def returns(receipts: pd.DataFrame, sold: pd.DataFrame, time: StoreTime) -> pd.DataFrame:
    """Returns that name a receipt, against that receipt.

    Args:
        receipts: ``frames.RECEIPTS`` of the window.
        sold: ``frames.RECEIPTS`` that they name, whenever they were sold.
        time: The store's clock and business day.
    """
    back = receipts[receipts["return_of"].notna()]
    if back.empty:
        return from_frame(pd.DataFrame())
    known = sold.set_index("receipt_id")
    named = known.reindex(back["return_of"]).set_index(back.index)
    at, kind = named["sold_at"], named["kind"]
    words = pd.Series(None, index=back.index, dtype="str")
    words = words.mask(at > back["sold_at"], RETURN_FIRST)
    words = words.mask(kind.notna() & (kind != "sale"), RETURN_OF_NO_SALE).mask(kind.isna(), RETURN_UNKNOWN)
    return _by_day(back.assign(detail=words)[words.notna()], "return", time)


def unknown_products(lines: pd.DataFrame, products: Collection[str]) -> pd.DataFrame:
    """Lines of products that no product file names; without any product file nothing is said.

    They are kept: sales are sales. Only what needs a category or a price cannot use them.
    """
    if not products:
        return from_rows([])
    strange = lines[~lines["product_id"].isin(list(products))]
    counted = strange.groupby("product_id").agg(rows=("line_no", "size"), amount_minor=("line_total_minor", "sum"))
    return from_rows(
        {"source": "receipt_lines", "check": "product", "detail": f"unknown product {name}", "rows": row.rows,
         "amount_minor": row.amount_minor, "verdict": "look"}
        for name, row in zip(counted.index, counted.itertuples(index=False), strict=True)
    )  # fmt: skip


def cards(receipts: pd.DataFrame, time: StoreTime) -> pd.DataFrame:
    """Cards shown at two tills at the same time."""
    shown = receipts[receipts["member_id"].notna()].sort_values(["member_id", "sold_at"])
    before = shown.groupby("member_id")[["sold_at", "till_id"]].shift()
    twice = (shown["sold_at"] - before["sold_at"] <= TOGETHER) & (shown["till_id"] != before["till_id"])
    return _by_day(shown[twice].assign(detail=CARD_TWICE), "card", time)


def _by_day(receipts: pd.DataFrame, check: str, time: StoreTime) -> pd.DataFrame:
    if receipts.empty:
        return from_frame(pd.DataFrame())
    days = local_hour(receipts["sold_at"], time)["local_date"]
    counted = (
        receipts.assign(local_date=days)
        .groupby(["local_date", "till_id", "detail"], as_index=False)
        .agg(rows=("receipt_id", "size"), amount_minor=("total_minor", "sum"), names=("receipt_id", named))
    )
    counted["detail"] += ": " + counted.pop("names")
    return from_frame(counted.assign(source="receipts", check=check, verdict="look"))
