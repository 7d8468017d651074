"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ..frames import (
    ACCURACY,
    CALENDAR_DAYS,
    CAPTURE_HOURLY,
    CATEGORY_DAILY,
    DAILY,
    HEAT,
    ITEMS_DAILY,
    LINE_HOURLY,
    MOVES,
    OCCUPANCY_DRIFT,
    PAIR_DAYS,
    PASSERS_HOURLY,
    PRODUCTS,
    QUALITY,
    QUEUE_HOURLY,
    STORE_DWELL,
    TILL_CLOCKS,
    TILL_HOURLY,
    WATERFALL,
    ZONE_DAYS,
    empty,
)
from ..kpis import KpiRules
from ..metrics import Audited
from ..visits import VisitRules
from .periods import SPAN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from ..frames import Contract
    from ..metrics import Gap, QueueTotals, ZoneTotals
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
        kind: ``day``, ``week``, ``month`` or ``span``.
        since: First local day of the period.
        until: The local day after its last.
        made_at: When the report was made; aware.
        version: Of the software.
        hourly: ``frames.HOURLY`` of the period, of the days of ``periods.pasts`` and of the weeks before that lost
            sales and staffing are held against, as far as there are any.
        daily: ``frames.DAILY`` of the last half year, for comparisons.
        gaps: When the entrance cameras did not see in the period, in order.
        zone_days: ``frames.ZONE_DAYS`` of the period.
        zones: ``metrics.zone_period`` of the period.
        segments: ``frames.SEGMENTS`` of one day, the latest; may be empty.
        forecast: ``frames.FORECAST`` from ``until`` on; may be empty.
        backtest: ``frames.BACKTEST``; may be empty.
        pairs: ``frames.PAIR_DAYS`` of the period; may be empty.
        clocks: ``frames.TILL_CLOCKS`` of the period; may be empty.
        tills: ``frames.TILL_HOURLY`` of the period; may be empty.
        calendar: ``frames.CALENDAR_DAYS`` of all these days; may be empty.
        labour: ``frames.LABOUR_HOURLY`` of the last weeks; None: no rota is known.
        sold: ``frames.CATEGORY_DAILY`` of the period; may be empty.
        items: ``frames.ITEMS_DAILY`` of the period; may be empty.
        products: ``frames.PRODUCTS``; may be empty.
        rules: How indicators are made.
        quality: ``frames.QUALITY``: of the files, and of a day, week or month also of its sales; may be empty.
        rejects: Rows that the importers left out; may be empty.
        heat: ``frames.HEAT`` of the period; may be empty.
        moves: ``frames.MOVES`` of the period; may be empty.
        outlines: Lines and zones as they are drawn now.
        inside: Time in the store, queues, passers-by and drift of the period; may be empty.
        audited: What every line counted in the period, and what the last audits say of it; may be empty.
        found: Rows of the tables that ``report.topics`` shows, by the contract's name.
    """

    store_id: str
    store_name: str
    currency: str
    opening: Opening
    kind: str = SPAN
    since: date
    until: date
    made_at: datetime
    version: str
    hourly: pd.DataFrame
    gaps: tuple[Gap, ...] = ()
    zone_days: pd.DataFrame = field(default_factory=lambda: empty(ZONE_DAYS))
    zones: tuple[ZoneTotals, ...] = ()
    segments: pd.DataFrame
    forecast: pd.DataFrame
    backtest: pd.DataFrame
    pairs: pd.DataFrame = field(default_factory=lambda: empty(PAIR_DAYS))
    clocks: pd.DataFrame = field(default_factory=lambda: empty(TILL_CLOCKS))
    tills: pd.DataFrame = field(default_factory=lambda: empty(TILL_HOURLY))
    daily: pd.DataFrame = field(default_factory=lambda: empty(DAILY))
    calendar: pd.DataFrame = field(default_factory=lambda: empty(CALENDAR_DAYS))
    labour: pd.DataFrame | None = None
    sold: pd.DataFrame = field(default_factory=lambda: empty(CATEGORY_DAILY))
    items: pd.DataFrame = field(default_factory=lambda: empty(ITEMS_DAILY))
    products: pd.DataFrame = field(default_factory=lambda: empty(PRODUCTS))
    rules: KpiRules = field(default_factory=KpiRules)
    quality: pd.DataFrame = field(default_factory=lambda: empty(QUALITY))
    rejects: tuple[Rejects, ...] = ()
    heat: pd.DataFrame = field(default_factory=lambda: empty(HEAT))
    moves: pd.DataFrame = field(default_factory=lambda: empty(MOVES))
    outlines: tuple[Outline, ...] = ()
    inside: Inside = field(default_factory=Inside)
    audited: Audited = field(default_factory=lambda: Audited(empty(LINE_HOURLY), empty(ACCURACY)))
    found: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def of(self, contract: Contract) -> pd.DataFrame:
        """The rows of a topic's table; none where it was not read."""
        return self.found[contract.name] if contract.name in self.found else empty(contract)

    def hours(self, first: date | None = None, until: date | None = None) -> pd.DataFrame:
        """``frames.HOURLY`` of the days ``first <= day < until``; those of the period unless given."""
        day = self.hourly["local_date"]
        begin, end = pd.Timestamp(first or self.since), pd.Timestamp(until or self.until)
        return self.hourly[(day >= begin) & (day < end)].reset_index(drop=True)
