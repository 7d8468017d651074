"""From what pictures show to what is believed: a fault must last before it opens, and be away before it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class State:
    """Whether one fault is believed to last.

    Args:
        opens_s: So long it must have shown before it is believed.
        closes_s: So long it must have been away before that is believed.

    Attributes:
        open: Whether the fault lasts.
        changed: When it truly began, or was over: before it was believed. None: it never was open.
    """

    def __init__(self, opens_s: float, closes_s: float) -> None:
        self.open = False
        self.changed: datetime | None = None
        self._opens_s = opens_s
        self._closes_s = closes_s
        self._other: datetime | None = None

    @property
    def doubtful(self) -> bool:
        """Whether it lasts, or has begun to show."""
        return self.open or self._other is not None

    def take(self, shows: bool | None, at: datetime) -> None:
        """Takes what one picture shows.

        Args:
            shows: Whether the fault is there; None where this cannot be known: what was believed holds.
            at: Time of the picture.
        """
        if shows is None or shows == self.open:
            self._other = None
            return
        if self._other is None:
            self._other = at
        if (at - self._other).total_seconds() >= (self._opens_s if shows else self._closes_s):
            self.open, self.changed, self._other = shows, self._other, None

    def forget_doubts(self) -> None:
        """Begins to wait anew: nothing is known of what was meanwhile."""
        self._other = None
