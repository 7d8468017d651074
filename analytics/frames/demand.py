"""What products will sell and what members will buy."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, Column, Contract, counted, share

DEMAND_MODELS = ("last", "mean", "linear", "tree", "boosting", "svr")
DEMAND_OF = ("product_units", "member_purchases", "member_units", "member_minor")

_DAYS = Column("days", INT, "days after it that are spoken of", least=1)
PRODUCT_DEMAND = Contract(
    "product_demand",
    (
        Column("product_id", TEXT),
        _DAYS,
        Column("as_of", DAY, "known at the end of this day"),
        Column("model", TEXT, "model or baseline that says so", allowed=DEMAND_MODELS),
        Column("units", NUM, "units expected to be sold", least=0),
        Column("low", NUM, "lower end of the interval", least=0),
        Column("high", NUM, "upper end: the stock that is enough in nine of ten cases at a level of 0.8", least=0),
        Column("last_units", NUM, "sold in as many days before", least=0),
        Column("mean_units", NUM, "mean of the last four such periods", least=0),
        Column("promotion", NUM, "share of the days on which one runs for it", least=0, most=1),
    ),
    key=("product_id", "days"),
)
_ENDS = "ends of the interval"
MEMBER_DEMAND = Contract(
    "member_demand",
    (
        Column("member_id", TEXT),
        Column("as_of", DAY),
        _DAYS,
        Column("purchases", NUM, "days of purchase expected", least=0),
        Column("purchases_low", NUM, _ENDS, least=0),
        Column("purchases_high", NUM, least=0),
        Column("next_days", NUM, "days until as likely as not there was one; null: more than are spoken of", null=True),
        Column("units", NUM, "units expected", least=0),
        Column("units_low", NUM, _ENDS, least=0),
        Column("units_high", NUM, least=0),
        Column("amount_minor", NUM, "minor units expected", least=0),
        Column("amount_low_minor", NUM, _ENDS, least=0),
        Column("amount_high_minor", NUM, least=0),
    ),
    key=("member_id",),
)
_GAIN = "share of this baseline's error that is saved"
DEMAND_TRIAL = Contract(
    "demand_trial",
    (
        Column("demand_of", TEXT, allowed=DEMAND_OF),
        _DAYS,
        Column("model", TEXT, allowed=DEMAND_MODELS),
        Column("as_of", DAY),
        Column("judged_on", DAY, "the period after it judges"),
        Column("level", NUM, "of the intervals", least=0, most=1),
        counted("many", "products or members judged"),
        Column("mae", NUM, "mean absolute error: units, days or minor units", least=0),
        Column("scaled", NUM, "over that of 'same as last period'", least=0),
        Column("bias", NUM, "told less bought, over bought, of all together"),
        share("cover", "share inside the interval", null=False),
        Column("over_last", NUM, _GAIN, null=True),
        Column("over_last_low", NUM, "95 %", null=True),
        Column("over_last_high", NUM, null=True),
        Column("over_mean", NUM, _GAIN, null=True),
        Column("over_mean_low", NUM, "95 %", null=True),
        Column("over_mean_high", NUM, null=True),
        Column("chosen", BOOL, "by the period before the judge's"),
        Column("serves", BOOL),
    ),
    key=("demand_of", "days", "model"),
)
# Of each length of time: how many products, and what they sell together.
DEMAND_TOTAL = Contract(
    "demand_total",
    (
        _DAYS,
        Column("as_of", DAY),
        counted("products", "products told"),
        counted("too_few", "products that sold too little to be told"),
        Column("units", NUM, "units expected of all that are told", least=0),
        Column("last_units", NUM, "sold of the same in as many days before", least=0),
        Column("members", INT, "members told", least=0),
        Column("purchases", NUM, "days of purchase of these; null: not told for so long", null=True, least=0),
        Column("amount_minor", NUM, "and minor units", null=True, least=0),
    ),
    key=("days",),
)

CONTRACTS: tuple[Contract, ...] = (PRODUCT_DEMAND, MEMBER_DEMAND, DEMAND_TRIAL, DEMAND_TOTAL)
