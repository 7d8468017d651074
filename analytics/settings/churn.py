"""``[churn]``."""

from __future__ import annotations

from .base import Table


class ChurnSettings(Table):
    """``[churn]``; see ``churn.ChurnRules``."""
