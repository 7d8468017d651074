"""Hours and days that do not fit."""

from __future__ import annotations

from .contract import BOOL, DAY, NUM, TEXT, TIME, Column, Contract, counted, share

ODD_MEASURES = ("traffic", "receipts", "sales", "conversion", "returns", "return_share", "dwell")
ODD_KINDS = ("camera", "till", "event", "level_shift", "known")
# What speaks for the kind; in the order in which it is said.
ODD_EVIDENCE = (
    "no_word",
    "camera_said",
    "nothing_counted",
    "nothing_sold",
    "till_silent",
    "tills_sold",
    "sales_low_too",
    "sales_high_too",
    "sales_usual",
    "sales_cannot_tell",
    "visitors_came",
    "visits_low_too",
    "visits_high_too",
    "visits_not_seen",
    "partly_seen",
    "lingers",
)
ANOMALIES = Contract(
    "anomaly",
    (
        Column("local_date", DAY),
        Column("measure", TEXT, allowed=ODD_MEASURES),
        Column("place", TEXT, "camera/zone of a dwell, a silent till; else empty"),
        Column("kind", TEXT, allowed=ODD_KINDS),
        Column("news", BOOL, "an alarm: not known beforehand, and not only lingering"),
        Column("begins", TIME, "of the hours that do not fit"),
        Column("ends", TIME),
        Column("whole_day", BOOL, "the day as a whole does not fit"),
        Column("observed", NUM, "visits, receipts, minor units, share, s; null: not seen", null=True, least=0),
        Column("expected", NUM, "the same; null: too little history to say", null=True, least=0),
        Column("low", NUM, "95 % of such values lie above", null=True, least=0),
        Column("high", NUM, "and below", null=True, least=0),
        share("p", "probability of a value so strange; null: nothing was seen"),
        counted("looks", "values that were looked at that day; 0: nothing was seen"),
        counted("days", "level shift: since so many days; else 0"),
        Column("evidence", TEXT, "codes joined by '; '"),
        Column("known", TEXT, "name of the holiday, event or promotion, or of the silent till", null=True),
    ),
    key=("local_date", "measure", "place", "begins"),
    ordered=(("begins", "ends"),),
    time="local_date",
)
CONTRACTS: tuple[Contract, ...] = (ANOMALIES,)
