"""What distributions of purchases and visits look like, and how they change."""

from .describing import QUESTIONS, Described, describe
from .groups import NEW, NOT_GIVEN, OTHER
from .observed import Period, Seen
from .rules import DescribeRules

__all__ = ["NEW", "NOT_GIVEN", "OTHER", "QUESTIONS", "DescribeRules", "Described", "Period", "Seen", "describe"]
