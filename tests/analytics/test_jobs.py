"""The night, told on a small shop: what is computed, what happens when something breaks, and what is made up for."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.frames import DAILY, HOURLY, RECEIPT_VISITS, SEGMENTS, VISITS, ZONE_HOURLY, Window
from analytics.jobs import (
    JOBS,
    Context,
    Done,
    Job,
    Outcome,
    Part,
    Plan,
    days_due,
    look_back,
    next_night,
    run_jobs,
    run_night,
    scheduler,
    spans,
)
from analytics.joins import PairRules
from analytics.results import days_done, open_results
from analytics.sources import open_facts
from analytics.visits import VisitRules

from .small_shop import MONDAY, RECEIPT_HEADER, clock, open_shop, sell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from apscheduler.schedulers.blocking import BlockingScheduler

RESULTS = (VISITS, HOURLY, DAILY, ZONE_HOURLY, RECEIPT_VISITS, SEGMENTS)


@contextmanager
def shop(folder: Path, days: int = 1, again_days: int = 1) -> Iterator[Context]:
    """The small shop with its sales, ready to compute."""
    database = folder / "footfall.sqlite"
    if not database.exists():
        open_shop(database, days)
    plan = Plan(
        files=sell(folder / "sales", days),
        rejects=folder / "rejects",
        report=folder / "report",
        closed_days=frozenset(),
        special_hours={},
        visits=VisitRules(),
        pairs=PairRules(),
        forecast_days=7,
        report_days=14,
        again_days=again_days,
        version="0",
    )
    with open_facts(database) as facts:
        results = open_results(database)
        try:
            yield Context(facts, results, plan)
        finally:
            results.close()


def day(number: int) -> date:
    """The n-th day after the first."""
    return MONDAY + timedelta(days=number)


def window(first: int, end: int) -> Window:
    """Days from the n-th up to the m-th."""
    return Window.of(day(first), day(end), "Europe/Berlin")


def states(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """How each job ended, by name."""
    return {outcome.job: outcome.status for outcome in outcomes}


def ledger(context: Context) -> list[tuple[str, str, str | None]]:
    """Job, status and message of every run, in order."""
    with context.results.reading() as connection:
        rows = connection.exec_driver_sql("SELECT job, status, message FROM job_run ORDER BY job_run_id").all()
    return [(row[0], row[1], row[2]) for row in rows]


def test_all_jobs_tell_the_story_of_the_day(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        assert set(states(list(run_jobs(context, JOBS, window(0, 1)))).values()) == {"ok"}
        hours = context.results.read(HOURLY)
        assert len(hours) == 24
        ten = hours[hours["local_hour"] == 10].iloc[0]
        assert (ten["visits"], ten["receipts"], ten["sales_minor"], ten["units"]) == (12, 3, 6000, 6)
        assert (ten["conversion"], ten["atv_minor"], ten["upt"]) == (0.25, 2000.0, 2.0)
        assert set(hours.loc[hours["local_hour"].between(9, 19), "status"]) == {"ok"}
        (of_day,) = context.results.read(DAILY).to_dict("records")
        assert (of_day["visits"], of_day["receipts"], of_day["coverage"]) == (12, 3, 1.0)
        assert len(context.results.read(RECEIPT_VISITS)) == 3
        assert context.results.read(SEGMENTS)["member_id"].tolist() == ["M0", "M1", "M2"]
    assert "Corner Shop" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert pd.read_csv(tmp_path / "report" / "daily.csv")["visits"].sum() == 12


def test_run_twice_leaves_the_same_rows(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        runs = []
        for _ in range(2):
            assert set(states(list(run_jobs(context, JOBS, window(0, 2)))).values()) == {"ok"}
            runs.append([context.results.read(contract) for contract in RESULTS])
    for first, second in zip(*runs, strict=True):
        pd.testing.assert_frame_equal(first, second)


def test_day_by_day_gives_what_one_run_over_all_days_gives(tmp_path: Path) -> None:
    frames = []
    for name, windows in (("one", [window(0, 3)]), ("each", [window(n, n + 1) for n in range(3)])):
        (tmp_path / name).mkdir()
        with shop(tmp_path / name, days=3) as context:
            list(run_jobs(context, JOBS[:1], windows[0]))
            for each in windows:
                list(run_jobs(context, [job for job in JOBS if job.each_day], each))
            frames.append([context.results.read(contract) for contract in (VISITS, HOURLY, DAILY)])
    for first, second in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(first, second)


def test_a_window_without_facts_is_said_and_is_no_failure(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        outcomes = list(run_jobs(context, JOBS, window(40, 42)))
        assert set(states(outcomes).values()) == {"ok"}
        notes = {outcome.job: outcome.message for outcome in outcomes}
        assert notes["visits"] == "no camera watched from 2026-04-11 to 2026-04-12"
        days = context.results.read(DAILY)
        assert days["status"].tolist() == ["missing", "closed"]
        assert days["visits"].isna().iloc[0]


def broken(_: Context, __: Window) -> Done:
    """A job that meets an error that nobody thought of."""
    raise ZeroDivisionError("nobody thought of this")


def test_a_failing_job_stops_only_those_that_need_it(tmp_path: Path) -> None:
    jobs = (
        Job("first", "breaks", broken),
        Job("second", "needs it", lambda _, __: Done(rows=1), needs=("first",)),
        Job("third", "needs that", lambda _, __: Done(rows=1), needs=("second",)),
        Job("fourth", "stands alone", lambda _, __: Done(rows=1, note="all well")),
    )
    with shop(tmp_path) as context:
        outcomes = list(run_jobs(context, jobs, window(0, 1)))
        assert states(outcomes) == {"first": "failed", "second": "skipped", "third": "skipped", "fourth": "ok"}
        assert ledger(context) == [
            ("first", "failed", "ZeroDivisionError: nobody thought of this"),
            ("second", "skipped", "needs first, which failed"),
            ("third", "skipped", "needs second, which failed"),
            ("fourth", "ok", "all well"),
        ]


def test_a_job_that_gives_rows_outside_its_window_fails_and_changes_nothing(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        list(run_jobs(context, JOBS, window(0, 1)))
        before = context.results.read(VISITS)

        def wrong(_: Context, days: Window) -> Done:
            return Done((Part(VISITS, before, days.since + timedelta(days=1), days.until + timedelta(days=1)),))

        (outcome,) = run_jobs(context, [Job("wrong", "", wrong)], window(0, 1))
        assert outcome.status == "failed"
        assert "lies outside" in str(outcome.message)
        pd.testing.assert_frame_equal(context.results.read(VISITS), before)


def test_an_unreadable_sales_file_fails_the_import_and_nothing_else(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        (tmp_path / "sales" / "members.csv").unlink()
        outcomes = list(run_jobs(context, JOBS, window(0, 1)))
    assert [job for job, status in states(outcomes).items() if status != "ok"] == ["import"]
    assert "members.csv: No such file" in str(outcomes[0].message)


def test_the_first_night_makes_up_for_every_day_since_the_first_fact(tmp_path: Path) -> None:
    with shop(tmp_path, days=3) as context:
        assert days_due(context, JOBS, day(3)) == [day(0), day(1), day(2)]
        assert set(states(list(run_night(context, JOBS, day(3)))).values()) == {"ok"}
        assert context.results.read(DAILY)["visits"].tolist() == [12, 12, 12]
        assert days_done(context.results, "hourly") == {day(0), day(1), day(2)}
        # Only the last day is computed again, for receipts that come late.
        assert days_due(context, JOBS, day(3)) == [day(2)]
        assert days_due(context, JOBS, day(5)) == [day(3), day(4)]


def test_a_day_on_which_a_job_failed_is_computed_again_the_next_night(tmp_path: Path) -> None:
    with shop(tmp_path, days=3) as context:
        list(run_night(context, JOBS, day(1)))
        bad = tuple(Job(j.name, j.what, broken, j.needs, j.each_day) if j.name == "match" else j for j in JOBS)
        assert states(list(run_night(context, bad, day(2))))["match"] == "failed"
        assert days_due(context, JOBS, day(3)) == [day(1), day(2)]
        assert set(states(list(run_night(context, JOBS, day(3)))).values()) == {"ok"}
        assert days_done(context.results, "match") == {day(0), day(1), day(2)}


def test_a_receipt_that_comes_late_is_taken_in(tmp_path: Path) -> None:
    with shop(tmp_path, days=2, again_days=2) as context:
        list(run_night(context, JOBS, day(1)))
        late = tmp_path / "sales" / "late.csv"
        late.write_text(f"{RECEIPT_HEADER}\nLATE,T1,{MONDAY}T10:45:00,sale,5.00,EUR,,\n", encoding="utf-8")
        files = {kind: list(paths) for kind, paths in context.plan.files.items()}
        files["receipts"].append(late)
        assert context.results.read(DAILY)["receipts"].tolist() == [3]
        later = Context(context.facts, context.results, replace_files(context.plan, files))
        list(run_night(later, JOBS, day(2)))
        assert context.results.read(DAILY)["receipts"].tolist() == [4, 3]


def replace_files(plan: Plan, files: dict[str, list[Path]]) -> Plan:
    """The same plan with other sales files."""
    values = {name: getattr(plan, name) for name in Plan.__slots__}
    return Plan(**(values | {"files": files}))


def test_neighbouring_days_are_one_window() -> None:
    assert spans([day(4), day(0), day(1), day(1)]) == [(day(0), day(2)), (day(4), day(5))]
    assert spans([]) == []


def test_the_report_looks_back_as_far_as_there_are_facts(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        assert look_back(context, day(2)).first == day(0)
        assert look_back(context, day(20)).first == day(6)
        assert look_back(context, day(0)).first == day(-1)


def test_every_job_comes_after_those_it_needs() -> None:
    names = [job.name for job in JOBS]
    assert len(set(names)) == len(names)
    for number, job in enumerate(JOBS):
        assert set(job.needs) <= set(names[:number])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai"])
def test_there_is_one_night_a_day_through_both_clock_changes(zone: str) -> None:
    now = datetime(2025, 9, 1, tzinfo=UTC)
    nights = []
    for _ in range(300):
        now = next_night(time(4, 15), zone, now)
        nights.append(now.astimezone(ZoneInfo(zone)))
        now += timedelta(seconds=1)
    assert {night.time() for night in nights} == {time(4, 15)}
    first = nights[0].date()
    assert [night.date() for night in nights] == [first + timedelta(days=n) for n in range(300)]


def test_the_scheduler_makes_up_for_missed_nights_at_once() -> None:
    ran: list[datetime] = []
    made: list[BlockingScheduler] = []

    def night() -> None:
        ran.append(datetime.now(tz=UTC))
        made[0].shutdown(wait=False)

    made.append(scheduler(night, time(4, 15), "Europe/Berlin"))
    began = datetime.now(tz=UTC)
    made[0].start()  # returns because the night ends it
    assert len(ran) == 1
    assert ran[0] - began < timedelta(seconds=20)


def test_the_small_shop_is_what_it_says(tmp_path: Path) -> None:
    """The stories above count on it."""
    with open_facts(open_shop(tmp_path / "footfall.sqlite")) as facts:
        first = facts.crossings(clock(MONDAY, 0), clock(MONDAY, 23))["at"].min()
    assert first == clock(MONDAY, 10)
