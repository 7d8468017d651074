"""``[describe]``: distributions of purchases and visits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table


class DescribeSettings(Table):
    """``[describe]``; see ``describe.DescribeRules``.

    Attributes:
        days: The last so many days, against so many before.
        least_members: Groups of fewer members are put together.
    """

    days: Annotated[StrictInt, Field(ge=7, le=366)] = 28
    least_members: Annotated[StrictInt, Field(ge=5, le=1000)] = 5
