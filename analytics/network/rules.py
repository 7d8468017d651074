"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Which meetings make a tie, and what is kept private.

    Attributes:
        enabled: Whether members are looked at as a network at all; products are in any case.
        days: So many days are looked back.
        near_s: Two receipts at most this far apart are a meeting.
        min_meetings: A tie takes meetings on so many different days.
        min_group: Groups of fewer members are not told.
        error: Share of ties that may be due to chance.
    """

    enabled: bool = True
    days: int = 365
    near_s: float = 120.0
    min_meetings: int = 3
    min_group: int = 5
    error: float = 0.05
