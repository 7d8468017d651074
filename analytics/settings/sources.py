"""``[sources]``: where sales come from."""

from __future__ import annotations

from .base import Files, Table, Text


class SourceSettings(Table):
    """``[sources]``: paths or globs, and where rejected rows go."""

    receipts: Files = ()
    receipt_lines: Files = ()
    rfid_reads: Files = ()
    members: Files = ()
    products: Files = ()
    rejects: Text = "rejects"
