"""``[recommend]``."""

from __future__ import annotations

from .base import Table


class RecommendSettings(Table):
    """``[recommend]``; see ``recommend.RecommendRules``."""
