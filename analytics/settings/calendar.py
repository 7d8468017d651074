"""``[calendar]``: the days that are not like the others."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Self

from pydantic import Field, PlainValidator, StrictBool, model_validator

from ..calendar import Dated, KnownDays, public_holidays
from ..frames import LATEST_CLOSE
from .base import Table, Text

DAY_MIN = 24 * 60


def _read_day(value: object) -> date:
    if type(value) is not date:  # a TOML date-time is a date, too, for isinstance
        raise ValueError("must be a date such as 2025-12-25, without quotes")
    return value


def _read_hours(value: object) -> dict[date, tuple[int, int]]:
    """Days with hours of their own: ``{"2025-12-24": "09:00-14:00"}`` as minutes after local midnight.

    What closes before it opens closes on the next day, at noon at the latest.
    """
    if not isinstance(value, dict):
        raise ValueError("must be a table of days, such as 2025-12-24 = '09:00-14:00'")  # noqa: TRY004 - for pydantic
    found = {}
    for day, text in value.items():
        try:
            opens, closes = (_minutes(part.strip()) for part in str(text).split("-"))
            key = date.fromisoformat(day)
        except ValueError as error:
            raise ValueError(f"{day} = {text!r} must be like 2025-12-24 = '09:00-14:00'") from error
        if opens == DAY_MIN:
            raise ValueError(f"{day} = {text!r} must open before 24:00")
        closes += DAY_MIN if closes < opens else 0
        if opens == closes:
            raise ValueError(f"{day} = {text!r} must open before it closes")
        if closes > LATEST_CLOSE:
            raise ValueError(f"{day} = {text!r} must close by noon of the next day")
        found[key] = opens, closes
    return found


def _minutes(text: str) -> int:
    if text == "24:00":
        return DAY_MIN
    found = time.fromisoformat(text)
    return found.hour * 60 + found.minute


Day = Annotated[date, PlainValidator(_read_day)]


class EventSettings(Table):
    """``[[calendar.events]]``: what happens in town from one day to another."""

    name: Annotated[Text, Field(pattern=r"^[^;]*$")]  # several of one day are joined by semicolons
    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last = {self.last} must not be before first = {self.first}")
        return self


class PromotionSettings(EventSettings):
    """``[[calendar.promotions]]``: what the store does, for some categories of products or for all."""

    categories: tuple[Text, ...] = ()


class CalendarSettings(Table):
    """``[calendar]``: the days that are not like the others.

    Attributes:
        closed: Days on which the store stays shut.
        hours: Days with hours of their own; they win over ``closed`` and over holidays.
        country: Whose public holidays are named.
        subdivision: The part of the country that the store lies in.
        holidays_closed: Whether the store stays shut on them. To be said where a country is named: what is usual
            differs, and the wrong guess would throw away whole days or count shut ones.
        events: What happens in town.
        promotions: What the store does.
    """

    closed: tuple[Day, ...] = ()
    hours: Annotated[dict[date, tuple[int, int]], PlainValidator(_read_hours)] = Field(default_factory=dict)
    country: Text | None = None
    subdivision: Text | None = None
    holidays_closed: StrictBool | None = None
    events: tuple[EventSettings, ...] = ()
    promotions: tuple[PromotionSettings, ...] = ()

    @model_validator(mode="after")
    def _known_country(self) -> Self:
        if self.country is None:
            named = [name for name in ("subdivision", "holidays_closed") if getattr(self, name) is not None]
            if named:
                raise ValueError(f"{named[0]} needs a country")
            return self
        if self.holidays_closed is None:
            raise ValueError("a country needs holidays_closed = true or false: is the store shut on public holidays?")
        public_holidays(self.country, self.subdivision)
        return self

    @property
    def known(self) -> KnownDays:
        """Everything that is said of days, for the calendar."""
        holidays = public_holidays(self.country, self.subdivision) if self.country else {}
        events = (Dated(event.name, event.first, event.last) for event in self.events)
        promotions = (Dated(p.name, p.first, p.last, p.categories) for p in self.promotions)
        return KnownDays(holidays, tuple(events), tuple(promotions))

    @property
    def closed_days(self) -> frozenset[date]:
        """Every day on which the store stays shut, if it has no hours of its own."""
        shut = public_holidays(self.country, self.subdivision) if self.country and self.holidays_closed else {}
        return frozenset(self.closed) | frozenset(shut)
