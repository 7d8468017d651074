"""A made shop as the jobs see it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analytics.jobs import Context, Plan
from analytics.joins import PairRules
from analytics.report import ReportRules
from analytics.results import open_results
from analytics.sources import open_facts
from analytics.visits import VisitRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@contextmanager
def opened(folder: Path, files: Mapping[str, Sequence[Path]], **rules: Any) -> Iterator[Context]:
    """The shop whose facts are in ``footfall.sqlite``, with a page of the window and no reports of periods.

    Args:
        folder: Where everything is and goes.
        files: Its sales.
        **rules: Other rules of the plan.
    """
    usual: dict[str, Any] = {
        "files": files,
        "rejects": folder / "rejects",
        "report": folder / "report",
        "closed_days": frozenset(),
        "special_hours": {},
        "visits": VisitRules(),
        "pairs": PairRules(),
        "forecast_days": 7,
        "report_days": 14,
        "again_days": 0,
        "version": "0",
        "reports": ReportRules(kinds=()),
    }
    with open_facts(folder / "footfall.sqlite") as facts:
        results = open_results(folder / "footfall.sqlite")
        try:
            yield Context(facts, results, Plan(**(usual | rules)))
        finally:
            results.close()
