"""The contract of what is known of a day beforehand or from elsewhere."""

from __future__ import annotations

from .contract import DAY, INT, NUM, TEXT, Column, Contract

CALENDAR_DAYS = Contract(
    "calendar_day",
    (
        Column("local_date", DAY, "business day: what is sold after midnight belongs to the evening before"),
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("holiday", TEXT, "public holiday", null=True),
        Column("event", TEXT, "such as a street fair; several joined by '; '", null=True),
        Column("promotion", TEXT, "several joined by '; '", null=True),
        Column("retail_year", INT, "of the 4-5-4 calendar"),
        Column("retail_period", INT, "month of the 4-5-4 calendar", least=1, most=12),
        Column("retail_week", INT, "of the retail year", least=1, most=53),
        Column("weather", TEXT, "condition", null=True),
        Column("temperature_c", NUM, "degrees Celsius", null=True),
        Column("rain_mm", NUM, "mm", null=True, least=0),
    ),
    key=("local_date",),
    time="local_date",
)
