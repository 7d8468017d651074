"""``[archive]``: facts and sales as Parquet."""

from __future__ import annotations

from .base import Table, Text


class ArchiveSettings(Table):
    """``[archive]``: where the files of each month go; None: none are written."""

    folder: Text | None = None
