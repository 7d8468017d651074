"""What a job is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..metrics import QueueRules
from ..opening import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    import pandas as pd

    from ..frames import Contract, Window
    from ..joins import PairRules
    from ..results import Results
    from ..sources import Facts
    from ..visits import VisitRules


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
        visits: Which entries are visits.
        pairs: Which receipts and stays may belong together.
        forecast_days: How far ahead to forecast.
        report_days: How many days the nightly report looks back.
        again_days: So many days before today are computed again every night, for receipts that come late.
        version: Of the software, for the report.
        min_stay_s: Shorter stays are people walking through, per zone id.
        queue: What queueing is.
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
    min_stay_s: Mapping[str, float] = field(default_factory=dict)
    queue: QueueRules = field(default_factory=QueueRules)


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a job may touch.

    Attributes:
        facts: What the cameras saw, read-only.
        results: The tables of analytics.
        plan: Rules and places.
    """

    facts: Facts
    results: Results
    plan: Plan

    @property
    def opening(self) -> Opening:
        """The store's calendar."""
        return Opening(
            self.facts.hours_open, self.facts.store.time_zone, self.plan.closed_days, self.plan.special_hours
        )


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows that take the place of a table's rows in a window.

    Attributes:
        contract: Of which table.
        frame: The rows.
        since: Begin of the window, None: the whole table.
        until: Its end.
    """

    contract: Contract
    frame: pd.DataFrame
    since: datetime | date | None = None
    until: datetime | date | None = None


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
    """

    name: str
    what: str
    work: Callable[[Context, Window], Done]
    needs: tuple[str, ...] = ()
    each_day: bool = True
