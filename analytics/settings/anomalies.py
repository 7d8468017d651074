"""``[anomalies]``: what does not fit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from .base import Seconds, Table


class AnomalySettings(Table):
    """``[anomalies]``; see ``anomalies.AnomalyRules``.

    Attributes:
        weeks: An hour is held against the same weekday and hour of so many weeks before.
        false_alarms: So many false alarms of each measure a month are accepted.
        least_outage_s: An outage of the cameras is told from so much lost opening time a day on.
    """

    weeks: Annotated[StrictInt, Field(ge=5, le=26)] = 6
    false_alarms: Annotated[float, Field(strict=True, gt=0, le=5, allow_inf_nan=False)] = 0.15
    least_outage_s: Seconds = 1800.0
