"""When the store is open, by the clock on its wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoreHours:
    """The weekly opening hours.

    Attributes:
        days: Monday to Sunday: minutes after local midnight (opens, closes; over 1440 on the next day), None where the
            store stays shut. A store without any hours counts as always open; its days end at local midnight.
        time_zone: IANA name.
    """

    days: tuple[tuple[int, int] | None, ...]
    time_zone: str

    def open_since(self, at: datetime) -> datetime | None:
        """When the store opened last, if it is open; None while it is closed. Long ago where no hours are known."""
        if not any(self.days):
            return LONG_AGO
        return next((opens for opens, closes in self._around(at) if opens <= at < closes), None)

    def last_closing(self, at: datetime) -> datetime:
        """The last moment up to ``at``, itself included, at which the store closed."""
        return max(closes for _, closes in self._around(at) if closes <= at)

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Openings from over a week ago until tomorrow."""
        zone = ZoneInfo(self.time_zone)
        today = at.astimezone(zone).date()
        always = not any(self.days)
        for back in range(-1, 9):
            day = today - back * DAY
            hours = (0, 24 * 60) if always else self.days[day.weekday()]
            if hours is not None:
                # Where a clock reading exists twice the store opens at the first and closes at the second.
                yield _moment(day, hours[0], zone, fold=0), _moment(day, hours[1], zone, fold=1)


def _moment(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """A clock reading of a day as UTC; one that the clocks skip is the moment at which they skip it."""
    naive = datetime(day.year, day.month, day.day) + minutes * MINUTE  # noqa: DTZ001 - becomes aware below
    while True:
        found = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if found.astimezone(zone).replace(tzinfo=None) == naive:
            return found
        naive += MINUTE
