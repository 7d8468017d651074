"""``[recommend]``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from .base import Table


class RecommendSettings(Table):
    """``[recommend]``; see ``recommend.RecommendRules``.

    Attributes:
        top: Products of each kind for each member.
        holdout_days: Days kept back to judge by, and as many before to choose by.
        sample: Members asked when models are judged.
        explore: Keep the last place for a new product.
        gone_days: A product that nobody bought for so long is taken as gone.
        min_products: Fewer are not worth a choice.
        min_members: Fewer teach nothing.
    """

    top: Annotated[StrictInt, Field(ge=1, le=20)] = 5
    holdout_days: Annotated[StrictInt, Field(ge=7, le=182)] = 28
    sample: Annotated[StrictInt, Field(ge=100, le=20_000)] = 3000
    explore: StrictBool = True
    gone_days: Annotated[StrictInt, Field(ge=7, le=1000)] = 90
    min_products: Annotated[StrictInt, Field(ge=2, le=10_000)] = 30
    min_members: Annotated[StrictInt, Field(ge=10, le=100_000)] = 50
