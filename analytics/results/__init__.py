"""The tables that analytics owns: imported sales, results, and the ledgers of imports and jobs."""

from __future__ import annotations

from .days import DayState, day_states, first_sale, input_states, keep_days, keep_marks, sales_marks
from .errors import NewerResultsError, ResultsError
from .importing import File, Stored, changed_days, import_history, read_parts, store_rows, stored_receipts
from .ledger import (
    Imported,
    Rejected,
    RunRow,
    begin_run,
    broken_rules,
    days_done,
    end_run,
    finish_run,
    last_runs,
    log_import,
    mark_interrupted,
    note_refused,
    past_import,
    refused_files,
    rejects,
)
from .lock import held
from .lookups import forget_links, last_reads, members_of
from .replacing import Changed, Part
from .store import Results, Upserted, open_results
from .sums import sums
from .watermarks import keep_watermark, watermark

__all__ = [
    "Changed",
    "DayState",
    "File",
    "Imported",
    "NewerResultsError",
    "Part",
    "Rejected",
    "Results",
    "ResultsError",
    "RunRow",
    "Stored",
    "Upserted",
    "begin_run",
    "broken_rules",
    "changed_days",
    "day_states",
    "days_done",
    "end_run",
    "finish_run",
    "first_sale",
    "forget_links",
    "held",
    "import_history",
    "input_states",
    "keep_days",
    "keep_marks",
    "keep_watermark",
    "last_reads",
    "last_runs",
    "log_import",
    "mark_interrupted",
    "members_of",
    "note_refused",
    "open_results",
    "past_import",
    "read_parts",
    "refused_files",
    "rejects",
    "sales_marks",
    "store_rows",
    "stored_receipts",
    "sums",
    "watermark",
]
