"""``[demand]``: how far ahead demand is told, and of what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Table


class DemandSettings(Table):
    """``[demand]``; see ``demand.DemandRules``.

    Attributes:
        days: Of a period.
        least_units: Products that sold fewer in the last four periods are not told.
        level: Of the intervals.
    """

    days: Annotated[StrictInt, Field(ge=7, le=182)] = 28
    least_units: Annotated[StrictInt, Field(ge=1, le=100_000)] = 10
    level: Annotated[float, Field(strict=True, ge=0.5, le=0.99, allow_inf_nan=False)] = 0.8
