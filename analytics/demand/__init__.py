"""What customers will buy next, and how much of each product will be sold."""

from .rules import DemandRules

__all__ = ["DemandRules"]
