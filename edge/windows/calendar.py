"""The store's hours in milliseconds, worked out once for each stretch in which nothing opens or closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .clock import MINUTE_MS, from_ms, to_ms

if TYPE_CHECKING:
    from ..hours import StoreHours


@dataclass(frozen=True, slots=True)
class Day:
    """What the hours say at one moment.

    Attributes:
        closed: When the store closed last.
        begins: When it opened since, or else ``closed``.
    """

    closed: int
    begins: int


class Calendar:
    """Looks up the hours; the answer is kept for the minute asked about, as hours are whole minutes.

    Args:
        hours: When the store is open.
    """

    def __init__(self, hours: StoreHours) -> None:
        self._hours = hours
        self._known: dict[int, Day] = {}

    def day(self, ms: int) -> Day:
        """The last closing and opening up to ``ms``."""
        minute = ms // MINUTE_MS
        if minute not in self._known:
            if len(self._known) >= 4096:
                self._known.clear()
            at = from_ms(minute * MINUTE_MS)
            closed = to_ms(self._hours.last_closing(at))
            opened = self._hours.open_since(at)
            self._known[minute] = Day(closed, max(closed, to_ms(opened) if opened is not None else closed))
        return self._known[minute]
