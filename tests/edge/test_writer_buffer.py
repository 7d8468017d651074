"""The way to the database of a process that lives for months: nobody waits, nothing is lost, all of it is said once."""

from __future__ import annotations

import logging
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.contract import (
    ContractError,
    FactBuffer,
    FactStore,
    NewerSchemaError,
    StoreUnavailableError,
    open_buffer,
    open_facts,
    read_crossings,
    read_runs,
    read_stays,
    read_trails,
    read_watches,
)

from .test_contract import CROSSING, DAY, FACTS, RUN, SITE, STAY, TEN, TRAIL, WATCH, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.events import Stay

LIVE = replace(RUN, kind="live", clock="host")
EVER = DAY + timedelta(days=3650)


def trails(path: Path) -> list[int]:
    """The numbers of the trail samples that are stored, as often as they are stored."""
    reader = open_facts(path)
    rows = read_trails(reader, DAY, EVER)
    reader.close()
    at = rows.columns.index("ts_utc_ms")
    return [round((int(str(row[at])) - TEN.timestamp() * 1000) / 1000) for row in rows.values]


def give(buffer: FactBuffer, numbers: range) -> None:
    """Numbered trail samples, one a second of the clip."""
    for n in numbers:
        buffer.add(LIVE.id, replace(TRAIL, sequence=n, at=TEN + timedelta(seconds=n)))


def live(path: Path, **options: int) -> FactBuffer:
    """A buffer with its journal, one run begun, nothing started."""
    buffer = open_buffer(path, SITE, spool_mb=options.pop("spool_mb", 1), busy_timeout_s=0.1, **options)  # type: ignore[arg-type]
    buffer.begin(LIVE, "demo")
    return buffer


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database, alone."""
    program = (
        "import sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN EXCLUSIVE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        yield
        other.stdin.close()


def test_everything_that_is_given_is_in_the_database_after_a_tidy_end(tmp_path: Path) -> None:
    buffer = live(tmp_path / "f.sqlite")
    buffer.start()
    for fact in FACTS:
        buffer.add(LIVE.id, fact)
    buffer.finish(LIVE.id)
    assert buffer.close()
    reader = open_facts(tmp_path / "f.sqlite")
    reads = (read_crossings, read_stays, read_watches, read_trails)
    assert [len(read(reader, DAY, EVER).values) for read in reads] == [1, 1, 1, 1]
    runs = read_runs(reader)
    assert [row[runs.columns.index("finished")] for row in runs.values] == [True]
    reader.close()


def test_while_another_process_holds_the_database_facts_wait_in_the_journal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.flush()
    caplog.set_level(logging.INFO)
    with locked(path):
        for batch in range(3):
            give(buffer, range(batch * 10, batch * 10 + 10))
            assert not buffer.try_flush()
        state = buffer.state()
        assert state.waiting == 0, "the journal has them"
        assert state.spooled_bytes > 0
        assert "locked" in state.words
        assert state.refused_since is not None
    assert buffer.try_flush()
    assert trails(path) == list(range(30))
    said = [record.message for record in caplog.records if record.name.startswith("edge.contract")]
    assert len([line for line in said if "facts are waiting" in line]) == 1
    assert len([line for line in said if "takes facts again" in line]) == 1
    assert [event.kind for event in buffer.take_events()] == ["waits", "writes"]
    assert buffer.take_events() == ()
    assert buffer.state().refused_since is None
    buffer.close()


@pytest.mark.slow
def test_it_starts_while_the_database_is_locked_and_writes_later(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    live(path).close()
    with locked(path):
        buffer = live(path)
        buffer.start()
        give(buffer, range(20))
        time.sleep(1.0)
        assert buffer.state().spooled_bytes > 0
    assert buffer.close(10)
    assert trails(path) == list(range(20))


def test_what_was_left_in_the_journal_is_written_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.flush()
    give(buffer, range(10))
    buffer.flush()
    with locked(path):
        give(buffer, range(10, 20))
        assert not buffer.close(0.0)
    assert trails(path) == list(range(10))
    buffer = live(path)
    assert trails(path) == list(range(20)), "at once, where it is little: others read it next"
    give(buffer, range(20, 30))
    assert buffer.close()
    assert trails(path) == list(range(30))


def test_a_stay_that_grows_is_one_row_and_counts_once_when_it_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path, capacity=20)
    grown: list[Stay] = [replace(STAY, left=TEN + timedelta(seconds=n)) for n in range(1, 6)]
    for stay in grown[:3]:
        buffer.add(LIVE.id, stay)
        buffer.flush()
    reader = open_facts(path)
    rows = read_stays(reader, DAY, EVER)
    assert [row[rows.columns.index("dwell_ms")] for row in rows.values] == [3000]
    reader.close()
    give(buffer, range(20))  # it is full now
    for stay in grown[3:]:
        buffer.add(LIVE.id, replace(stay, sequence=1))
    assert buffer.take_dropped(LIVE.id) == 1
    assert buffer.take_dropped(LIVE.id) == 0
    buffer.close()


def test_watches_are_taken_when_nothing_else_is_and_what_they_told_is_not_forgotten(tmp_path: Path) -> None:
    buffer = FactBuffer(opened(tmp_path / "f.sqlite", LIVE), flush_every_s=1e9, capacity=2)
    give(buffer, range(3))
    told = buffer.take_dropped(LIVE.id)
    assert told == 1
    buffer.add(LIVE.id, replace(WATCH, sequence=0, facts_dropped=told))
    buffer.add(LIVE.id, replace(WATCH, sequence=1))
    assert buffer.take_dropped(LIVE.id) == 0, "watches still fit"
    buffer.add(LIVE.id, replace(WATCH, sequence=2, facts_dropped=7))
    assert buffer.take_dropped(LIVE.id) == 8, "a watch, and the seven that it told of"


@pytest.mark.slow
def test_a_full_journal_is_said_once_and_what_no_longer_fits_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path, capacity=1000)
    buffer.flush()
    rng = random.Random(3)  # noqa: S311 - coordinates that do not compress
    with locked(path):
        for n in range(30_000):
            buffer.add(
                LIVE.id, replace(TRAIL, sequence=n, at=TEN + timedelta(seconds=n), x=rng.random(), y=rng.random())
            )
            if n % 1000 == 999:
                buffer.try_flush()
        assert buffer.state().lost > 0
    assert [event.kind for event in buffer.take_events()].count("journal") == 1
    lost = buffer.take_dropped(LIVE.id)
    assert buffer.close()
    kept = trails(path)
    assert len(kept) == len(set(kept)) == 30_000 - lost


def test_one_bad_row_does_not_keep_the_others_out(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(5))
    buffer.add(LIVE.id, replace(STAY, left=TEN - timedelta(seconds=1)))
    buffer.add(LIVE.id, CROSSING)
    buffer.flush()
    assert trails(path) == list(range(5))
    assert buffer.take_dropped(LIVE.id) == 1
    (event,) = buffer.take_events()
    assert event.kind == "refused"
    assert "CHECK constraint" in event.words
    buffer.close()


def test_a_fact_of_a_run_or_a_line_that_nobody_knows_is_refused_where_it_is_given(tmp_path: Path) -> None:
    buffer = live(tmp_path / "f.sqlite")
    with pytest.raises(KeyError):
        buffer.add("no such run", TRAIL)
    with pytest.raises(KeyError):
        buffer.add(LIVE.id, replace(CROSSING, line="no such line"))
    buffer.abandon()


def test_bounds_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    with pytest.raises(ValueError, match="capacity: must be at least 1, not 0"):
        open_buffer(path, SITE, capacity=0)
    with pytest.raises(ValueError, match="spool_mb: must be at least 1, not 0"):
        open_buffer(path, SITE, spool_mb=0)
    with pytest.raises(ValueError, match="backups: must be at least 0, not -1"):
        open_buffer(path, SITE, backups=-1)
    assert list(tmp_path.iterdir()) == []


def test_a_second_process_on_the_same_database_is_told_so(tmp_path: Path) -> None:
    buffer = live(tmp_path / "f.sqlite")
    with pytest.raises(ContractError, match="another footfall-edge writes to this database"):
        open_buffer(tmp_path / "f.sqlite", SITE, spool_mb=1)
    buffer.abandon()
    live(tmp_path / "f.sqlite").close()


def test_mistakes_show_at_once_and_leave_nothing_behind(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("a shopping list, longer than the header of a page " * 30)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        open_buffer(notes, SITE)
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        open_buffer(tmp_path / "no" / "f.sqlite", SITE)
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        open_buffer(tmp_path, SITE, spool=tmp_path / "s.spool")
    assert list(tmp_path.iterdir()) == [notes]
    newer = tmp_path / "newer.sqlite"
    live(newer).close()
    with closing(sqlite3.connect(newer)) as raw, raw:
        raw.execute("INSERT INTO edge_migration VALUES (99, 'from_the_future', 0)")
    with pytest.raises(NewerSchemaError, match="99"):
        open_buffer(newer, SITE)


@pytest.mark.slow
def test_a_stop_does_not_wait_once_more_for_a_database_that_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.flush()
    with locked(path):
        buffer.start()
        give(buffer, range(10))
        until = time.monotonic() + 10
        while buffer.state().refused_since is None and time.monotonic() < until:
            time.sleep(0.02)
        buffer._stop.set()
        time.sleep(1)
        tries: list[float] = []

        def tried() -> bool:
            tries.append(time.monotonic())
            return False

        monkeypatch.setattr(buffer, "try_flush", tried)
        assert not buffer.close(0.05)
        assert tries == []
    again = live(path)
    assert again.close()
    assert trails(path) == list(range(10))


@pytest.mark.slow
def test_a_writer_that_fails_in_a_way_nobody_thought_of_says_so_once_and_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge.contract.buffer.WRITE_EVERY_S", 0.01)
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    broken = True
    write = FactStore.write

    def fails(store: FactStore, *arguments: object) -> int:
        if broken:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return write(store, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(FactStore, "write", fails)
    give(buffer, range(10))
    buffer.start()
    time.sleep(1)
    assert "OverflowError" in buffer.state().words
    assert buffer.state().refused_since is not None
    assert caplog.text.count("unexpected") < 5
    broken = False
    time.sleep(0.5)
    assert buffer.state().refused_since is None
    assert buffer.close()
    assert trails(path) == list(range(10))


def test_runs_that_were_cut_off_are_not_remembered_for_ever(tmp_path: Path) -> None:
    """A camera that fails again and again begins a run a minute."""
    buffer = live(tmp_path / "f.sqlite")
    for n in range(5):
        buffer.begin(replace(LIVE, source_id=f"try {n}"), "demo")
    assert buffer.runs == (replace(LIVE, source_id="try 4").id,)
    assert buffer.close()
