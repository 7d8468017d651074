"""A database file that is damaged: noticed, set aside, put back from the last good copy, the journal on top of it."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.contract import (
    Audit,
    FactBuffer,
    StoreUnavailableError,
    check,
    open_facts,
    open_store,
    read_audits,
    read_geometry,
    read_runs,
)

from .test_contract import TEN, TRAIL
from .test_writer_buffer import LIVE, give, live, trails

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = 4096


def header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * 100)


def schema_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (PAGE - 100))


def middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // PAGE // 2 * PAGE)
        file.write(b"\x5a" * PAGE * 3)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def emptied(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)


def gone(path: Path) -> None:
    path.unlink()


DAMAGES = [header, schema_page, middle, truncated, emptied, gone]


def healed(buffer: FactBuffer, timeout_s: float = 30.0) -> list[str]:
    """Waits until the database was repaired and has everything; what was said of it."""
    said: list[str] = []
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        said += [event.words for event in buffer.take_events() if event.kind == "damaged"]
        state = buffer.state()
        if said and not state.waiting and not state.spooled_bytes and state.refused_since is None:
            return said
        time.sleep(0.05)
    raise AssertionError(f"not healed: {said}, {buffer.state()}")


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_that_is_found_at_the_start_costs_nothing_since_the_journal_has_the_rest(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(2000))
    buffer.flush()
    assert buffer.back_up() is not None
    give(buffer, range(2000, 2500))
    buffer.finish(LIVE.id)
    assert buffer.close()
    damage(path)
    buffer = live(path)
    buffer.start()
    give(buffer, range(2500, 2600))
    (said,) = healed(buffer)
    assert "restored from" in said
    assert buffer.close()
    assert trails(path) == list(range(2600))
    aside = [p for p in tmp_path.glob("f.sqlite.corrupt-*") if not p.name.endswith(("-wal", "-shm"))]
    assert len(aside) == (0 if damage is gone else 1)
    assert not list(tmp_path.glob("*.restoring"))
    store = open_store(path)
    assert check(store) == ()
    store.close()


@pytest.mark.parametrize("damage", [header, schema_page, gone])
@pytest.mark.slow
def test_damage_while_it_runs_is_noticed_and_mended(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(500))
    buffer.flush()
    buffer.back_up()
    give(buffer, range(500, 700))
    buffer.flush()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    buffer.start()
    give(buffer, range(700, 800))
    healed(buffer)
    give(buffer, range(800, 900))
    assert buffer.close()
    assert trails(path) == list(range(900))


@pytest.mark.slow
def test_without_a_backup_a_new_database_begins_with_the_site_the_runs_and_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(300))
    assert buffer.close()
    middle(path)
    buffer = live(path)
    buffer.start()
    (said,) = healed(buffer)
    assert "no sound backup, a new one begins" in said
    assert buffer.close()
    assert trails(path) == list(range(300)), "all of it was in the journal"
    reader = open_facts(path)
    assert len(read_runs(reader).values) == 1
    assert len(read_geometry(reader).values) == 2
    reader.close()


@pytest.mark.slow
def test_a_new_database_knows_site_and_run_though_the_journal_has_forgotten_their_rows(tmp_path: Path) -> None:
    rng = random.Random(2)  # noqa: S311 - coordinates that do not compress
    path = tmp_path / "f.sqlite"
    buffer = live(path, backups=0)
    for n in range(26_000):
        place = replace(
            TRAIL, sequence=n, at=TEN + timedelta(seconds=n), x=rng.random(), y=rng.random(), x_m=rng.random()
        )
        buffer.add(LIVE.id, place)
        if n % 2000 == 1999:
            buffer.flush()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    header(path)
    buffer.start()
    healed(buffer)
    assert buffer.close()
    kept = trails(path)
    assert kept[-1] == 25_999
    assert 0 < kept[0] < 18_000, "the oldest are gone, and the run's own row with them"
    assert kept == list(range(kept[0], 26_000))


@pytest.mark.slow
def test_a_damaged_backup_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(1000))
    buffer.flush()
    first = buffer.back_up()
    assert first is not None
    older = first.path.with_name("f.sqlite.backup-20200101T000000")
    first.path.rename(older)
    give(buffer, range(1000, 2000))
    buffer.flush()
    second = buffer.back_up()
    assert second is not None
    assert buffer.close()
    middle(second.path)
    header(path)
    buffer = live(path)
    buffer.start()
    (said,) = healed(buffer)
    assert older.name in said
    assert buffer.close()
    assert trails(path) == list(range(2000)), "the journal forgets only what it must"


@pytest.mark.parametrize("harm", ["emptied", "cut", "scribbled"])
def test_commits_that_a_damaged_write_ahead_log_lost_come_from_the_journal(tmp_path: Path, harm: str) -> None:
    path, kept = tmp_path / "f.sqlite", tmp_path / "kept"
    buffer = live(path)
    for n in range(0, 200, 20):
        give(buffer, range(n, n + 20))
        buffer.flush()
    kept.mkdir()
    for part in (
        "f.sqlite",
        "f.sqlite-wal",
        "f.sqlite.spool",
    ):  # as a power failure leaves them: nobody closed anything
        shutil.copyfile(tmp_path / part, kept / part)
    buffer.abandon()
    wal = kept / "f.sqlite-wal"
    size = wal.stat().st_size
    assert size > 20_000
    with wal.open("r+b") as file:
        if harm == "scribbled":
            file.seek(size // 2)
            file.write(b"\x77" * PAGE)
        else:
            file.truncate(0 if harm == "emptied" else size // 2)
    buffer = live(kept / "f.sqlite")
    assert buffer.close()
    assert trails(kept / "f.sqlite") == list(range(200))


@pytest.mark.slow
def test_a_backup_of_a_damaged_database_is_refused_and_starts_the_repair(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(2000))
    buffer.flush()
    good = buffer.back_up()
    assert good is not None
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    middle(path)
    with pytest.raises(StoreUnavailableError):
        buffer.back_up()
    assert good.path.exists(), "the good one stays"
    buffer.start()
    healed(buffer)
    assert buffer.close()
    assert trails(path) == list(range(2000))


@pytest.mark.slow
def test_before_the_journal_must_forget_what_no_backup_has_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.contract.safety.EARLY_BACKUP_FILL", 0.1)
    buffer = live(tmp_path / "f.sqlite")
    buffer.start()
    for n in range(0, 6000, 500):
        give(buffer, range(n, n + 500))
        time.sleep(0.05)
    until = time.monotonic() + 10
    while buffer.state().backed_up is None and time.monotonic() < until:
        time.sleep(0.05)
    assert buffer.state().backed_up is not None
    assert len(list(tmp_path.glob("f.sqlite.backup-*"))) == 1
    assert buffer.close()


@pytest.mark.slow
def test_a_journal_that_no_longer_reaches_back_to_the_last_backup_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.contract.safety.EARLY_BACKUP_FILL", 2.0)
    buffer = live(tmp_path / "f.sqlite")
    give(buffer, range(10))
    buffer.flush()
    buffer.back_up()
    for n in range(0, 80_000, 2000):
        give(buffer, range(n, n + 2000))
        buffer.flush()
    buffer.start()
    time.sleep(1.5)
    said = [event.words for event in buffer.take_events() if event.kind == "journal"]
    assert len(said) == 1
    assert "no longer reaches back to the last backup" in said[0]
    assert buffer.close()


@pytest.mark.slow
def test_only_the_last_damaged_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    live(path).close()
    for day in range(1, 6):
        (tmp_path / f"f.sqlite.corrupt-2026010{day}T000000").write_bytes(b"old")
    header(path)
    buffer = live(path)
    buffer.start()
    healed(buffer)
    buffer.close()
    assert sorted(p.name for p in tmp_path.glob("*.corrupt-*"))[:2] == [
        "f.sqlite.corrupt-20260104T000000",
        "f.sqlite.corrupt-20260105T000000",
    ]
    assert len(list(tmp_path.glob("*.corrupt-*"))) == 3


@pytest.mark.slow
def test_audits_since_the_last_backup_are_brought_over_where_the_damaged_file_still_has_them(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(3000))
    buffer.flush()
    buffer.back_up()
    store = open_store(path)
    window = (TEN, TEN + timedelta(minutes=5))
    audit = Audit("demo", "door", LIVE.id, "entrance", "v1", "in", *window, 7, 7, 7, TEN, "Ann", "page", (TEN,))
    store.append_audits([audit])
    store.close()
    assert buffer.close()
    with path.open("r+b") as file:  # somewhere in the facts
        file.seek(40 * PAGE)
        file.write(b"\x5a" * PAGE)
    buffer = live(path)
    buffer.start()
    healed(buffer)
    until = time.monotonic() + 5
    while not _audits(path) and time.monotonic() < until:
        time.sleep(0.1)
    assert buffer.close()
    assert _audits(path) == [audit.id]
    assert trails(path) == list(range(3000))


def _audits(path: Path) -> list[object]:
    reader = open_facts(path)
    found = [row[0] for row in read_audits(reader).values]
    reader.close()
    return found
