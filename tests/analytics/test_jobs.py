"""The night, told on a small shop: what is computed, what happens when something breaks, and what is made up for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.frames import (
    ACCURACY,
    CAPTURE_HOURLY,
    DAILY,
    HOURLY,
    LINE_HOURLY,
    OCCUPANCY_DRIFT,
    PASSERS_HOURLY,
    QUEUE_HOURLY,
    QUEUE_WAITS,
    RECEIPT_VISITS,
    SEGMENTS,
    STORE_DWELL,
    VISITS,
    WATERFALL,
    ZONE_HOURLY,
    Window,
)
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
from analytics.results import days_done
from analytics.sources import open_facts
from analytics.visits import VisitRules
from edge.contract import Run, Site, Store, open_store
from edge.events import Crossing, Stay, Trail, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Line, Zone

from .audited_shop import audit_shop
from .opened_shop import opened
from .small_shop import DOOR, HOURS, MONDAY, RECEIPT_HEADER, clock, open_shop, sell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from apscheduler.schedulers.blocking import BlockingScheduler

    from edge.events import Fact

INSIDE = (WATERFALL, ZONE_HOURLY, QUEUE_HOURLY, QUEUE_WAITS, STORE_DWELL, OCCUPANCY_DRIFT)
RESULTS = (VISITS, HOURLY, DAILY, *INSIDE, RECEIPT_VISITS, SEGMENTS)


@contextmanager
def shop(folder: Path, days: int = 1, again_days: int = 1) -> Iterator[Context]:
    """The small shop with its sales, ready to compute."""
    if not (folder / "footfall.sqlite").exists():
        open_shop(folder / "footfall.sqlite", days)
    with opened(folder, sell(folder / "sales", days), again_days=again_days) as context:
        yield context


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_report_of_days_that_nobody_computed_says_so(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        (alone,) = run_jobs(context, [job for job in JOBS if job.name == "report"], window(0, 1))
        assert (alone.status, alone.message) == ("ok", "no day of this window was computed yet: run all first")
        assert list(run_jobs(context, JOBS, window(0, 1)))[-1].message is None


@pytest.mark.slow
def test_run_twice_leaves_the_same_rows(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        runs = []
        for _ in range(2):
            assert set(states(list(run_jobs(context, JOBS, window(0, 2)))).values()) == {"ok"}
            runs.append([context.results.read(contract) for contract in RESULTS])
    for first, second in zip(*runs, strict=True):
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.slow
def test_day_by_day_gives_what_one_run_over_all_days_gives(tmp_path: Path) -> None:
    frames = []
    for name, windows in (("one", [window(0, 3)]), ("each", [window(n, n + 1) for n in range(3)])):
        (tmp_path / name).mkdir()
        with shop(tmp_path / name, days=3) as context:
            list(run_jobs(context, JOBS[:1], windows[0]))
            for each in windows:
                list(run_jobs(context, [job for job in JOBS if job.each_day], each))
            frames.append([context.results.read(contract) for contract in (VISITS, HOURLY, DAILY, *INSIDE)])
    for first, second in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.slow
def test_the_visits_of_the_day_are_explained_step_by_step(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        list(run_jobs(context, JOBS, window(0, 1)))
        steps = context.results.read(WATERFALL).sort_values("position")
        assert steps["entries"].tolist() == [12, 0, 0, 0, 0, 0, 0, 0, 12]
        assert steps["crossed"].tolist() == steps["entries"].tolist()
        (drift,) = context.results.read(OCCUPANCY_DRIFT).to_dict("records")
        assert (drift["balance"], drift["entries"], drift["status"]) == (0, 12, "ok")
        stays = context.results.read(STORE_DWELL).set_index("method")["mean_s"]
        assert stays.to_dict() == dict.fromkeys(("fifo", "little", "track"), 3000 - 59 * 5.5)
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    # Three ways to tell it, and mean and median of the days where distributions are described.
    assert page.count("44 min 36 s") == 5


@pytest.mark.slow
def test_a_rule_that_names_a_zone_that_no_camera_has_is_told(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        rules = VisitRules(staff_zones=frozenset({"cellar"}))
        plan = replace(context.plan, visits=rules, min_stay_s={"shoes": 10.0})
        told = {o.job: o.message for o in run_jobs(replace(context, plan=plan), JOBS, window(0, 1))}
    expected = "rules.staff_zones: 'cellar': no camera has a zone of this name; known are shoes, till"
    assert told["visits"] == expected


@pytest.mark.slow
def test_the_least_stay_of_a_zone_reaches_its_hours(tmp_path: Path) -> None:
    """The n-th of twelve stands at the shoes for n + 6 seconds."""
    with shop(tmp_path) as context:
        plan = replace(context.plan, min_stay_s={"shoes": 10.0})
        list(run_jobs(replace(context, plan=plan), JOBS, window(0, 1)))
        hours = context.results.read(ZONE_HOURLY)
    sums = hours.groupby("zone_id")[["stays", "pass_through"]].sum()
    assert sums.to_dict("index") == {
        "shoes": {"stays": 8, "pass_through": 4},
        "till": {"stays": 6, "pass_through": 0},
    }


@pytest.mark.slow
def test_queue_and_street_come_from_the_facts_to_the_results(tmp_path: Path) -> None:
    """One camera over street, door, queue and till: five pass by, two come in and queue, and one of them is served."""
    square = Polygon((Point(0.1, 0.1), Point(0.4, 0.1), Point(0.4, 0.4), Point(0.1, 0.4)))
    street = Line("street", "outside", Polyline((Point(0.1, 0.9), Point(0.9, 0.9))))
    zones = (Zone("queue", "queue", square), Zone("till", "till", square), Zone("shelf", "product", square))
    wide = replace(DOOR, lines=(*DOOR.lines, street), zones=zones)
    noon = clock(MONDAY, 12)
    passed = Crossing("street", 1, 0, "in", "left", noon, 1, 0.5, 0.9, (0, 0, 1, 1), 0.9, held=True)
    facts: list[Fact] = [Watch(0, clock(MONDAY, 8), clock(MONDAY, 21), 1, 0, 0, "ok")]
    facts += [replace(passed, track=n) for n in range(1, 6)]
    facts += [replace(passed, line="entrance", track=n, at=noon + timedelta(seconds=5)) for n in (1, 2)]
    queued = Stay("queue", 1, 0, clock(MONDAY, 12, 1), clock(MONDAY, 12, 3), "crossed", "crossed", 1, 0.2, 0.2, 0.9)
    paid = replace(queued, zone="till", entered=clock(MONDAY, 12, 3, 2), left=clock(MONDAY, 12, 4))
    facts += [queued, paid, replace(queued, track=2), replace(queued, zone="shelf", track=9, end_cause="fixed")]
    # The second is lost one second after the queue: whether it was served, nobody knows.
    seen = [clock(MONDAY, 12, 2, n) for n in range(62)]
    facts += [Trail(2, n, moment, 0.2, 0.2, None, None) for n, moment in enumerate(seen)]
    store = open_store(tmp_path / "footfall.sqlite")
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (wide,)))
    run = Run("door", "live", "test", "noon", clock(MONDAY, 8), "host", "model", "config")
    store.begin_run(run, "corner")
    store.append((run.id, fact) for fact in facts)
    store.finish_run(run.id)
    store.close()
    with shop(tmp_path) as context:
        assert set(states(list(run_jobs(context, JOBS, window(0, 1)))).values()) == {"ok"}
        waits = context.results.read(QUEUE_WAITS)
        assert waits[["track_id", "outcome", "wait_s"]].to_numpy().tolist() == [[1, "served", 120], [2, "unknown", 120]]
        (queue,) = context.results.read(QUEUE_HOURLY, noon, noon + timedelta(hours=1)).to_dict("records")
        counts = ("arrivals", "served", "abandoned", "unknown", "length_max")
        assert [queue[name] for name in counts] == [2, 1, 0, 1, 2]
        (caught,) = context.results.read(CAPTURE_HOURLY, noon, noon + timedelta(hours=1)).to_dict("records")
        assert (caught["passers"], caught["entries"], caught["capture"]) == (5, 2, 0.4)
        assert context.results.read(PASSERS_HOURLY)["passers"].sum() == 5
        zone_hours = context.results.read(ZONE_HOURLY)
        shelf = zone_hours[zone_hours["zone_id"] == "shelf"]
        assert (shelf["stays"].sum(), shelf["fixed"].sum(), len(shelf)) == (0, 1, 11)
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for heading in ("How they queue", "Who passes by and who comes in", "1 stay of mannequins, posters or mirrors"):
        assert heading in page, heading


def bars(context: Context) -> list[tuple[float, float]]:
    """The bounds of the visits of every day."""
    days = context.results.read(DAILY)
    return list(zip(days["visits_low"].tolist(), days["visits_high"].tolist(), strict=True))


@pytest.mark.slow
def test_an_audit_puts_error_bars_on_every_day_that_was_counted_at_the_same_place(tmp_path: Path) -> None:
    with shop(tmp_path, days=2) as context:
        outcomes = list(run_jobs(context, JOBS, window(0, 2)))
        notes = {outcome.job: outcome.message for outcome in outcomes}
        assert notes["accuracy"] == "no line was audited yet, so no number has an error bar: run footfall-edge audit"
        assert np.isnan(bars(context)).all()
        assert "not audited yet" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    audit_shop(tmp_path / "footfall.sqlite", (60, 60, 60), (100, 99, 98))
    with shop(tmp_path, days=2) as context:
        # Only the second day is computed again; the audit speaks for the first as well.
        assert set(states(list(run_jobs(context, JOBS, window(1, 2)))).values()) == {"ok"}
        (whole, _) = context.results.read(ACCURACY).to_dict("records")
        assert (whole["manual"], whole["missed"], whole["invented"], whole["windows"]) == (160, 2, 1, 2)
        first, second = bars(context)
        assert first == second == (11.0, 14.0)
        hours = context.results.read(HOURLY)
        ten = hours[hours["local_hour"] == 10]
        assert ten["conversion_low"].tolist() == [3 / 14, 3 / 14]
        assert ten["entries_out_low"].isna().all(), "nobody audited the way out"
        before = [context.results.read(contract) for contract in (ACCURACY, LINE_HOURLY, HOURLY, DAILY)]
        again = {o.job: o for o in run_jobs(context, JOBS, window(0, 2))}
        after = [context.results.read(contract) for contract in (ACCURACY, LINE_HOURLY, HOURLY, DAILY)]
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert again["accuracy"].status == "ok"
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "160 crossings counted by hand" in page
    days = pd.read_csv(tmp_path / "report" / "daily.csv")
    assert days["visits_low"].tolist() == [11, 11]


@pytest.mark.slow
def test_a_window_that_is_counted_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    database = open_shop(tmp_path / "footfall.sqlite")
    audit_shop(database, (60, 40, 40))
    audit_shop(database, (60, 60, 60), later=1)
    with shop(tmp_path) as context:
        list(run_jobs(context, JOBS, window(0, 1)))
        assert context.results.read(ACCURACY)["missed"].tolist() == [0, 0]


@pytest.mark.slow
def test_an_audit_of_another_place_of_the_line_puts_no_bar_on_it(tmp_path: Path) -> None:
    audit_shop(open_shop(tmp_path / "footfall.sqlite"), (60, 60, 60), version="older")
    with shop(tmp_path) as context:
        list(run_jobs(context, JOBS, window(0, 1)))
        assert context.results.read(ACCURACY)["geometry_version"].tolist() == ["older", "older"]
        assert np.isnan(bars(context)).all()
    assert "the line was moved since its audit" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_unreadable_sales_file_fails_the_import_and_nothing_else(tmp_path: Path) -> None:
    with shop(tmp_path) as context:
        (tmp_path / "sales" / "members.csv").unlink()
        outcomes = list(run_jobs(context, JOBS, window(0, 1)))
    assert [job for job, status in states(outcomes).items() if status != "ok"] == ["import"]
    assert "members.csv: No such file" in str(outcomes[0].message)


@pytest.mark.slow
def test_the_first_night_makes_up_for_every_day_since_the_first_fact(tmp_path: Path) -> None:
    with shop(tmp_path, days=3) as context:
        assert days_due(context, JOBS, day(3)) == [day(0), day(1), day(2)]
        assert set(states(list(run_night(context, JOBS, day(3)))).values()) == {"ok"}
        assert context.results.read(DAILY)["visits"].tolist() == [12, 12, 12]
        assert days_done(context.results, "hourly") == {day(0), day(1), day(2)}
        # Only the last day is computed again, for receipts that come late.
        assert days_due(context, JOBS, day(3)) == [day(2)]
        # The day before the new ones, too: its evening may reach into them.
        assert days_due(context, JOBS, day(5)) == [day(2), day(3), day(4)]


@pytest.mark.slow
def test_a_day_on_which_a_job_failed_is_computed_again_the_next_night(tmp_path: Path) -> None:
    with shop(tmp_path, days=3) as context:
        list(run_night(context, JOBS, day(1)))
        bad = tuple(Job(j.name, j.what, broken, j.needs, j.each_day) if j.name == "match" else j for j in JOBS)
        assert states(list(run_night(context, bad, day(2))))["match"] == "failed"
        # What day 1 brought is owed to the evening of day 0 as well.
        assert days_due(context, JOBS, day(3)) == [day(0), day(1), day(2)]
        assert set(states(list(run_night(context, JOBS, day(3)))).values()) == {"ok"}
        assert days_done(context.results, "match") == {day(0), day(1), day(2)}


@pytest.mark.slow
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
