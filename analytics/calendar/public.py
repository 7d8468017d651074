"""Public holidays of a country or a part of it, from the holidays library."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

# Facts can lie nowhere else. The library computes what is not decided yet by rule: lunar calendars, days in lieu.
YEARS = range(2000, 2101)
LANGUAGE = "en_US"


class CalendarError(ValueError):
    """A country or a part of one that is not known; the message names it and what is."""


@cache
def public_holidays(country: str, subdivision: str | None = None) -> Mapping[date, str]:
    """Every public holiday from 2000 to 2100.

    Args:
        country: ISO 3166-1 code of two letters, such as ``DE``.
        subdivision: ISO 3166-2 code of a part of it without the country, such as ``BE`` for Berlin; None: only the days
            that the whole country keeps.

    Returns:
        Names by day, in order, in English where the library has it and else in the country's language; several of one
        day are joined by ``; ``.

    Raises:
        CalendarError: The country or the part is not known.
    """
    import holidays  # noqa: PLC0415 - takes half a second, and most stores have named no country

    known = holidays.list_supported_countries()
    if country not in known:
        raise CalendarError(f"{country!r}: no holidays are known of this country: an ISO 3166 code such as 'DE'")
    if subdivision is not None and subdivision not in known[country]:
        parts = ", ".join(known[country]) or "none"
        raise CalendarError(f"{subdivision!r}: {country} has no such part; known are {parts}")
    spoken = holidays.list_localized_countries().get(country, [])
    language = LANGUAGE if LANGUAGE in spoken else None
    found = holidays.country_holidays(country, subdiv=subdivision, years=YEARS, language=language)
    return MappingProxyType({day: found[day] for day in sorted(found)})
