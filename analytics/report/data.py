"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..frames import (
    ACCURACY,
    CAPTURE_HOURLY,
    HEAT,
    LINE_HOURLY,
    MOVES,
    OCCUPANCY_DRIFT,
    PASSERS_HOURLY,
    QUEUE_HOURLY,
    STORE_DWELL,
    WATERFALL,
    empty,
)
from ..metrics import Audited
from ..visits import VisitRules

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd

    from ..joins import TillClock
    from ..metrics import QueueTotals, ZoneTotals
    from ..opening import Opening
    from ..paths import Outline


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows of an imported file that broke its contract and were left out.

    Attributes:
        file: Name of the file, without folders.
        rule: The rule they broke, in words.
        rows: How many.
    """

    file: str
    rule: str
    rows: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inside:
    """What is known around the visits of a period; everything may be empty.

    Attributes:
        rules: By which entries are visits.
        waterfall: ``frames.WATERFALL``.
        dwell: ``frames.STORE_DWELL``.
        drift: ``frames.OCCUPANCY_DRIFT``.
        queues: ``metrics.queue_totals`` of the period.
        queue_hourly: ``frames.QUEUE_HOURLY``.
        passers: ``frames.PASSERS_HOURLY``.
        capture: ``frames.CAPTURE_HOURLY``.
    """

    rules: VisitRules = field(default_factory=VisitRules)
    waterfall: pd.DataFrame = field(default_factory=lambda: empty(WATERFALL))
    dwell: pd.DataFrame = field(default_factory=lambda: empty(STORE_DWELL))
    drift: pd.DataFrame = field(default_factory=lambda: empty(OCCUPANCY_DRIFT))
    queues: tuple[QueueTotals, ...] = ()
    queue_hourly: pd.DataFrame = field(default_factory=lambda: empty(QUEUE_HOURLY))
    passers: pd.DataFrame = field(default_factory=lambda: empty(PASSERS_HOURLY))
    capture: pd.DataFrame = field(default_factory=lambda: empty(CAPTURE_HOURLY))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReportData:
    """Everything a report shows; it computes sums and rates of these and asks nobody.

    Attributes:
        store_id: As in the configuration.
        store_name: What people call the store.
        currency: ISO 4217 code of all amounts.
        opening: The store's calendar and time zone.
        since: First local day of the period.
        until: The local day after its last.
        made_at: When the report was made; aware.
        version: Of the software.
        entrance_cameras: The cameras with a line of role entrance.
        hourly: ``frames.HOURLY`` of the period and, for the comparison, of as long before it as there is.
        visits: ``frames.VISITS`` of the period, for the waterfall.
        watches: ``frames.WATCHES`` of the entrance cameras; all there are.
        zone_hourly: ``frames.ZONE_HOURLY`` of the period.
        zones: ``metrics.zone_totals`` of the period.
        segments: ``frames.SEGMENTS`` of one day, the latest; may be empty.
        forecast: ``frames.FORECAST`` from ``until`` on; may be empty.
        backtest: ``frames.BACKTEST``; may be empty.
        pairs: ``frames.RECEIPT_VISITS`` of the period; may be empty.
        clocks: How wrong the tills' clocks are, from ``joins.match_receipts``; may be empty.
        rejects: Rows that the importers left out; may be empty.
        heat: ``frames.HEAT`` of the period; may be empty.
        moves: ``frames.MOVES`` of the period; may be empty.
        outlines: Lines and zones as they are drawn now.
        inside: Time in the store, queues, passers-by and drift of the period; may be empty.
        audited: What every line counted in the period, and what the last audits say of it; may be empty.
    """

    store_id: str
    store_name: str
    currency: str
    opening: Opening
    since: date
    until: date
    made_at: datetime
    version: str
    entrance_cameras: frozenset[str]
    hourly: pd.DataFrame
    visits: pd.DataFrame
    watches: pd.DataFrame
    zone_hourly: pd.DataFrame
    zones: tuple[ZoneTotals, ...] = ()
    segments: pd.DataFrame
    forecast: pd.DataFrame
    backtest: pd.DataFrame
    pairs: pd.DataFrame
    clocks: tuple[TillClock, ...] = ()
    rejects: tuple[Rejects, ...] = ()
    heat: pd.DataFrame = field(default_factory=lambda: empty(HEAT))
    moves: pd.DataFrame = field(default_factory=lambda: empty(MOVES))
    outlines: tuple[Outline, ...] = ()
    inside: Inside = field(default_factory=Inside)
    audited: Audited = field(default_factory=lambda: Audited(empty(LINE_HOURLY), empty(ACCURACY)))
