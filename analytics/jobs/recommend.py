"""The job ``recommend``: what to offer to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frames import PRODUCT_SIMILAR, RECOMMEND_GROUP, RECOMMEND_TRIAL, RECOMMENDATION
from ..recommend import recommend
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_recommend(context: Context, window: Window) -> Done:
    """Lists for every member who agreed, what they are worth, and what goes together, as at the end of the window."""
    sales = purchases_of(context, window)
    found = recommend(sales, context.plan.recommend)
    return Done(
        (
            Part(RECOMMENDATION, found.lists),
            Part(RECOMMEND_TRIAL, found.trial),
            Part(PRODUCT_SIMILAR, found.similar),
            Part(RECOMMEND_GROUP, found.groups),
            answers_part("recommend", window.last, found.answers),
        )
    )
