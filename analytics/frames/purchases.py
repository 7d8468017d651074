"""What customers bought: the door through which every question about customers goes."""

from __future__ import annotations

from .contract import DAY, INT, TEXT, TIME, Column, Contract

# Sales and returns; a member is named only with consent.
PURCHASES = Contract(
    "purchase",
    (
        Column("receipt_id", TEXT),
        Column("member_id", TEXT, "null: no card, or no consent", null=True),
        Column("sold_at", TIME),
        Column("local_date", DAY, "business day"),
        Column("kind", TEXT, allowed=("sale", "return")),
        Column("amount_minor", INT, "minor units; negative for returns"),
        Column("till_id", TEXT, null=True, absent=True),
        Column("return_of", TEXT, "receipt that a return takes back, where the till says", null=True, absent=True),
    ),
    key=("receipt_id",),
    time="sold_at",
)
BOUGHT = Contract(
    "bought",
    (
        Column("receipt_id", TEXT),
        Column("member_id", TEXT, "null: no card, or no consent", null=True),
        Column("local_date", DAY, "business day"),
        Column("kind", TEXT, allowed=("sale", "return")),
        Column("product_id", TEXT),
        Column("quantity", INT, "units; negative for returns"),
        Column("amount_minor", INT, "minor units; negative for returns"),
    ),
    time="local_date",
)
