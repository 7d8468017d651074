"""The contracts of what the edge saw."""

from __future__ import annotations

from .contract import BOOL, INT, NUM, TEXT, TIME, Column, Contract, counted, share

ROLES = ("entrance", "product", "till", "queue", "fitting_room", "outside")
CAUSES = ("crossed", "ended", "merged")
LATEST_CLOSE = 1440 + 720  # noon of the next day

CROSSINGS = Contract(
    "crossings",
    (
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("geometry_version", TEXT, "of the line: another position is another version"),
        Column("role", TEXT, allowed=("entrance", "outside")),
        Column("run_id", TEXT),
        Column("track_id", INT),
        Column("direction", TEXT, allowed=("in", "out")),
        Column("at", TIME),
        Column("confidence", NUM, "0..1", null=True, least=0, most=1, absent=True),
        Column("held", BOOL),
        Column("cause", TEXT, allowed=CAUSES),
        # Null, all of them, where only moments were asked for: a year of places costs more to read than all the rest.
        Column("x", NUM, "of the picture's width, where the path met the line", null=True, absent=True),
        Column("y", NUM, "of the picture's height", null=True, absent=True),
        Column("box_width", NUM, "of the picture's width", null=True, least=0, absent=True),
        Column("box_height", NUM, "of the picture's height", null=True, least=0, absent=True),
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
        Column("end_cause", TEXT, allowed=("crossed", "lost", "closed", "fixed")),
        share("confidence", null=False),
        Column("x", NUM, "of the picture's width: mean place of the feet", null=True, absent=True),
        Column("y", NUM, "of the picture's height", null=True, absent=True),
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
TRAILS = Contract(
    "trails",
    (
        Column("camera_id", TEXT),
        Column("run_id", TEXT),
        Column("track_id", INT),
        Column("at", TIME),
        share("x", "of the picture's width, foot point", null=False),
        share("y", "of the picture's height", null=False),
        Column("x_m", NUM, "m on the floor, where it is known", null=True),
        Column("y_m", NUM, "m on the floor, where it is known", null=True),
    ),
)
# What is drawn on the cameras' pictures, as the settings have it now.
PLACES = Contract(
    "places",
    (
        Column("camera_id", TEXT),
        Column("kind", TEXT, allowed=("line", "zone")),
        Column("id", TEXT),
        Column("role", TEXT, allowed=ROLES),
    ),
    key=("camera_id", "kind", "id"),
)
HOURS_OPEN = Contract(
    "hours_open",
    (
        Column("weekday", INT, "0 is Monday", least=0, most=6),
        Column("opens_min", INT, "minutes after local midnight", least=0, most=1440),
        Column(
            "closes_min", INT, "minutes after local midnight, over 1440 on the next day", least=0, most=LATEST_CLOSE
        ),
    ),
    key=("weekday",),
    ordered=(("opens_min", "closes_min"),),
)
# What a person counted beside what the product counted, one row per window, line and direction.
AUDITS = Contract(
    "audits",
    (
        Column("camera_id", TEXT),
        Column("line_id", TEXT),
        Column("geometry_version", TEXT),
        Column("direction", TEXT, allowed=("in", "out")),
        Column("begins", TIME),
        Column("ends", TIME),
        counted("manual", "crossings the person counted"),
        counted("counted", "crossings the product counted"),
        counted("matched", "crossings that both counted, null where only totals are known", null=True),
        Column("audited", TIME),
    ),
    key=("camera_id", "line_id", "geometry_version", "direction", "begins"),
    ordered=(("begins", "ends"), ("matched", "manual"), ("matched", "counted")),
)
