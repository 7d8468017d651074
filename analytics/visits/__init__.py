"""Crossings become visits. A visit is an opinion: the rules are values, and every entry left out keeps its reason.

``visits`` judges every entry, ``waterfall`` and ``waterfall_days`` say what each rule took away, ``pairs`` finds the
exit of an entry, ``staff_tracks`` who works here.
"""

from .groups import BODY_ASPECT
from .judging import visits
from .pairing import door_crossings, pairs, visit_ids
from .rules import Step, VisitRules
from .staff import is_staff, staff_tracks
from .waterfall import waterfall, waterfall_days

__all__ = [
    "BODY_ASPECT",
    "Step",
    "VisitRules",
    "door_crossings",
    "is_staff",
    "pairs",
    "staff_tracks",
    "visit_ids",
    "visits",
    "waterfall",
    "waterfall_days",
]
