"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecommendRules:
    """How recommendations are made and judged.

    Attributes:
        top: Products of each kind, new ones and those to buy again, for each member.
        holdout_days: So many of the last days are kept back to judge the models, and as many before to choose.
        sample: At most so many members are asked when models are judged.
        explore: Keep the last place among the new ones for a product that was only just listed.
        gone_days: A product that nobody bought for so long is taken as gone: stock is not known.
        min_products: Fewer products are not worth a choice.
        min_members: Fewer members that bought something teach nothing.
    """

    top: int = 5
    holdout_days: int = 28
    sample: int = 3000
    explore: bool = True
    gone_days: int = 90
    min_products: int = 30
    min_members: int = 50
