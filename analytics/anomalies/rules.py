"""What the settings may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnomalyRules:
    """What does not fit any more."""
