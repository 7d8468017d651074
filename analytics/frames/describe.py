"""What distributions of purchases and visits look like, and how they change."""

from __future__ import annotations

from .contract import DAY, INT, NUM, TEXT, Column, Contract, counted, share

DESCRIBE_MEASURES = (
    "frequency",
    "value",
    "basket_amount",
    "basket_units",
    "basket_products",
    "gap_days",
    "hour",
    "dwell_s",
    "dwell_day_s",
)
DESCRIBE_BY = ("store", "segment", "age", "gender", "province")
QUANTILES = (5, 10, 25, 50, 75, 90, 95)

DESCRIPTIONS = Contract(
    "description",
    (
        Column("measure", TEXT, allowed=DESCRIBE_MEASURES),
        Column("by", TEXT, allowed=DESCRIBE_BY),
        Column("group", TEXT, "empty for the whole store"),
        Column("first_day", DAY),
        Column("last_day", DAY),
        counted("n", "members, receipts, gaps or visits"),
        Column("mean", NUM),
        Column("mean_low", NUM, "95 % interval", null=True),
        Column("mean_high", NUM, null=True),
        Column("sd", NUM, null=True, least=0),
        Column("cv", NUM, "sd / mean", null=True, least=0),
        Column("iqr", NUM, "p75 - p25", least=0),
        share("gini", "of what is spent, 0: all the same; who spent less than nothing spent nothing"),
        *(Column(f"p{q}", NUM) for q in QUANTILES),
        counted("before_n", "the same of as many days before; null: not all of them are known", null=True),
        Column("before_mean", NUM, null=True),
        Column("change", NUM, "mean / mean before - 1", null=True),
        Column("change_low", NUM, "95 % interval", null=True),
        Column("change_high", NUM, null=True),
    ),
    key=("measure", "by", "group"),
)
DESCRIPTION_BINS = Contract(
    "description_bin",
    (
        Column("measure", TEXT, allowed=DESCRIBE_MEASURES),
        Column("low", NUM, "first value of the bin; the first bin holds also what is below"),
        Column("high", NUM, "the first that is not in it; null: the last bin has no end", null=True),
        counted("n", "members, receipts, gaps or visits"),
        counted("before_n", "of as many days before; null: not all of them are known", null=True),
    ),
    key=("measure", "low"),
)
DESCRIPTION_WEEK = Contract(
    "description_week",
    (
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("local_hour", INT, least=0, most=23),
        counted("receipts", "sales"),
        counted("days", "such weekdays in the period"),
    ),
    key=("weekday", "local_hour"),
)
CONTRACTS: tuple[Contract, ...] = (DESCRIPTIONS, DESCRIPTION_BINS, DESCRIPTION_WEEK)
