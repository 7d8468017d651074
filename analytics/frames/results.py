"""The contracts of what analytics concludes; each has a table of the same name."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, counted, share
from .facts import CAUSES, ROLES
from .segments import GROUPS

# In the order in which the rules are asked; an entry is left out for the first that it breaks.
LEFT_OUT = ("not_held", "closed_hours", "re_entry", "short", "staff_zone", "staff_long", "staff_hours")
REASONS = ("visit", *LEFT_OUT)
STATUSES = ("ok", "partial", "missing", "closed")
STEPS = ("entries", *LEFT_OUT, "visits", "buying_units")
DWELL_METHODS = ("little", "fifo", "track")
VISITS = Contract(
    "visit",
    (
        Column("visit_id", TEXT),
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("entered", TIME),
        Column("counted", BOOL),
        Column("reason", TEXT, allowed=REASONS),
        Column("cause", TEXT, "how sure the crossing was", null=True, allowed=CAUSES),
        Column("dwell_s", NUM, "s, where the same track was seen going out", null=True, least=0),
        Column("unit_id", TEXT, "visit_id of the first of its group; null where groups are off", null=True),
    ),
    key=("visit_id",),
    time="entered",
)
# Of visits, what hours are made of.
ENTERED = Contract(
    "entered",
    (
        Column("entered", TIME),
        Column("counted", BOOL),
        Column("unit", BOOL, "the first of its group; False where groups are off"),
    ),
    time="entered",
)
WATERFALL = Contract(
    "waterfall",
    (
        Column("local_date", DAY),
        Column("step", TEXT, allowed=STEPS),
        counted("position", "0-based, the order of the steps"),
        counted("entries", "inward crossings; for buying_units: groups"),
        *(counted(cause, "of these") for cause in CAUSES),
    ),
    key=("local_date", "step"),
    time="local_date",
)
STORE_DWELL = Contract(
    "store_dwell",
    (
        Column("local_date", DAY),
        Column("method", TEXT, allowed=DWELL_METHODS),
        Column("estimated", BOOL),
        Column("mean_s", NUM, "s", null=True, least=0),
        Column("median_s", NUM, "s", null=True, least=0),
        Column("p90_s", NUM, "s", null=True, least=0),
        counted("entries", "entries it speaks for"),
        share("paired", "of them with an exit of their own (track) or of their number (little, fifo)"),
        share("coverage", "seconds seen / seconds open, null when closed"),
    ),
    key=("local_date", "method"),
    time="local_date",
)
OCCUPANCY_DRIFT = Contract(
    "occupancy_drift",
    (
        Column("local_date", DAY),
        Column("closes", TIME),
        counted("inside", "people the running count still held at closing"),
        Column("balance", INT, "entries less exits of the business day until closing"),
        counted("entries", "crossings"),
        share("coverage", "seconds seen / seconds open"),
        Column("status", TEXT, allowed=STATUSES),
    ),
    key=("local_date",),
    time="local_date",
)

# Measures that rest on counted people; each has the bounds ``..._low`` and ``..._high``.
BARRED = ("entries_in", "entries_out", "visits", "occupancy_mean", "conversion", "sales_per_visitor_minor")
BARS = tuple(f"{name}_{end}" for name in BARRED for end in ("low", "high"))

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
    counted("buying_units", "groups that came in together, null where the rule is off or nothing was seen", null=True),
    Column("conversion_per_unit", NUM, "receipts / buying units, not clipped at 1", null=True, least=0),
    *(Column(name, NUM, "95 % bound from the last audit, null where there is none", null=True) for name in BARS),
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
        counted("pass_through", "shorter stays: people who walked through", null=True),
        Column("occupancy_mean", NUM, "people, over the open time", null=True, least=0),
        Column("occupancy_max", NUM, "people", null=True, least=0),
        counted("fixed", "stays of fixed targets, left out of everything else", null=True),
        counted("staff", "stays of staff, left out of everything else", null=True),
        Column("seen_s", NUM, "s of the open time that the camera saw", null=True, absent=True, least=0),
    ),
    key=("hour_utc", "camera_id", "zone_id"),
    time="hour_utc",
)
QUEUE_HOURLY = Contract(
    "queue_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        counted("arrivals", "people who began to queue"),
        Column("length_mean", NUM, "people, over the open time", least=0),
        Column("length_max", NUM, "people", least=0),
        counted("served", "arrivals that came to the till, null where no till is in view", null=True),
        counted("abandoned", "arrivals that left without service", null=True),
        counted("unknown", "arrivals lost from sight: neither", null=True),
        Column("wait_mean_s", NUM, "s, of the served", null=True, least=0),
        Column("wait_median_s", NUM, "s, of the served", null=True, least=0),
        Column("wait_p90_s", NUM, "s, of the served", null=True, least=0),
        Column("seen_s", NUM, "s of the open time that the camera saw", null=True, absent=True, least=0),
    ),
    key=("hour_utc", "camera_id", "zone_id"),
    time="hour_utc",
)
QUEUE_WAITS = Contract(
    "queue_wait",
    (
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        Column("run_id", TEXT),
        Column("track_id", INT),
        Column("entered", TIME),
        Column("left", TIME),
        Column("wait_s", NUM, "s in the queue", least=0),
        Column("bound", BOOL, "the begin was not seen: the wait was longer"),
        Column("outcome", TEXT, allowed=("served", "abandoned", "unknown")),
    ),
    key=("camera_id", "zone_id", "run_id", "track_id", "entered"),
    ordered=(("entered", "left"),),
    time="entered",
)
PASSERS_HOURLY = Contract(
    "passers_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        counted("crossings_in", "crossings"),
        counted("crossings_out", "crossings"),
        counted("passers", "tracks, each once, at the first outside line it crossed"),
        counted("leaving", "tracks that came out of the store first: no passers-by"),
    ),
    key=("hour_utc", "camera_id", "line_id"),
    time="hour_utc",
)
CAPTURE_HOURLY = Contract(
    "capture_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        counted("passers", "people passing outside, entrants included; null where not all was seen", null=True),
        counted("entries", "entries; null where not all was seen", null=True),
        Column("capture", NUM, "entries / passers, not clipped at 1", null=True, least=0),
        Column("base", TEXT, "how entrants are included", allowed=("by track", "by line")),
        Column("seen_s", NUM, "s of the open time that all its cameras saw", null=True, absent=True, least=0),
    ),
    key=("hour_utc",),
    time="hour_utc",
)
HEAT = Contract(
    "heat",
    (
        Column("local_date", DAY),
        Column("camera_id", TEXT),
        Column("space", TEXT, "floor: cells of 0.5 m; picture: of a fortieth", allowed=("floor", "picture")),
        Column("ix", INT, "cells from the origin"),
        Column("iy", INT, "cells from the origin"),
        Column("person_s", NUM, "person-seconds", least=0),
        counted("people", "tracks"),
    ),
    key=("local_date", "camera_id", "space", "ix", "iy"),
    time="local_date",
)
MOVES = Contract(
    "move",
    (
        Column("local_date", DAY),
        Column("camera_id", TEXT),
        Column("from_place", TEXT, "zone, or line and direction"),
        Column("to_place", TEXT, "zone, or line and direction"),
        counted("moves", "times that somebody went there next"),
    ),
    key=("local_date", "camera_id", "from_place", "to_place"),
    time="local_date",
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
        Column("reason", TEXT, "why there is no pair at the till", null=True),
        Column(
            "way",
            TEXT,
            "what the pair rests on; null: no pair",
            null=True,
            absent=True,
            allowed=("till", "gate"),
        ),
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
        *GROUPS,
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
TILL_CLOCKS = Contract(
    "till_clock",
    (
        Column("till_id", TEXT),
        Column("local_date", DAY),
        Column("offset_s", NUM, "s, till less camera, at the day's begin; positive: the till is ahead"),
        Column("error_s", NUM, "s, half of the 95 % interval of the offset; null where not identified", null=True),
        Column("drift_s_per_day", NUM, "s"),
        Column("spread_s", NUM, "s, robust standard deviation of single receipts", least=0),
        counted("pairs", "receipts that had a stay near the offset"),
        Column("identified", BOOL, "False: nothing is known, nothing is corrected"),
        Column("jump_s", NUM, "s, by which the clock was set on this day; null: it was not", null=True),
        Column(
            "way",
            TEXT,
            "what it was held against; null: nothing",
            null=True,
            absent=True,
            allowed=("till zone", "door"),
        ),
        Column("drift_error_s_per_day", NUM, "s, half of the 95 % interval", null=True, least=0, absent=True),
        Column("since", DAY, "the day's own measure rests on receipts from here on", null=True, absent=True),
        Column("measured", TIME, "middle of these receipts, on the till's clock", null=True, absent=True),
        Column("measured_s", NUM, "s, till less camera, by these receipts alone", null=True, absent=True),
        Column("measured_error_s", NUM, "s, its standard error", null=True, least=0, absent=True),
    ),
    key=("till_id", "local_date"),
    time="local_date",
)
