"""The job that carries the last audit of the lines to every number that rests on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from .. import metrics
from ..accuracy import accuracy
from ..frames import ACCURACY, DAILY, HOURLY, LINE_HOURLY, VISITS
from .context import Context, Done, Part

if TYPE_CHECKING:
    from datetime import date, datetime

    from ..frames import Contract, Window


def run_accuracy(context: Context, window: Window) -> Done:
    """What the audits say, and error bars on every hour and day, also on those before the window.

    An audit speaks for all that its line counted at the same place, so a new one changes bars far back: then every hour
    is read. As long as no audit is new, those of the window are enough.
    """
    facts, results = context.facts, context.results
    known = accuracy(facts.audits(), facts.store.time_zone)
    known = known.sort_values(list(ACCURACY.key), ignore_index=True)
    old = known.equals(results.read(ACCURACY))
    since, until = (window.since, window.until) if old else (None, None)
    hours = results.read(HOURLY, since, until)
    days = results.read(DAILY, window.first, window.end) if old else results.read(DAILY)
    mine = hours[(hours["hour_utc"] >= window.since) & (hours["hour_utc"] < window.until)]
    crossings = facts.crossings(window.since, window.until)
    judged = results.read(VISITS, window.since, window.until)
    fresh = metrics.line_hours(crossings, judged, mine, context.time)
    before = results.read(LINE_HOURLY, since, until)
    others = before[(before["hour_utc"] < window.since) | (before["hour_utc"] >= window.until)]
    audited = metrics.Audited(pd.concat([others, fresh], ignore_index=True), known)
    parts = [Part(ACCURACY, known), Part(LINE_HOURLY, fresh, window.since, window.until)]
    for contract, rows in ((HOURLY, hours), (DAILY, days)):
        if len(rows):
            parts += _changed(contract, rows, metrics.with_bars(rows, hours, audited))
    note = None if len(known) else "no line was audited yet, so no number has an error bar: run footfall-edge audit"
    return Done(tuple(parts), note=note)


def _changed(contract: Contract, rows: pd.DataFrame, made: pd.DataFrame) -> list[Part]:
    """From the first row to the last whose bars are other than they were; none where all are the same."""
    other = ((rows != made) & ~(rows.isna() & made.isna())).fillna(value=True).any(axis=1).to_numpy(dtype=bool)
    if not other.any():
        return []
    first = int(other.argmax())
    last = len(other) - 1 - int(other[::-1].argmax())
    step = timedelta(days=1) if contract is DAILY else timedelta(milliseconds=1)
    begin, end = (_moment(contract, made[contract.time].iloc[row]) for row in (first, last))
    return [Part(contract, made.iloc[first : last + 1].reset_index(drop=True), begin, end + step)]


def _moment(contract: Contract, value: pd.Timestamp) -> datetime | date:
    return value.date() if contract is DAILY else value.to_pydatetime()
