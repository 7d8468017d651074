"""The tables that analytics owns: imported sales, results, and the ledgers of imports and jobs."""

from __future__ import annotations

from .errors import NewerResultsError, ResultsError
from .ledger import Imported, Rejected, begin_run, days_done, end_run, log_import, past_import, rejects
from .store import Results, Upserted, open_results

__all__ = [
    "Imported",
    "NewerResultsError",
    "Rejected",
    "Results",
    "ResultsError",
    "Upserted",
    "begin_run",
    "days_done",
    "end_run",
    "log_import",
    "open_results",
    "past_import",
    "rejects",
]
