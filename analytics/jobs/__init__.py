"""The jobs of analytics: what each does, what it needs, and when they run. The only user of APScheduler."""

from __future__ import annotations

from .context import Context, Done, Job, JobError, Part, Plan
from .nightly import days_due, local_today, look_back, next_night, run_night, scheduler, spans
from .running import Outcome, run_jobs
from .work import JOBS
from .zones import unknown_zones

__all__ = [
    "JOBS",
    "Context",
    "Done",
    "Job",
    "JobError",
    "Outcome",
    "Part",
    "Plan",
    "days_due",
    "local_today",
    "look_back",
    "next_night",
    "run_jobs",
    "run_night",
    "scheduler",
    "spans",
    "unknown_zones",
]
