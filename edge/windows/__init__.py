"""What goes on in the store now and in the last hour: entries, exits, people inside, queues.

Everything is computed from the stream of facts that is stored anyway, so a process that starts anew, and is given the
facts since the last closing, shows the numbers that the old one would have shown.
"""

from .levels import Levels
from .live import HORIZON, LiveWindows
from .values import (
    NO_WINDOWS,
    Drift,
    LineTotal,
    Occupancy,
    Period,
    Queue,
    QueuePeriod,
    Windows,
    ZoneNow,
)

__all__ = [
    "HORIZON",
    "NO_WINDOWS",
    "Drift",
    "Levels",
    "LineTotal",
    "LiveWindows",
    "Occupancy",
    "Period",
    "Queue",
    "QueuePeriod",
    "Windows",
    "ZoneNow",
]
