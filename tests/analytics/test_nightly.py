"""Nights without a person: what is missed, late, cut off or broken is made up for, and nothing else is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from analytics.frames import Window
from analytics.jobs import JOBS, Context, Done, Job, JobError, days_due, due_days, in_order, run_night
from analytics.results import begin_run, end_run, last_runs
from analytics.results.tables import TABLES
from edge.contract import Run, Site, Store, open_store
from edge.events import Crossing, Watch

from .opened_shop import opened
from .small_shop import DOOR, FLOOR, HOURS, MONDAY, RECEIPT_HEADER, clock, open_shop, sell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from analytics.jobs import Outcome
    from edge.contract import FactStore

# Pages and forecasts are made anew every night; what is tested here are the days.
DAILY = tuple(job for job in JOBS if job.each_day or job.name == "import")


@contextmanager
def shop(folder: Path, days: int = 1, files: Mapping[str, Sequence[Path]] | None = None) -> Iterator[Context]:
    """The small shop, which computes only what is due."""
    if not (folder / "footfall.sqlite").exists():
        open_shop(folder / "footfall.sqlite", days)
    with opened(folder, sell(folder / "sales", days) if files is None else files) as context:
        yield context


def camera_again(folder: Path, name: str, begins: datetime) -> tuple[FactStore, str]:
    """The writer of the shop's camera at the door, with a run that has begun."""
    store = open_store(folder / "footfall.sqlite")
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    run = Run("door", "live", "test", name, begins, "host", "model", "config")
    store.begin_run(run, "corner")
    return store, run.id


def day(number: int) -> date:
    """The n-th day after the first."""
    return MONDAY + timedelta(days=number)


def rows(context: Context) -> dict[str, dict[int, tuple[Any, ...]]]:
    """Every row of every table of results, by its place in the file."""
    with context.results.reading() as connection:
        return {
            name: {row[0]: tuple(row[1:]) for row in connection.exec_driver_sql(f"SELECT rowid, * FROM {name}")}  # noqa: S608
            for name in TABLES
        }


def touched(before: dict[str, dict[int, tuple[Any, ...]]], context: Context) -> dict[str, set[tuple[Any, ...]]]:
    """The rows that came, went or became others, by table."""
    after = rows(context)
    found = {name: set(before[name].items()) ^ set(after[name].items()) for name in before}
    return {name: {row for _, row in changed} for name, changed in found.items() if changed}


def night(context: Context, number: int, jobs: Sequence[Job] = DAILY) -> list[Outcome]:
    """The night after the days 0 to n - 1."""
    return list(run_night(context, jobs, day(number)))


def computed(outcomes: Sequence[Outcome], job: str = "hourly") -> list[tuple[date, date]]:
    """The days that a job computed, as first and end."""
    return [(o.window.first, o.window.end) for o in outcomes if o.job == job and o.window is not None]


@pytest.mark.slow
def test_a_second_night_finds_nothing_to_do_and_touches_nothing(tmp_path: Path) -> None:
    with shop(tmp_path, days=3) as context:
        assert {o.status for o in night(context, 3)} == {"ok"}
        before = rows(context)
        again = night(context, 3)
        assert [o.job for o in again] == ["import"]
        assert touched(before, context) == {}
        assert days_due(context, JOBS, day(3)) == []
        # In any case computed again, it comes to the same, row by row.
        eager = replace(context, plan=replace(context.plan, again_days=3))
        assert computed(night(eager, 3)) == [(day(0), day(3))]
        assert touched(before, context) == {}


@pytest.mark.slow
def test_three_missed_nights_are_one(tmp_path: Path) -> None:
    with shop(tmp_path, days=5) as context:
        night(context, 1)
        due = due_days(context, JOBS, day(5))
        assert due["visits"] == [day(n) for n in range(1, 5)]
        assert due["hourly"] == [day(n) for n in range(5)], "the night may have begun before the day ended"
        assert computed(night(context, 5)) == [(day(0), day(5))]
        first = rows(context)
    (tmp_path / "each").mkdir()
    with shop(tmp_path / "each", days=5) as context:
        for number in range(1, 6):
            night(context, number)
        each = rows(context)
    for name, stored in first.items():
        assert set(stored.values()) == set(each[name].values()), name


@pytest.mark.slow
def test_a_receipt_three_days_late_changes_its_day_and_no_other(tmp_path: Path) -> None:
    with shop(tmp_path, days=5) as context:
        night(context, 5)
        before = rows(context)
        late = tmp_path / "sales" / "late.csv"
        late.write_text(f"{RECEIPT_HEADER}\nLATE,T1,{day(1)}T14:45:00,sale,5.00,EUR,,\n", encoding="utf-8")
        files = {kind: list(paths) for kind, paths in context.plan.files.items()}
        files["receipts"].append(late)
        later = replace(context, plan=replace(context.plan, files=files))
        outcomes = night(later, 5)
        changed = touched(before, context)
        assert computed(outcomes, "tills") == [(day(0), day(3))], (
            "the day, and those beside it: it may reach over midnight, or a clock be a day off"
        )
        hours = [row for row in changed["hourly"] if row[3] == 0]
        noon = round(clock(day(1), 14).timestamp() * 1000)
        assert {row[0] for row in changed["hourly"]} == {noon}, "the hour before and after"
        assert len(changed["hourly"]) == 2
        assert hours == []
        assert {row[0] for row in changed["daily"]} == {day(1).isoformat()}
        assert {row[0] for row in changed["receipt_visit"]} == {"LATE"}
        for untouched in ("visit", "zone_hourly", "queue_wait", "store_dwell", "move", "waterfall"):
            assert untouched not in changed
        assert days_due(later, JOBS, day(5)) == []
        said = last_runs(context.results, ["inputs"])["inputs"][0]
        assert (said.first, said.message) == (day(1), "new or changed: sales of 1 days")


@pytest.mark.slow
def test_facts_that_a_camera_brings_late_are_computed(tmp_path: Path) -> None:
    with shop(tmp_path, days=4) as context:
        night(context, 4)
        before = rows(context)
        store, run = camera_again(tmp_path, "spool", clock(day(2), 9))
        noon = clock(day(2), 12)
        store.append([(run, Crossing("entrance", 1, 0, "in", "left", noon, 1, 0.5, 0.6, (0, 0, 1, 1), 0.9, held=True))])
        store.close()
        assert due_days(context, JOBS, day(4))["visits"] == [day(2), day(3)]
        assert due_days(context, JOBS, day(4))["hourly"] == [day(1), day(2), day(3)]
        night(context, 4)
        changed = touched(before, context)
        assert {row[0] for row in changed["daily"]} == {day(2).isoformat()}
        assert len(changed["visit"]) == 1
        assert days_due(context, JOBS, day(4)) == []


@pytest.mark.slow
def test_a_watch_that_grows_afterwards_is_noticed(tmp_path: Path) -> None:
    """The database had the first half of an hour; the journal brings the rest: no row is new, but one is longer."""
    with shop(tmp_path, days=2) as context:
        store, run = camera_again(tmp_path, "spool", clock(day(0), 21))
        store.append([(run, Watch(0, clock(day(0), 21), clock(day(0), 21, 10), 1, 0, 0, "ok"))])
        night(context, 2)
        assert days_due(context, JOBS, day(2)) == []
        store.append([(run, Watch(0, clock(day(0), 21), clock(day(0), 21, 50), 1, 0, 0, "ok"))])
        store.close()
        assert days_due(context, JOBS, day(2)) == [day(0), day(1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "due", "sold"),
    [
        ("P1,9521101000016,Loafer,A loafer,shoes,12.00,4.00", [], ["shoes"]),
        ("P1,9521101000016,Loafer,A loafer,boots,10.00,4.00", [0, 1], ["boots"]),
        ("P2,9521101000023,Sock,A sock,socks,3.00,1.00", [], ["shoes"]),
    ],
)
def test_a_product_of_another_category_has_its_days_computed_again_and_another_price_has_none(
    tmp_path: Path, row: str, due: list[int], sold: list[str]
) -> None:
    with shop(tmp_path, days=2) as context:
        night(context, 2)
        master = tmp_path / "sales" / "later.csv"
        master.write_text(f"product_id,gtin,name,description,category,price,cost\n{row}\n", encoding="utf-8")
        files = {kind: list(paths) for kind, paths in context.plan.files.items()} | {"products": [master]}
        later = replace(context, plan=replace(context.plan, files=files))
        assert computed(night(later, 2), "tills") == ([(day(due[0]), day(due[-1] + 1))] if due else [])
        with context.results.reading() as connection:
            found = connection.exec_driver_sql("SELECT DISTINCT category FROM category_daily").scalars().all()
        assert found == sold


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "clocks", "hourly", "zones"),
    [(0, [1, 2, 3], [0, 1], []), (3, [], [2, 3], [])],
)
def test_another_clock_of_a_till_makes_later_clocks_due_and_the_hours_of_the_days_beside_it(
    tmp_path: Path, changed: int, clocks: list[int], hourly: list[int], zones: list[int]
) -> None:
    with shop(tmp_path, days=4) as context:
        night(context, 4)
        with context.results.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE job_day SET changed_run = 1000000 WHERE job = 'clocks' AND local_date = ?", (f"{day(changed)}",)
            )
        due = due_days(context, DAILY, day(4))
        found = {name: [(of - MONDAY).days for of in due[name]] for name in ("clocks", "hourly", "zones")}
        assert found == {"clocks": clocks, "hourly": hourly, "zones": zones}


def broken(_: Context, __: Window) -> Done:
    """A job that meets an error that nobody thought of."""
    raise ZeroDivisionError("nobody thought of this")


@pytest.mark.slow
def test_a_job_that_fails_is_made_up_for_alone(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        bad = tuple(replace(job, work=broken) if job.name == "clocks" else job for job in DAILY)
        ended = {o.job: o.status for o in night(context, 2, bad)}
        assert ended["clocks"] == "failed"
        assert ended["hourly"] == ended["match"] == "skipped"
        assert ended["visits"] == ended["zones"] == ended["paths"] == "ok"
        due = due_days(context, DAILY, day(2))
        assert due["hourly"] == [day(0), day(1)]
        assert due["visits"] == []
        healed = night(context, 2)
        assert "visits" not in {o.job for o in healed}
        assert computed(healed) == [(day(0), day(2))]
        assert days_due(context, JOBS, day(2)) == []


@pytest.mark.slow
def test_what_an_upstream_job_makes_other_is_carried_on_even_over_a_crash(tmp_path: Path) -> None:
    """The rules of visits change, and the process ends before the hours are computed."""
    with shop(tmp_path, days=2) as context:
        night(context, 2)
        rules = replace(context.plan.visits, staff_hours=((600, 605),))
        eager = replace(context, plan=replace(context.plan, visits=rules, again_days=2))
        until = DAILY.index(next(job for job in DAILY if job.name == "visits")) + 1
        night(eager, 2, DAILY[:until])
        assert due_days(context, DAILY, day(2))["hourly"] == [day(0), day(1)]
        night(context, 2)
        with context.results.reading() as connection:
            assert connection.exec_driver_sql("SELECT visits FROM daily").scalars().all() == [7, 7]


@pytest.mark.parametrize(
    ("jobs", "complaint"),
    [
        ((Job("a", "", broken, needs=("b",)), Job("b", "", broken, needs=("a",))), "job a: needs b, which comes later"),
        ((Job("a", "", broken, needs=("a",)),), "job a: needs a, which comes later"),
        ((Job("a", "", broken, needs=("x",)),), "job a: needs x, which is unknown; known are a"),
        ((Job("a", "", broken), Job("a", "", broken)), "job a: there are two of this name"),
    ],
)
def test_jobs_that_need_each_other_or_nobody_are_refused(jobs: tuple[Job, ...], complaint: str) -> None:
    with pytest.raises(JobError, match=complaint):
        in_order(jobs)
    in_order(JOBS)


@pytest.mark.slow
def test_only_sales_and_no_camera(tmp_path: Path) -> None:
    store = open_store(tmp_path / "footfall.sqlite")
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    store.close()
    with shop(tmp_path, files={}) as context:
        assert [o.status for o in night(context, 2)] == ["ok"], "an empty shop has nothing to do"
    with shop(tmp_path, files=sell(tmp_path / "sales", 2)) as context:
        assert {o.status for o in night(context, 2)} == {"ok"}
        with context.results.reading() as connection:
            found = connection.exec_driver_sql("SELECT status, visits, receipts FROM daily").all()
        assert [tuple(row) for row in found] == [("missing", None, 3), ("missing", None, 3)]


@pytest.mark.slow
def test_only_a_camera_and_no_sales(tmp_path: Path) -> None:
    with shop(tmp_path, days=2, files={}) as context:
        assert {o.status for o in night(context, 2)} == {"ok"}
        with context.results.reading() as connection:
            found = connection.exec_driver_sql("SELECT visits, receipts, conversion FROM daily").all()
        assert [tuple(row) for row in found] == [(12, 0, 0.0), (12, 0, 0.0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Asia/Shanghai", {}),
        ("Europe/Berlin", {date(2026, 3, 29): 23, date(2026, 10, 25): 25}),
        ("America/New_York", {date(2026, 3, 8): 23, date(2026, 11, 1): 25}),
    ],
)
def test_both_clock_changes_have_their_hours_and_their_night(
    tmp_path: Path, zone: str, changes: dict[date, int]
) -> None:
    for change in changes or {date(2024, 2, 29): 24}:
        folder = tmp_path / f"{change}"
        folder.mkdir()
        store = open_store(folder / "footfall.sqlite")
        store.register(Site(Store("corner", "Corner Shop", zone, "EUR"), HOURS, (DOOR, FLOOR)))
        begins = Window.of(change - timedelta(days=1), change, zone).since + timedelta(hours=10)
        run = Run("door", "live", "test", "x", begins, "host", "model", "config")
        store.begin_run(run, "corner")
        store.append(
            [
                (run.id, Watch(n, at, at + timedelta(hours=2), 1, 0, 0, "ok"))
                for n, at in enumerate(begins + timedelta(hours=2 * n) for n in range(30))
            ]
        )
        store.close()
        with shop(folder, files={}) as context:
            assert {o.status for o in run_night(context, DAILY, change + timedelta(days=2))} == {"ok"}
            with context.results.reading() as connection:
                counted = connection.exec_driver_sql("SELECT local_date, count(*) FROM hourly GROUP BY 1").all()
            hours = {row[0]: row[1] for row in counted}
            expected = {change + timedelta(days=n): 24 for n in (-1, 0, 1)} | {change: changes.get(change, 24)}
            assert hours == {f"{of}": number for of, number in expected.items()}
            before = rows(context)
            assert [o.job for o in run_night(context, DAILY, change + timedelta(days=2))] == ["import"]
            assert touched(before, context) == {}


@pytest.mark.slow
def test_runs_cut_off_by_a_kill_are_told_and_made_up_for(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        begin_run(context.results, "visits", day(0), day(2))
        assert {o.status for o in night(context, 2)} == {"ok"}
        newest, lost = last_runs(context.results, ["visits"], 2)["visits"]
        assert (newest.status, lost.status) == ("ok", "failed")
        assert "interrupted" in str(lost.message)
        end_run(context.results, begin_run(context.results, "x", day(0), day(1)), "ok", 0)


LARGE = ("crossing", "stay", "watch", "trail", "receipt", "receipt_line", "payment", "visit", "hourly", "line_hourly")
RANGES = ("visits", "clocks", "hourly", "tills", "zones", "accuracy", "paths", "rfid", "match", "rollups")


@pytest.mark.slow
def test_a_night_reads_ranges_of_indexes_and_never_a_whole_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop(tmp_path, days=3) as context:
        night(context, 2)
    connect, asked = sqlite3.connect, set[str]()

    def listening(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(asked.add)
        return connection

    monkeypatch.setattr(sqlite3, "connect", listening)
    with shop(tmp_path, days=3) as context:
        jobs = tuple(job for job in DAILY if job.name in RANGES)
        assert {outcome.status for outcome in run_night(context, jobs, day(3))} == {"ok"}
    monkeypatch.undo()
    with closing(sqlite3.connect(tmp_path / "footfall.sqlite")) as raw:
        reads = sorted(sql for sql in asked if sql.lstrip().startswith("SELECT"))
        assert len(reads) > 20
        for sql in reads:
            for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {sql}"):
                words = step.split()
                assert words[0] != "SCAN" or words[1] not in LARGE, f"{step}: {sql}"
