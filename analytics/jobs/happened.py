"""What a day at the doors and the tills brought so far, as events, and until when it can be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import now
from ..opening import instant_ms, ms
from ..results import import_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .context import Context

    Ints = NDArray[np.int64]

# A camera tells what it watched once a minute: silence for longer is a gap.
GRACE_MS = 90_000
# Receipts that came in by an import so soon after the newest of them are complete until the import.
_PROMPT_MS = 900_000


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Everything of the day, as a stream takes it."""

    names: list[str]
    at_ms: Ints
    kind: Ints
    value: NDArray[np.float64]

    def total(self, kind: str, from_ms: int, to_ms: int) -> float:
        """The sum of one kind over ``from <= at < to``."""
        mine = (self.kind == now.KINDS.index(kind)) & (self.at_ms >= from_ms) & (self.at_ms < to_ms)
        return float(self.value[mine].sum())


def events_of(crossings: pd.DataFrame, judged: pd.DataFrame, receipts: pd.DataFrame) -> Events:
    """Crossings, visits and receipts as events, each with a name of its own.

    Args:
        crossings: ``frames.CROSSINGS`` of the day.
        judged: The visits that count.
        receipts: Sales and returns, by right clocks.
    """
    door = crossings[crossings["role"] == "entrance"]
    at = ms(door["at"])
    # A track is known by its camera, run and number.
    who = zip(
        door["camera_id"],
        door["run_id"],
        door["track_id"],
        door["line_id"],
        door["direction"],
        at.tolist(),
        strict=True,
    )
    names = ["c{}/{}/{}/{}/{}/{}".format(*one) for one in who]
    # The same track can cross twice within a millisecond in no picture; a repeated row is one event.
    sale = (receipts["kind"] == "sale").to_numpy(dtype=bool)
    sold = ms(receipts["sold_at"])
    amounts = np.where(sale, 1, -1) * receipts["total_minor"].to_numpy(dtype=np.float64)
    parts = [
        (names, at, np.where(door["direction"] == "in", 0, 1), np.ones(len(door))),
        ([f"v{name}" for name in judged["visit_id"]], ms(judged["entered"]), 2, np.ones(len(judged))),
        ([f"r{name}" for name in receipts["receipt_id"]], sold, 3, sale.astype(np.float64)),
        ([f"s{name}" for name in receipts["receipt_id"]], sold, 4, amounts),
    ]
    return Events(
        [name for part in parts for name in part[0]],
        np.concatenate([part[1] for part in parts]),
        np.concatenate([np.broadcast_to(np.asarray(part[2], dtype=np.int64), len(part[0])) for part in parts]),
        np.concatenate([part[3] for part in parts]),
    )


def watched_until(watches: pd.DataFrame, at_ms: int) -> tuple[int, datetime | None]:
    """Until when the doors' cameras can have told what they saw, and until when the newest of them did.

    A camera that told something in the last minute and a half is watching: what it saw since is not known yet, and
    that is no gap. Of one that is silent for longer all until now is.
    """
    begun = watches[ms(watches["begins"]) <= at_ms]
    if begun.empty:
        return at_ms, None
    newest = pd.Series(np.minimum(ms(begun["ends"]), at_ms)).groupby(begun["camera_id"].to_numpy()).max()
    told = datetime.fromtimestamp(int(newest.max()) / 1000.0, tz=UTC)
    fresh = newest[at_ms - newest <= GRACE_MS]
    return (int(fresh.min()) if len(fresh) else at_ms), told


def sold_until(context: Context, newest: datetime | None, at_ms: int) -> int:
    """Until when sales are known: the newest receipt, or the import that brought it where that was soon after."""
    if newest is None:
        return 0
    sold = instant_ms(newest)
    imports = [row["imported_ms"] for row in import_history(context.results) if row["kind"] == "receipts"]
    done = max((int(one) for one in imports if one <= at_ms), default=0)
    return done if sold <= done <= sold + _PROMPT_MS else sold
