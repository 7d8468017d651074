"""``[report]`` and ``[schedule]``: what is written, and when."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, StrictInt

from .base import Table, Text


def _read_time(value: object) -> time:
    try:
        # A bare TOML time such as 04:15:00 is a time already.
        found = value if isinstance(value, time) else time.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("must be a time of day such as '04:15'") from error
    if found < time(3) or found.tzinfo is not None:
        raise ValueError("must lie between 03:00 and 23:59, store-local: before 03:00 clocks may change")
    return found


class ReportSettings(Table):
    """``[report]``."""

    folder: Text = "report"
    days: Annotated[StrictInt, Field(ge=1, le=3660)] = 182
    language: Literal["en", "zh", "both"] = "en"
    periods: tuple[Literal["day", "week", "month"], ...] = ("day", "week", "month")
    formats: tuple[Literal["pdf", "xlsx", "csv", "parquet"], ...] = ("xlsx", "csv")
    months: Literal["calendar", "retail"] = "calendar"
    send: tuple[Literal["day", "week", "month"], ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the pages, the first the main one."""
        return ("en", "zh") if self.language == "both" else (self.language,)


class ScheduleSettings(Table):
    """``[schedule]``: store-local time of the nightly run."""

    at: Annotated[time, PlainValidator(_read_time)] = time(4, 15)
    again_days: Annotated[StrictInt, Field(ge=0, le=366)] = 1
