"""What distributions of purchases and visits look like, and how they change."""

from .rules import DescribeRules

__all__ = ["DescribeRules"]
