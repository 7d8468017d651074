"""``[value]``: what members are worth."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table


class ValueSettings(Table):
    """``[value]``; see ``value.ValueRules``.

    Attributes:
        monthly_discount: A sale a month later is worth so much less.
        interval: So sure is the interval of a single member.
        least_members: Fewer members than these say nothing.
        cost_share: Margin is shown where the cost of this share of sales is known, else sales.
    """

    monthly_discount: Annotated[float, Field(strict=True, ge=0, le=0.1, allow_inf_nan=False)] = 0.01
    interval: Annotated[float, Field(strict=True, ge=0.5, le=0.99, allow_inf_nan=False)] = 0.8
    least_members: Annotated[StrictInt, Field(ge=20, le=10_000)] = 50
    cost_share: Annotated[float, Field(strict=True, ge=0.5, le=1, allow_inf_nan=False)] = 0.8
