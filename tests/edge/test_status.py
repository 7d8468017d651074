"""Stories of ``footfall-edge status``: of a process that runs, of one that hangs, and of none."""

from __future__ import annotations

import argparse
import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from edge.cli.alerts import channels_of, hours_of, limits_of
from edge.cli.build import UsageError, site_of
from edge.cli.output import Output
from edge.cli.status import status as status_command
from edge.contract import FactBuffer, open_store
from edge.events import Heartbeat
from edge.settings import load
from edge.status import DatabaseStatus
from edge.statuspage import StatusPage

from .alert_parts import alert, camera, free_port, status, windows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.events import CameraState
    from edge.status import Status

SETTINGS = """
[store]
id = "shop"
name = "Shoes on Harbour Street"
time_zone = "Europe/Berlin"
currency = "EUR"

[store.opening_hours]
tue = "09:00-20:00"

[service]
port = {port}

[[cameras]]
id = "door"
source = "rtsp://store:sesame@192.168.1.20/live"
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def config(tmp_path: Path, port: int) -> Path:
    path = tmp_path / "store.toml"
    path.write_text(SETTINGS.format(port=port))
    return path


@pytest.fixture
def page(port: int) -> Iterator[StatusPage]:
    found = StatusPage(port)
    yield found
    found.close()


def ask(config: Path, *, as_json: bool = False) -> tuple[int, str]:
    """The exit status and what was printed."""
    printed = io.StringIO()
    console = Console(file=printed, width=160, highlight=False, emoji=False)
    arguments = argparse.Namespace(config=config, database=None, json=as_json)
    return status_command(arguments, Output(console, console)), printed.getvalue()


def lately(**more: object) -> Status:
    now = datetime.now(tz=UTC)
    well = camera("ok")
    well = replace(well, beat=replace(well.beat, last_picture=now))
    found = status(0, well, shows=windows(people=12, queue=3))
    return replace(found, at=now, began=now - timedelta(hours=5), **more)  # type: ignore[arg-type]


def test_a_process_that_is_well(config: Path, page: StatusPage) -> None:
    page.show(lately())
    code, text = ask(config)
    assert code == 0
    assert "Shoes on Harbour Street: running for 5 h 0 min" in text
    assert "in the store: 12 (100% of the day seen)" in text
    assert "in line (till): 3" in text
    code, text = ask(config, as_json=True)
    found = json.loads(text)
    assert (code, found["running"], found["troubles"]) == (0, True, [])
    assert found["cameras"][0]["beat"]["state"] == "ok"


def test_a_camera_that_cannot_see_or_a_database_that_refuses_is_an_exit_status_of_1(
    config: Path, page: StatusPage
) -> None:
    page.show(lately(cameras=(camera("frozen"),)))
    code, text = ask(config)
    assert code == 1
    assert "camera door cannot see: frozen" in text
    page.show(lately(database=DatabaseStatus(refused_since=datetime.now(tz=UTC), words="disk full")))
    code, text = ask(config)
    assert code == 1
    assert "the database refuses: disk full" in text


def test_a_process_that_hangs_is_told_from_one_that_lives(config: Path, page: StatusPage) -> None:
    page.show(replace(lately(), at=datetime.now(tz=UTC) - timedelta(minutes=10)))
    code, text = ask(config)
    assert code == 1
    assert "the process hangs: its last status is 10 min old" in text


def test_lights_that_are_out_while_the_store_is_closed_are_no_trouble(
    config: Path, page: StatusPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.show(lately(cameras=(camera("dark"),)))
    monkeypatch.setattr("edge.hours.StoreHours.open_since", lambda *_: None)
    code, text = ask(config)
    assert (code, "cannot see" in text) == (0, False)
    monkeypatch.setattr("edge.hours.StoreHours.open_since", lambda _, at: at)
    code, text = ask(config)
    assert code == 1
    assert "camera door cannot see: dark" in text


def test_a_camera_that_starts_for_ever_is_not_well(config: Path, page: StatusPage) -> None:
    now = datetime.now(tz=UTC)
    starting = Heartbeat(now, "starting", now - timedelta(seconds=20), 0.0, 0, 0, 0, None)
    page.show(lately(cameras=(replace(camera(), beat=starting),)))
    assert ask(config)[0] == 0
    page.show(lately(cameras=(replace(camera(), beat=replace(starting, since=now - timedelta(minutes=3))),)))
    code, text = ask(config)
    assert code == 1
    assert "camera door has given no picture for 3 min" in text


def test_a_camera_that_last_saw_well_long_ago_is_not_well(config: Path, page: StatusPage) -> None:
    now = datetime.now(tz=UTC)
    silent = Heartbeat(now, "ok", now - timedelta(hours=5), 0.0, 100, 0, 0, now - timedelta(minutes=4))
    page.show(lately(cameras=(replace(camera(), beat=silent),)))
    code, text = ask(config)
    assert code == 1
    assert "camera door gave its last picture 4 min ago" in text


def test_a_camera_of_the_settings_that_nobody_watches_is_said(config: Path, page: StatusPage) -> None:
    page.show(lately())
    more = '[[cameras]]\nid = "floor"\nsource = 0\n[[cameras]]\nid = "clip"\nsource = "monday.mp4"\n'
    config.write_text(config.read_text() + more)
    code, text = ask(config)
    assert code == 1
    assert "camera floor is not watched" in text
    assert "camera clip" not in text, "a recording is not watched live"


def test_a_disk_that_is_nearly_full_is_an_exit_status_of_1_and_a_full_store_is_not(
    config: Path, page: StatusPage
) -> None:
    full = replace(alert(words="85 people are in the store; the limit is 80"), kind="occupancy")
    page.show(lately(alerts=(full,)))
    code, text = ask(config)
    assert (code, text.count("85 people")) == (0, 1)
    page.show(lately(alerts=(full, replace(alert(words="only 12 MB are free"), kind="disk"))))
    code, text = ask(config)
    assert (code, text.count("only 12 MB")) == (1, 1)


def test_the_process_of_another_store_on_the_port_is_not_ours(config: Path, page: StatusPage) -> None:
    page.show(replace(lately(), store="other"))
    code, text = ask(config)
    assert code == 1
    assert "nothing is running" in text


@pytest.mark.parametrize(("state", "how"), [("stopped", "stopped in order"), ("ok", "it ended without being stopped")])
def test_when_nothing_runs_the_last_heartbeat_says_since_when(config: Path, state: CameraState, how: str) -> None:
    settings = load(config)
    began, last = datetime(2026, 4, 7, 8, 0, tzinfo=UTC), datetime(2026, 4, 7, 9, 30, tzinfo=UTC)
    with closing(open_store(config.parent / "footfall.sqlite")) as store:
        store.register(site_of(settings))
        buffer = FactBuffer(store)
        buffer.beat("door", Heartbeat(last, state, began, 9.5, 54_000, 12, 3, last))
        buffer.flush()
    code, text = ask(config)
    assert code == 1
    assert f"nothing is running since 2026-04-07 11:30:00 ({how})" in text
    assert "54000" in text
    code, text = ask(config, as_json=True)
    found = json.loads(text)
    assert (code, found["running"], found["cameras"][0]["beat"]["at"]) == (1, False, "2026-04-07T09:30:00.000+00:00")


def beating(config: Path, state: CameraState, age_s: float) -> None:
    """A process that left a heartbeat a moment ago."""
    at = datetime.now(tz=UTC) - timedelta(seconds=age_s)
    with closing(open_store(config.parent / "footfall.sqlite")) as store:
        store.register(site_of(load(config)))
        buffer = FactBuffer(store)
        buffer.beat("door", Heartbeat(at, state, at - timedelta(hours=5), 9.5, 54_000, 12, 3, at))
        buffer.flush()


def test_without_a_page_the_heartbeats_tell_that_the_process_runs(config: Path, port: int) -> None:
    config.write_text(config.read_text().replace(f"port = {port}", "port = 0"))
    beating(config, "ok", 50)
    code, text = ask(config)
    assert (code, "nothing is running" in text) == (0, False)
    assert "54000" in text
    beating(config, "frozen", 0)
    code, text = ask(config)
    assert code == 1
    assert "camera door cannot see: frozen" in text


def test_a_process_whose_page_found_its_port_taken_is_not_said_to_have_ended(config: Path) -> None:
    beating(config, "ok", 30)
    code, text = ask(config)
    assert code == 1
    assert "its last heartbeat is 30 s old" in text
    assert "nothing is running" not in text


def test_when_there_never_was_a_process_that_is_said(config: Path) -> None:
    code, text = ask(config)
    assert code == 1
    assert "nothing is running" in text
    assert "footfall.sqlite" in text


def test_settings_become_limits_and_channels(config: Path) -> None:
    config.write_text(
        config.read_text()
        + '\n[alerts]\ncamera_down_s = 30.0\nqueue = 5\n[alerts.webhook]\nurl = "https://example.com/x"\n'
        + '[alerts.mqtt]\nhost = "broker"\n[alerts.email]\nhost = "mail"\nsender = "a@b.c"\nto = ["d@e.f"]\n'
    )
    settings = load(config)
    assert limits_of(settings).camera_down_s == 30.0
    assert [channel.name for channel in channels_of(settings)] == ["webhook", "mqtt", "email"]
    assert hours_of(settings).days[1] == (540, 1200)
    config.write_text(config.read_text().replace("https://example.com/x", "file:///etc/passwd"))
    with pytest.raises(UsageError, match=r"store\.toml: alerts\.webhook\.url: must begin with http"):
        channels_of(load(config))
