"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemandRules:
    """How far ahead demand is told, and of what.

    Attributes:
        days: Of a period.
        least_units: Products that sold fewer in the last four periods are not told.
        level: Of the intervals.
    """

    days: int = 28
    least_units: int = 10
    level: float = 0.8
