"""Hours and days that do not fit."""

from .rules import AnomalyRules

__all__ = ["AnomalyRules"]
