"""The job ``demand``: next purchases of members, demand of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import demand
from ..frames import DEMAND_TOTAL, DEMAND_TRIAL, MEMBER_DEMAND, PRODUCT_DEMAND
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_demand(context: Context, window: Window) -> Done:
    """Teaches, judges and tells, as of the last day of the window."""
    found = demand_of(context, window, context.plan.demand)
    return Done(
        (
            Part(PRODUCT_DEMAND, found.products),
            Part(MEMBER_DEMAND, found.members),
            Part(DEMAND_TRIAL, found.trial),
            Part(DEMAND_TOTAL, found.totals),
            answers_part("demand", window.last, found.answers),
        )
    )


def demand_of(context: Context, window: Window, rules: demand.DemandRules) -> demand.Outcome:
    """Demand of products and members, with the promotions that the settings name."""
    planned = [(one.first, one.last, one.categories) for one in context.plan.known_days.promotions]
    return demand.outcome(purchases_of(context, window), rules, planned)
