"""What the live windows tell: plain values, times aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """What happened at the entrances in a stretch of time.

    Attributes:
        begins: Start; belongs to the period.
        ends: End; does not.
        coverage: Share of the period that was seen, 0..1, the mean over the cameras at the entrances.
        entries: People who came in; None where nothing was seen at all.
        exits: People who went out; the same.
        inside_mean: People in the store, mean over time; the same.
        inside_most: People in the store, the largest number; the same.
    """

    begins: datetime
    ends: datetime
    coverage: float
    entries: int | None
    exits: int | None
    inside_mean: float | None
    inside_most: int | None


@dataclass(frozen=True, slots=True)
class Drift:
    """What the running number still showed when the store closed, before it began afresh: the error of the day.

    Attributes:
        closed: When the store closed.
        inside: People who were still inside by the running number.
        balance: Entries less exits: below 0 entries were missed.
        entries: Entries of the day, to judge the others by.
    """

    closed: datetime
    inside: int
    balance: int
    entries: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many people are in the store: entries less exits since it closed last, never below nobody.

    Attributes:
        people: How many; None where no entrance was seen since then.
        since: When the store closed last and counting began afresh.
        coverage: Share of the time since it opened (while it is closed: since it closed) that was seen.
        drift: What was left over at ``since``; None where that is not known.
    """

    people: int | None
    since: datetime
    coverage: float
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class QueuePeriod:
    """How long a queue was in a stretch of time.

    Attributes:
        begins: Start; belongs to the period.
        ends: End; does not.
        coverage: Share of the period that was seen, 0..1.
        mean: People, mean over time; None where nothing was seen at all.
        most: The largest number; the same.
    """

    begins: datetime
    ends: datetime
    coverage: float
    mean: float | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue now and lately, from the stays of those who stand in it.

    Attributes:
        limit: More people than this are too many; None: no limit was set.
        above_since: Since when there are too many without a break; None where there are not.
        longest_above_s: The longest time with too many since the store closed last.
        sliding: The last 1, 5, 15 and 60 minutes.
    """

    limit: int | None
    above_since: datetime | None
    longest_above_s: float
    sliding: tuple[QueuePeriod, ...]


@dataclass(frozen=True, slots=True)
class ZoneNow:
    """How many people are in a zone.

    Attributes:
        camera: Id of its camera.
        zone: Its own.
        role: What a stay in it means.
        people: How many are inside now; None while the camera cannot see.
        queue: More about it where it is a queue.
    """

    camera: str
    zone: str
    role: str
    people: int | None
    queue: Queue | None


@dataclass(frozen=True, slots=True)
class LineTotal:
    """How often a line was crossed since the process began.

    Attributes:
        camera: Id of its camera.
        line: Its own.
        role: What a crossing of it means.
        entries: Crossings ``in``.
        exits: Crossings ``out``.
    """

    camera: str
    line: str
    role: str
    entries: int
    exits: int


@dataclass(frozen=True, slots=True)
class Windows:
    """Everything that the live windows tell at one moment.

    Attributes:
        at: The moment; None before the first.
        occupancy: People in the store; None where no camera watches an entrance.
        sliding: The last 1, 5, 15 and 60 minutes at the entrances; none without an entrance.
        minutes: The last whole minutes at the entrances, the newest last.
        zones: Every zone.
        totals: Every line.
    """

    at: datetime | None
    occupancy: Occupancy | None
    sliding: tuple[Period, ...]
    minutes: tuple[Period, ...]
    zones: tuple[ZoneNow, ...]
    totals: tuple[LineTotal, ...]


NO_WINDOWS = Windows(None, None, (), (), (), ())
