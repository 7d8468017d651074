"""The contracts of what analytics concludes; each has a table of the same name."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted, share
from .facts import ROLES

REASONS = ("visit", "not_held", "re_entry", "closed_hours")
STATUSES = ("ok", "partial", "missing", "closed")

VISITS = Contract(
    "visit",
    (
        Column("visit_id", TEXT),
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("entered", TIME),
        Column("counted", BOOL),
        Column("reason", TEXT, allowed=REASONS),
    ),
    key=("visit_id",),
    time="entered",
)

# What was seen is null, never 0, where no camera watched; what was sold is known from the tills all the same.
_MEASURES = (
    Column("open_s", NUM, "s", least=0),
    Column("seen_s", NUM, "s", least=0),
    share("coverage", "seconds seen / seconds open, null when closed"),
    Column("status", TEXT, allowed=STATUSES),
    counted("entries_in", "crossings, null where nothing was seen", null=True),
    counted("entries_out", "crossings, null where nothing was seen", null=True),
    counted("visits", "visits, null where nothing was seen", null=True),
    Column("occupancy_mean", NUM, "people", null=True, least=0),
    Column("occupancy_max", NUM, "people", null=True, least=0),
    counted("receipts", "net transactions"),
    Column("units", INT, "sold less returned"),
    Column("sales_minor", INT, "minor units, sales less returns"),
    Column("conversion", NUM, "receipts / visits, not clipped at 1", null=True, least=0),
    Column("atv_minor", NUM, "minor units / receipt", null=True),
    Column("upt", NUM, "units / receipt", null=True),
    Column("sales_per_visitor_minor", NUM, "minor units / visit", null=True),
    Column("flag", TEXT, null=True),
)
HOURLY = Contract(
    "hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("local_date", DAY),
        Column("local_hour", INT, least=0, most=23),
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        *_MEASURES,
    ),
    key=("hour_utc",),
    time="hour_utc",
)
DAILY = Contract(
    "daily",
    (Column("local_date", DAY), Column("weekday", INT, "0 is Monday", least=0, most=6), *_MEASURES),
    key=("local_date",),
    time="local_date",
)
ZONE_HOURLY = Contract(
    "zone_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        Column("role", TEXT, allowed=ROLES),
        counted("stays", "stays"),
        counted("visitors", "tracks"),
        Column("dwell_mean_s", NUM, "s", null=True, least=0),
        Column("dwell_median_s", NUM, "s", null=True, least=0),
        Column("dwell_p90_s", NUM, "s", null=True, least=0),
        counted("censored", "stays whose dwell is a lower bound"),
    ),
    key=("hour_utc", "camera_id", "zone_id"),
    time="hour_utc",
)
RECEIPT_VISITS = Contract(
    "receipt_visit",
    (
        Column("receipt_id", TEXT),
        Column("sold_at", TIME),
        Column("camera_id", TEXT, null=True),
        Column("run_id", TEXT, null=True),
        Column("track_id", MAYBE_INT, null=True),
        Column("zone_id", TEXT, null=True),
        Column("gap_s", NUM, "s, receipt after the stay ended", null=True),
        counted("candidates", "stays in the window"),
        share("probability"),
        Column("reason", TEXT, "why there is no pair", null=True),
    ),
    key=("receipt_id",),
    time="sold_at",
)
SEGMENTS = Contract(
    "segment",
    (
        Column("member_id", TEXT),
        Column("as_of", DAY),
        counted("recency_days", "days"),
        counted("frequency", "receipts"),
        Column("monetary_minor", INT, "minor units"),
        Column("r", INT, least=1),
        Column("f", INT, least=1),
        Column("m", INT, least=1),
        Column("segment", TEXT),
    ),
    key=("member_id", "as_of"),
    time="as_of",
)
FORECAST = Contract(
    "forecast",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("local_date", DAY),
        Column("local_hour", INT, least=0, most=23),
        Column("measure", TEXT),
        Column("model", TEXT),
        *(Column(name, NUM, least=0) for name in ("mean", "lo80", "hi80", "lo95", "hi95")),
    ),
    key=("measure", "hour_utc"),
    ordered=(("lo95", "lo80"), ("lo80", "hi80"), ("hi80", "hi95")),
    time="hour_utc",
)
BACKTEST = Contract(
    "backtest",
    (
        Column("measure", TEXT),
        Column("model", TEXT),
        Column("horizon_h", INT, "h", least=1),
        counted("origins", "forecast origins"),
        Column("mae", NUM, null=True, least=0),
        Column("mase", NUM, "MAE / MAE of the same hour last week", null=True, least=0),
        share("cover80"),
        share("cover95"),
        Column("chosen", BOOL),
    ),
    key=("measure", "model", "horizon_h"),
)
