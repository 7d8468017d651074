"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ValueRules:
    """How the worth of members is told.

    Attributes:
        monthly_discount: A sale a month later is worth so much less.
        interval: So sure is the interval of a single member, 0..1; that of totals is always 95 %.
        least_members: Fewer members than these say nothing.
        cost_share: The worth is told as margin where the cost of this share of the members' sales is known, else as
            sales.
    """

    monthly_discount: float = 0.01
    interval: float = 0.8
    least_members: int = 50
    cost_share: float = 0.8
