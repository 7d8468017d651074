"""``[network]``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from .base import Table


class NetworkSettings(Table):
    """``[network]``; see ``network.NetworkRules``.

    Attributes:
        enabled: Whether members are looked at as a network at all.
        days: So many days are looked back.
        near_s: Two receipts at most this far apart are a meeting.
        min_meetings: A tie takes meetings on so many different days.
        min_group: Groups of fewer members are not told.
        error: Share of ties that may be due to chance.
    """

    enabled: StrictBool = True
    days: Annotated[StrictInt, Field(ge=14, le=3660)] = 365
    near_s: Annotated[float, Field(strict=True, ge=10, le=900, allow_inf_nan=False)] = 120.0
    min_meetings: Annotated[StrictInt, Field(ge=2, le=100)] = 3
    min_group: Annotated[StrictInt, Field(ge=5, le=1000)] = 5
    error: Annotated[float, Field(strict=True, gt=0, le=0.2, allow_inf_nan=False)] = 0.05
