"""The jobs of clocks and pairs on two weeks of the fixture world: idempotent, night by night, late receipts."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics.frames import DAILY, HOURLY, RECEIPT_VISITS, RECEIPTS, TILL_CLOCKS, Window, empty
from analytics.jobs import JOBS, Context, run_jobs

from .opened_shop import opened

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from analytics.frames import Contract

pytestmark = pytest.mark.slow

FIRST, DAYS = date(2025, 10, 20), 14
NAMES = ("clocks", "visits", "hourly", "match")
TABLES = (TILL_CLOCKS, HOURLY, DAILY, RECEIPT_VISITS)


def opened_world(folder: Path) -> AbstractContextManager[Context]:
    """The world as the jobs see it."""
    names = ("receipts", "receipt_lines")
    return opened(folder, {name: [folder / "sales" / f"{name}.csv"] for name in names}, again_days=1)


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks around the night in which the clocks go back, imported."""
    made = tmp_path_factory.mktemp("world")
    world = request.config.rootpath / "fixtures" / "world" / "make_history.py"
    subprocess.run([sys.executable, world, made, "--weeks", "2", "--start", FIRST.isoformat()], check=True)
    with opened_world(made) as context:
        run(context, 0, DAYS, "import")
    return made


def run(context: Context, first: int, end: int, *names: str) -> None:
    """Runs some jobs for the n-th up to the m-th day."""
    window = Window.of(FIRST + timedelta(days=first), FIRST + timedelta(days=end), context.time)
    outcomes = list(run_jobs(context, [job for job in JOBS if job.name in (names or NAMES)], window))
    assert {outcome.status for outcome in outcomes} == {"ok"}, outcomes


def stored(context: Context) -> dict[str, pd.DataFrame]:
    """Every table, in order."""
    return {table.name: context.results.read(table) for table in TABLES}


def differ(one: pd.DataFrame, other: pd.DataFrame, table: Contract, column: str) -> set[date]:
    """The days on which two states of a table are not the same."""
    both = one.astype(object).where(one.notna(), None), other.astype(object).where(other.notna(), None)
    rows = [set(map(tuple, state[table.names].to_numpy())) for state in both]
    place = table.names.index(column)
    return {pd.Timestamp(row[place]).date() for row in rows[0] ^ rows[1]}


def test_twice_is_once_and_nights_are_the_fortnight(folder: Path) -> None:
    with opened_world(folder) as context:
        run(context, 0, DAYS)
        once = stored(context)
        assert {name: len(rows) > 20 or name == "daily" for name, rows in once.items()} == dict.fromkeys(once, True)
        run(context, 0, DAYS)
        again = stored(context)
        for table in TABLES:
            context.results.replace_window(table, empty(table))
        for day in range(DAYS):
            run(context, day, day + 1)
        nights = stored(context)
    for name, rows in once.items():
        pd.testing.assert_frame_equal(rows, again[name])
        pd.testing.assert_frame_equal(rows, nights[name])


def test_hours_and_days_do_not_depend_on_pairs(folder: Path) -> None:
    with opened_world(folder) as context:
        run(context, 0, DAYS)
        before = stored(context)
        assert before["receipt_visit"]["track_id"].notna().sum() > 500
        context.results.replace_window(RECEIPT_VISITS, empty(RECEIPT_VISITS))
        run(context, 0, DAYS, "visits", "hourly")
        after = stored(context)
    assert after["receipt_visit"].empty
    pd.testing.assert_frame_equal(before["hourly"], after["hourly"])
    pd.testing.assert_frame_equal(before["daily"], after["daily"])


def test_a_receipt_that_comes_late_changes_the_pairs_of_its_day_alone(folder: Path) -> None:
    with opened_world(folder) as context:
        receipts = context.results.read(RECEIPTS)
        local = receipts["sold_at"].dt.tz_convert("Europe/Berlin").dt.date
        day = FIRST + timedelta(days=8)
        late = receipts[(local == day) & (receipts["kind"] == "sale")].iloc[[40]]
        context.results.replace_window(RECEIPT_VISITS, empty(RECEIPT_VISITS))
        run(context, 0, DAYS)
        whole = stored(context)
        moment = late["sold_at"].iloc[0]
        with context.results.writing() as connection:
            key = {"id": late["receipt_id"].iloc[0]}
            connection.exec_driver_sql("UPDATE receipt SET kind = 'training' WHERE receipt_id = :id", key)
        run(context, 0, DAYS)
        without = stored(context)
        context.results.upsert(RECEIPTS, late)
        run(context, 8, 9)
        healed = stored(context)
    assert moment.tz_convert("Europe/Berlin").date() == day
    changed = differ(without["receipt_visit"], healed["receipt_visit"], RECEIPT_VISITS, "sold_at")
    assert changed == {day}
    assert differ(without["till_clock"], healed["till_clock"], TILL_CLOCKS, "local_date") <= {day}
    assert late["receipt_id"].iloc[0] in set(healed["receipt_visit"]["receipt_id"])
    mine = [state["receipt_visit"].set_index("receipt_id")["track_id"] for state in (whole, healed)]
    that = whole["receipt_visit"]["sold_at"].dt.tz_convert("Europe/Berlin").dt.date == day
    ids = whole["receipt_visit"].loc[that, "receipt_id"]
    pd.testing.assert_series_equal(mine[0][ids], mine[1][ids])
