"""Live cameras: the newest picture first, gaps that stay gaps, a clean stop. Over HTTP, from a server of our own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.capture import LiveCamera
from edge.capture.mailbox import Mailbox

from .cameras import FPS, WebCamera, assert_nothing_left, in_order, is_pause, leftovers, pictures, warnings_of
from .clips import write_walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[WebCamera]:
    served = WebCamera()
    served.start()
    yield served
    served.stop()


def test_the_mailbox_keeps_the_newest_and_counts_what_it_replaced() -> None:
    box = Mailbox()
    image = np.zeros((2, 2, 3), np.uint8)
    assert box.take(0.01) is None
    for number in range(4):
        box.put(7.5, number, image)
    frame = box.take(0.01)
    assert frame is not None
    assert (frame.steady_s, frame.number, frame.dropped) == (7.5, 3, 3)
    box.put(7.5, 4, image)
    later = box.take(0.01)
    assert later is not None
    assert (later.number, later.dropped) == (4, 0)


@pytest.mark.slow
def test_a_slow_reader_gets_the_present_and_learns_what_it_missed(server: WebCamera) -> None:
    stop = threading.Event()
    camera = LiveCamera(server.address, FPS, "door", stop)
    with closing(camera.frames()) as stream:
        frames = pictures(stream)
        next(frames)
        time.sleep(1.0)
        late = next(frames)
        assert (datetime.now(UTC) - late.at).total_seconds() < 0.5
        assert late.dropped >= 5
        assert camera.last_picture == late.at
        next_one = next(frames)
        assert next_one.number > late.number
        assert next_one.at > late.at


@pytest.mark.slow
def test_at_most_so_many_pictures_a_second_and_those_left_out_are_not_called_dropped(server: WebCamera) -> None:
    with closing(LiveCamera(server.address, 5, "door", threading.Event()).frames()) as stream:
        frames = pictures(stream)
        seen = [next(frames) for _ in range(8)]
    took_s = (seen[-1].at - seen[0].at).total_seconds()
    assert took_s == pytest.approx(7 / 5, abs=0.4)
    assert sum(f.dropped for f in seen) == 0


@pytest.mark.slow
def test_a_camera_that_is_rarely_looked_at_is_not_called_silent_between_two_looks(server: WebCamera) -> None:
    with closing(LiveCamera(server.address, 1, "door", threading.Event()).frames()) as stream:
        frames = pictures(stream)
        next(frames)
        assert not any(is_pause(item) for item, _ in zip(stream, range(3), strict=False))


def test_stopping_ends_the_pictures_and_leaves_nothing_behind(server: WebCamera) -> None:
    before = leftovers()
    stop = threading.Event()
    frames = LiveCamera(server.address, FPS, "door", stop).frames()
    next(frames)
    threading.Timer(0.3, stop.set).start()
    list(frames)
    server.stop()
    server.start()  # its own sockets are as at the beginning
    assert_nothing_left(*before)


@pytest.mark.slow
def test_a_camera_that_is_not_there_gives_only_pauses_and_can_be_stopped(caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()
    threading.Timer(2.2, stop.set).start()
    camera = LiveCamera("http://me:secret@127.0.0.1:9/none", FPS, "door", stop)
    given = list(camera.frames())
    assert all(is_pause(item) for item in given)
    assert 3 <= len(given) <= 5
    assert in_order(given)
    reason = "127.0.0.1:9 refuses the connection: nothing listens there"
    assert camera.failure == reason
    assert camera.last_picture is None
    assert warnings_of(caplog) == [f"camera door: cannot be opened: {reason}; trying again"]


SETTINGS = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
[model]
path = "recorded:walk.csv"
[[cameras]]
id = "door"
source = "{source}"
fps = 20
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
"""


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def wait_for(database: Path, query: str) -> None:
    """Waits until a query finds something."""
    ends = time.monotonic() + 40
    while time.monotonic() < ends:
        try:
            if rows(database, query):
                return
        except sqlite3.OperationalError:
            pass  # not made yet
        time.sleep(0.1)
    pytest.fail(f"never came: {query}")


@pytest.mark.slow
def test_run_counts_survives_an_outage_and_stops_cleanly(server: WebCamera, tmp_path: Path) -> None:
    server.scene = True
    write_walk(tmp_path / "walk.csv", frames=60)
    (tmp_path / "store.toml").write_text(SETTINGS.format(source=server.address), encoding="utf-8")
    database = tmp_path / "facts.sqlite"
    command = [sys.executable, "-m", "edge.cli", "run", "--config", str(tmp_path / "store.toml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(database, "SELECT 1 FROM crossing WHERE direction = 'in'")
        server.stop()
        time.sleep(6.5)  # longer than what the loop still takes for a slow camera
        server.start()
        wait_for(
            database,
            "SELECT 1 FROM watch AS lost JOIN watch AS well ON well.begins_utc_ms >= lost.ends_utc_ms "
            "WHERE lost.health = 'lost' AND well.health = 'ok'",
        )
    finally:
        os.kill(process.pid, signal.SIGTERM)
        out, problems = process.communicate(timeout=30)
    assert process.returncode == 0, problems
    assert "line entrance" in out
    assert "secret" not in out + problems
    assert "connecting again" in problems
    assert "pictures again" in problems
    assert rows(database, "SELECT kind, source, finished FROM run") == [
        ("live", f"http://127.0.0.1:{server.port}/video", 1)
    ]
    lost = rows(database, "SELECT ends_utc_ms - begins_utc_ms, frames_seen FROM watch WHERE health = 'lost'")
    assert len(lost) == 1
    assert 5000 < int(str(lost[0][0])) < 20000
    assert lost[0][1] == 0


@pytest.mark.slow
def test_run_keeps_looking_while_the_database_is_locked(server: WebCamera, tmp_path: Path) -> None:
    server.scene = True
    write_walk(tmp_path / "walk.csv", frames=120)
    (tmp_path / "store.toml").write_text(SETTINGS.format(source=server.address), encoding="utf-8")
    database = tmp_path / "facts.sqlite"
    command = [sys.executable, "-m", "edge.cli", "run", "--config", str(tmp_path / "store.toml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(database, "SELECT 1 FROM trail")
        with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            before = rows(database, "SELECT count(*) FROM trail")
            time.sleep(8)  # the walk goes on, and the writer gives up waiting at least once
            assert rows(database, "SELECT count(*) FROM trail") == before
            other.execute("ROLLBACK")
        wait_for(database, "SELECT 1 FROM crossing WHERE direction = 'in'")
    finally:
        os.kill(process.pid, signal.SIGINT)
        _, problems = process.communicate(timeout=30)
    assert process.returncode == 0, problems
    assert "facts are waiting, the database refuses" in problems
    assert rows(database, "SELECT sum(facts_dropped) FROM watch") == [(0,)]
