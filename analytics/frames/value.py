"""What members are worth, whether they still are customers, and how much they will buy."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, Column, Contract, counted, share

VALUE_MODELS = ("bg_nbd", "recency")
VALUE_BASES = ("margin", "sales")
_MINOR = "minor units"

# One member each: for the store's own use, never for a page.
MEMBER_VALUE = Contract(
    "member_value",
    (
        Column("member_id", TEXT),
        Column("as_of", DAY),
        Column("model", TEXT, "what the expectation rests on", allowed=VALUE_MODELS),
        Column("joined_before", BOOL, "before the first day of the data"),
        counted("repeats", "days with a purchase; without the first where that was seen"),
        Column("last_weeks", NUM, "weeks from the begin to the last purchase", least=0),
        Column("age_weeks", NUM, "weeks from the first purchase, or the first day of the data, to the day", least=0),
        share("p_alive", "probability that they still are a customer; null with recency"),
        Column("expected_90d", NUM, "purchases in the next 90 days", least=0),
        Column("low_90d", NUM, "lower end of the interval of the purchases", least=0),
        Column("high_90d", NUM, "upper end", least=0),
        Column("spend_minor", NUM, "minor units, expected sales of a purchase; null: unknown", null=True, least=0),
        Column("value_minor", NUM, "minor units, next 12 months, discounted; null with recency", null=True, least=0),
        Column("value_low_minor", NUM, _MINOR, null=True, least=0),
        Column("value_high_minor", NUM, _MINOR, null=True, least=0),
    ),
    key=("member_id",),
)
# One row: all members together.
VALUE_TOTAL = Contract(
    "value_total",
    (
        Column("as_of", DAY),
        Column("since", DAY, "first day of the data"),
        Column("model", TEXT, allowed=VALUE_MODELS),
        Column("basis", TEXT, "what value counts", allowed=VALUE_BASES),
        share("margin", "margin / sales of members; null where costs are not known"),
        counted("members", "members"),
        counted("joined_before", "of them before the first day of the data"),
        counted("single", "of them bought once, since the data begin: nobody can say whether they will come back"),
        Column("alive", NUM, "expected customers among the others", null=True, least=0),
        Column("alive_low", NUM, null=True, least=0),
        Column("alive_high", NUM, null=True, least=0),
        Column("purchases", NUM, "next 90 days", least=0),
        Column("purchases_low", NUM, "95 % interval", least=0),
        Column("purchases_high", NUM, least=0),
        Column("sales_minor", NUM, "minor units, next 90 days", null=True, least=0),
        Column("sales_low_minor", NUM, _MINOR, null=True, least=0),
        Column("sales_high_minor", NUM, _MINOR, null=True, least=0),
        Column("value_minor", NUM, "minor units, next 12 months, discounted", null=True, least=0),
        Column("value_low_minor", NUM, _MINOR, null=True, least=0),
        Column("value_high_minor", NUM, _MINOR, null=True, least=0),
        Column("correlation", NUM, "of how often and how much, over members", null=True, least=-1, most=1),
    ),
    key=("as_of",),
)
VALUE_FIT = Contract(
    "value_fit",
    (
        Column("part", TEXT, allowed=("purchases", "spending", "simple")),
        Column("name", TEXT),
        Column("value", NUM),
        Column("low", NUM, "95 % interval", null=True),
        Column("high", NUM, null=True),
    ),
    key=("part", "name"),
)
VALUE_DECILE = Contract(
    "value_decile",
    (
        Column("decile", INT, "1: the tenth worth most", least=1, most=10),
        counted("members", "members"),
        Column("value_minor", NUM, "minor units, sum", least=0),
        share("value_share", null=False),
        Column("expected_90d", NUM, "purchases, sum", least=0),
        share("p_alive", "mean", null=False),
        Column("sold_minor", NUM, "minor units, what they bought in the data, less returns"),
    ),
    key=("decile",),
)
# What was expected at an earlier day, and what came.
VALUE_HOLDOUT = Contract(
    "value_holdout",
    (
        Column("group", TEXT, "all; repeat purchases before the day; joined_since or joined_before the data begin"),
        Column("first_day", DAY, "first day that was held out"),
        counted("days", "days held out"),
        counted("members", "members"),
        Column("expected", NUM, "purchases", least=0),
        Column("low", NUM, "95 % interval by the model alone", least=0),
        Column("high", NUM, least=0),
        counted("actual", "purchases"),
        Column("usual", NUM, "purchases, had each gone on as before", least=0),
        Column("error", NUM, "root mean square, purchases of a member", least=0),
        Column("usual_error", NUM, "the same of going on as before", least=0),
        Column("correlation", NUM, "of expected and actual, over members", null=True, least=-1, most=1),
    ),
    key=("group",),
)
CONTRACTS: tuple[Contract, ...] = (MEMBER_VALUE, VALUE_TOTAL, VALUE_FIT, VALUE_DECILE, VALUE_HOLDOUT)
