"""The events of a store as they come: each once, into the running hour and into the last minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .windows import Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KINDS = ("in", "out", "visit", "receipt", "sales_minor")
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened in a stretch of time, as far as it has come.

    Attributes:
        begins_ms: Its begin.
        ends_ms: Its end.
        entries_in: Crossings inwards.
        entries_out: Crossings outwards.
        visits: Entries that the rules count.
        receipts: Transactions.
        sales_minor: Net sales.
    """

    begins_ms: int
    ends_ms: int
    entries_in: int
    entries_out: int
    visits: int
    receipts: int
    sales_minor: int


class Stream:
    """Takes the events of one store, and tells the running hour and the last 15 and 60 minutes.

    An event that was taken before is not taken again, so a reader may hand over whole days. What comes later than the
    lateness for a window that is closed is counted in ``late``: the night, which reads everything, counts it.

    Args:
        anchor_ms: When some hour of the store's clock began.
        lateness_ms: How long an event may be on its way.
    """

    def __init__(self, anchor_ms: int, lateness_ms: int = 120_000) -> None:
        given = {"lateness_ms": lateness_ms, "kinds": len(KINDS), "anchor_ms": anchor_ms}
        self._hour = Windows(HOUR_MS, **given)
        self._last = {
            minutes: Windows(minutes * MINUTE_MS, MINUTE_MS, lateness_ms=lateness_ms, kinds=len(KINDS))
            for minutes in (15, 60)
        }
        self._anchor, self._lateness = anchor_ms, lateness_ms
        self._taken: set[str] = set()
        self._first = True

    @property
    def late(self) -> int:
        """Events that came after their hour was closed."""
        return int(self._hour.late.sum())

    def take(self, names: Sequence[str], at_ms: Ints, kind: Ints, value: Floats, now_ms: int) -> int:
        """Takes those events that were not taken before.

        Args:
            names: (N,) of each event, never the same for two.
            at_ms: (N,) when each happened.
            kind: (N,) place in ``KINDS``.
            value: (N,) 1, or an amount.
            now_ms: The clock; events of later times wait.

        Returns:
            How many were new.
        """
        rows = self._new(names, at_ms <= now_ms)
        if self._first:
            # What was there before anybody looked is not late, whatever order it lies in.
            rows = rows[np.argsort(at_ms[rows], kind="stable")]
            self._first = False
        for windows in (self._hour, *self._last.values()):
            windows.add(at_ms[rows], kind[rows], value[rows])
            windows.advance(now_ms)
        return len(rows)

    def _new(self, names: Sequence[str], due: NDArray[np.bool_]) -> Ints:
        """The places of those not taken yet, each name once; from now on they are."""
        rows = []
        for row in np.flatnonzero(due).tolist():
            if names[row] not in self._taken:
                self._taken.add(names[row])
                rows.append(row)
        return np.array(rows, dtype=np.int64)

    def hour(self, now_ms: int) -> Tally:
        """The running hour until now."""
        begins = self._anchor + (now_ms - self._anchor) // HOUR_MS * HOUR_MS
        return _tally(self._hour, begins + HOUR_MS)

    def last(self, minutes: int, now_ms: int) -> Tally:
        """The last 15 or 60 minutes: the window that ends with the running minute."""
        return _tally(self._last[minutes], (now_ms // MINUTE_MS + 1) * MINUTE_MS)


def _tally(windows: Windows, ends_ms: int) -> Tally:
    window = windows.window(ends_ms)
    counts = [round(float(total)) for total in window.sums]
    return Tally(window.begins_ms, window.ends_ms, *counts)
