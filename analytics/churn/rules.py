"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChurnRules:
    """Over which time somebody is said to have left or to buy again.

    Attributes:
        days: Who buys nothing in so many days has left; None: chosen from the shop's own gaps between purchases.
        most_days: The longest time that is chosen.
        at_risk: From this probability of leaving on a member is at risk.
        good_share: The share of members, by what they spent, who are called good customers.
    """

    days: int | None = None
    most_days: int = 90
    at_risk: float = 0.5
    good_share: float = 0.2
