"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BasketRules:
    """Which rules are worth showing.

    Attributes:
        days: So many days are looked back.
        min_receipts: What is bought together on fewer receipts is not looked at.
        min_confidence: The least share of receipts that follow a rule, 0..1.
        min_lift: The least lift, of which the lower end of the interval counts: more than 1.
        longest: The largest item set, at least 2: with 3, rules have up to two products before the arrow.
        error: The chance that a store where everything is bought independently is shown any rule at a level.
        most: So many rules of a level are kept.
    """

    days: int = 365
    min_receipts: int = 10
    min_confidence: float = 0.05
    min_lift: float = 1.2
    longest: int = 3
    error: float = 0.05
    most: int = 500
