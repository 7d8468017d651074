"""How wrong the clocks of the tills are, day by day: offset, drift, and the days on which somebody set them.

Each day gives a measure of its own (``measuring``). A till may be set by hand one morning and run a little fast all
along, so the clock of a day is the line through its own measure and those of the weeks before, back to the last jump.
Only what was known by that day is used: a night can be computed again, and the next one rests on stored rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import TILL_CLOCKS, check, empty, local_hour
from ..opening import ms
from .clock_rows import DAY_S, UNKNOWN_SPREAD_S, ClockRow, begins_s, row_frame, stored_row
from .measuring import ClockRules, Floats, measure, near, printed_step_s

if TYPE_CHECKING:
    from datetime import date

    from ..frames import StoreTime
    from .measuring import Measure

_Z = 1.96
# Days differ by a little more than their receipts say: another cashier, another pace.
_DAY_TO_DAY_S = 0.3
_SURE = 4.5


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """What the receipts are held against.

    Attributes:
        left_s: When people left, Unix seconds, in order.
        way: ``till zone``: left the till; ``door``: left the store, where no camera sees a till.
    """

    left_s: Floats
    way: str = "till zone"


def till_clocks(
    receipts: pd.DataFrame,
    departures: Departures,
    first: date,
    time_zone: str | StoreTime,
    *,
    rules: ClockRules | None = None,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Judges the clock of every till on every day on which it sold something.

    Args:
        receipts: ``frames.RECEIPTS`` of sales and returns from ``first`` on, and of days before it where some day is
            too quiet to speak for itself (see ``needs_history``).
        departures: Around all of them.
        first: The first local day, on the till's clock, of which a row is wanted.
        time_zone: The store's.
        rules: Limits; None: the defaults.
        before: ``frames.TILL_CLOCKS`` of the days before ``first``; None: there are none.

    Returns:
        ``frames.TILL_CLOCKS`` from ``first`` on, by till and day. ``offset_s`` is the line's value at the day's begin;
        ``error_s`` joins the line's own error with that of the assumed time between paying and leaving.
    """
    rules = rules or ClockRules()
    if receipts.empty:
        return empty(TILL_CLOCKS)
    earlier = empty(TILL_CLOCKS) if before is None else check(before, TILL_CLOCKS)
    door = departures.way == "door"
    due_s = np.sort(departures.left_s) - (rules.door_s if door else rules.pack_s)
    local = local_hour(receipts["sold_at"], time_zone)["local_date"]
    rows = receipts.assign(local_date=local, sold_s=ms(receipts["sold_at"]) / 1000.0)
    begin_s = begins_s(local, time_zone)
    found: list[pd.DataFrame] = []
    for till, mine in rows.groupby("till_id", sort=True):
        past = [stored_row(row, time_zone) for row in earlier[earlier["till_id"] == till].itertuples()]
        batch = _Till(mine, due_s, rules, departures.way, begin_s)
        known = sorted(past, key=lambda row: row.day)
        for day in batch.days:
            if day >= pd.Timestamp(first):
                known.append(batch.judge(day, known))
        fresh = [row for row in known if row.day >= pd.Timestamp(first)]
        if fresh:
            found.append(row_frame(str(till), fresh))
    return check(pd.concat(found, ignore_index=True), TILL_CLOCKS) if found else empty(TILL_CLOCKS)


def departures(stays: pd.DataFrame, min_stay_s: float) -> Departures:
    """When the people at the tills left, as far as the camera saw them leave.

    Args:
        stays: ``frames.STAYS``.
        min_stay_s: Shorter stays are people who pass by.
    """
    here = stays[(stays["role"] == "till") & (stays["end_cause"] == "crossed") & (stays["dwell_s"] >= min_stay_s)]
    return Departures(np.sort(ms(here["left"]) / 1000.0))


def needs_history(clocks: pd.DataFrame) -> bool:
    """Whether some till told too little on some day to be judged by the days given, so that days before are needed."""
    return bool(clocks["measured_s"].isna().any())


class _Till:
    """The receipts of one till by day, and the judging of its days, one after the other."""

    def __init__(
        self, rows: pd.DataFrame, due_s: Floats, rules: ClockRules, way: str, begin_s: dict[pd.Timestamp, float]
    ) -> None:
        grouped = rows.groupby("local_date")["sold_s"]
        by_day = {pd.Timestamp(str(day)): np.sort(part.to_numpy(dtype=np.float64)) for day, part in grouped}
        self.days: list[pd.Timestamp] = sorted(by_day)
        step = printed_step_s(rows["sold_s"].to_numpy())
        # A till cuts its times, it does not round them.
        self._sold = {day: times + step / 2.0 for day, times in by_day.items()}
        self._due, self._rules, self._way, self._begin = due_s, rules, way, begin_s
        door = way == "door"
        self._blur = step + (30.0 if door else 0.0)
        self._assumed = rules.door_error_s if door else rules.pack_error_s
        self._most = rules.block_receipts * (10 if door else 1)

    def judge(self, day: pd.Timestamp, known: list[ClockRow]) -> ClockRow:
        """The clock of a day, given the rows of the days before."""
        history = [row for row in known if (day - row.day).days <= self._rules.history_days]
        since, found = self._measure(day, history)
        day_s = self._begin[day]
        run = run_before(history, since)
        if found is None:
            return self._carried(day, day_s, history)
        base = ClockRow(day, day_s, spread_s=found.spread_s, pairs=found.pairs, identified=True, way=self._way)
        mine = replace(base, since=since, measured=found)
        jump: float | None = None
        if run:
            should, should_var, _, _ = _line(run, found.at_s, self._rules.drift_sd)
            off = found.offset_s - should
            sure = _SURE * float(np.sqrt(should_var + found.error_s**2 + _DAY_TO_DAY_S**2))
            if abs(off) > max(self._rules.jump_s, sure):
                jump, run = off, []
        offset, var, drift, drift_var = _line([*run, mine], day_s, self._rules.drift_sd)
        error = float(np.hypot(_Z * np.sqrt(var), self._assumed))
        judged = replace(
            mine, offset_s=offset, error_s=error, drift=drift, drift_error=_Z * float(np.sqrt(drift_var)), jump_s=jump
        )
        return judged.rounded()

    def _measure(self, day: pd.Timestamp, history: list[ClockRow]) -> tuple[pd.Timestamp, Measure | None]:
        """The day's own measure, joined with days before it until there are enough receipts for one."""
        # Not over a jump: what the clock showed before it says nothing.
        jumps = [row.day for row in history if row.jump_s is not None]
        held: list[Floats] = []
        since, count = day, 0
        for earlier in reversed([d for d in self.days if d <= day]):
            if (day - earlier).days > self._rules.history_days or (jumps and earlier < jumps[-1]):
                break
            since = earlier
            held.append(self._sold[earlier])
            count += len(held[-1])
            if count < self._rules.least_pairs:
                continue
            # As few days as it takes: the day on which a clock was set should not drown in those before it.
            found = measure(np.concatenate(held[::-1]), self._due, self._rules, self._blur)
            if found is not None:
                return since, found
            if count >= self._most:
                break
        return since, None

    def _carried(self, day: pd.Timestamp, day_s: float, history: list[ClockRow]) -> ClockRow:
        """A day that tells nothing by itself: the clock before runs on, unless its receipts speak against that."""
        last = next((row for row in reversed(history) if row.measured is not None), None)
        if last is None or not any(row.identified for row in history[-1:]):
            return ClockRow(day, day_s)
        offset = last.at(day_s)
        sold = self._sold[day] - offset
        seen = np.unique(near(sold, self._due, self._rules.most_wrong_s / 3.0)[0])
        fits = np.unique(near(sold, self._due, 4.0 * last.spread_s + 2.0)[0])
        if len(seen) >= self._rules.least_pairs and len(fits) < 0.4 * len(seen):
            return ClockRow(day, day_s)
        gone = (day_s - last.day_s) / DAY_S
        error = float(np.hypot(last.error_s or 0.0, gone * (last.drift_error or 0.0)))
        carried = replace(last, day=day, day_s=day_s, offset_s=offset, error_s=error, pairs=0)
        return replace(carried, jump_s=None, since=None, measured=None).rounded()


def run_before(history: list[ClockRow], since: pd.Timestamp) -> list[ClockRow]:
    """Measured days before ``since``, back to the last jump; none of them shares receipts with another."""
    run: list[ClockRow] = []
    for row in reversed(history):
        if row.measured is not None and row.since is not None and row.day < since:
            run.append(row)
            since = row.since
        if row.jump_s is not None:
            break
    return run[::-1]


def _line(run: list[ClockRow], at_s: float, drift_sd: float) -> tuple[float, float, float, float]:
    """Offset and its variance at a moment, drift and its variance: weighted least squares, drift expected near 0."""
    measures = [row.measured for row in run if row.measured is not None]
    when = np.array([(m.at_s - at_s) / DAY_S for m in measures])
    value = np.array([m.offset_s for m in measures])
    weight = 1.0 / (np.array([m.error_s for m in measures]) ** 2 + _DAY_TO_DAY_S**2)
    design = np.column_stack([np.ones_like(when), when])
    cov = np.linalg.inv((design * weight[:, None]).T @ design + np.diag([1e-9, drift_sd**-2]))
    offset, drift = (float(v) for v in cov @ (design.T @ (weight * value)))
    if len(run) > 4:
        scale = float((weight * (value - offset - drift * when) ** 2).sum() / (len(run) - 2))
        cov = cov * max(1.0, scale)
    return offset, float(cov[0, 0]), drift, float(cov[1, 1])


def clock_errors(receipts: pd.DataFrame, clocks: pd.DataFrame, time_zone: str | StoreTime) -> tuple[Floats, Floats]:
    """How far each receipt's till was ahead, and the spread around that, in seconds: two (N,) arrays.

    The row of the receipt's own day counts, else the last one before it, else the till's first. A till whose clock is
    not identified is 0 s ahead with a wide spread.

    Args:
        receipts: ``frames.RECEIPTS`` or ``frames.SOLD``.
        clocks: ``frames.TILL_CLOCKS`` of the same days; a few days before them help where a day has no row.
        time_zone: The store's.
    """
    error, spread = np.zeros(len(receipts)), np.full(len(receipts), UNKNOWN_SPREAD_S)
    if clocks.empty or receipts.empty:
        return error, spread
    sold_s = ms(receipts["sold_at"]) / 1000.0
    tills = receipts["till_id"].to_numpy(dtype=object)
    begins = begins_s(clocks["local_date"], time_zone)
    for till, mine in clocks.sort_values("local_date").groupby("till_id"):
        own = np.flatnonzero(tills == till)
        if not len(own):
            continue
        begin = mine["local_date"].map(begins).to_numpy(dtype=np.float64)
        which = np.maximum(np.searchsorted(begin, sold_s[own], side="right") - 1, 0)
        drift = mine["drift_s_per_day"].to_numpy()[which]
        sure = mine["identified"].to_numpy(dtype=bool)[which]
        ahead = mine["offset_s"].to_numpy()[which] + drift * (sold_s[own] - begin[which]) / DAY_S
        error[own] = np.where(sure, ahead, 0.0)
        spread[own] = np.where(sure, mine["spread_s"].to_numpy()[which], UNKNOWN_SPREAD_S)
    return error, spread
