"""What the settings say of indicators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .lost import LOST_WEEKS
from .tills import BOUNCE_S

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class KpiRules:
    """How indicators are made.

    Attributes:
        impute: Fill the gaps of counted totals, marked; rates and comparisons never are.
        bounce_s: Who goes out again within this time has bounced.
        target_star: Visits for each labour hour that are aimed at; None: the store's own mean.
        lost_weeks: Lost sales are held against so many weeks.
        zone_categories: Product category by zone id, for the funnel.
    """

    impute: bool = False
    bounce_s: float = BOUNCE_S
    target_star: float | None = None
    lost_weeks: int = LOST_WEEKS
    zone_categories: Mapping[str, str] = field(default_factory=dict)
