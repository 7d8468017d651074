"""The job ``baskets``: what is bought together, beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..baskets import bought_together
from ..frames import BASKET_LEVELS, BASKET_RULES, BASKET_SETS
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_baskets(context: Context, window: Window) -> Done:
    """Item sets and rules of products and categories, as of the window's last day."""
    levels = bought_together(purchases_of(context, window), context.plan.baskets)
    parts = (
        (BASKET_RULES, [level.rules for level in levels]),
        (BASKET_SETS, [level.sets for level in levels]),
        (BASKET_LEVELS, [level.summary for level in levels]),
    )
    answers = [level.answer for level in levels]
    return Done(
        parts=(
            *(Part(contract, pd.concat(found, ignore_index=True)) for contract, found in parts),
            answers_part("baskets", window.last, answers),
        )
    )
