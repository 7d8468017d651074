"""Facts that the edge has added up and deleted: days before them keep their results and are not computed to nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from analytics.frames import DAILY, HOURLY, VISITS, Window
from analytics.jobs import JOBS, days_due, run_jobs, run_night
from edge.contract import open_store, retire

from .small_shop import MONDAY, clock
from .test_jobs import shop

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 5


def day(number: int) -> date:
    """The n-th day after the first."""
    return MONDAY + timedelta(days=number)


def retired(folder: Path, number: int, hour: int) -> None:
    """Facts before an hour of the n-th day are added up and deleted."""
    store = open_store(folder / "footfall.sqlite")
    assert retire(store, clock(day(number), hour)).facts > 0
    store.close()


@pytest.mark.slow
def test_days_whose_facts_are_gone_keep_their_results_and_are_refused(tmp_path: Path) -> None:
    with shop(tmp_path, days=DAYS) as context:
        list(run_night(context, JOBS, day(DAYS)))
        before = {contract.name: context.results.read(contract) for contract in (DAILY, HOURLY, VISITS)}
    retired(tmp_path, 2, 12)
    with shop(tmp_path, days=DAYS) as context:
        told = list(run_jobs(context, JOBS, Window.of(day(0), day(DAYS), "Europe/Berlin")))
        failed = {o.job: o.message for o in told if o.status == "failed"}
        assert "visits" in failed
        assert f"facts before {day(3)} were added up and deleted" in str(failed["visits"])
        for contract in (DAILY, HOURLY, VISITS):
            assert context.results.read(contract).equals(before[contract.name])
        again = list(run_jobs(context, JOBS, Window.of(day(3), day(DAYS), "Europe/Berlin")))
        assert {o.status for o in again} == {"ok"}


@pytest.mark.slow
def test_the_night_does_not_try_days_whose_facts_are_gone(tmp_path: Path) -> None:
    with shop(tmp_path, days=DAYS):
        pass
    retired(tmp_path, 2, 0)  # at midnight: the day that begins then is whole
    with shop(tmp_path, days=DAYS) as context:
        assert days_due(context, JOBS, day(DAYS)) == [day(2), day(3), day(4)]
        assert {o.status for o in run_night(context, JOBS, day(DAYS))} == {"ok"}
