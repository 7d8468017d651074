"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemandRules:
    """Over which time demand is told."""
