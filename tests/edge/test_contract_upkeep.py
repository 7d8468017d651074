"""Backups while it is written, sums by the hour instead of old facts, room that is given back."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.contract import (
    Backup,
    FactStore,
    Rows,
    StoreUnavailableError,
    back_up,
    check,
    last_watched,
    open_facts,
    open_store,
    raw_since,
    read_crossing_hours,
    read_crossings,
    read_stay_hours,
    read_stays,
    read_watch_hours,
    read_watches,
    retire,
    upkeep,
    vacuum,
)
from edge.contract.columns import to_ms
from edge.contract.upkeep import backups_of
from edge.events import Fact, Watch

from .test_contract import CROSSING, DAY, RUN, SITE, STAY, TEN, TRAIL, WATCH, opened
from .test_writer_buffer import EVER, LIVE, give, live, trails

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.contract import FactReader

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def hours(path: Path, read: Callable[[FactReader, datetime, datetime], Rows]) -> list[dict[str, object]]:
    reader = open_facts(path)
    rows = read(reader, LONG_AGO, EVER)
    reader.close()
    return [dict(zip(rows.columns, values, strict=True)) for values in rows.values]


def a_day() -> list[Fact]:
    """Ten people in an hour from 10:00 on, at 11:10 and 11:59:30 more; each stays for a minute. One is a mannequin."""
    facts: list[Fact] = []
    for n in range(10):
        at = TEN + timedelta(minutes=5 * n)
        facts.append(replace(CROSSING, track=n, at=at, held=n % 2 == 0, direction="in" if n < 7 else "out"))
        facts.append(replace(STAY, track=n, entered=at, left=at + timedelta(minutes=1), end_cause="crossed"))
        facts.append(replace(TRAIL, track=n, at=at))
    late = TEN + timedelta(hours=1, minutes=59, seconds=30)
    facts.append(replace(CROSSING, track=10, at=late))
    facts.append(replace(STAY, track=10, entered=late, left=late + timedelta(minutes=1), end_cause="lost"))
    early = TEN + timedelta(hours=1, minutes=10)
    facts.append(replace(STAY, track=12, entered=early, left=early + timedelta(minutes=1), end_cause="crossed"))
    facts.append(replace(STAY, track=11, entered=TEN, left=TEN + timedelta(hours=1), end_cause="fixed"))
    facts.append(Watch(0, TEN, TEN + timedelta(minutes=90), 900, 3, 1, "ok"))
    facts.append(Watch(1, TEN + timedelta(minutes=90), TEN + timedelta(minutes=150), 0, 0, 0, "lost"))
    return facts


def filled(path: Path) -> FactStore:
    store = opened(path, LIVE)
    store.append([(LIVE.id, fact) for fact in a_day()])
    return store


def test_old_facts_become_sums_by_the_hour_and_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = filled(path)
    done = retire(store, DAY + timedelta(days=1))
    assert done.facts == 36
    assert hours(path, read_crossings) == hours(path, read_stays) == hours(path, read_watches) == []
    crossings = [
        (h["hour_utc_ms"], h["direction"], h["crossings"], h["held"]) for h in hours(path, read_crossing_hours)
    ]
    assert crossings == [(to_ms(TEN), "in", 7, 4), (to_ms(TEN), "out", 3, 1), (to_ms(TEN + HOUR), "in", 1, 1)]
    stays = [(h["hour_utc_ms"], h["stays"], h["censored"], h["dwell_ms"]) for h in hours(path, read_stay_hours)]
    assert stays == [(to_ms(TEN), 10, 0, 600_000), (to_ms(TEN + HOUR), 2, 1, 120_000)]
    watches = [
        (h["hour_utc_ms"], h["health"], h["watched_ms"], h["frames_seen"], h["facts_dropped"])
        for h in hours(path, read_watch_hours)
    ]
    assert watches == [
        (to_ms(TEN), "ok", 3_600_000, 900, 1),
        (to_ms(TEN + HOUR), "lost", 1_800_000, 0, 0),
        (to_ms(TEN + HOUR), "ok", 1_800_000, 0, 0),
        (to_ms(TEN + 2 * HOUR), "lost", 1_800_000, 0, 0),
    ]
    reader = open_facts(path)
    assert raw_since(reader) == TEN + 6 * HOUR, "later nothing happened"
    reader.close()
    store.close()


def test_twice_and_in_pieces_gives_the_same_sums_as_once(tmp_path: Path) -> None:
    whole, pieces = filled(tmp_path / "whole.sqlite"), filled(tmp_path / "pieces.sqlite")
    retire(whole, TEN + 6 * HOUR)
    assert retire(whole, TEN + 6 * HOUR).facts == 0
    for n in range(1, 7):
        retire(pieces, TEN + n * HOUR)
    for read in (read_crossing_hours, read_stay_hours, read_watch_hours):
        assert hours(tmp_path / "pieces.sqlite", read) == hours(tmp_path / "whole.sqlite", read) != []
    whole.close()
    pieces.close()


def test_what_ends_after_the_moment_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = filled(path)
    retire(store, TEN + timedelta(hours=1, minutes=59))  # cut down to 11:00
    kept = [(w["begins_utc_ms"], w["ends_utc_ms"]) for w in hours(path, read_watches)]
    assert kept == [
        (to_ms(TEN), to_ms(TEN + timedelta(minutes=90))),
        (to_ms(TEN + timedelta(minutes=90)), to_ms(TEN + timedelta(minutes=150))),
    ]
    assert [c["track_id"] for c in hours(path, read_crossings)] == [10]
    assert sorted(str(s["track_id"]) for s in hours(path, read_stays)) == ["10", "11", "12"]
    store.close()


def test_facts_that_are_given_again_after_they_were_retired_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = filled(path)
    retire(store, TEN + HOUR)
    before = hours(path, read_crossing_hours), hours(path, read_crossings)
    assert store.append([(LIVE.id, fact) for fact in a_day()]) == 0
    retire(store, TEN + HOUR)
    assert (hours(path, read_crossing_hours), hours(path, read_crossings)) == before
    store.close()


def test_an_old_recording_replayed_again_is_not_counted_twice_and_with_other_settings_it_replaces(
    tmp_path: Path,
) -> None:
    path = tmp_path / "f.sqlite"

    def replay(config: str, count: int) -> None:
        run = replace(RUN, config_hash=config)
        store = open_store(path)
        store.register(SITE)
        store.begin_run(run, "demo")
        store.append([(run.id, replace(CROSSING, track=n)) for n in range(count)])
        store.finish_run(run.id)
        retire(store, DAY + timedelta(days=1))
        store.close()

    def counted() -> list[object]:
        return [h["crossings"] for h in hours(path, read_crossing_hours)]

    replay("a", 5)
    assert counted() == [5]
    replay("a", 5)
    assert counted() == [5]
    replay("b", 4)
    assert counted() == [4], "the newer settings count"
    replay("a", 5)
    assert counted() == [5], "and the older ones again"


def test_a_replay_that_was_cut_off_is_left_until_it_was_replayed_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    store = opened(path)
    store.append([(RUN.id, CROSSING)])
    assert retire(store, DAY + timedelta(days=1)).facts == 0
    store.begin_run(RUN, "demo")
    store.append([(RUN.id, CROSSING), (RUN.id, replace(CROSSING, track=2))])
    store.finish_run(RUN.id)
    assert retire(store, DAY + timedelta(days=1)).facts == 2
    assert [h["crossings"] for h in hours(path, read_crossing_hours)] == [2]
    store.close()


@pytest.mark.slow
def test_a_retirement_that_is_cut_off_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.sqlite"
    store = opened(path, LIVE)
    days = [replace(CROSSING, track=n, at=TEN + timedelta(hours=7 * n)) for n in range(20)]
    store.append([(LIVE.id, fact) for fact in days])

    def stop(_: float, left: list[int] = [3]) -> None:  # noqa: B006 - counts its calls
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr("edge.contract.retiring.time.sleep", stop)
    with pytest.raises(KeyboardInterrupt):
        retire(store, EVER)
    summed = sum(int(str(h["crossings"])) for h in hours(path, read_crossing_hours))
    assert summed == 3
    assert len(hours(path, read_crossings)) == 17
    retire(store, EVER)
    assert sum(int(str(h["crossings"])) for h in hours(path, read_crossing_hours)) == 20
    store.close()


@pytest.mark.slow
def test_a_backup_shows_one_moment_while_the_writer_goes_on(tmp_path: Path) -> None:
    path, folder = tmp_path / "f.sqlite", tmp_path / "copies"
    buffer = live(path)
    give(buffer, range(20_000))
    buffer.flush()
    stop = threading.Event()

    def go_on() -> None:
        n = 20_000
        while not stop.is_set():
            give(buffer, range(n, n + 10))
            buffer.flush()
            n += 10

    writer = threading.Thread(target=go_on)
    writer.start()
    store = open_store(path)
    made = back_up(store, folder, 2)
    stop.set()
    writer.join()
    assert made is not None
    assert [p.name for p in folder.iterdir()] == [made.path.name]
    copied = trails(made.path)
    assert copied == list(range(len(copied)))
    assert 20_000 <= len(copied) <= len(trails(path))
    assert next(iter(made.marks.values())) > 0
    store.close()
    buffer.close()


def test_only_so_many_backups_are_kept_and_never_the_oldest(tmp_path: Path) -> None:
    store = filled(tmp_path / "f.sqlite")
    for day in range(1, 5):
        (tmp_path / f"f.sqlite.backup-2026010{day}T030000").write_bytes(b"old")
    (tmp_path / "f.sqlite.backup-v1").write_bytes(b"of a migration")
    made = back_up(store, tmp_path, 2)
    assert made is not None
    left = sorted(p.name for p in tmp_path.glob("*.backup-*"))
    assert left == ["f.sqlite.backup-20260104T030000", made.path.name, "f.sqlite.backup-v1"]
    with pytest.raises(ValueError, match="keep: must be at least 1, not 0"):
        back_up(store, tmp_path, 0)
    store.close()


def test_a_backup_that_cannot_be_written_names_the_folder(tmp_path: Path) -> None:
    store = filled(tmp_path / "f.sqlite")
    (tmp_path / "copies").write_text("a file, not a folder")
    with pytest.raises(StoreUnavailableError, match="copies"):
        back_up(store, tmp_path / "copies", 1)
    store.close()


@pytest.mark.parametrize("incremental", [True, False])
@pytest.mark.slow
def test_the_room_of_deleted_facts_is_given_back(tmp_path: Path, incremental: bool) -> None:
    path = tmp_path / "f.sqlite"
    store = opened(path, LIVE)
    store.append([(LIVE.id, replace(TRAIL, sequence=n)) for n in range(8000)])
    store.append([(LIVE.id, WATCH)])
    store.close()
    if not incremental:  # as files were made before
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA journal_mode = DELETE")
            raw.execute("PRAGMA auto_vacuum = NONE")
            raw.execute("VACUUM")
    store = open_store(path)
    retire(store, DAY + timedelta(days=1))
    won = vacuum(store)
    store.close()
    assert won > 1_000_000
    assert path.stat().st_size < 300_000
    store = open_store(path)
    assert check(store) == ()
    assert vacuum(store) == 0
    store.close()


def test_a_copy_made_while_the_clock_was_ahead_is_not_the_newest_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    ahead = path.with_name("f.sqlite.backup-20990101T000000")
    made = buffer.back_up()
    assert made is not None
    made.path.rename(ahead)
    give(buffer, range(10))
    buffer.flush()
    made = buffer.back_up()
    assert made is not None
    assert backups_of(path, tmp_path) == [made.path]
    assert trails(made.path) == list(range(10))
    assert buffer.close()


@pytest.mark.slow
def test_two_copies_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = live(tmp_path / "f.sqlite")
    at_once, most = 0, 0

    def slow(*arguments: object) -> Backup | None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.2)
        made = real(*arguments)  # type: ignore[arg-type]
        at_once -= 1
        return made

    real = upkeep.back_up
    monkeypatch.setattr(upkeep, "back_up", slow)
    threads = [threading.Thread(target=buffer.back_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert buffer.close()


def test_a_run_that_is_still_playing_what_is_long_ago_loses_nothing_to_the_night(tmp_path: Path) -> None:
    """A folder of old recordings is played, and night falls: what comes next is as old as what was deleted."""
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    give(buffer, range(100))
    buffer.add(LIVE.id, Watch(0, TEN, TEN + timedelta(seconds=100), 100, 0, 0, "ok"))
    buffer.flush()
    with closing(open_store(path)) as store:
        assert retire(store, TEN + timedelta(days=90), buffer.runs).facts == 0
    give(buffer, range(100, 200))
    buffer.add(LIVE.id, Watch(1, TEN + timedelta(seconds=100), TEN + timedelta(days=2), 100, 0, 0, "ok"))
    buffer.flush()
    assert trails(path) == list(range(200))
    with closing(open_store(path)) as store:
        assert retire(store, TEN + timedelta(days=1), buffer.runs).facts == 201, "a run of months is no exception"
        buffer.finish(LIVE.id)
        buffer.flush()
        assert retire(store, TEN + timedelta(days=90), buffer.runs).facts == 1
    assert buffer.close()


def test_a_camera_whose_facts_are_all_retired_was_watched_all_the_same(tmp_path: Path) -> None:
    """A folder must not be played from its beginning again after a long holiday."""
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    buffer.add(LIVE.id, Watch(0, TEN, TEN + timedelta(minutes=20), 100, 0, 0, "ok"))
    assert buffer.close()
    with closing(open_facts(path)) as reader:
        assert last_watched(reader) == {LIVE.camera: TEN + timedelta(minutes=20)}
    with closing(open_store(path)) as store:
        assert retire(store, TEN + timedelta(days=90)).facts == 1
    with closing(open_facts(path)) as reader:
        assert last_watched(reader) == {LIVE.camera: TEN + HOUR}
