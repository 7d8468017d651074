"""What is wrong with what was imported: rejects, gaps against opening hours, totals that do not agree.

Nothing here is refused or changed: what breaks a rule by itself never came in; this is what only shows beside the rest.
"""

from __future__ import annotations

from .assembling import Sales, quality
from .files import COUNTS, FileCounts, Refused, Unread, file_checks
from .totals import LINES_DIFFER, PAYMENTS_DIFFER

__all__ = [
    "COUNTS",
    "LINES_DIFFER",
    "PAYMENTS_DIFFER",
    "FileCounts",
    "Refused",
    "Sales",
    "Unread",
    "file_checks",
    "quality",
]
