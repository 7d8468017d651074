"""From settings to what the jobs may touch: here settings end."""

from __future__ import annotations

import difflib
import sys
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..anomalies import AnomalyRules
from ..baskets import BasketRules
from ..churn import ChurnRules
from ..demand import DemandRules
from ..describe import DescribeRules
from ..jobs import (
    Context,
    Plan,
)
from ..joins import CardRules, ClockRules, ItemRules, PairRules
from ..kpis import KpiRules
from ..metrics import QueueRules
from ..network import NetworkRules
from ..opening import OpeningError
from ..recommend import RecommendRules
from ..report import ReportRules
from ..results import open_results
from ..rfid import PassageRules, Reader
from ..segments import SegmentRules
from ..settings import SettingsError
from ..sources import SOURCES, open_facts
from ..value import ValueRules
from ..visits import VisitRules
from .files import rules_of
from .live import landing_of, notifier_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..settings import Settings


class UsageError(Exception):
    """The command line asks for something that does not exist."""


@contextmanager
def opened(settings: Settings, *, migrates: bool = True) -> Iterator[Context]:
    """Facts and results of the settings' database, opened and closed again.

    Args:
        settings: Which database, and the rules.
        migrates: Tables are brought up to date; else nothing is written, and older ones are refused.
    """
    path = settings.database_path
    with open_facts(path) as facts:
        results = open_results(path, migrates=migrates)
        try:
            context = Context(facts, results, plan_of(settings))
            _refuse_hours(settings, context)
            yield context
        finally:
            results.close()


def _refuse_hours(settings: Settings, context: Context) -> None:
    """What the settings say of hours must fit the store's own, which only the database knows.

    Raises:
        SettingsError: Special hours leave no end of the business day, or the night would begin before it is over.
    """
    try:
        turns = context.time.turns_min
    except OpeningError as error:
        raise SettingsError([f"{settings.file}: calendar.hours: {error}"]) from error
    at = settings.schedule.at
    if at.hour * 60 + at.minute < turns:
        rule = f"must not be before {turns // 60:02}:00, when this store's business day ends"
        raise SettingsError([f"{settings.file}: schedule.at: '{at:%H:%M}': {rule}"])


def plan_of(settings: Settings) -> Plan:
    """The rules and places that the settings give to the jobs."""
    rules = settings.rules
    return Plan(
        files={kind: settings.files(kind) for kind in SOURCES},
        rejects=settings.resolve(settings.sources.rejects),
        report=settings.resolve(settings.report.folder),
        closed_days=settings.calendar.closed_days,
        special_hours=settings.calendar.hours,
        known_days=settings.calendar.known,
        visits=VisitRules(**rules.model_dump() | {"staff_zones": frozenset(rules.staff_zones)}),
        pairs=PairRules(
            window_s=settings.match.window_s, clock=ClockRules(**settings.match.model_dump(exclude={"window_s"}))
        ),
        forecast_days=settings.forecast.days,
        report_days=settings.report.days,
        again_days=settings.schedule.again_days,
        version=version("footfall"),
        min_stay_s=settings.zones.min_stay_s,
        queue=QueueRules(min_wait_s=settings.zones.min_wait_s, served_within_s=settings.zones.served_within_s),
        passages=PassageRules(
            {name: Reader(r.role, r.camera, r.zone) for name, r in settings.rfid.readers.items()},
            settings.rfid.gap_s,
            settings.rfid.fitting_gap_s,
        ),
        items=ItemRules(**settings.rfid.model_dump(include={"window_s", "try_s", "unpaid", "missed"})),
        cards=CardRules(settings.members.swipe_s, settings.members.card_apart_s),
        landing=landing_of(settings),
        imports=rules_of(settings),
        notifier=notifier_of(settings),
        kpis=KpiRules(**settings.kpis.model_dump()),
        reports=reports_of(settings),
        describe=DescribeRules(**settings.describe.model_dump()),
        baskets=BasketRules(**settings.baskets.model_dump()),
        recommend=RecommendRules(**settings.recommend.model_dump()),
        value=ValueRules(**settings.value.model_dump()),
        churn=ChurnRules(**settings.churn.model_dump()),
        demand=DemandRules(**settings.demand.model_dump()),
        anomalies=AnomalyRules(**settings.anomalies.model_dump()),
        network=NetworkRules(**settings.network.model_dump()),
        segments=SegmentRules(**settings.segments.model_dump()),
        archive=None if settings.archive.folder is None else settings.resolve(settings.archive.folder),
    )


def reports_of(settings: Settings) -> ReportRules:
    """Which reports are written, and how."""
    told = settings.report
    return ReportRules(told.languages, told.periods, told.formats, told.months == "retail", told.send)


def suggest(name: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of an error message."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def complain(message: str) -> None:
    """Says on stderr what went wrong, each line after the program's name."""
    for line in message.splitlines():
        sys.stderr.write(f"footfall-analytics: {line}\n")
