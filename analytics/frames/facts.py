"""The contracts of what the edge saw."""

from __future__ import annotations

from .contract import BOOL, INT, NUM, TEXT, TIME, Column, Contract, counted, share

ROLES = ("entrance", "product", "till", "queue", "fitting_room", "outside")

CROSSINGS = Contract(
    "crossings",
    (
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("role", TEXT, allowed=("entrance", "outside")),
        Column("run_id", TEXT),
        Column("track_id", INT),
        Column("direction", TEXT, allowed=("in", "out")),
        Column("at", TIME),
        share("confidence", null=False),
        Column("held", BOOL),
    ),
)
STAYS = Contract(
    "stays",
    (
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        Column("role", TEXT, allowed=ROLES),
        Column("run_id", TEXT),
        Column("track_id", INT),
        Column("entered", TIME),
        Column("left", TIME),
        Column("dwell_s", NUM, "s", least=0),
        Column("start_cause", TEXT, allowed=("crossed", "appeared")),
        Column("end_cause", TEXT, allowed=("crossed", "lost", "closed")),
        share("confidence", null=False),
    ),
    ordered=(("entered", "left"),),
)
WATCHES = Contract(
    "watches",
    (
        Column("camera_id", TEXT),
        Column("run_id", TEXT),
        Column("begins", TIME),
        Column("ends", TIME),
        counted("frames_seen", "frames"),
        counted("frames_dropped", "frames"),
        counted("facts_dropped", "facts"),
        Column("health", TEXT),
    ),
    ordered=(("begins", "ends"),),
)
HOURS_OPEN = Contract(
    "hours_open",
    (
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("opens_min", INT, "minutes after local midnight", least=0, most=1440),
        Column("closes_min", INT, "minutes after local midnight", least=0, most=1440),
    ),
    key=("weekday",),
    ordered=(("opens_min", "closes_min"),),
)
