"""The jobs of analytics: what each does, what it needs, and when they run. The only user of APScheduler."""

from __future__ import annotations

from .context import Context, Done, Job, JobError, Part, Plan
from .importing import Taken, take_in
from .landing import Landing, land, put_away
from .nightly import days_due, due_days, local_today, look_back, next_night, run_night, run_window, scheduler, spans
from .quality import files_of, quality_of
from .reportdata import report_data
from .reporting import Written, period_report, write_report
from .running import Outcome, Step, in_order, run_jobs
from .work import JOBS
from .zones import unknown_zones

__all__ = [
    "JOBS",
    "Context",
    "Done",
    "Job",
    "JobError",
    "Landing",
    "Outcome",
    "Part",
    "Plan",
    "Step",
    "Taken",
    "Written",
    "days_due",
    "due_days",
    "files_of",
    "in_order",
    "land",
    "local_today",
    "look_back",
    "next_night",
    "period_report",
    "put_away",
    "quality_of",
    "report_data",
    "run_jobs",
    "run_night",
    "run_window",
    "scheduler",
    "spans",
    "take_in",
    "unknown_zones",
    "write_report",
]
