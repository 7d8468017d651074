"""The same tables on a PostgreSQL server: the same facts, the same sums, and a journal while the server is away."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from edge.contract import (
    OpenHours,
    back_up,
    check,
    latest_heartbeats,
    open_buffer,
    open_facts,
    open_store,
    read_crossing_hours,
    read_crossings,
    read_runs,
    read_site,
    read_stays,
    read_trails,
    read_watch_hours,
    retire,
    vacuum,
)
from edge.events import Alert, ClockJump, Delivery, Heartbeat

from .test_contract import CROSSING, DAY, FACTS, SITE, STAY, TEN
from .test_writer_buffer import EVER, LIVE, give

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

DRIVER = "psycopg"
PORT = 54329


class Postgres:
    """A server of its own in a folder, reached by a socket in it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._sockets = folder
        self.url = f"postgresql+{DRIVER}://postgres@/postgres?host={folder}&port={PORT}"
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust")

    def start(self) -> None:
        options = f"-k {self._sockets} -p {PORT} -c listen_addresses="
        self._run("pg_ctl", "-D", str(self._data), "-w", "-o", options, "-l", str(self._data / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:  # the server refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A running server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server here (Debian: postgresql)")
    if importlib.util.find_spec(DRIVER) is None:
        pytest.skip(f"no driver for PostgreSQL here ({DRIVER})")
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = Postgres(found[-1].parent, folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


def test_facts_states_and_sums_on_a_server(server: Postgres) -> None:
    store = open_store(server.url)
    store.register(SITE)
    store.begin_run(LIVE, "demo")
    assert store.append([(LIVE.id, fact) for fact in FACTS]) == 4
    assert store.append([(LIVE.id, fact) for fact in FACTS]) == 0
    grown = [replace(STAY, left=TEN + timedelta(seconds=n)) for n in (10, 20)]
    assert store.append([(LIVE.id, stay) for stay in grown]) == 0
    reader = open_facts(server.url)
    stays = read_stays(reader, DAY, EVER)
    assert [row[stays.columns.index("dwell_ms")] for row in stays.values] == [20_000]
    assert len(read_crossings(reader, DAY, EVER).values) == 1
    assert check(store) == ()
    assert vacuum(store) == 0
    assert back_up(store, Path("/nowhere"), 1) is None
    assert retire(store, DAY + timedelta(days=1)).facts == 4
    assert store.append([(LIVE.id, fact) for fact in FACTS]) == 0
    hours = read_crossing_hours(reader, DAY, EVER)
    assert [row[hours.columns.index("crossings")] for row in hours.values] == [1]
    assert len(read_watch_hours(reader, DAY, EVER).values) == 1
    reader.close()
    store.close()


def test_while_the_server_is_away_facts_wait_in_the_journal(server: Postgres, tmp_path: Path) -> None:
    spool = tmp_path / "footfall.spool"
    buffer = open_buffer(server.url, SITE, spool=spool, spool_mb=1)
    buffer.begin(LIVE, "demo")
    give(buffer, range(10))
    buffer.add(LIVE.id, CROSSING)
    buffer.alert("demo", Alert("a", "camera", "door", None, TEN, None, "words"))
    buffer.deliver(Delivery("a", "opened", "email", 0, TEN, None, ""))
    buffer.jump("demo", ClockJump(TEN, TEN + timedelta(seconds=3), "set"))
    buffer.beat("door", Heartbeat(TEN, "ok", TEN, 9.5, 1, 0, 0, None))
    buffer.flush()
    server.stop()
    give(buffer, range(10, 20))
    assert not buffer.try_flush()
    assert buffer.state().spooled_bytes > 0
    assert not buffer.close(0.0)
    buffer = open_buffer(server.url, SITE, spool=spool, spool_mb=1)
    buffer.begin(LIVE, "demo")
    server.start()
    give(buffer, range(20, 30))
    buffer.finish(LIVE.id)
    assert buffer.close(20)
    reader = open_facts(server.url)
    assert len(read_trails(reader, DAY, EVER).values) == 30
    runs = read_runs(reader)
    assert [row[runs.columns.index("finished")] for row in runs.values] == [True]
    assert len(latest_heartbeats(reader).values) == 1
    reader.close()


def test_a_server_of_schema_3_keeps_its_hours_and_then_takes_later_ones(server: Postgres) -> None:
    store = open_store(server.url)
    store.register(SITE)
    store.close()
    engine = create_engine(server.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE store_hours DROP CONSTRAINT store_hours_check")
        connection.exec_driver_sql("ALTER TABLE store_hours ADD CHECK (closes_min <= 1440)")
        connection.exec_driver_sql("DELETE FROM edge_migration WHERE version > 3")
    engine.dispose()
    store = open_store(server.url)
    reader = open_facts(server.url)
    assert read_site(reader)[0][1] == SITE.hours
    late = (OpenHours(0, 1080, 1560),)
    store.register(replace(SITE, hours=late))
    assert read_site(reader)[0][1] == late
    reader.close()
    store.close()
