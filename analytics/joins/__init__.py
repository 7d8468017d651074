"""Visits meet sales: by the hour, which needs no pairing, and receipt by receipt, which needs a camera at the till."""

from .clocks import ClockRules, TillClock
from .pairing import Matches, PairRules, match_receipts
from .sales import correct_clocks, sales_by_hour, transactions

__all__ = [
    "ClockRules",
    "Matches",
    "PairRules",
    "TillClock",
    "correct_clocks",
    "match_receipts",
    "sales_by_hour",
    "transactions",
]
