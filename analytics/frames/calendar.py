"""The contracts of what is known of a day beforehand or from elsewhere."""

from __future__ import annotations

from .contract import DAY, INT, NUM, TEXT, TIME, Column, Contract

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
# From the rota, computed when asked for.
LABOUR_HOURLY = Contract(
    "labour_hourly",
    (
        Column("hour_utc", TIME),
        Column("local_date", DAY),
        Column("local_hour", INT, least=0, most=23),
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column(
            "labour_s",
            NUM,
            "person-seconds on the sales floor; null: the rota names nobody that day",
            null=True,
            least=0,
        ),
    ),
    key=("hour_utc",),
    time="hour_utc",
)
