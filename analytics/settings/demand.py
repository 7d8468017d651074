"""``[demand]``."""

from __future__ import annotations

from .base import Table


class DemandSettings(Table):
    """``[demand]``; see ``demand.DemandRules``."""
