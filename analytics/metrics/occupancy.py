"""How many people are inside: entries less exits since the last closing, never below nobody.

A miscount is carried along until the store closes, so the running number starts afresh there, and what was left over
is published: the drift is the honest size of the day's counting error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import CROSSINGS, OCCUPANCY_DRIFT, WATCHES, check, in_order, local_hour
from ..opening import ms
from . import coverage

if TYPE_CHECKING:
    from datetime import date, datetime

    from numpy.typing import NDArray

    from ..opening import Opening
    from .seen import Traffic


@dataclass(frozen=True, slots=True)
class Drift:
    """What the running count still showed when the store closed.

    Attributes:
        local_date: The business day.
        inside: People the running count (never below 0) still held at closing time.
        balance: Entries less exits of the business day until then; above 0 exits were missed or people were still
            inside, below 0 entries were missed.
        entries: Entries in that time, to judge the balance by.
    """

    local_date: date
    inside: int
    balance: int
    entries: int


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """The number of people inside, as steps.

    Attributes:
        at_ms: (N,) UTC milliseconds at which the number changes, in order.
        inside: (N,) people from that moment until the next.
    """

    at_ms: NDArray[np.int64]
    inside: NDArray[np.int64]

    def mean_and_most(
        self, from_ms: NDArray[np.int64], to_ms: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Time-weighted mean and the maximum in each ``from <= t < to``; NaN where that is empty."""
        if not len(self.at_ms):
            nobody = np.where(to_ms > from_ms, 0.0, np.nan)
            return nobody, nobody.copy()
        spell = np.diff(self.at_ms, append=self.at_ms[-1])
        people_ms = np.concatenate([[0], np.cumsum(self.inside * spell)])

        def total(at: NDArray[np.int64]) -> NDArray[np.int64]:
            index = np.searchsorted(self.at_ms, at, side="right") - 1
            current = np.maximum(index, 0)
            after = people_ms[current] + self.inside[current] * (at - self.at_ms[current])
            return np.asarray(np.where(index >= 0, after, 0))

        lengths = to_ms - from_ms
        mean = np.where(lengths > 0, (total(to_ms) - total(from_ms)) / np.where(lengths > 0, lengths, 1), np.nan)
        first = np.searchsorted(self.at_ms, from_ms, side="right") - 1
        last = np.searchsorted(self.at_ms, to_ms, side="left")
        most = np.full(len(from_ms), np.nan)
        for row in np.flatnonzero(lengths > 0):
            held = self.inside[max(first[row], 0) : last[row]]
            before_all = first[row] < 0
            most[row] = max(held.max() if len(held) else 0, 0 if before_all else self.inside[first[row]])
        return mean, most


def inside(entered_ms: NDArray[np.int64], left_ms: NDArray[np.int64]) -> Running:
    """How many of some stays are going on.

    Args:
        entered_ms: (N,) UTC milliseconds.
        left_ms: (N,) UTC milliseconds, none before its ``entered_ms``.
    """
    at = np.concatenate([entered_ms, left_ms])
    step = np.repeat(np.array([1, -1], dtype=np.int64), [len(entered_ms), len(left_ms)])
    # Who leaves in the frame in which another enters was inside together with them: entries first.
    order = np.lexsort((-step, at))
    return Running(at[order], np.cumsum(step[order]))


def running(crossings: pd.DataFrame, closings_ms: NDArray[np.int64]) -> Running:
    """The running number of people inside.

    All crossings of entrance lines count here, also of those who turn back in the doorway: they go in and out.

    Args:
        crossings: ``frames.CROSSINGS``.
        closings_ms: Closing times, and begins of days, UTC milliseconds, in order: the number returns to 0 at each.
    """
    at, step, period = _steps(crossings, closings_ms)
    inside = _floored(step, period)
    all_at = np.concatenate([at, closings_ms])
    all_inside = np.concatenate([inside, np.zeros(len(closings_ms), dtype=np.int64)])
    order = np.argsort(all_at, kind="stable")
    # A crossing in the very millisecond of closing belongs to the time after it.
    order = order[np.lexsort((order < len(at), all_at[order]))]
    return Running(all_at[order], all_inside[order])


def drift(crossings: pd.DataFrame, closings_ms: NDArray[np.int64], days: list[date]) -> tuple[Drift, ...]:
    """What was left over at each closing.

    Args:
        crossings: ``frames.CROSSINGS``.
        closings_ms: Closing times, UTC milliseconds, in order.
        days: The local day of each.
    """
    _, step, period = _steps(crossings, closings_ms)
    inside = _floored(step, period)
    found = []
    for number, day in enumerate(days):
        mine = period == number
        left = int(inside[mine][-1]) if mine.any() else 0
        found.append(Drift(day, left, int(step[mine].sum()), int((step[mine] > 0).sum())))
    return tuple(found)


def drift_days(traffic: Traffic, opening: Opening, since: datetime, until: datetime) -> pd.DataFrame:
    """The drift of every business day, with how much of the day was seen.

    Where the doors were blind the balance is what they missed, not how well they count: judge by days that are ok.

    Args:
        traffic: What the doors saw.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.

    Returns:
        ``frames.OCCUPANCY_DRIFT``, a row per day on which the store was open.
    """
    spans = opening.spans(since, until)
    opens, closes = (spans[name].to_numpy(dtype=np.int64) for name in ("opens_ms", "closes_ms"))
    seen_s = coverage.seen(check(traffic.watches, WATCHES), traffic.entrance_cameras).seconds_within(opens, closes)
    covered, status = coverage.statuses((closes - opens) / 1000.0, seen_s)
    crossings = check(traffic.crossings, CROSSINGS)
    # Who goes home after closing is no part of the next day: each is the same whether or not others are looked at.
    day = local_hour(crossings["at"], opening.time)["local_date"]
    closing = day.map(dict(zip(spans["local_date"], closes, strict=True)))
    left = drift(crossings[ms(crossings["at"]) < closing], closes, [day.date() for day in spans["local_date"]])
    made = pd.DataFrame(
        {
            "local_date": spans["local_date"],
            "closes": pd.to_datetime(spans["closes_ms"], unit="ms", utc=True),
            "inside": [day.inside for day in left],
            "balance": [day.balance for day in left],
            "entries": [day.entries for day in left],
            "coverage": covered,
            "status": pd.Series(status, dtype="str"),
        }
    )
    return check(made, OCCUPANCY_DRIFT)


def _steps(
    crossings: pd.DataFrame, closings_ms: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Times, +1 or -1, and how many closings came before."""
    door = in_order(crossings[crossings["role"] == "entrance"], ["at", "run_id", "track_id"])
    at = ms(door["at"])
    step = np.where(door["direction"] == "in", 1, -1).astype(np.int64)
    return at, step, np.searchsorted(closings_ms, at, side="right").astype(np.int64)


def _floored(step: NDArray[np.int64], period: NDArray[np.int64]) -> NDArray[np.int64]:
    """Running sums per period that stop at 0: the sum less the lowest it has been so far, if that is below 0."""
    inside = np.zeros(len(step), dtype=np.int64)
    for start, end in zip(*_runs(period), strict=True):
        total = np.cumsum(step[start:end])
        inside[start:end] = total - np.minimum(np.minimum.accumulate(total), 0)
    return inside


def _runs(period: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if not len(period):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    borders = np.flatnonzero(np.diff(period)) + 1
    return np.concatenate([[0], borders]), np.concatenate([borders, [len(period)]])
