"""The contracts of what the shop sold, to whom, and what the readers read."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted

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
        Column(
            "tax_minor",
            MAYBE_INT,
            "minor units, part of the total; null where the till does not say",
            null=True,
            absent=True,
        ),
        Column("original_currency", TEXT, "paid in, where not the store's own", null=True, absent=True),
        Column("original_total_minor", MAYBE_INT, "its minor units", null=True, least=0, absent=True),
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
# Of receipts and their lines, what hours are made of.
SOLD = Contract(
    "sold",
    (
        Column("till_id", TEXT),
        Column("sold_at", TIME),
        Column("kind", TEXT, allowed=KINDS),
        Column("total_minor", INT, "minor units, the kind carries the sign", least=0),
        counted("units", "quantities of all its lines"),
    ),
    time="sold_at",
)
RFID_READS = Contract(
    "rfid_read",
    (
        Column("epc", TEXT),
        Column("reader_id", TEXT),
        Column("read_at", TIME),
        Column("rssi", NUM, "dBm", null=True),
        Column("antenna", TEXT, null=True, absent=True),
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
PAYMENTS = Contract(
    "payment",
    (
        Column("receipt_id", TEXT),
        Column("payment_no", INT, least=0),
        Column("method", TEXT, "cash, card, voucher or the till's own word"),
        Column("amount_minor", INT, "minor units; the receipt's kind carries the sign", least=0),
    ),
    key=("receipt_id", "payment_no"),
)
# What the till itself says of a day: imported receipts are held against it.
TILL_DAYS = Contract(
    "till_day",
    (
        Column("till_id", TEXT),
        Column("local_date", DAY),
        Column("total_minor", INT, "minor units, sales less returns"),
        counted("receipts", "sales of the day, where the till says", null=True),
    ),
    key=("till_id", "local_date"),
    time="local_date",
)
CARD_SWIPES = Contract(
    "card_swipe",
    (
        Column("member_id", TEXT),
        Column("reader_id", TEXT, "till or gate at which the card was read"),
        Column("swiped_at", TIME),
    ),
    key=("member_id", "reader_id", "swiped_at"),
    time="swiped_at",
)
ROTA = Contract(
    "shift",
    (
        Column("shift_id", TEXT),
        Column("begins", TIME),
        Column("ends", TIME),
        Column("people", INT, least=1),
        Column("floor", BOOL, "on the sales floor: these hours are labour hours"),
    ),
    key=("shift_id",),
    ordered=(("begins", "ends"),),
    time="begins",
)
WEATHER = Contract(
    "weather",
    (
        Column("local_date", DAY),
        Column("condition", TEXT, "such as rain, sun, snow", null=True),
        Column("temperature_c", NUM, "degrees Celsius, the day's highest", null=True),
        Column("rain_mm", NUM, "mm", null=True, least=0),
    ),
    key=("local_date",),
    time="local_date",
)
