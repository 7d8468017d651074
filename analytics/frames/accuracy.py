"""The contracts of how well the counts agree with what people counted; each has a table of the same name."""

from __future__ import annotations

from .contract import BOOL, INT, NUM, TEXT, TIME, Column, Contract, counted

ACCURACY = Contract(
    "accuracy",
    (
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("geometry_version", TEXT),
        Column("direction", TEXT, allowed=("in", "out")),
        Column("from_hour", INT, "local hour at which the band begins", least=0, most=23),
        Column("to_hour", INT, "local hour at which it ends; 0 to 24: all hours together", least=1, most=24),
        counted("windows", "windows of the last audit"),
        counted("manual", "crossings the person counted"),
        counted("counted", "crossings the product counted"),
        counted("missed", "by the product; at least, where only totals are known"),
        counted("invented", "by the product; at least, where only totals are known"),
        Column("totals_only", BOOL, "in some window nobody knows which crossings agreed"),
        Column("spread", NUM, "variance between windows / variance by chance, at least 1", least=0),
        Column("ratio", NUM, "manual / counted", null=True, least=0),
        Column("ratio_low", NUM, "95 % interval, null where too little was counted", null=True, least=0),
        Column("ratio_high", NUM, "null where too little was counted", null=True, least=0),
        Column("own", BOOL, "enough crossings to speak for its hours; else all hours together do"),
        Column("first_window", TIME),
        Column("last_window", TIME, "end of the newest window"),
        Column("audited", TIME, "when the newest window was counted"),
    ),
    key=("camera_id", "line_id", "geometry_version", "direction", "from_hour", "to_hour"),
    ordered=(("from_hour", "to_hour"), ("ratio_low", "ratio_high"), ("first_window", "last_window")),
)
LINE_HOURLY = Contract(
    "line_hourly",
    (
        Column("hour_utc", TIME, "start of the local hour"),
        Column("local_hour", INT, least=0, most=23),
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("geometry_version", TEXT),
        Column("role", TEXT, allowed=("entrance", "outside")),
        Column("direction", TEXT, allowed=("in", "out")),
        counted("crossings", "crossings"),
        counted("visits", "of these"),
    ),
    key=("hour_utc", "camera_id", "line_id", "geometry_version", "direction"),
    time="hour_utc",
)
