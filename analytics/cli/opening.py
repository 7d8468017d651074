"""From settings to what the jobs may touch: here settings end."""

from __future__ import annotations

import difflib
import sys
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..jobs import (
    Context,
    Plan,
)
from ..joins import PairRules
from ..metrics import QueueRules
from ..results import open_results
from ..sources import SOURCES, open_facts
from ..visits import VisitRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..settings import Settings


class UsageError(Exception):
    """The command line asks for something that does not exist."""


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    """Facts and results of the settings' database, opened and closed again."""
    path = settings.database_path
    with open_facts(path) as facts:
        results = open_results(path)
        try:
            yield Context(facts, results, plan_of(settings))
        finally:
            results.close()


def plan_of(settings: Settings) -> Plan:
    """The rules and places that the settings give to the jobs."""
    rules = settings.rules
    return Plan(
        files={kind: settings.files(kind) for kind in SOURCES},
        rejects=settings.resolve(settings.sources.rejects),
        report=settings.resolve(settings.report.folder),
        closed_days=frozenset(settings.calendar.closed),
        special_hours=settings.calendar.hours,
        visits=VisitRules(**rules.model_dump() | {"staff_zones": frozenset(rules.staff_zones)}),
        pairs=PairRules(window_s=settings.match.window_s),
        forecast_days=settings.forecast.days,
        report_days=settings.report.days,
        again_days=settings.schedule.again_days,
        version=version("footfall"),
        min_stay_s=settings.zones.min_stay_s,
        queue=QueueRules(min_wait_s=settings.zones.min_wait_s, served_within_s=settings.zones.served_within_s),
    )


def suggest(name: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of an error message."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def complain(message: str) -> None:
    """Says on stderr what went wrong, each line after the program's name."""
    for line in message.splitlines():
        sys.stderr.write(f"footfall-analytics: {line}\n")
