"""Column contracts: what every frame between two rooms looks like, and the one place where local hours are made.

Inside analytics a time is ``datetime64[ms, UTC]``, a calendar day is a naive ``datetime64[ms]`` at midnight (a day has
no zone of its own), an id is ``str`` and money is ``int64`` minor units of the store's currency. ``check`` holds a
frame to its contract once, at the door; after that it is trusted.
"""

from .contract import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME, Column, Contract, FrameError, check, empty
from .facts import CROSSINGS, HOURS_OPEN, ROLES, STAYS, WATCHES
from .local_time import Window, day_start, day_window, hours, local_hour
from .results import BACKTEST, DAILY, FORECAST, HOURLY, REASONS, RECEIPT_VISITS, SEGMENTS, STATUSES, VISITS, ZONE_HOURLY
from .sales import KINDS, LINES, MEMBERS, PRODUCTS, RECEIPTS, RFID_READS

__all__ = [
    "BACKTEST",
    "BOOL",
    "CROSSINGS",
    "DAILY",
    "DAY",
    "FORECAST",
    "HOURLY",
    "HOURS_OPEN",
    "INT",
    "KINDS",
    "LINES",
    "MAYBE_INT",
    "MEMBERS",
    "NUM",
    "PRODUCTS",
    "REASONS",
    "RECEIPTS",
    "RECEIPT_VISITS",
    "RFID_READS",
    "ROLES",
    "SEGMENTS",
    "STATUSES",
    "STAYS",
    "TEXT",
    "TIME",
    "VISITS",
    "WATCHES",
    "ZONE_HOURLY",
    "Column",
    "Contract",
    "FrameError",
    "Window",
    "check",
    "day_start",
    "day_window",
    "empty",
    "hours",
    "local_hour",
]
