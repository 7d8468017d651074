"""The door: facts go in once, come out as they were, and nothing stored is lost to a refusal."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.contract import (
    SCHEMA_VERSION,
    ContractError,
    FactBuffer,
    FactStore,
    NewerSchemaError,
    OpenHours,
    Run,
    Site,
    Store,
    StoreUnavailableError,
    open_facts,
    open_store,
    read_crossings,
    read_geometry,
    read_runs,
    read_site,
    read_stays,
    read_trails,
    read_watches,
)
from edge.contract.columns import to_ms
from edge.events import Crossing, Fact, Stay, Trail, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.scene import Camera, Line, Zone

if TYPE_CHECKING:
    from pathlib import Path

DAY = datetime(2026, 4, 7, tzinfo=UTC)
TEN = DAY + timedelta(hours=10)
LINE = Line("entrance", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))
ZONE = Zone("till", "till", Polygon((Point(0, 0), Point(1, 0), Point(1, 1))))
SITE = Site(
    Store("demo", "Demo", "Europe/Berlin", "EUR"),
    (OpenHours(0, 540, 1200),),
    (Camera("door", "Door", (LINE,), (ZONE,)),),
)
RUN = Run("door", "replay", "monday.mp4", "content-1", TEN, "file", "yolo", "settings-1")
CROSSING = Crossing("entrance", 1, 0, "in", "left", TEN, 30, 0.5, 0.5, (0.4, 0.2, 0.6, 0.5), 0.9, held=True)
STAY = Stay("till", 1, 0, TEN, TEN + timedelta(seconds=3.5), "crossed", "lost", 40, 0.3, 0.6, 0.8)
WATCH = Watch(0, TEN, TEN + timedelta(minutes=1), 600, 2, 0, "ok")
TRAIL = Trail(1, 0, TEN, 0.5, 0.5, None, 2.25)
FACTS: list[Fact] = [CROSSING, STAY, WATCH, TRAIL]


def opened(path: Path, run: Run = RUN) -> FactStore:
    """A store with the site registered and a run begun."""
    store = open_store(path, busy_timeout_s=0.2)
    store.register(SITE)
    store.begin_run(run, "demo")
    return store


def everything(path: Path) -> list[object]:
    """All rows of the day."""
    reader = open_facts(path)
    until = DAY + timedelta(days=1)
    rows = [read(reader, DAY, until).values for read in (read_crossings, read_stays, read_watches, read_trails)]
    reader.close()
    return list(rows)


def test_facts_come_out_as_they_went_in(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    assert store.append([(RUN.id, fact) for fact in FACTS]) == 4
    reader = open_facts(tmp_path / "f.sqlite")
    rows = read_crossings(reader, DAY, DAY + timedelta(days=1))
    (row,) = (dict(zip(rows.columns, values, strict=True)) for values in rows.values)
    assert (row["direction"], row["ts_utc_ms"], row["held"]) == ("in", to_ms(TEN), True)
    assert (row["box_left"], row["box_bottom"], row["confidence"]) == (0.4, 0.5, 0.9)
    stays = read_stays(reader, DAY, DAY + timedelta(days=1))
    assert dict(zip(stays.columns, stays.values[0], strict=True))["dwell_ms"] == 3500
    assert read_site(reader) == [(SITE.store, SITE.hours)]


def test_appending_twice_changes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    store.append([(RUN.id, fact) for fact in FACTS])
    before = everything(tmp_path / "f.sqlite")
    assert store.append([(RUN.id, fact) for fact in FACTS]) == 0
    assert everything(tmp_path / "f.sqlite") == before


def test_a_stay_or_a_watch_given_again_replaces_what_was_said_of_it_and_is_not_new(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    assert store.append([(RUN.id, STAY), (RUN.id, WATCH)]) == 2
    longer = replace(STAY, left=TEN + timedelta(seconds=9), end_cause="crossed")
    shorter = replace(WATCH, ends=TEN + timedelta(seconds=30), frames_seen=300)
    another = replace(WATCH, sequence=1, health="frozen")
    assert store.append([(RUN.id, STAY), (RUN.id, longer), (RUN.id, shorter), (RUN.id, another)]) == 1
    reader = open_facts(tmp_path / "f.sqlite")
    stays, watches = (read(reader, DAY, DAY + timedelta(days=1)) for read in (read_stays, read_watches))
    (stay,) = (dict(zip(stays.columns, values, strict=True)) for values in stays.values)
    assert (stay["dwell_ms"], stay["end_cause"]) == (9000, "crossed")
    seen = watches.columns.index("frames_seen"), watches.columns.index("health")
    assert sorted(tuple(row[i] for i in seen) for row in watches.values) == [(300, "ok"), (600, "frozen")]


def test_a_crossing_given_again_stays_as_it_was_first(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    store.append([(RUN.id, CROSSING)])
    assert store.append([(RUN.id, replace(CROSSING, held=False, confidence=0.1))]) == 0
    rows = read_crossings(open_facts(tmp_path / "f.sqlite"), DAY, DAY + timedelta(days=1))
    assert [row[rows.columns.index("confidence")] for row in rows.values] == [0.9]


def test_a_batch_with_one_bad_fact_is_refused_whole(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    backwards = replace(STAY, left=TEN - timedelta(seconds=1))
    with pytest.raises(StoreUnavailableError, match="CHECK constraint"):
        store.append([(RUN.id, CROSSING), (RUN.id, backwards)])
    assert everything(tmp_path / "f.sqlite") == [[], [], [], []]


def test_a_recording_replayed_with_new_settings_replaces_its_old_facts(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    store.append([(RUN.id, CROSSING)])
    moved = replace(RUN, config_hash="settings-2")
    store.begin_run(moved, "demo")
    store.append([(moved.id, replace(CROSSING, direction="out", side="right"))])
    reader = open_facts(tmp_path / "f.sqlite")
    rows = read_crossings(reader, DAY, DAY + timedelta(days=1))
    assert [v[rows.columns.index("direction")] for v in rows.values] == ["out"]
    store.begin_run(RUN, "demo")
    rows = read_crossings(reader, DAY, DAY + timedelta(days=1))
    assert [v[rows.columns.index("direction")] for v in rows.values] == ["in"]


def test_live_runs_never_supersede_each_other(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite", replace(RUN, kind="live"))
    store.begin_run(replace(RUN, kind="live", begins=TEN + timedelta(hours=1)), "demo")
    assert len(read_runs(open_facts(tmp_path / "f.sqlite")).values) == 2


def test_an_old_version_of_a_line_stays_on_record(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    longer = replace(LINE, path=Polyline((Point(0.0, 0.5), Point(1.0, 0.5))))
    store.register(replace(SITE, cameras=(replace(SITE.cameras[0], lines=(longer,)),)))
    rows = read_geometry(open_facts(tmp_path / "f.sqlite"))
    lines = [dict(zip(rows.columns, v, strict=True)) for v in rows.values]
    assert {(r["outline"], r["current"]) for r in lines if r["kind"] == "line"} == {
        ("0.1 0.5, 0.9 0.5", False),
        ("0 0.5, 1 0.5", True),
    }


def test_naive_times_are_refused(tmp_path: Path) -> None:
    store = opened(tmp_path / "f.sqlite")
    with pytest.raises(Exception, match="no time zone"):
        store.append([(RUN.id, replace(TRAIL, at=datetime(2026, 4, 7, 10)))])  # noqa: DTZ001 - the bad input


def test_milliseconds_survive_every_time_of_day() -> None:
    for ms in (0, 1, 999, 1_772_323_200_123):
        assert to_ms(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)) == ms


def test_a_database_of_schema_1_gets_what_it_lacks_and_keeps_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "facts.sqlite"
    store = opened(path)
    store.append([(RUN.id, fact) for fact in FACTS])
    store.close()
    before = everything(path)
    with sqlite3.connect(path) as raw:
        raw.execute("ALTER TABLE crossing DROP COLUMN cause")
        raw.execute("ALTER TABLE geometry DROP COLUMN one_way")
        raw.execute("DELETE FROM edge_migration WHERE version > 1")
    raw.close()
    with pytest.raises(ContractError, match="schema version 1 is older than 4; run footfall-edge once"):
        open_facts(path)
    opened(path).close()
    assert everything(path) == before
    with sqlite3.connect(path) as raw:
        assert [row[0] for row in raw.execute("SELECT version FROM edge_migration")] == [*range(1, SCHEMA_VERSION + 1)]
    raw.close()
    assert (tmp_path / "facts.sqlite.backup-v1").exists()


def test_a_newer_schema_is_refused_by_writer_and_reader_naming_both_numbers(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    opened(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO edge_migration VALUES (?, 'from_the_future', 0)", (SCHEMA_VERSION + 6,))
    raw.close()
    for opening in (open_store, open_facts):
        with pytest.raises(
            NewerSchemaError, match=rf"f\.sqlite: schema version {SCHEMA_VERSION + 6} .* {SCHEMA_VERSION},"
        ):
            opening(path)


@pytest.mark.parametrize("opening", [open_store, open_facts])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, opening: object) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is a shopping list, not a database, and it is longer than a page header" * 20)
    with pytest.raises(StoreUnavailableError, match=r"notes\.txt: file is not a database"):
        opening(path)  # type: ignore[operator]
    assert path.read_text().startswith("this is a shopping list")


def test_a_missing_database_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="no such database"):
        open_facts(tmp_path / "none.sqlite")
    sqlite3.connect(tmp_path / "empty.sqlite").execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(ContractError, match="no footfall facts"):
        open_facts(tmp_path / "empty.sqlite")
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        open_store(tmp_path / "no" / "folder.sqlite")


def test_a_locked_database_is_named_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = opened(path)
    store.append([(RUN.id, CROSSING)])
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match=r"f\.sqlite: database is locked"):
        store.append([(RUN.id, STAY)])
    blocker.execute("ROLLBACK")
    blocker.close()
    assert store.append([(RUN.id, STAY)]) == 1


@pytest.mark.slow
def test_facts_wait_in_the_buffer_while_the_database_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = FactBuffer(opened(path), flush_every_s=0.0, capacity=3)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    for fact in [*FACTS, replace(TRAIL, sequence=1)]:
        buffer.add(RUN.id, fact)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert buffer.take_dropped(RUN.id) == 2
    assert buffer.take_dropped(RUN.id) == 0
    buffer.flush()
    assert [len(rows) for rows in everything(path)] == [1, 1, 1, 0]  # type: ignore[arg-type]


def test_a_read_only_database_is_named(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "f.sqlite"
    opened(path).close()
    request.getfixturevalue("read_only")
    with pytest.raises(StoreUnavailableError, match=r"f\.sqlite: attempt to write a readonly database"):
        open_store(path).register(SITE)


@pytest.mark.slow
def test_kill_9_between_batches_leaves_whole_batches(tmp_path: Path) -> None:
    """A writer killed without warning: what was appended is there, the file is sound, the rest can be appended."""
    path = tmp_path / "f.sqlite"
    opened(path).close()
    program = (
        "import os, signal, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from tests.edge.test_contract import opened, RUN, CROSSING, STAY\n"
        "from pathlib import Path\n"
        "store = opened(Path(sys.argv[1]))\n"
        "store.append([(RUN.id, CROSSING)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = __file__.rsplit("/tests/", 1)[0]
    done = subprocess.run([sys.executable, "-c", program, str(path), root], check=False)
    assert done.returncode == -9
    store = opened(path)
    assert store.append([(RUN.id, CROSSING), (RUN.id, STAY)]) == 1
    assert [len(rows) for rows in everything(path)] == [1, 1, 0, 0]  # type: ignore[arg-type]
