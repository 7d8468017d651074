"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DescribeRules:
    """What is described.

    Attributes:
        days: The last so many days, against so many before.
        least_members: Groups of fewer members are put together.
    """

    days: int = 28
    least_members: int = 5
