"""The night as a process: killed in the middle, started twice, asked how it is."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from analytics.cli import main
from analytics.results import held

from .small_shop import open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "analytics.cli"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a shop with three days of facts and sales."""
    open_shop(tmp_path / "footfall.sqlite", 3)
    sell(tmp_path / "sales", 3)
    return settings(tmp_path)


def query(config: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the shop's database."""
    with closing(sqlite3.connect(config.parent / "footfall.sqlite", timeout=60)) as raw:
        return raw.execute(sql).fetchall()


@pytest.mark.slow
def test_a_night_that_is_killed_is_made_up_for_by_the_next(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night = [*COMMAND, "schedule", "--once", "--json", "--config", str(config)]
    with subprocess.Popen(night, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            found = json.loads(line)
            if (found["event"], found["job"]) == ("begins", "hourly"):
                process.kill()
                break
    assert query(config, "SELECT job FROM job_run WHERE status = 'running'") in ([], [("hourly",)])
    assert main(["schedule", "--once", "--config", str(config)]) == 0
    assert query(config, "SELECT count(*) FROM job_run WHERE status = 'running'") == [(0,)]
    assert query(config, "SELECT visits, receipts FROM daily LIMIT 3") == [(12, 3)] * 3
    assert query(config, "SELECT count(*) FROM job_run WHERE job = 'visits' AND since_day < '2026-04-01'") == [(1,)]
    capsys.readouterr()
    assert main(["jobs", "--json", "--config", str(config)]) == 0
    told = {job["job"]: job for job in json.loads(capsys.readouterr().out)}
    assert told["hourly"]["runs"][0]["status"] == "ok"
    assert main(["jobs", "--last", "2", "--config", str(config)]) == 0
    assert "hourly" in capsys.readouterr().out


@pytest.mark.slow
def test_a_second_scheduler_on_one_database_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen([*COMMAND, "schedule", "--config", str(config)], stdout=subprocess.PIPE) as first:
        patience = time.monotonic() + 120
        while not query(config, "SELECT name FROM sqlite_master WHERE name = 'job_run'") or not query(
            config, "SELECT 1 FROM job_run"
        ):
            assert time.monotonic() < patience
            time.sleep(0.1)
        try:
            assert main(["schedule", "--config", str(config)]) == 1
            assert "another process is at it (schedule)" in capsys.readouterr().err
        finally:
            os.kill(first.pid, signal.SIGKILL)
    with held(config.parent / "footfall.sqlite", "schedule"), held(config.parent / "footfall.sqlite", "run"):
        pass


def test_who_runs_a_job_while_another_computes_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(config.parent / "footfall.sqlite", "run"):
        assert main(["run", "visits", "--config", str(config)]) == 1
    assert "another process is at it (run); only one may be at a time" in capsys.readouterr().err
    assert query(config, "SELECT count(*) FROM job_run") == [(0,)]


def test_steps_are_told_to_programs_as_they_happen(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--since", "2026-03-02", "--until", "2026-03-04"]
    assert main(["run", "visits", "--json", *days, "--config", str(config)]) == 0
    begins, ended = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert begins == {
        "event": "begins",
        "job": "visits",
        "first": "2026-03-02",
        "last": "2026-03-03",
        "month": 0,
        "months": 0,
    }
    assert (ended["event"], ended["status"], ended["rows"], ended["message"]) == ("ended", "ok", 42, None)


@pytest.mark.slow
def test_days_computed_by_hand_are_not_due_again(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def due() -> set[str]:
        capsys.readouterr()
        assert main(["jobs", "--json", "--config", str(config)]) == 0
        return set(next(j for j in json.loads(capsys.readouterr().out) if j["job"] == "visits")["days_due"])

    first = query(config, "SELECT min(begins_utc_ms) FROM watch")[0][0]
    assert isinstance(first, int)
    day = datetime.fromtimestamp(first / 1000, tz=ZoneInfo("Europe/Berlin")).date()
    days = [(day + timedelta(days=n)).isoformat() for n in range(4)]
    assert set(days[:3]) <= due()
    assert main(["run", "all", "--since", days[0], "--until", days[3], "--config", str(config)]) == 0
    assert not set(days[:3]) & due(), "nothing came since"
    assert days[3] in due()
