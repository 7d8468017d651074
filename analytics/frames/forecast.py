"""Days, conversion and sales ahead, and the people they ask for."""

from __future__ import annotations

from dataclasses import replace

from .contract import DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted
from .results import BACKTEST

# Whole days by themselves: their intervals come from errors of days, not from sums of hours.
FORECAST_DAYS = Contract(
    "forecast_day",
    (
        Column("local_date", DAY),
        Column("measure", TEXT),
        Column("model", TEXT),
        *(Column(name, NUM, least=0) for name in ("mean", "lo80", "hi80", "lo95", "hi95")),
    ),
    key=("local_date", "measure"),
    ordered=(("lo95", "lo80"), ("lo80", "hi80"), ("hi80", "hi95")),
    time="local_date",
)
BACKTEST_DAYS = replace(BACKTEST, name="backtest_day")
STAFF_AHEAD = Contract(
    "staff_ahead",
    (
        Column("hour_utc", TIME, "start of the local hour; only hours in which the store is open"),
        Column("local_date", DAY),
        Column("local_hour", INT, least=0, most=23),
        Column("open_s", NUM, "s", least=0),
        Column("visits", NUM, "expected", least=0),
        Column("visits_high", NUM, "upper end of the 80 % interval", least=0),
        Column("target_star", NUM, "visits for each labour hour that are aimed at", least=0),
        Column("needed_h", NUM, "labour hours on the floor", least=0),
        Column("needed_high_h", NUM, "the same for the upper end", least=0),
        counted("people", "people on the floor at once"),
        Column("planned_h", NUM, "labour hours of the rota; null: it names nobody that day", null=True, least=0),
        Column("difference_h", NUM, "planned less needed; below 0: too few", null=True),
    ),
    key=("hour_utc",),
    time="hour_utc",
)
DAYS_AHEAD = Contract(
    "day_ahead",
    (
        Column("local_date", DAY),
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("open_s", NUM, "s", least=0),
        Column("holiday", TEXT, "public holiday", null=True),
        Column("event", TEXT, null=True),
        Column("promotion", TEXT, null=True),
        Column("busiest_hour", MAYBE_INT, "local hour; null: closed", null=True, least=0, most=23),
        Column("people", MAYBE_INT, "people on the floor in that hour; null: no target", null=True, least=0),
        Column("needed_h", NUM, "labour hours of the day", null=True, least=0),
        Column("planned_h", NUM, "labour hours of the rota; null: it names nobody", null=True, least=0),
    ),
    key=("local_date",),
    time="local_date",
)
CONTRACTS: tuple[Contract, ...] = (FORECAST_DAYS, BACKTEST_DAYS, STAFF_AHEAD, DAYS_AHEAD)
