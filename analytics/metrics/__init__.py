"""Traffic, occupancy, dwell and rates, each with the coverage it rests on.

``hourly`` and ``daily`` for the store, ``zones`` and ``queues`` for its zones, ``passers`` and ``capture`` for the
street, ``store_dwell`` and ``drift_days`` for the business day; ``totals`` and ``..._totals`` for any period.
"""

from .bars import Audited, capture_bounds, error_bars, line_hours, total_bars, with_bars
from .capture import CaptureTotals, capture, capture_totals, passers
from .coverage import MISSING_BELOW, PARTIAL_BELOW, Gap, gaps
from .hourly import Totals, daily, hourly, totals
from .occupancy import Drift, drift, drift_days
from .outages import joined, outages
from .queues import QueueRules, QueueTotals, queue_totals, queues, waits
from .rates import POWER_SHARE, POWER_WEEKS, PowerHour, differ, power_hours, wilson
from .seen import Sales, Traffic
from .store_dwell import store_dwell
from .survival import Dwell, dwell
from .zone_days import lengths, stay_bins, zone_days, zone_period
from .zones import ZoneRules, ZoneTotals, zone_totals, zones

__all__ = [
    "MISSING_BELOW",
    "PARTIAL_BELOW",
    "POWER_SHARE",
    "POWER_WEEKS",
    "Audited",
    "CaptureTotals",
    "Drift",
    "Dwell",
    "Gap",
    "PowerHour",
    "QueueRules",
    "QueueTotals",
    "Sales",
    "Totals",
    "Traffic",
    "ZoneRules",
    "ZoneTotals",
    "capture",
    "capture_bounds",
    "capture_totals",
    "daily",
    "differ",
    "drift",
    "drift_days",
    "dwell",
    "error_bars",
    "gaps",
    "hourly",
    "joined",
    "lengths",
    "line_hours",
    "outages",
    "passers",
    "power_hours",
    "queue_totals",
    "queues",
    "stay_bins",
    "store_dwell",
    "total_bars",
    "totals",
    "waits",
    "wilson",
    "with_bars",
    "zone_days",
    "zone_period",
    "zone_totals",
    "zones",
]
