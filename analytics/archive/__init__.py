"""Facts and sales as Parquet, one file per kind and month: to keep, and for questions in other programs.

The columns are those of the contracts in ``frames``: times are UTC milliseconds, days are dates, money is minor units.
"""

from .monthly import ArchiveError, months_of, path_of, read_month, write_month
from .scan import hourly_scan

__all__ = ["ArchiveError", "hourly_scan", "months_of", "path_of", "read_month", "write_month"]
