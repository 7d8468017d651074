"""Indicators: what each is, and its value with numerator, denominator, coverage and error bar.

``KPIS`` says what there is; ``kpis`` computes them from roll-ups, by any property of the hour, the day, the till, the
zone or the buyer; ``command`` says what to type to compute one again from the facts.
"""

from .before import WEEKS
from .change import Change, change_split
from .commands import command
from .compute import KpiError, Part, hours_used, kpis
from .definitions import KPIS, TIMES, Kpi
from .funnel import funnel
from .lost import LOST_WEEKS, STAR_WEEKS, Staffing, lost_sales, staffing
from .purchase import Purchase, dwell_against_purchase
from .rollups import Rollups, places
from .rules import KpiRules
from .tills import BOUNCE_S, bounce_hours, by_segment, category_days, till_hours

__all__ = [
    "BOUNCE_S",
    "KPIS",
    "LOST_WEEKS",
    "STAR_WEEKS",
    "TIMES",
    "WEEKS",
    "Change",
    "Kpi",
    "KpiError",
    "KpiRules",
    "Part",
    "Purchase",
    "Rollups",
    "Staffing",
    "bounce_hours",
    "by_segment",
    "category_days",
    "change_split",
    "command",
    "dwell_against_purchase",
    "funnel",
    "hours_used",
    "kpis",
    "lost_sales",
    "places",
    "staffing",
    "till_hours",
]
