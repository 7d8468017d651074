"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """How members are grouped.

    Attributes:
        clusters: So many groups by habits; 0: as many as the data say.
        tastes: So many groups by what is bought; 0: as many as the data say.
        least_members: Fewer members are not grouped.
        least_things: A member who bought fewer things has no taste yet.
    """

    clusters: int = 0
    tastes: int = 0
    least_members: int = 50
    least_things: int = 5
