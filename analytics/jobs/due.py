"""Which days a job has to compute: those it never did, and those that rest on something that became another since."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ..frames import business_day
from ..results import begin_run, day_states, end_run, first_sale, input_states, keep_marks, sales_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .context import Context, Job

# Facts that come later than this, from a camera that could not reach the database for two months, are computed with
# ``run all --since``; sales may come as late as they like.
LATE_DAYS = 62
_DAY = timedelta(days=1)


def first_day(context: Context) -> date | None:
    """The first business day that can be computed; None before there is one.

    That on which the first camera ran and whose facts are still kept; where no camera ever ran, that of the first sale.
    """
    begin, kept = context.facts.begin(), context.facts.first_kept_day(context.time)
    if begin is None:
        begin = first_sale(context.results)
    if begin is None:
        return None
    first = business_day(begin, context.time)
    return first if kept is None else max(first, kept)


def known_days(context: Context, today: date) -> list[date]:
    """Every day from the first up to yesterday."""
    first = first_day(context)
    return [] if first is None else [first + timedelta(days=n) for n in range((today - first).days)]


def fresh_marks(context: Context, known: Sequence[date]) -> dict[str, dict[date, str]]:
    """The marks of facts and sales that are others than those kept, by source and day."""
    kept = input_states(context.results)
    marks = {"facts": context.facts.marks(known[-LATE_DAYS:], context.time), "sales": sales_marks(context.results)}
    return {
        source: {day: mark for day, mark in found.items() if kept.get(source, {}).get(day, ("", 0))[0] != mark}
        for source, found in marks.items()
    }


def note_inputs(context: Context, known: Sequence[date]) -> None:
    """Keeps the marks of days whose facts or sales came or became others, as a line in the ledger of its own."""
    fresh = fresh_marks(context, known)
    if not any(fresh.values()):
        return
    days = sorted({day for marks in fresh.values() for day in marks})
    number = begin_run(context.results, "inputs", days[0], days[-1] + _DAY)
    for source, marks in fresh.items():
        keep_marks(context.results, source, number, marks)
    said = ", ".join(f"{source} of {len(marks)} days" for source, marks in fresh.items() if marks)
    end_run(context.results, number, "ok", len(days), f"new or changed: {said}")


class Due:
    """Which days are due, by what the ledger says now.

    Args:
        context: Facts and ledger.
        today: On the store's wall.
        jobs: The night's jobs.
        noted: ``note_inputs`` was just asked: what came since then is the next night's.

    Attributes:
        known: Every day that can be computed, in order.
    """

    def __init__(self, context: Context, today: date, jobs: Sequence[Job], *, noted: bool = False) -> None:
        self._ahead = {job.name: job.ahead for job in jobs}
        self.known = known_days(context, today)
        self._place = {day: number for number, day in enumerate(self.known)}
        again = today - timedelta(days=context.plan.again_days)
        self._again = np.array([day >= again for day in self.known], dtype=bool)
        self._inputs = np.zeros(len(self.known), dtype=np.int64)
        for days in input_states(context.results).values():
            for day, (_, changed) in days.items():
                if day in self._place:
                    self._inputs[self._place[day]] = max(self._inputs[self._place[day]], changed)
        # Whatever came since is newer than every run.
        for marks in ({} if noted else fresh_marks(context, self.known)).values():
            for day in marks:
                if day in self._place:
                    self._inputs[self._place[day]] = _NEWEST
        self.read(context)

    def read(self, context: Context) -> None:
        """Takes in what runs have written meanwhile."""
        self._computed: dict[str, NDArray[np.int64]] = {}
        self._changed: dict[str, NDArray[np.int64]] = {}
        for job, days in day_states(context.results).items():
            computed = self._computed[job] = np.full(len(self.known), -1, dtype=np.int64)
            changed = self._changed[job] = np.zeros(len(self.known), dtype=np.int64)
            for day, state in days.items():
                if day in self._place:
                    computed[self._place[day]], changed[self._place[day]] = state.computed, state.changed

    def days(self, job: Job, among: Sequence[date], *, again: bool = True) -> list[date]:
        """The days among some that the job has to compute: never done, or resting on what became another since.

        With ``again`` also those that are computed every night.
        """
        never = np.full(len(self.known), -1, dtype=np.int64)
        # What comes shortly before counts, too: an evening may reach into a day.
        before = max(job.reach, 1)
        near = _most(self._inputs, before=before, after=job.ahead)
        for name in (*job.needs, *job.uses):
            # A job that does not look ahead, as visits, says nothing of tomorrow that could make today another.
            after = min(job.ahead, self._ahead.get(name, job.ahead))
            near = np.maximum(near, _most(self._changed.get(name, np.zeros_like(near)), before=before, after=after))
        if job.chained:
            own = np.roll(self._changed.get(job.name, np.zeros_like(near)), 1)
            own[:1] = 0
            near = np.maximum(near, _most(own, before=job.reach - 1))
        computed = self._computed.get(job.name, never)
        due = (self._again & again) | (computed < 0) | (near > computed)
        return [day for day in among if due[self._place[day]]]


def _most(values: NDArray[np.int64], before: int, after: int = 0) -> NDArray[np.int64]:
    """The largest of each value, so many before it and so many after it."""
    padded = np.pad(values, (before, after))
    return np.asarray(np.max([padded[n : n + len(values)] for n in range(before + after + 1)], axis=0))


_NEWEST = 2**62
