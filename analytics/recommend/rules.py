"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecommendRules:
    """How recommendations are made and judged."""
