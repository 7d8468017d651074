"""The contracts of what the shop sold, to whom, and what the readers read."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, TIME, Column, Contract

KINDS = ("sale", "return", "void", "training")

RECEIPTS = Contract(
    "receipt",
    (
        Column("receipt_id", TEXT),
        Column("till_id", TEXT),
        Column("sold_at", TIME),
        Column("kind", TEXT, allowed=KINDS),
        Column("total_minor", INT, "minor units, the kind carries the sign", least=0),
        Column("currency", TEXT),
        Column("member_id", TEXT, null=True),
        Column("return_of", TEXT, null=True),
    ),
    key=("receipt_id",),
    time="sold_at",
)
LINES = Contract(
    "receipt_line",
    (
        Column("receipt_id", TEXT),
        Column("line_no", INT, least=0),
        Column("product_id", TEXT),
        Column("quantity", INT, "units", least=1),
        Column("unit_price_minor", INT, "minor units", least=0),
        Column("discount_minor", INT, "minor units", least=0),
        Column("line_total_minor", INT, "minor units: quantity x unit price - discount", least=0),
    ),
    key=("receipt_id", "line_no"),
)
RFID_READS = Contract(
    "rfid_read",
    (
        Column("epc", TEXT),
        Column("reader_id", TEXT),
        Column("read_at", TIME),
        Column("rssi", NUM, "dBm", null=True),
    ),
    key=("epc", "reader_id", "read_at"),
    time="read_at",
)
MEMBERS = Contract(
    "member",
    (
        Column("member_id", TEXT),
        Column("joined_on", DAY),
        Column("age_band", TEXT, null=True),
        Column("gender", TEXT, null=True),
        Column("province", TEXT, null=True),
        Column("consent", BOOL),
    ),
    key=("member_id",),
)
PRODUCTS = Contract(
    "product",
    (
        Column("product_id", TEXT),
        Column("gtin", TEXT),
        Column("name", TEXT),
        Column("description", TEXT),
        Column("category", TEXT),
        Column("price_minor", INT, "minor units", least=0),
        Column("cost_minor", INT, "minor units", least=0),
    ),
    key=("product_id",),
)
