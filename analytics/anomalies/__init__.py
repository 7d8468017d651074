"""Hours and days that do not fit: what is strange, how strange, and whether camera, till or a real event is behind it.

Traps, each a test: what is flagged never teaches what is expected; the hour that the clocks skip or repeat is neither
missing nor strange; an hour that was not seen is unknown, not empty.
"""

from .finding import NEED_DAYS, QUESTIONS, Found, anomalies
from .judging import Judged, Odd, judge
from .measures import Sources
from .rules import AnomalyRules
from .series import Series, series

__all__ = [
    "NEED_DAYS",
    "QUESTIONS",
    "AnomalyRules",
    "Found",
    "Judged",
    "Odd",
    "Series",
    "Sources",
    "anomalies",
    "judge",
    "series",
]
