"""``[network]``."""

from __future__ import annotations

from .base import Table


class NetworkSettings(Table):
    """``[network]``; see ``network.NetworkRules``."""
