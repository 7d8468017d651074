"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChurnRules:
    """Over which time somebody is said to have left or to buy again."""
