"""The contracts of indicators: every value with its numerator, denominator, coverage and bounds."""

from __future__ import annotations

from .contract import DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted, share

BY = (
    "all", "hour", "day", "week", "month", "retail_week", "weekday_hour", "till", "zone", "segment", "weather",
    "promotion", "holiday",
)  # fmt: skip
KPI_STATUSES = ("ok", "partial", "missing", "closed")
CHANGE_STEPS = ("traffic", "conversion", "units_per_transaction", "unit_price", "not_compared")
FUNNEL_STEPS = ("entered", "engaged", "tried", "bought")

# Never stored: made from roll-ups when asked for.
KPIS = Contract(
    "kpi",
    (
        Column("kpi", TEXT, "its name in the definitions"),
        Column("by", TEXT, allowed=BY),
        Column("group", TEXT, "the hour, day, till, zone, ... that the row speaks for; empty for all"),
        Column("numerator", NUM, null=True),
        Column("denominator", NUM, "null where the value is a plain sum", null=True),
        Column("value", NUM, "null where it is missing", null=True),
        Column("low", NUM, "95 % bound from the last audit", null=True),
        Column("high", NUM, null=True),
        share("coverage", "seconds seen / seconds open; null where it rests on no camera, or the store was closed"),
        Column("status", TEXT, allowed=KPI_STATUSES),
        Column("imputed", NUM, "share of the value that was filled in, 0..1; 0: nothing", least=0, most=1),
        Column("flag", TEXT, "such as conversion>1", null=True),
        Column("baseline", NUM, "median of the same hours of the weeks before", null=True, absent=True),
        Column("ratio", NUM, "value / baseline", null=True, absent=True),
        Column("z", NUM, "(value - mean) / standard deviation of those weeks", null=True, absent=True),
        Column("weeks", MAYBE_INT, "weeks that the baseline is made of", null=True, least=0, absent=True),
    ),
    key=("kpi", "by", "group"),
)
TILL_HOURLY = Contract(
    "till_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour, by the till's corrected clock"),
        Column("local_date", DAY),
        Column("local_hour", INT, least=0, most=23),
        Column("till_id", TEXT),
        counted("receipts", "sales over more than nothing"),
        counted("returns", "receipts of returned goods"),
        counted("voids", "receipts"),
        counted("training", "receipts"),
        counted("zero", "sales over nothing"),
        Column("units", INT, "sold less returned"),
        Column("sales_minor", INT, "minor units, sales less returns"),
        Column("returned_minor", INT, "minor units, taken back", least=0),
        Column("discount_minor", INT, "minor units, off the lines of sales", least=0),
        Column("tax_minor", MAYBE_INT, "minor units, null where a receipt does not say", null=True),
    ),
    key=("hour_utc", "till_id"),
    time="hour_utc",
)
BOUNCE_HOURLY = Contract(
    "bounce_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour in which they came in"),
        counted("followed", "visits, and entries left out for being short, whose own exit was seen"),
        counted("bounced", "of these, gone again within the stated time"),
        Column("within_s", NUM, "s, the stated time", least=0),
    ),
    key=("hour_utc",),
    time="hour_utc",
)
CATEGORY_DAILY = Contract(
    "category_daily",
    (
        Column("local_date", DAY),
        Column("category", TEXT, "of the product master; empty: the product is not in it"),
        counted("receipts", "transactions with a product of the category"),
        Column("units", INT, "sold less returned"),
        Column("sales_minor", INT, "minor units, lines sold less lines returned"),
    ),
    key=("local_date", "category"),
    time="local_date",
)
# The frames below are never stored.
CHANGE_SPLIT = Contract(
    "change_split",
    (
        Column("step", TEXT, allowed=CHANGE_STEPS),
        Column("before", NUM, "the factor in the earlier period", null=True),
        Column("after", NUM, "in the later one", null=True),
        Column("log_change", NUM, "ln(after / before); they add up to that of the sales", null=True),
        Column("contribution_minor", NUM, "whole minor units; they add up to the change of the sales"),
    ),
    key=("step",),
)
LOST_SALES = Contract(
    "lost_sales",
    (
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("local_hour", INT, least=0, most=23),
        counted("hours", "hours that could be judged"),
        counted("visits", "in them"),
        Column("conversion", NUM, "receipts / visits in them", null=True, least=0),
        Column("target", NUM, "mean of the 75th percentiles they were held against", null=True, least=0),
        Column("lost_minor", NUM, "minor units, an estimate", least=0),
        Column("chance_minor", NUM, "of these, what chance alone would make", least=0),
    ),
    key=("weekday", "local_hour"),
)
STAFFING = Contract(
    "staffing",
    (
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("local_hour", INT, least=0, most=23),
        Column("visits", NUM, "median of the hours that were seen", least=0),
        Column("labour_h", NUM, "mean hours on the floor now", least=0),
        Column("star", NUM, "visits / labour hour now", null=True, least=0),
        Column("suggested_h", NUM, "visits / target", least=0),
        counted("weeks", "hours it rests on"),
    ),
    key=("weekday", "local_hour"),
)
FUNNEL = Contract(
    "funnel",
    (
        Column("zone", TEXT, "camera/zone"),
        Column("step", TEXT, allowed=FUNNEL_STEPS),
        counted("count", "stays; item tries; transactions", null=True),
        Column("of_entered", NUM, "share of those who entered; may pass 1", null=True, least=0),
        Column("reason", TEXT, "why there is no number", null=True),
    ),
    key=("zone", "step"),
)
