"""Stories of the pages of the running process: what Prometheus reads, and who may read along."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.events import Alert
from edge.status import DatabaseStatus
from edge.statuspage import StatusPage
from edge.windows import LineTotal

from .alert_parts import TEN, at, camera, status, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.status import Status


@pytest.fixture
def page() -> Iterator[StatusPage]:
    found = StatusPage(0)
    yield found
    found.close()


def ask(page: StatusPage, path: str, host: str | None = None) -> tuple[int, str, str]:
    assert page.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=10)
    with closing(connection):
        connection.request("GET", path, headers={} if host is None else {"Host": host})
        with connection.getresponse() as answer:
            return answer.status, str(answer.headers["Content-Type"]), answer.read().decode()


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and the values of its labels (in order of their names), as Prometheus reads them."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def a_busy_day() -> Status:
    seen = replace(
        camera("ok"), beat=replace(camera("ok").beat, last_picture=datetime.now(tz=UTC) - timedelta(seconds=7))
    )
    never = replace(camera("lost", name="yard"), beat=replace(camera("lost").beat, last_picture=None))
    shows = replace(windows(people=12, queue=None), totals=(LineTotal("door", "front", "entrance", 40, 28),))
    database = DatabaseStatus(3, 4096, 1_000_000, 2, at(0), "locked", TEN, 5_000_000_000)
    found = status(5, seen, never, database=database, shows=shows)
    alert = Alert("shop/camera/yard/1", "camera", "yard", None, TEN, None, "yard cannot see")
    return replace(found, alerts=(alert,), clock_jumps=2)


def test_prometheus_reads_everything_with_its_own_parser(page: StatusPage) -> None:
    page.show(a_busy_day())
    code, kind, text = ask(page, "/metrics")
    assert (code, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = samples(text)
    expected = {
        ("footfall_camera_up", ("door", "ok")): 1,
        ("footfall_camera_up", ("door", "lost")): 0,
        ("footfall_camera_up", ("yard", "lost")): 1,
        ("footfall_frames_analysed_total", ("door",)): 100,
        ("footfall_frames_dropped_total", ("door",)): 2,
        ("footfall_camera_reconnects_total", ("door",)): 1,
        ("footfall_camera_fps", ("door",)): 9.5,
        ("footfall_occupancy_people", ()): 12,
        ("footfall_crossings_total", ("door", "in", "front", "entrance")): 40,
        ("footfall_crossings_total", ("door", "out", "front", "entrance")): 28,
        ("footfall_database_up", ()): 0,
        ("footfall_facts_waiting", ()): 3,
        ("footfall_facts_dropped_total", ()): 2,
        ("footfall_spool_bytes", ()): 4096,
        ("footfall_disk_free_bytes", ()): 5e9,
        ("footfall_alerts_open", ("camera",)): 1,
        ("footfall_alerts_open", ("disk",)): 0,
        ("footfall_clock_jumps_total", ()): 2,
        ("footfall_backup_time_seconds", ()): TEN.timestamp(),
    }
    assert {key: found.get(key) for key in expected} == expected
    assert 7 <= found["footfall_camera_last_picture_age_seconds", ("door",)] < 60
    assert ("footfall_camera_last_picture_age_seconds", ("yard",)) not in found
    assert not [key for key in found if key[0] == "footfall_zone_people"], "nobody can tell: no line, and no zero"
    assert not [key for key in found if key[0].startswith(("process_", "python_"))]


def test_the_status_is_there_as_json(page: StatusPage) -> None:
    page.show(a_busy_day())
    code, kind, text = ask(page, "/status.json")
    assert (code, kind) == (200, "application/json; charset=utf-8")
    found = json.loads(text)
    assert [c["beat"]["state"] for c in found["cameras"]] == ["ok", "lost"]
    assert found["windows"]["occupancy"]["people"] == 12
    assert datetime.fromisoformat(found["at"]) == at(5)


def test_before_the_first_status_and_elsewhere_there_is_nothing(page: StatusPage) -> None:
    assert ask(page, "/metrics")[0] == 503
    assert ask(page, "/")[0] == 404
    page.show(a_busy_day())
    assert ask(page, "/metrics?debug=1")[0] == 200
    assert ask(page, "/../status.json")[0] == 404


def test_another_page_of_the_browser_cannot_read_along_by_a_name_of_its_own(page: StatusPage) -> None:
    page.show(a_busy_day())
    assert ask(page, "/status.json", host=f"evil.example:{page.port}")[0] == 403
    assert ask(page, "/status.json", host=f"localhost:{page.port}")[0] == 200


def test_a_port_that_is_taken_is_a_warning_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other, caplog.at_level(logging.WARNING):
        port = other.getsockname()[1]
        found = StatusPage(port)
        found.show(a_busy_day())
        assert found.port is None
        found.close()
    assert f"no status page: http://127.0.0.1:{port}" in caplog.text


def test_it_listens_to_this_machine_alone(page: StatusPage) -> None:
    assert page._server is not None
    assert page._server.server_address[0] == "127.0.0.1"


def test_who_connects_and_says_nothing_does_not_block_it_for_long(
    page: StatusPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.statuspage.page._Handler.timeout", 0.3)
    page.show(a_busy_day())
    with closing(socket.create_connection(("127.0.0.1", page.port or 0))) as silent:
        began = time.monotonic()
        assert ask(page, "/status.json")[0] == 200
        assert time.monotonic() - began < 5
        silent.settimeout(5)
        assert silent.recv(100) == b"", "hung up on"
