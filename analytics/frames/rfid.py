"""The contracts of what becomes of RFID reads and of member cards."""

from __future__ import annotations

from .contract import DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted, share

READER_ROLES = ("exit", "fitting_room")
# Of the exit: sold .. unknown; of the fitting room: tried_bought, tried_not_bought, unknown.
OUTCOMES = ("sold", "left_unpaid", "returned", "brought_in", "tried_bought", "tried_not_bought", "unknown")
CARD_WAYS = ("receipt", "swipe")
CARD_FLAGS = ("card at two tills", "two cards on one receipt", "two members on one visit")

RFID_PASSAGES = Contract(
    "rfid_passage",
    (
        Column("epc", TEXT, "hexadecimal digits, upper case"),
        Column("reader_id", TEXT),
        Column("role", TEXT, "null where the settings do not name the reader", null=True, allowed=READER_ROLES),
        Column("first_at", TIME, "first read"),
        Column("last_at", TIME, "last read"),
        Column("reads", INT, "reads", least=1),
        Column("rssi_max", NUM, "dBm, strongest read", null=True),
        Column("gtin", TEXT, "14 digits, null where the EPC names no article", null=True),
        Column("product_id", TEXT, "null where the product master does not know the GTIN", null=True),
        Column("problem", TEXT, "why there is no product", null=True),
    ),
    key=("epc", "reader_id", "first_at"),
    ordered=(("first_at", "last_at"),),
    time="first_at",
)
ITEM_OUTCOMES = Contract(
    "item_outcome",
    (
        Column("epc", TEXT),
        Column("reader_id", TEXT),
        Column("first_at", TIME, "first read of the passage"),
        Column("role", TEXT, allowed=READER_ROLES),
        Column("product_id", TEXT, null=True),
        Column("outcome", TEXT, allowed=OUTCOMES),
        share("probability", "of the outcome; null where it is unknown"),
        Column("receipt_id", TEXT, "sale or return that explains it", null=True),
        Column("reason", TEXT, "on what the outcome rests", null=True),
        Column("camera_id", TEXT, "of the fitting-room stay that held the item", null=True),
        Column("run_id", TEXT, null=True),
        Column("track_id", MAYBE_INT, null=True),
        counted("stays", "stays in the fitting room during the passage; null where none could be seen", null=True),
        share("stay_probability", "that this stay held the item"),
    ),
    key=("epc", "reader_id", "first_at"),
    time="first_at",
)
ITEMS_DAILY = Contract(
    "item_daily",
    (
        Column("local_date", DAY),
        Column("product_id", TEXT),
        *(counted(name, "passages") for name in OUTCOMES if name != "unknown"),
        counted("tried_unknown", "tries of which nobody can say whether they were bought"),
        counted("exit_unknown", "passages at the exit of which nobody can say whether they were paid for"),
    ),
    key=("local_date", "product_id"),
    time="local_date",
)
MEMBER_VISITS = Contract(
    "member_visit",
    (
        Column("member_id", TEXT),
        Column("receipt_id", TEXT),
        Column("sold_at", TIME, "as the till says"),
        Column("camera_id", TEXT, null=True),
        Column("run_id", TEXT, null=True),
        Column("track_id", MAYBE_INT, null=True),
        share("probability", "that this was the member's visit; null where nothing is claimed"),
        Column("via", TEXT, "how the card came to the receipt", allowed=CARD_WAYS),
        Column("flag", TEXT, "why nothing is claimed although a card was shown", null=True, allowed=CARD_FLAGS),
        Column(
            "dwell_s", NUM, "s in the zones; null: no track, or no stay of it is known", null=True, absent=True, least=0
        ),
    ),
    key=("member_id", "receipt_id"),
    time="sold_at",
)
