"""The running hour, read from the live database: what the edge wrote a second ago beside last night's forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import joins, now, visits
from ..frames import FORECAST, RECEIPTS, business_day, day_window, local_hour
from ..metrics import MISSING_BELOW, coverage, occupancy
from ..opening import instant_ms, ms
from .happened import events_of, sold_until, watched_until
from .matching import clocks_of, reach_of

if TYPE_CHECKING:
    from datetime import date

    from ..now import Reading, Tally
    from .context import Context
    from .happened import Events

# An entry stands when the person was seen inside for two seconds; a few more for the way into the database.
SETTLED_S = 5.0
_LAST = (15, 60)
_MEASURES = ("visits", "receipts", "conversion", "sales_minor")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened at the doors in a stretch of time, and how much of it was seen.

    Attributes:
        tally: The sums; those of what no camera saw are not known.
        coverage: Of its time until now, 0..1; None: nothing of it was open.
        known: The cameras saw enough of it.
        sold: Receipts of it are known.
    """

    tally: Tally
    coverage: float | None
    known: bool
    sold: bool


@dataclass(frozen=True, slots=True)
class RightNow:
    """The running hour.

    Attributes:
        at: The moment; aware.
        open: The store is open.
        local_hour: Of the clock.
        hour: The running hour until now.
        last: The same of the last 15 and 60 minutes.
        share: Of the hour's open time that has passed, 0..1.
        occupancy: People inside; None: not known, since a camera was down today.
        readings: Visits, transactions, conversion, sales, each beside its forecast.
        newest_fact: Until when the cameras at the doors told what they watched; None: they never did today.
        newest_receipt: When the newest imported receipt was sold; None: there is none.
        late: Events that came too late for their hour, which the night will count.
    """

    at: datetime
    open: bool
    local_hour: int
    hour: Stretch
    last: tuple[Stretch, ...]
    share: float
    occupancy: int | None
    readings: tuple[Reading, ...]
    newest_fact: datetime | None
    newest_receipt: datetime | None
    late: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """How far things are known: all UTC milliseconds, and the hour's open time."""

    begins: int
    open_from: int
    open_to: int
    watched: int
    sold: int

    def share(self, until: int) -> float:
        """Of the hour's open time before a moment."""
        whole = self.open_to - self.open_from
        return min(max(min(until, self.open_to) - self.open_from, 0) / whole, 1.0) if whole else 0.0


class Watcher:
    """Looks at the store again and again, and keeps what it took of the running day.

    Args:
        context: The database, and the rules of visits.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._day: date | None = None
        self._newest_ms = 0
        self._stream = now.Stream(0)

    def look(self, at: datetime) -> RightNow:
        """What is known at a moment."""
        # Facts are kept in milliseconds, and a clock says more.
        context, at = self._context, at.replace(microsecond=at.microsecond // 1000 * 1000)
        at_ms = instant_ms(at)
        day = business_day(at, context.time)
        since, until = day_window(day, context.time)
        # Windows never open again: where the computer's clock was put back the day is taken anew.
        if day != self._day or at_ms < self._newest_ms:
            self._day, self._stream = day, now.Stream(instant_ms(since))
        self._newest_ms = at_ms
        crossings = self._crossings(since, at)
        receipts, newest = self._receipts(since, until, at_ms)
        events = events_of(crossings, self._visits(crossings, since, at), receipts)
        self._stream.take(events.names, events.at_ms, events.kind, events.value, at_ms)
        watches = context.facts.watches_around(since, at, context.facts.entrance_cameras)
        view = coverage.seen(watches, context.facts.entrance_cameras)
        watched, told = watched_until(watches, at_ms)
        grid = context.opening.grid(since, at + timedelta(milliseconds=1))
        row = grid.iloc[-1]
        sold = sold_until(context, newest, at_ms)
        seen = _Seen(int(row["start_ms"]), int(row["open_from_ms"]), int(row["open_to_ms"]), watched, sold)
        hour = self._stretch(self._stream.hour(at_ms), view, watched, sold)
        return RightNow(
            at=at,
            open=bool(context.opening.is_open(pd.Series([pd.Timestamp(at)]))[0]),
            local_hour=int(local_hour(pd.Series([pd.Timestamp(at)]), context.time)["local_hour"].iloc[0]),
            hour=hour,
            last=tuple(self._stretch(self._stream.last(minutes, at_ms), view, watched, sold) for minutes in _LAST),
            share=seen.share(at_ms),
            occupancy=_inside(crossings, context, grid, view, watched),
            readings=self._readings(events, hour, seen, view),
            newest_fact=told,
            newest_receipt=newest,
            late=self._stream.late,
        )

    def _crossings(self, since: datetime, at: datetime) -> pd.DataFrame:
        placed = self._context.plan.visits.group_s is not None
        return self._context.facts.crossings(since, at + timedelta(milliseconds=1), placed=placed)

    def _visits(self, crossings: pd.DataFrame, since: datetime, at: datetime) -> pd.DataFrame:
        """The entries that count, once nothing of the next seconds can change that."""
        context, rules = self._context, self._context.plan.visits
        stays = context.facts.stays(since, at) if rules.needs_stays else None
        judged = visits.visits(crossings, context.opening, rules, stays)
        settled = pd.Timestamp(at) - pd.Timedelta(seconds=SETTLED_S + (rules.short_visit_s or 0.0))
        return judged[judged["counted"] & (judged["entered"] <= settled)].reset_index(drop=True)

    def _receipts(self, since: datetime, until: datetime, at_ms: int) -> tuple[pd.DataFrame, datetime | None]:
        """What was sold today by right clocks, and when the newest of it was."""
        context = self._context
        clocks = clocks_of(context, since, until)
        reach = reach_of(clocks)
        rows = context.results.read(RECEIPTS, since - reach, until + reach)
        rows = joins.correct_clocks(rows, clocks, context.time)
        sold = ms(rows["sold_at"])
        today = rows[(sold >= instant_ms(since)) & (sold <= at_ms)].reset_index(drop=True)
        newest = None if today.empty else today["sold_at"].max().to_pydatetime()
        real = today["kind"].isin(["sale", "return"]) & (today["total_minor"] != 0)
        return today[real].reset_index(drop=True), newest

    def _stretch(self, tally: Tally, view: coverage.Intervals, watched: int, sold: int) -> Stretch:
        """With how much of its open time was seen; of all its time where none of it is open."""
        begins, ends = tally.begins_ms, min(tally.ends_ms, watched)
        if ends > begins:
            moments = (datetime.fromtimestamp(edge / 1000.0, tz=UTC) for edge in (begins, ends))
            spans = self._context.opening.spans(*moments)
            if len(spans):
                begins = max(begins, int(spans["opens_ms"].iloc[0]))
                ends = min(ends, int(spans["closes_ms"].iloc[-1]))
        share = _covered(view, begins, ends)
        return Stretch(tally, share, share is not None and share >= MISSING_BELOW, sold > tally.begins_ms)

    def _readings(self, events: Events, hour: Stretch, seen: _Seen, view: coverage.Intervals) -> tuple[Reading, ...]:
        start = pd.Timestamp(seen.begins, unit="ms", tz=UTC)
        rows = self._context.results.read(FORECAST, start.to_pydatetime(), (start + pd.Timedelta("1h")).to_pydatetime())
        told = {
            row["measure"]: now.Expected(*(float(row[n]) for n in ("mean", "lo80", "hi80", "lo95", "hi95")))
            for row in rows.to_dict("records")
        }
        if seen.open_to <= seen.open_from:
            return tuple(now.reading(name, None, 0.0, None, why="closed") for name in _MEASURES)
        share_seen = seen.share(seen.watched) * (hour.coverage or 0.0)
        share_sold = seen.share(seen.sold)
        blind = None if hour.known else "camera" if seen.watched > seen.open_from else "early"
        unsold = None if seen.sold > seen.open_from else "receipts"
        known = {
            "visits": None if blind else events.total("visit", seen.begins, seen.watched + 1),
            "receipts": None if unsold else events.total("receipt", seen.begins, seen.sold + 1),
            "sales_minor": None if unsold else events.total("sales_minor", seen.begins, seen.sold + 1),
        }
        found = [now.reading("visits", known["visits"], share_seen, told.get("visits"), why=blind)]
        found += [now.reading("receipts", known["receipts"], share_sold, told.get("receipts"), why=unsold)]
        both = min(seen.watched, seen.sold)
        came = events.total("visit", seen.begins, both + 1)
        # Of an hour that was seen in part the tills know all, the cameras not.
        cut = _covered(view, seen.open_from, min(both, seen.open_to))
        why = blind or unsold or (None if (cut or 0.0) >= coverage.PARTIAL_BELOW else "camera")
        why = why or (None if came else "no_visits")
        rate = None if why else events.total("receipt", seen.begins, both + 1) / came
        found += [now.reading("conversion", rate, seen.share(both), told.get("conversion"), why=why, rate=True)]
        found += [now.reading("sales_minor", known["sales_minor"], share_sold, told.get("sales_minor"), why=unsold)]
        return tuple(found)


def _covered(view: coverage.Intervals, begins: int, ends: int) -> float | None:
    """The share of a stretch that was seen; None where it is empty."""
    if ends <= begins:
        return None
    edges = (np.array([edge], dtype=np.int64) for edge in (begins, ends))
    return min(float(view.seconds_within(*edges)[0]) * 1000.0 / (ends - begins), 1.0)


def _inside(
    crossings: pd.DataFrame, context: Context, grid: pd.DataFrame, view: coverage.Intervals, watched: int
) -> int | None:
    """People inside; not known once the doors were blind for half of an hour of the day."""
    begins = grid["open_from_ms"].to_numpy(dtype=np.int64)
    ends = np.minimum(grid["open_to_ms"].to_numpy(dtype=np.int64), watched)
    was_open = ends > begins
    seen_s = view.seconds_within(begins, np.maximum(ends, begins))
    status = coverage.statuses(np.where(was_open, ends - begins, 0) / 1000.0, seen_s)[1]
    if not was_open.any() or (status == "missing").any():
        return None
    first = int(grid["start_ms"].iloc[0])
    spans = context.opening.spans(grid["hour_utc"].iloc[0], grid["hour_utc"].iloc[-1] + pd.Timedelta("1h"))
    closed = spans["closes_ms"].to_numpy(dtype=np.int64)
    running = occupancy.running(crossings, np.union1d([first], closed[closed <= watched]))
    return int(running.inside[-1]) if len(running.inside) else 0
