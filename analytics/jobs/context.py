"""What a job is given, and what it gives back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ..anomalies import AnomalyRules
from ..baskets import BasketRules
from ..calendar import KnownDays
from ..churn import ChurnRules
from ..demand import DemandRules
from ..describe import DescribeRules
from ..imports import ImportRules
from ..joins import CardRules, ItemRules
from ..kpis import KpiRules
from ..metrics import QueueRules
from ..network import NetworkRules
from ..notify import Notifier
from ..opening import Opening
from ..recommend import RecommendRules
from ..report import ReportRules
from ..results import Part as Part  # noqa: PLC0414, TC001 - jobs name it by this module
from ..rfid import PassageRules
from ..segments import SegmentRules
from ..value import ValueRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ..frames import StoreTime, Window
    from ..joins import PairRules
    from ..results import Results
    from ..sources import Facts
    from ..visits import VisitRules
    from .landing import Landing


class JobError(Exception):
    """A job could not do its work; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules and places that the settings give to the jobs.

    Attributes:
        files: Sales files by kind.
        rejects: Folder of rejected rows.
        report: Folder of the report.
        closed_days: Local days on which the store stays shut.
        special_hours: Local days with hours of their own, minutes after local midnight.
        known_days: Holidays, events and promotions.
        visits: Which entries are visits.
        pairs: Which receipts and stays may belong together.
        forecast_days: How far ahead to forecast.
        report_days: How many days the nightly report looks back.
        again_days: So many days before today are computed every night, whether or not anything of them changed.
        version: Of the software, for the report.
        min_stay_s: Shorter stays are people walking through, per zone id.
        queue: What queueing is.
        passages: Where RFID readers stand, and when reads are one passage.
        items: What is usual of tagged items.
        cards: How member cards are read.
        landing: Where rows from databases and pushes land; None: there are none.
        imports: How files are imported.
        notifier: Who is told what.
        kpis: How indicators are made.
        archive: Folder of the Parquet files; None: none are written.
        reports: Which reports are written, and how.
        describe: Rules of the room of this name.
        baskets: Rules of the room of this name.
        recommend: Rules of the room of this name.
        value: Rules of the room of this name.
        churn: Rules of the room of this name.
        demand: Rules of the room of this name.
        anomalies: Rules of the room of this name.
        network: Rules of the room of this name.
        segments: Rules of the room of this name.
    """

    files: Mapping[str, Sequence[Path]]
    rejects: Path
    report: Path
    closed_days: frozenset[date]
    special_hours: Mapping[date, tuple[int, int]]
    visits: VisitRules
    pairs: PairRules
    forecast_days: int
    report_days: int
    again_days: int
    version: str
    known_days: KnownDays = field(default_factory=KnownDays)
    min_stay_s: Mapping[str, float] = field(default_factory=dict)
    queue: QueueRules = field(default_factory=QueueRules)
    landing: Landing | None = None
    imports: ImportRules = field(default_factory=ImportRules)
    passages: PassageRules = field(default_factory=PassageRules)
    items: ItemRules = field(default_factory=ItemRules)
    cards: CardRules = field(default_factory=CardRules)
    notifier: Notifier = field(default_factory=Notifier)
    kpis: KpiRules = field(default_factory=KpiRules)
    archive: Path | None = None
    reports: ReportRules = field(default_factory=ReportRules)
    describe: DescribeRules = field(default_factory=DescribeRules)
    baskets: BasketRules = field(default_factory=BasketRules)
    recommend: RecommendRules = field(default_factory=RecommendRules)
    value: ValueRules = field(default_factory=ValueRules)
    churn: ChurnRules = field(default_factory=ChurnRules)
    demand: DemandRules = field(default_factory=DemandRules)
    anomalies: AnomalyRules = field(default_factory=AnomalyRules)
    network: NetworkRules = field(default_factory=NetworkRules)
    segments: SegmentRules = field(default_factory=SegmentRules)


# Without slots, so that the calendar is made once and not every time that a job asks for the store's time.
@dataclass(frozen=True)
class Context:
    """Everything a job may touch.

    Attributes:
        facts: What the cameras saw, read-only.
        results: The tables of analytics.
        plan: Rules and places.
        kept: What several jobs of one run read; the runner empties it before and after each run.
    """

    facts: Facts
    results: Results
    plan: Plan
    kept: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def opening(self) -> Opening:
        """The store's calendar."""
        return Opening(
            self.facts.hours_open, self.facts.store.time_zone, self.plan.closed_days, self.plan.special_hours
        )

    @property
    def time(self) -> StoreTime:
        """The store's clock, and when its business day begins."""
        return self.opening.time

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What is read inside is kept for the other jobs of the run, and not longer."""
        self.kept.clear()
        try:
            yield
        finally:
            self.kept.clear()

    @property
    def notifier(self) -> Notifier:
        """Tells people, in the store's name."""
        return replace(self.plan.notifier, store=self.facts.store.name)


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What a job gives back.

    Attributes:
        parts: Frames to be written by the runner.
        rows: Rows or files that the job wrote itself.
        note: What the person who started it should know.
    """

    parts: tuple[Part, ...] = ()
    rows: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One step of the night.

    Attributes:
        name: What commands call it.
        what: One line for people.
        work: Does it.
        needs: Jobs whose results it reads: when one of them failed, it is skipped.
        each_day: Its results belong to days, so a missed day is made up for; otherwise only the latest run counts.
        uses: Jobs whose results it reads if they have any: it does without them when they failed, and is due when they
            change.
        reach: Its results of a day may rest on facts, sales and results of so many days before.
        ahead: And of so many days after: a till that is a day ahead prints tomorrow's date.
        chained: Its results of a day rest on its own of the days before, as far as it reaches.
    """

    name: str
    what: str
    work: Callable[[Context, Window], Done]
    needs: tuple[str, ...] = ()
    each_day: bool = True
    reach: int = 1
    uses: tuple[str, ...] = ()
    ahead: int = 0
    chained: bool = False
