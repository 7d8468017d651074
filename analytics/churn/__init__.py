"""Who is leaving and who will buy again."""

from .rules import ChurnRules

__all__ = ["ChurnRules"]
