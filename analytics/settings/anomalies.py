"""``[anomalies]``."""

from __future__ import annotations

from .base import Table


class AnomalySettings(Table):
    """``[anomalies]``; see ``anomalies.AnomalyRules``."""
