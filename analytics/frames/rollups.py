"""The contracts of what reports add up: so small by the day that a year of them is read at once."""

from __future__ import annotations

from .contract import BOOL, DAY, NUM, TEXT, TIME, Column, Contract, counted
from .facts import ROLES

OUTAGES = Contract(
    "outage",
    (
        Column("begins", TIME, "when the store was open and not seen"),
        Column("ends", TIME),
        Column("local_date", DAY, "of the opening it lies in"),
        Column("open_s", NUM, "s of opening time that were lost", least=0),
        Column("cause", TEXT, "what the cameras said, or: no data"),
        Column("from_open", BOOL, "it began when the store opened"),
        Column("to_close", BOOL, "it lasted until the store closed"),
    ),
    key=("begins",),
    time="begins",
)
ZONE_DAYS = Contract(
    "zone_day",
    (
        Column("local_date", DAY),
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        Column("role", TEXT, allowed=ROLES),
        counted("stays", "stays"),
        counted("visitors", "tracks, each once an hour"),
        counted("drawn", "of them in hours in which the doors were seen, too"),
        counted("visits", "visits to the store in the hours in which the zone was seen, too"),
        counted("censored", "stays whose dwell is a lower bound"),
        counted("pass_through", "shorter stays"),
        counted("fixed", "stays of fixed targets"),
        counted("staff", "stays of staff"),
        Column("occupancy_s", NUM, "person-seconds in the open time that was seen", least=0),
        Column("occupancy_open_s", NUM, "s of that time", least=0),
        Column("occupancy_max", NUM, "people", null=True, least=0),
    ),
    key=("local_date", "camera_id", "zone_id"),
    time="local_date",
)
STAY_BINS = Contract(
    "stay_bin",
    (
        Column("local_date", DAY),
        Column("camera_id", TEXT),
        Column("zone_id", TEXT),
        Column("measure", TEXT, "stay in a zone, or wait in a queue", allowed=("stay", "wait")),
        Column("seconds", NUM, "s, the middle of a step of about six per cent", least=0),
        counted("ended", "stays that ended after so long"),
        counted("lost", "stays that lasted at least so long"),
    ),
    key=("local_date", "camera_id", "zone_id", "measure", "seconds"),
    time="local_date",
)
PAIR_DAYS = Contract(
    "pair_day",
    (
        Column("local_date", DAY),
        counted("receipts", "sales"),
        counted("paired", "with a likely person"),
        counted("sure", "with a person of a probability of at least 0.9"),
        counted("lonely", "with nobody seen at a till"),
    ),
    key=("local_date",),
    time="local_date",
)
