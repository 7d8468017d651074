"""``[baskets]``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table


class BasketSettings(Table):
    """``[baskets]``; see ``baskets.BasketRules``.

    Attributes:
        days: So many days are looked back.
        min_receipts: What is bought together on fewer receipts is not looked at.
        min_confidence: The least share of receipts that follow a rule.
        min_lift: The least lift.
        longest: The largest item set.
        error: The chance that a store where everything is bought independently is shown any rule at a level.
        most: So many rules of a level are kept.
    """

    days: Annotated[StrictInt, Field(ge=14, le=3660)] = 365
    min_receipts: Annotated[StrictInt, Field(ge=3, le=1_000_000)] = 10
    min_confidence: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] = 0.05
    min_lift: Annotated[float, Field(strict=True, ge=1, le=100, allow_inf_nan=False)] = 1.2
    longest: Annotated[StrictInt, Field(ge=2, le=4)] = 3
    error: Annotated[float, Field(strict=True, gt=0, le=0.2, allow_inf_nan=False)] = 0.05
    most: Annotated[StrictInt, Field(ge=1, le=10_000)] = 500
