"""What to offer to whom, and how well that was guessed in time before."""

from .rules import RecommendRules

__all__ = ["RecommendRules"]
