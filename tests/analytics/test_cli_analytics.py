"""``footfall-analytics`` as people use it: one line for every mistake, and an exit code that says whose it is."""

from __future__ import annotations

import logging
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from analytics.cli import main, nightly
from analytics.jobs import JOBS
from analytics.settings import load

from .small_shop import MONDAY, RECEIPT_HEADER, open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.settings import Settings

WINDOW = ["--since", f"{MONDAY}", "--until", f"{MONDAY + timedelta(days=1)}"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a shop with a day of facts and sales."""
    open_shop(tmp_path / "footfall.sqlite")
    sell(tmp_path / "sales")
    return settings(tmp_path)


def query(config: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the shop's database."""
    with closing(sqlite3.connect(config.parent / "footfall.sqlite")) as raw:
        return raw.execute(sql).fetchall()


def test_check_says_what_the_settings_resolve_to(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(config)]) == 0
    said = capsys.readouterr()
    local = ("2026-03-02 08:00+01:00", " 04:15+0")  # times as on the shop's wall
    for words in ("corner (Corner Shop), Europe/Berlin, EUR", *local, "1 file", "days to compute"):
        assert words in said.out
    assert said.err == ""


@pytest.mark.slow
def test_a_command_starts_without_what_takes_long_to_load() -> None:
    heavy = (
        "sklearn",
        "scipy.stats",
        "scipy.optimize",
        "statsmodels",
        "mlxtend",
        "networkx",
        "duckdb",
        "torch",
        "edge.cli",
    )
    code = f"import sys, analytics.cli; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_what_is_logged_goes_to_stderr_until_the_command_ends(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    words = "a long line " * 20

    def loudly(path: Path) -> Settings:
        logging.getLogger("jobs").warning(words)
        return load(path)

    monkeypatch.setattr(nightly, "load", loudly)
    assert main(["check", "--config", str(config)]) == 0
    assert capsys.readouterr().err.splitlines() == [f"WARNING  {words}"], "never broken over several lines"
    assert (list(root.handlers), root.level) == before


def test_the_settings_of_the_project_are_right(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They only lack a database, which the edge makes."""
    assert main(["check", "--config", str(root / "config" / "analytics.toml")]) in (0, 1)
    assert capsys.readouterr().err.count("no such database") <= 1


def test_every_mistake_in_the_settings_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        '[databse]\npath = "x"\n[schedule]\nat = "02:30"\n[rules]\nhold = "yes"\nstaff_hours = ["9-10"]\n'
        "group_reach = 0.0\n[zones]\nmin_stay_s = { coats = -1.0 }\n[report]\ndays = 0\n"
        '[calendar]\nclosed = ["2025-12-25"]\nhours = { 2025-12-24 = "14:00-13:00" }\n'
        '[sources]\nreceipts = "one.csv"\n',
        encoding="utf-8",
    )
    assert main(["run", "all", "--config", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert sorted(line.removeprefix(f"footfall-analytics: {path}: ") for line in lines) == [
        "calendar.closed[0]: '2025-12-25': must be a date such as 2025-12-25, without quotes",
        "calendar.hours: {'2025-12-24': '14:00-13:00'}: 2025-12-24 = '14:00-13:00' must close by noon of the next day",
        "databse: {'path': 'x'}: unknown key; did you mean 'database'?",
        "report.days: 0: must be at least 1",
        "rules.group_reach: 0.0: must be more than 0",
        "rules.hold: 'yes': must be true or false",
        "rules.staff_hours: ['9-10']: '9-10' must be a span such as '08:30-09:15'",
        "schedule.at: '02:30': must lie between 03:00 and 23:59, store-local: before 03:00 clocks may change",
        "sources.receipts: 'one.csv': must be a list",
        "zones.min_stay_s.coats: -1.0: must be at least 0",
    ]


def test_check_names_a_zone_that_no_camera_has(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = config.read_text(encoding="utf-8") + '[rules]\nstaff_zones = ["till"]\n[zones.min_stay_s]\nshoe = 10.0\n'
    config.write_text(text, encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 2
    rule = "zones.min_stay_s: 'shoe': no camera has a zone of this name; known are shoes, till"
    assert capsys.readouterr().err == f"footfall-analytics: {config}: {rule}\n"


@pytest.mark.slow
def test_every_rule_of_the_settings_reaches_the_visits(config: Path) -> None:
    rules = (
        "[rules]\nre_entry_s = 60.0\nshort_visit_s = 3000\nstaff_zones = ['till']\nstaff_zone_s = 30\n"
        "staff_after_s = 9000\nstaff_hours = ['10:00-10:03', '23:00-01:00']\ngroup_s = 2\ngroup_reach = 2.0\n"
    )
    config.write_text(config.read_text(encoding="utf-8") + rules, encoding="utf-8")
    assert main(["run", "visits", "--config", str(config), *WINDOW]) == 0
    steps = {row[0]: row[1] for row in query(config, "SELECT step, entries FROM waterfall")}
    assert (steps["entries"], steps["short"], steps["visits"]) == (12, 12, 0), "all twelve go out after fifty minutes"
    config.write_text(config.read_text(encoding="utf-8").replace("short_visit_s = 3000", ""), encoding="utf-8")
    assert main(["run", "visits", "--config", str(config), *WINDOW]) == 0
    steps = {row[0]: row[1] for row in query(config, "SELECT step, entries FROM waterfall")}
    assert (steps["staff_hours"], steps["visits"], steps["buying_units"]) == (3, 9, 9)


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"[database\n", "not TOML"), (b"[database]\npath = '\xff'\n", "line 2: not UTF-8 text"), (None, "No such file")],
)
def test_settings_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None, message: str
) -> None:
    path = tmp_path / "a.toml"
    if text is not None:
        path.write_bytes(text)
    assert main(["check", "--config", str(path)]) == 2
    error = capsys.readouterr().err
    assert f"{path}: {message}" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "visit", *WINDOW], "visit: unknown job; did you mean 'visits'?"),
        (["run", "coffee", *WINDOW], "coffee: unknown job; known are all, import, calendar,"),
        (["import", "receipt"], "receipt: unknown kind of file; did you mean 'receipts'?"),
        (
            ["run", "all", "--since", "2026-03-02", "--until", "2026-03-02"],
            "--until 2026-03-02: must be after --since 2026-03-02 (it is the day after the last)",
        ),
        (["report", "--since", "2026-03-02", "--until", "2026-03-01"], "--until 2026-03-01: must be after --since"),
    ],
)
def test_a_command_that_makes_no_sense(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*arguments, "--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"footfall-analytics: {message}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["run", "all", "--since", "yesterday"], ["dance"], []])
def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "footfall-analytics" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("footfall-analytics 0.")


def test_a_missing_database_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "all", "--config", str(settings(tmp_path))]) == 1
    assert capsys.readouterr().err == f"footfall-analytics: {tmp_path / 'footfall.sqlite'}: no such database\n"


@pytest.mark.slow
def test_a_read_only_database_is_named_and_keeps_what_it_has(
    config: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    assert main(["run", "import", "--config", str(config), *WINDOW]) == 0
    before = query(config, "SELECT * FROM receipt")
    assert before
    capsys.readouterr()
    request.getfixturevalue("read_only")
    assert main(["run", "all", "--config", str(config), *WINDOW]) == 1
    database = config.parent / "footfall.sqlite"
    assert capsys.readouterr().err == f"footfall-analytics: {database}: attempt to write a readonly database\n"
    assert query(config, "SELECT * FROM receipt") == before


@pytest.mark.slow
@pytest.mark.parametrize("table", ["edge_migration", "analytics_migration"])
def test_a_database_of_a_newer_version_is_refused(config: Path, capsys: pytest.CaptureFixture[str], table: str) -> None:
    assert main(["run", "import", "--config", str(config), *WINDOW]) == 0
    with closing(sqlite3.connect(config.parent / "footfall.sqlite")) as raw, raw:
        raw.execute(f"INSERT INTO {table} VALUES (99, 'future', 0)")  # noqa: S608
    capsys.readouterr()
    assert main(["run", "all", "--config", str(config)]) == 1
    error = capsys.readouterr().err
    assert re.search(r"schema version 99 is newer than \d+, the newest this footfall knows", error)
    assert error.count("\n") == 1


@pytest.mark.slow
def test_run_all_computes_everything_and_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "all", "--config", str(config), *WINDOW]) == 0
    said = capsys.readouterr()
    assert said.out.count(" ok ") == len(JOBS)
    assert query(config, "SELECT visits, receipts, sales_minor FROM daily") == [(12, 3, 6000)]
    assert (config.parent / "report" / "report.html").is_file()


def test_without_a_window_it_is_yesterday_in_the_shop(config: Path) -> None:
    assert main(["run", "visits", "--config", str(config)]) == 0
    ((since, until),) = query(config, "SELECT since_day, until_day FROM job_run WHERE job = 'visits'")
    ((days,),) = query(config, f"SELECT julianday('{until}') - julianday('{since}')")
    assert days == 1


def test_a_window_without_facts_warns_and_goes_on(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "visits", "--config", str(config), "--since", "2030-01-01", "--until", "2030-01-02"]) == 0
    assert "no camera watched" in " ".join(capsys.readouterr().out.split())


@pytest.mark.slow
def test_the_report_is_opened_in_the_browser(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is a program that writes down which page it was asked for."""
    asked = config.parent / "asked.txt"
    browser = config.parent / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > {asked}\n', encoding="utf-8")
    browser.chmod(0o755)
    script = "import sys; from analytics.cli import main; sys.exit(main(sys.argv[1:]))"
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    arguments = ["report", "--open", "--config", str(config), *WINDOW]
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True)
    assert asked.read_text(encoding="utf-8").strip() == (config.parent / "report" / "report.html").resolve().as_uri()


@pytest.mark.slow
def test_import_shows_what_became_of_each_file(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    for kind in ("receipts", "receipt_lines", "rfid_reads", "members", "products"):
        assert f"{kind}.csv" in out
    assert main(["import", "--config", str(config)]) == 0
    assert capsys.readouterr().out.count("known") == 5


def test_import_takes_files_of_one_kind_from_the_command_line(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = tmp_path / "more.csv"
    row = "NEW,T9,2026-03-02T12:00:00,sale,1.00,EUR,,"
    more.write_text(f"{RECEIPT_HEADER}\n{row}\nBAD,{row[4:].replace('1.00', '-1')}\n", encoding="utf-8")
    assert main(["import", "receipts", str(more), "--config", str(config)]) == 0
    assert f"{more}: 1 rows rejected, see {tmp_path / 'rejects'}" in capsys.readouterr().err
    assert query(config, "SELECT receipt_id FROM receipt") == [("NEW",)]


@pytest.mark.slow
def test_a_file_in_two_encodings_fails_the_import_by_name_and_line(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = config.parent / "sales" / "members.csv"
    row = "M9,2025-01-01,,,Thüringen,true\n"
    bad.write_bytes(bad.read_bytes() + row.encode() + row.encode("latin-1"))
    assert main(["import", "--config", str(config)]) == 1
    problem = f"{bad}: line 6: byte 19 (0xFC) is not UTF-8, line 5 is: two encodings in one file"
    assert capsys.readouterr().err == f"footfall-analytics: {problem}\n"
    assert query(config, "SELECT count(*) FROM receipt") == [(3,)]


@pytest.mark.slow
def test_a_failing_job_makes_the_exit_code_1(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "report").write_text("a file where the folder should be", encoding="utf-8")
    assert main(["run", "all", "--config", str(config), *WINDOW]) == 1
    said = capsys.readouterr()
    assert "footfall-analytics: job report failed:" in said.err
    assert said.err.count("\n") == 1
    assert said.out.count(" ok ") == len(JOBS) - 1


@pytest.mark.slow
def test_the_schedule_makes_up_for_missed_days_and_stops_when_told(config: Path) -> None:
    # Three days after the shop's only one: up to the real day it would have to make up for more nights every day.
    script = (
        "import sys, datetime; from analytics.cli import main, nightly; "
        f"nightly.local_today = lambda zone: datetime.date.fromisoformat('{MONDAY + timedelta(days=3)}'); "
        "sys.exit(main(sys.argv[1:]))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script, "schedule", "--config", str(config)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        patience = time.monotonic() + 90
        said = ""
        while "next night" not in said and time.monotonic() < patience:
            said = running.stdout.readline()
        assert "next night" in said
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
    finally:
        running.kill()
        running.communicate()
    assert query(config, f"SELECT visits FROM daily WHERE local_date = '{MONDAY}'") == [(12,)]  # noqa: S608
    assert query(config, "SELECT DISTINCT status FROM job_run") == [("ok",)]
