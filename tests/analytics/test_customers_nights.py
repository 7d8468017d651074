"""Night by night, once at the end, after a kill or a failure: the same of customers and of the days ahead."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import frames
from analytics.cli.opening import opened
from analytics.frames import (
    ANSWERS,
    Window,
    anomalies,
    baskets,
    churn,
    demand,
    describe,
    forecast,
    network,
    recommend,
    value,
)
from analytics.frames import segments as of_segments
from analytics.jobs import JOBS, report_data, run_night, run_window
from analytics.report import MONTH, SPAN, render
from analytics.report.language import LANGUAGES, Language
from analytics.results import mark_interrupted, open_results
from analytics.settings import load

from .odd_shop import Odd, Slip, faults_of, look, regulars, sell, told, write
from .small_shop import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from analytics.jobs import Context, Done

DAYS, NIGHTS = 46, 3
RULES = "[churn]\ndays = 7\n[demand]\ndays = 7\nleast_units = 2\n[recommend]\nholdout_days = 7\nmin_members = 20\n"
TOPICS = (describe, of_segments, baskets, recommend, value, churn, demand, forecast, anomalies, network)
TABLES = (
    *(frames.SEGMENTS, frames.ANSWERS, frames.FORECAST, frames.BACKTEST),
    *(contract for topic in TOPICS for contract in topic.CONTRACTS),
)
CUSTOMERS = ("describe", "segments", "baskets", "recommend", "value", "churn", "demand", "network")


@pytest.fixture(scope="module")
def shop() -> Odd:
    return replace(regulars(110, DAYS, goods=35), rules=RULES)


def first(shop: Odd, days: int) -> Odd:
    """What was sold on its first days."""
    return replace(shop, slips=tuple(slip for slip in shop.slips if slip.day < days))


def day(number: int) -> date:
    """The n-th day after the first."""
    return MONDAY + timedelta(days=number)


def stored(config: Path, since: int = DAYS) -> dict[str, pd.DataFrame]:
    """Every table of customers; of forecasts those of the days from ``since`` on."""
    results = open_results(config.parent / "footfall.sqlite")
    try:
        found = {contract.name: results.read(contract) for contract in TABLES}
    finally:
        results.close()
    for contract in (*forecast.CONTRACTS, frames.FORECAST):
        if "local_date" in contract.names:
            rows = found[contract.name]
            found[contract.name] = rows[rows["local_date"] >= pd.Timestamp(day(since))].reset_index(drop=True)
    return found


def same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    for name, rows in expected.items():
        pd.testing.assert_frame_equal(found[name], rows, obj=name)


def night(config: Path, number: int) -> None:
    """The night after the days 0 to n - 1."""
    with opened(load(config)) as context:
        assert {(o.job, o.status) for o in run_night(context, JOBS, day(number)) if o.status != "ok"} == set()


def once(config: Path, days: int = DAYS, jobs: Sequence[str] = ()) -> None:
    """Everything at once, or some jobs, as of the last of so many days."""
    with opened(load(config)) as context:
        wanted = [job for job in JOBS if not jobs or job.name in jobs]
        done = list(run_window(context, wanted, Window.of(MONDAY, day(days), context.time)))
        assert {o.job: o.message for o in done if o.status != "ok"} == {}


@pytest.fixture(scope="module")
def whole(shop: Odd, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, computed at once at the end."""
    config = write(shop, tmp_path_factory.mktemp("whole"))
    once(config)
    return config


@pytest.mark.slow
def test_night_by_night_is_as_once_at_the_end(shop: Odd, whole: Path, tmp_path: Path) -> None:
    config = write(first(shop, DAYS - NIGHTS + 1), tmp_path)
    for number in range(DAYS - NIGHTS + 1, DAYS + 1):
        sell(first(shop, number), tmp_path)
        night(config, number)
    expected = stored(whole)
    # Tables that may be empty: what was odd, a rota that there is none of, what six weeks are too few for.
    assert {name for name, rows in expected.items() if rows.empty} <= {
        *("anomaly", "staff_ahead", "segment_choice", "network_measure", "network_group", "network_product"),
        *("member_value", "value_total", "value_decile", "value_holdout"),
    }
    same(stored(config), expected)


@pytest.mark.slow
def test_one_night_at_the_end_and_twice_in_a_row_is_the_same(shop: Odd, whole: Path, tmp_path: Path) -> None:
    config = write(shop, tmp_path)
    night(config, DAYS)
    same(stored(config), stored(whole))
    night(config, DAYS)
    once(config)
    same(stored(config), stored(whole))


@pytest.mark.slow
def test_what_is_sold_later_is_not_known_earlier(shop: Odd, tmp_path: Path) -> None:
    """As of an earlier day, a file that knows what came later says the same as one that does not."""
    early = DAYS - 4
    found = []
    for name, sold in (("knows", shop), ("not", first(shop, early))):
        config = write(replace(sold, cameras=0), tmp_path / name)
        once(config, early, ("import", *CUSTOMERS))
        found.append(stored(config, early))
    same(*found)


KILLED = """
import os, signal, sys
from analytics import jobs
from analytics.cli import main
from analytics.results.store import Results

where, job, config, since, until = sys.argv[1:]
if where == "while it is written":
    put = Results.replace
    def replace(self, parts, note=None):
        def die(*told):
            os.kill(os.getpid(), signal.SIGKILL)
        return put(self, parts, die if len(parts) > 1 else note)
    Results.replace = replace
else:
    import analytics.jobs.purchases as bought
    import analytics.jobs.{job} as room
    ask = room.answers_part
    def answers_part(*told):
        os.kill(os.getpid(), signal.SIGKILL)
    room.answers_part = answers_part
sys.exit(main(["run", job, "--config", config, "--since", since, "--until", until]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["while it computes", "while it is written"])
@pytest.mark.parametrize("job", ["churn", "recommend"])
def test_a_process_that_is_killed_leaves_what_was_there(job: str, where: str, whole: Path, tmp_path: Path) -> None:
    for path in whole.parent.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / path.name)
    config = tmp_path / whole.name
    before = stored(config)
    # Of another day, so that every row would become another.
    script = KILLED.replace("{job}", job)
    words = [sys.executable, "-c", script, where, job, str(config), str(MONDAY), str(day(DAYS - 1))]
    ended = subprocess.run(words, env=os.environ, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    same(stored(config), before)
    assert look(config).status[job] == "running"
    once(config, jobs=(job,))
    same(stored(config), before)
    with opened(load(config)) as context:
        assert mark_interrupted(context.results) == 1
    assert look(config).status[job] == "ok"


def small() -> Odd:
    """A shop of three days."""
    slips = tuple(Slip(n // 4, member=f"M{n % 4}", minute=600 + n) for n in range(12))
    return Odd(slips, regulars(4, 3).members, cameras=0)


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["segments", "recommend"])
def test_a_topic_that_fails_takes_nothing_else_with_it(broken: str, tmp_path: Path) -> None:
    def fail(_context: Context, _window: Window) -> Done:
        raise ValueError("a mistake of ours")

    others = {"describe", "network"}
    wanted = {"import", *others, broken, "report"}
    jobs = [replace(job, work=fail) if job.name == broken else job for job in JOBS if job.name in wanted]
    config = write(small(), tmp_path)
    with opened(load(config)) as context:
        done = list(run_window(context, jobs, Window.of(MONDAY, day(3), context.time)))
    assert {o.job for o in done if o.status != "ok"} == {broken}
    ran = look(config)
    assert set(ran.answers["topic"]) == others
    for code in LANGUAGES:
        say, page = Language(code), ran.pages[code]
        assert faults_of(page) == []
        part = say("segment.title" if broken == "segments" else f"{broken}.title")
        assert say("absent.line", part=part, why=say("absent.never")) in told(page)[1]
    # A night later it fails again: what stays on the page says of which day it is.
    with opened(load(config)) as context:
        list(run_window(context, [job for job in JOBS if job.name == broken], Window.of(MONDAY, day(3), context.time)))
        list(run_window(context, jobs, Window.of(MONDAY, day(4), context.time)))
    for code in LANGUAGES:
        say = Language(code)
        part = say("segment.title" if broken == "segments" else f"{broken}.title")
        line = say("absent.line", part=part, why=say("absent.older", day=say.day(day(2))))
        assert line in told(look(config).pages[code])[1]


@pytest.mark.slow
def test_a_month_that_is_over_is_not_told_of_members_as_they_are_today(tmp_path: Path) -> None:
    config = write(small(), tmp_path)
    jobs = [job for job in JOBS if job.name in {"import", "segments", "describe"}]
    with opened(load(config)) as context:
        window = Window.of(MONDAY, day(3), context.time)
        assert all(done.status == "ok" for done in run_window(context, jobs, window))
        now, month = (report_data(context, window, kind) for kind in (SPAN, MONTH))
    assert len(now.of(ANSWERS))
    assert month.segments.empty
    assert all(rows.empty for rows in month.found.values())
    for code in LANGUAGES:
        assert Language(code)("absent.never") not in render(month, code)
