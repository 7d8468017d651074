"""Visits meet sales: by the hour, which needs no pairing, and receipt by receipt, which needs a camera at the till."""

from .clocks import Departures, clock_errors, departures, needs_history, till_clocks
from .gates import GateRules, pair_by_gate
from .measuring import ClockRules
from .members import Carded, CardRules, Cards, member_visits
from .pairing import Matches, PairRules, match_receipts, quiet
from .sales import correct_clocks, sales_by_hour, sold_by_hour, transactions
from .tags import ItemRules, Sold, units_of
from .tries import Rooms, item_outcomes

__all__ = [
    "CardRules",
    "Carded",
    "Cards",
    "ClockRules",
    "Departures",
    "GateRules",
    "ItemRules",
    "Matches",
    "PairRules",
    "Rooms",
    "Sold",
    "clock_errors",
    "correct_clocks",
    "departures",
    "item_outcomes",
    "match_receipts",
    "member_visits",
    "needs_history",
    "pair_by_gate",
    "quiet",
    "sales_by_hour",
    "sold_by_hour",
    "till_clocks",
    "transactions",
    "units_of",
]
