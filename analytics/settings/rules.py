"""``[rules]``, ``[zones]``, ``[match]``, ``[forecast]``: how facts become numbers."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, PlainValidator, StrictBool, StrictInt

from .base import Seconds, Table, Text


def _read_spans(value: object) -> tuple[tuple[int, int], ...]:
    """Spans of the day: ``["08:30-09:15"]`` as minutes after local midnight; one may go over midnight."""
    if not isinstance(value, list):
        raise ValueError("must be a list of spans such as ['08:30-09:15']")  # noqa: TRY004 - for pydantic
    found = []
    for text in value:
        try:
            begins, ends = (time.fromisoformat(part.strip()) for part in str(text).split("-"))
        except ValueError as error:
            raise ValueError(f"{text!r} must be a span such as '08:30-09:15'") from error
        if begins == ends:
            raise ValueError(f"{text!r} must end at another time than it begins")
        found.append((begins.hour * 60 + begins.minute, ends.hour * 60 + ends.minute))
    return tuple(found)


class RuleSettings(Table):
    """``[rules]``: which entries are visits."""

    hold: StrictBool = True
    open_hours_only: StrictBool = True
    re_entry_s: Seconds | None = None
    short_visit_s: Seconds | None = None
    staff_zones: tuple[Text, ...] = ()
    staff_zone_s: Seconds = 60.0
    staff_after_s: Seconds | None = None
    staff_hours: Annotated[tuple[tuple[int, int], ...], PlainValidator(_read_spans)] = ()
    group_s: Seconds | None = None
    group_reach: Annotated[float, Field(strict=True, gt=0, le=20, allow_inf_nan=False)] = 1.0


class ZoneSettings(Table):
    """``[zones]``: what a stay in a zone and in a queue must be."""

    min_stay_s: dict[str, Seconds] = Field(default_factory=dict)
    min_wait_s: Seconds = 5.0
    served_within_s: Seconds = 20.0


class MatchSettings(Table):
    """``[match]``: receipts and stays at the till, and what is assumed of the time between paying and leaving."""

    window_s: Seconds = 120.0
    pack_s: Seconds = 5.0
    pack_error_s: Seconds = 3.0
    door_s: Seconds = 30.0
    door_error_s: Seconds = 30.0


class ForecastSettings(Table):
    """``[forecast]``."""

    days: Annotated[StrictInt, Field(ge=1, le=60)] = 14
