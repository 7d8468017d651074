"""``[churn]``: over which time somebody is said to have left or to buy again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table

_Share = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]


class ChurnSettings(Table):
    """``[churn]``; see ``churn.ChurnRules``.

    Attributes:
        days: Who buys nothing in so many days has left; chosen from the shop's own gaps unless given.
        most_days: The longest time that is chosen.
        at_risk: From this probability of leaving on a member is at risk.
        good_share: The share of members, by what they spent, who are called good customers.
    """

    days: Annotated[StrictInt, Field(ge=7, le=730)] | None = None
    most_days: Annotated[StrictInt, Field(ge=14, le=365)] = 90
    at_risk: _Share = 0.5
    good_share: _Share = 0.2
