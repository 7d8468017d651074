"""What customers bought, by whom where they agreed to it: what every question about customers begins from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .frames import BOUGHT, LINES, MEMBERS, PRODUCTS, PURCHASES, RECEIPTS, among, check, day_window, empty, local_hour

if TYPE_CHECKING:
    from datetime import date

    from .frames import StoreTime


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Everything that was sold up to the end of a business day.

    Attributes:
        receipts: ``frames.PURCHASES``: sales and returns, in order of time.
        lines: ``frames.BOUGHT``: what stood on them, in order of receipts.
        members: ``frames.MEMBERS``: those who agreed to the evaluation of their card, and no others.
        products: ``frames.PRODUCTS``.
        as_of: The last business day.
        time: The store's clock.
    """

    receipts: pd.DataFrame
    lines: pd.DataFrame
    members: pd.DataFrame
    products: pd.DataFrame
    as_of: date
    time: str | StoreTime

    def of_members(self) -> pd.DataFrame:
        """``frames.PURCHASES`` with a member."""
        return self.receipts[self.receipts["member_id"].notna()].reset_index(drop=True)

    def lines_of_members(self) -> pd.DataFrame:
        """``frames.BOUGHT`` with a member."""
        return self.lines[self.lines["member_id"].notna()].reset_index(drop=True)

    def until(self, day: date) -> Purchases:
        """What was known at the end of an earlier business day: nothing sold later, nobody who joined later.

        Who bought by then was a member by then, also where the day of joining on file is later: a card that was
        replaced or written down afterwards.
        """
        last = pd.Timestamp(day)
        sold = self.receipts[self.receipts["local_date"] <= last].reset_index(drop=True)
        there = (self.members["joined_on"] <= last) | among(self.members["member_id"], sold["member_id"])
        return Purchases(
            sold,
            self.lines[self.lines["local_date"] <= last].reset_index(drop=True),
            self.members[there].reset_index(drop=True),
            self.products,
            day,
            self.time,
        )


def purchases(
    receipts: pd.DataFrame,
    lines: pd.DataFrame,
    members: pd.DataFrame,
    products: pd.DataFrame,
    *,
    as_of: date,
    time: str | StoreTime,
) -> Purchases:
    """Puts together what questions about customers need; here, and nowhere else, consent is asked.

    Args:
        receipts: ``frames.RECEIPTS``; voids, training and what was sold after ``as_of`` are left out.
        lines: ``frames.LINES``; those of other receipts are left out.
        members: ``frames.MEMBERS``; a card without consent, or of nobody known, is no card.
        products: ``frames.PRODUCTS``.
        as_of: The last business day.
        time: IANA name, or the store's time.

    Raises:
        FrameError: A frame breaks its contract.
    """
    known = check(members, MEMBERS)
    willing = known[known["consent"]].reset_index(drop=True)
    rows = check(receipts, RECEIPTS)
    until = pd.Timestamp(day_window(as_of, time)[1])
    rows = rows[(rows["sold_at"] < until) & rows["kind"].isin(["sale", "return"])]
    rows = rows.sort_values(["sold_at", "receipt_id"], kind="stable").reset_index(drop=True)
    sign = rows["kind"].map({"sale": 1, "return": -1}).astype("int64")
    sold = pd.DataFrame(
        {
            "receipt_id": rows["receipt_id"],
            "member_id": rows["member_id"].where(among(rows["member_id"], willing["member_id"])),
            "sold_at": rows["sold_at"],
            "local_date": local_hour(rows["sold_at"], time)["local_date"] if len(rows) else None,
            "kind": rows["kind"],
            "amount_minor": sign * rows["total_minor"],
            "till_id": rows["till_id"],
            "return_of": rows["return_of"],
        }
    )
    sold = check(sold, PURCHASES)
    return Purchases(sold, _bought(sold, check(lines, LINES)), willing, check(products, PRODUCTS), as_of, time)


def _bought(sold: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of the receipts, in their order."""
    place = pd.Index(sold["receipt_id"]).get_indexer(pd.Index(lines["receipt_id"]))
    mine, place = lines[place >= 0], place[place >= 0]
    if mine.empty:
        return empty(BOUGHT)
    receipt = sold.iloc[place].reset_index(drop=True)
    mine = mine.reset_index(drop=True)
    sign = receipt["kind"].map({"sale": 1, "return": -1}).astype("int64")
    found = pd.DataFrame(
        {
            "receipt_id": mine["receipt_id"],
            "member_id": receipt["member_id"],
            "local_date": receipt["local_date"],
            "kind": receipt["kind"],
            "product_id": mine["product_id"],
            "quantity": sign * mine["quantity"],
            "amount_minor": sign * mine["line_total_minor"],
        }
    )
    order = pd.Series(place).argsort(kind="stable")
    return check(found.iloc[order].reset_index(drop=True), BOUGHT)
