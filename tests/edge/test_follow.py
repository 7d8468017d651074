"""A folder that grows, watched by a real process: restarts and a database that is away neither double nor lose."""

from __future__ import annotations

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

from .clips import write_clip, write_walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
backups = 0
[model]
path = "recorded:walk.csv"
gate = false
[service]
port = 0
[[cameras]]
id = "door"
source = "recordings"
follow = true
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
"""


class Shop:
    """A process that follows a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "facts.sqlite"
        (folder / "recordings").mkdir()
        (folder / "store.toml").write_text(SETTINGS, encoding="utf-8")
        first = write_walk(folder / "walk.csv").read_text(encoding="utf-8")
        again = [line.split(",") for line in first.splitlines()]
        more = "".join(",".join([str(int(number) + 50), *rest]) + "\n" for number, *rest in again)
        (folder / "walk.csv").write_text(first + more, encoding="utf-8")  # one walk a recording

    def record(self, hours_ago: int) -> None:
        """A recording that has long been whole."""
        begins = datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(hours=hours_ago)
        path = self.folder / "recordings" / f"door_{begins:%Y%m%d_%H%M%S}.mp4"
        write_clip(path)
        os.utime(path, (time.time() - 3600,) * 2)

    def open(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "edge.cli", "run", "--config", str(self.folder / "store.toml")]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def close(self, process: subprocess.Popen[str]) -> str:
        """Stops it; what it said."""
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, problems = process.communicate(timeout=30)
        assert process.returncode == 0, problems
        assert time.monotonic() - began < 5
        return out + problems

    def count(self, query: str) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute(query).fetchone()[0])

    def wait_for(self, query: str) -> None:
        def found() -> bool:
            try:
                return self.count(query) > 0
            except sqlite3.OperationalError:
                return False  # not made yet

        wait(found, query)


def wait(found: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + 40
    while not found():
        assert time.monotonic() < ends, f"never came: {what}"
        time.sleep(0.1)


@pytest.mark.slow
def test_what_waits_for_a_locked_database_is_not_played_again_after_a_restart(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.record(hours_ago=9)
    process = shop.open()
    shop.wait_for("SELECT count(*) FROM crossing")
    shop.wait_for("SELECT coalesce(sum(frames_seen), 0) = 50 FROM watch")
    with closing(sqlite3.connect(shop.database, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        shop.record(hours_ago=5)
        time.sleep(5)
        assert "100 frames" in shop.close(process)
        assert shop.count("SELECT count(*) FROM crossing") == 1
        process = shop.open()
        time.sleep(6)
        other.execute("ROLLBACK")
    shop.wait_for("SELECT count(*) > 1 FROM crossing")
    time.sleep(4)
    shop.close(process)
    assert shop.count("SELECT count(*) FROM crossing") == 2
    assert shop.count("SELECT sum(frames_seen) FROM watch") == 100
