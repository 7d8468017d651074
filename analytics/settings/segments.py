"""``[segments]``."""

from __future__ import annotations

from .base import Table


class SegmentSettings(Table):
    """``[segments]``; see ``segments.SegmentRules``."""
