"""``[baskets]``."""

from __future__ import annotations

from .base import Table


class BasketSettings(Table):
    """``[baskets]``; see ``baskets.BasketRules``."""
