"""``[calendar]``: the days that are not like the others."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import Field, PlainValidator

from .base import Table


def _read_day(value: object) -> date:
    if type(value) is not date:  # a TOML date-time is a date, too, for isinstance
        raise ValueError("must be a date such as 2025-12-25, without quotes")
    return value


def _read_hours(value: object) -> dict[date, tuple[int, int]]:
    """Days with hours of their own: ``{"2025-12-24": "09:00-14:00"}`` as minutes after local midnight."""
    if not isinstance(value, dict):
        raise ValueError("must be a table of days, such as 2025-12-24 = '09:00-14:00'")  # noqa: TRY004 - for pydantic
    found = {}
    for day, text in value.items():
        try:
            opens, closes = (time.fromisoformat(part.strip()) for part in str(text).split("-"))
            key = date.fromisoformat(day)
        except ValueError as error:
            raise ValueError(f"{day} = {text!r} must be like 2025-12-24 = '09:00-14:00'") from error
        if opens >= closes:
            raise ValueError(f"{day} = {text!r} must open before it closes")
        found[key] = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    return found


class CalendarSettings(Table):
    """``[calendar]``: days on which the store stays shut, and days with hours of their own."""

    closed: tuple[Annotated[date, PlainValidator(_read_day)], ...] = ()
    hours: Annotated[dict[date, tuple[int, int]], PlainValidator(_read_hours)] = Field(default_factory=dict)
