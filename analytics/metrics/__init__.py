"""Traffic, occupancy, dwell and rates, each with the coverage it rests on.

``hourly`` and ``daily`` for the store, ``zones`` for its zones, ``totals`` and ``zone_totals`` for any period.
"""

from .coverage import MISSING_BELOW, PARTIAL_BELOW, Gap, gaps
from .hourly import Sales, Totals, Traffic, daily, hourly, totals
from .occupancy import Drift, drift
from .rates import POWER_SHARE, POWER_WEEKS, PowerHour, differ, power_hours, wilson
from .zones import Dwell, ZoneTotals, dwell, zone_totals, zones

__all__ = [
    "MISSING_BELOW",
    "PARTIAL_BELOW",
    "POWER_SHARE",
    "POWER_WEEKS",
    "Drift",
    "Dwell",
    "Gap",
    "PowerHour",
    "Sales",
    "Totals",
    "Traffic",
    "ZoneTotals",
    "daily",
    "differ",
    "drift",
    "dwell",
    "gaps",
    "hourly",
    "power_hours",
    "totals",
    "wilson",
    "zone_totals",
    "zones",
]
