"""``[value]``."""

from __future__ import annotations

from .base import Table


class ValueSettings(Table):
    """``[value]``; see ``value.ValueRules``."""
