"""``[describe]``."""

from __future__ import annotations

from .base import Table


class DescribeSettings(Table):
    """``[describe]``; see ``describe.DescribeRules``."""
