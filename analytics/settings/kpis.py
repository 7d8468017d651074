"""``[kpis]``: how indicators are made."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from .base import Seconds, Table, Text


class KpiSettings(Table):
    """``[kpis]``.

    Attributes:
        impute: Fill the gaps of counted totals, marked.
        bounce_s: Who goes out again within this time has bounced.
        target_star: Visits for each labour hour that are aimed at.
        lost_weeks: Lost sales are held against so many weeks.
        zone_categories: Product category by zone id.
    """

    impute: StrictBool = False
    bounce_s: Seconds = 30.0
    target_star: Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)] | None = None
    lost_weeks: Annotated[StrictInt, Field(ge=6, le=104)] = 12
    zone_categories: dict[Text, Text] = Field(default_factory=dict)
