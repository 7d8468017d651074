"""The contracts of indicators: every value with its numerator, denominator, coverage and bounds."""

from __future__ import annotations

from .contract import DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted, share

BY = (
    "all", "hour", "day", "week", "month", "retail_week", "weekday_hour", "till", "zone", "segment", "weather",
    "promotion", "holiday",
)  # fmt: skip
KPI_STATUSES = ("ok", "partial", "missing", "closed")

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
        share("coverage", "seconds seen / seconds open"),
        Column("status", TEXT, allowed=KPI_STATUSES),
        Column("imputed", NUM, "share of the value that was filled in, 0..1; 0: nothing", least=0, most=1),
        Column("flag", TEXT, "such as conversion>1", null=True),
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
