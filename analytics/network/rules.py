"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Which meetings make an edge, and what is kept private."""
