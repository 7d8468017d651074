"""What members are worth, whether they still are customers, and how much they will buy."""

from .rules import ValueRules

__all__ = ["ValueRules"]
