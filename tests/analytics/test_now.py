"""Stories of the running hour: events out of order, a store watched while it is written, and blind doors."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.cli import main
from analytics.cli.opening import opened
from analytics.jobs.happened import events_of
from analytics.jobs.rightnow import Watcher
from analytics.now import KINDS, Expected, Stream, Windows, expected_at, reading
from analytics.results import Part
from analytics.settings import load
from edge.contract import Run, Site, Store, open_store
from edge.events import Crossing, Watch

from .small_shop import DOOR, FLOOR, HOURS, MONDAY, clock, open_shop, sell, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.jobs import Context

MINUTE = 60_000


def recount(
    events: list[tuple[int, int, float]], size: int, slide: int, lateness: int
) -> tuple[dict[int, tuple[float, int]], int]:
    """The slow way: every event beside every window, one after the other; sums and counts by end, and the late ones."""
    found: dict[int, list[float]] = {}
    late, newest = 0, -(10**15)
    for at, _, value in events:
        newest = max(newest, at)
        watermark = newest - lateness
        ends = [end for end in range(at // slide * slide + slide, at + size + 1, slide) if end - size <= at < end]
        late += any(end <= watermark for end in ends)
        for end in ends:
            if end > watermark:
                found.setdefault(end, []).append(value)
    return {end: (sum(values), len(values)) for end, values in found.items()}, late


@pytest.mark.parametrize(("size", "slide"), [(600, 600), (600, 100), (900, 300)])
@pytest.mark.parametrize("lateness", [0, 250, 2_000])
@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_windows_agree_with_a_slow_recount_of_events_out_of_order(
    size: int, slide: int, lateness: int, batch: int
) -> None:
    rng = np.random.default_rng(size + slide + lateness + batch)
    happened = np.sort(rng.integers(0, 20_000, 400))
    came = happened + rng.exponential(400, 400).astype(np.int64)
    at = happened[np.argsort(came, kind="stable")].astype(np.int64)
    value = rng.integers(1, 9, 400).astype(float)
    windows = Windows(size, slide, lateness_ms=lateness)
    told = []
    for first in range(0, 400, batch):
        part = slice(first, first + batch)
        told += windows.add(at[part], np.zeros(len(at[part]), dtype=np.int64), value[part])
    told += windows.advance(10**6)
    slow, late = recount([(int(a), 0, float(v)) for a, v in zip(at, value, strict=True)], size, slide, lateness)
    assert {w.ends_ms: (float(w.sums[0]), int(w.counts[0])) for w in told} == slow
    assert int(windows.late[0]) == late
    assert all(w.ends_ms - w.begins_ms == size for w in told)


def test_a_closed_window_never_changes_and_what_comes_too_late_is_counted() -> None:
    windows = Windows(1_000, lateness_ms=500, kinds=2)
    one = np.ones(1)
    assert windows.add(np.array([900]), np.array([0]), one) == []
    assert windows.add(np.array([1_400]), np.array([0]), one) == []
    assert windows.add(np.array([950]), np.array([1]), one) == [], "late, but waited for"
    (closed,) = windows.add(np.array([1_600]), np.array([0]), one)
    assert (closed.begins_ms, closed.ends_ms, list(closed.counts)) == (0, 1_000, [1, 1])
    assert windows.add(np.array([999]), np.array([1]), one) == []
    assert list(windows.late) == [0, 1]
    assert list(windows.window(2_000).counts) == [2, 0]
    with pytest.raises(ValueError, match="no open window ends at 1000"):
        windows.window(1_000)
    assert windows.watermark_ms == 1_100


@pytest.mark.slow
def test_memory_holds_the_open_windows_alone() -> None:
    windows = Windows(60 * MINUTE, MINUTE, lateness_ms=MINUTE)
    for hour in range(50):
        at = np.arange(hour * 60 * MINUTE, (hour + 1) * 60 * MINUTE, 5_000)
        windows.add(at, np.zeros(len(at), dtype=np.int64), np.ones(len(at)))
    assert len(windows._panes) <= 62


@pytest.mark.parametrize(
    "given",
    [{"size_ms": 0}, {"size_ms": 10, "slide_ms": 3}, {"size_ms": 10, "lateness_ms": -1}, {"size_ms": 5, "kinds": 0}],
)
def test_windows_that_cannot_be_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="the size must be a positive multiple of the slide"):
        Windows(**given)


def test_a_stream_takes_each_event_once_and_leaves_those_of_later() -> None:
    stream = Stream(0)
    at, kind, value = np.array([5, 30, 90]) * MINUTE, np.array([0, 0, 1]), np.ones(3)
    assert stream.take(["a", "b", "c"], at, kind, value, 31 * MINUTE) == 2
    assert stream.take(["a", "b", "c"], at, kind, value, 31 * MINUTE) == 0
    assert (stream.hour(31 * MINUTE).entries_in, stream.last(15, 31 * MINUTE).entries_in) == (2, 1)
    assert stream.take(["a", "b", "c"], at, kind, value, 91 * MINUTE) == 1
    assert (stream.hour(91 * MINUTE).entries_in, stream.hour(91 * MINUTE).entries_out) == (0, 1)
    assert stream.take(["d"], np.array([10 * MINUTE]), np.array([0]), np.ones(1), 92 * MINUTE) == 1
    assert stream.late == 1
    assert len(KINDS) == 5


def test_an_interval_of_part_of_an_hour_is_that_of_a_poisson_count() -> None:
    """A quarter of an hour of 64 expected visits: 16, and half of the width."""
    hour = Expected(64.0, 54.0, 74.0, 48.0, 80.0)
    part = expected_at(hour, 0.25)
    assert (part.mean, part.lo80, part.hi80, part.lo95, part.hi95) == (16.0, 11.0, 21.0, 8.0, 24.0)
    rate = expected_at(Expected(0.3, 0.25, 0.35, 0.1, 0.4), 0.25, rate=True)
    assert (rate.mean, rate.lo80, rate.hi80, rate.lo95) == pytest.approx((0.3, 0.2, 0.4, 0.0))


@pytest.mark.parametrize(
    ("value", "fits", "far"),
    [(10.0, "below", False), (16.0, "within", False), (22.0, "above", False), (25.0, "above", True)],
)
def test_a_number_is_below_within_or_above(value: float, fits: str, far: bool) -> None:
    found = reading("visits", value, 0.25, Expected(64.0, 54.0, 74.0, 48.0, 80.0))
    assert (found.fits, found.far, found.why) == (fits, far, None)


def test_what_is_not_known_is_not_judged() -> None:
    hour = Expected(64.0, 54.0, 74.0, 48.0, 80.0)
    assert reading("visits", None, 0.5, hour, why="camera").why == "camera"
    assert reading("visits", 3.0, 0.5, None).why == "forecast"
    assert reading("visits", 3.0, 0.0, hour).why == "early"
    early = reading("visits", 3.0, 0.01, hour)
    assert (early.why, early.fits) == ("early", None)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a day of the small shop and its sales."""
    folder = tmp_path_factory.mktemp("imported")
    open_shop(folder / "footfall.sqlite")
    sell(folder / "sales")
    assert main(["import", "--config", str(settings(folder))]) == 0
    return folder


@pytest.fixture
def shop(imported: Path, tmp_path: Path) -> Path:
    """The settings file in a copy of that folder."""
    shutil.copytree(imported, tmp_path, dirs_exist_ok=True)
    return tmp_path / "analytics.toml"


def foretell(context: Context, **means: float) -> None:
    begins = pd.Timestamp(clock(MONDAY, 10))
    rows = [
        {
            "hour_utc": begins, "local_date": pd.Timestamp(MONDAY), "local_hour": 10, "measure": name, "model": "m",
            "mean": mean, "lo80": 0.8 * mean, "hi80": 1.2 * mean, "lo95": 0.6 * mean, "hi95": 1.4 * mean,
        }
        for name, mean in means.items()
    ]  # fmt: skip
    end = begins.to_pydatetime() + timedelta(hours=1)
    frame = frames.check(pd.DataFrame(rows), frames.FORECAST)
    context.results.replace([Part(frames.FORECAST, frame, begins.to_pydatetime(), end)])


def test_the_hour_of_the_small_shop(shop: Path) -> None:
    """Twelve came at 10:00 to 10:11, nobody had left at 10:45, three had bought for 60 EUR."""
    with opened(load(shop)) as context:
        foretell(context, visits=12.0, receipts=12.0, conversion=0.25, sales_minor=8000.0)
        seen = Watcher(context).look(clock(MONDAY, 10, 45))
    assert seen.open
    assert (seen.local_hour, seen.share, seen.occupancy) == (10, 0.75, 12)
    tally = seen.hour.tally
    assert (tally.entries_in, tally.entries_out, tally.visits, tally.receipts, tally.sales_minor) == (
        12,
        0,
        12,
        3,
        6000,
    )
    assert seen.hour.coverage == 1.0
    assert [stretch.tally.entries_in for stretch in seen.last] == [0, 12]
    told = {one.measure: one for one in seen.readings}
    assert told["visits"].value == 12
    assert told["visits"].expected is not None
    assert told["visits"].expected.mean == pytest.approx(9.0)
    assert (told["visits"].fits, told["visits"].far) == ("above", False)
    # Sales are known until the newest receipt, at 10:38.
    assert told["receipts"].expected is not None
    assert told["receipts"].expected.mean == pytest.approx(12 * 38 / 60)
    assert told["receipts"].fits == "below"
    assert told["conversion"].value == pytest.approx(3 / 12)
    assert told["sales_minor"].fits == "within"
    assert seen.newest_receipt == clock(MONDAY, 10, 38)


def test_before_the_first_receipt_sales_are_unknown_not_zero(shop: Path) -> None:
    with opened(load(shop)) as context:
        seen = Watcher(context).look(clock(MONDAY, 10, 20))
    told = {one.measure: one for one in seen.readings}
    assert (told["receipts"].value, told["receipts"].why) == (None, "receipts")
    assert (told["conversion"].value, told["sales_minor"].value) == (None, None)
    assert (told["visits"].value, told["visits"].why) == (12.0, "forecast")


def test_a_shop_that_is_closed_and_one_that_nobody_watches(shop: Path) -> None:
    with opened(load(shop)) as context:
        watcher = Watcher(context)
        night = watcher.look(clock(MONDAY, 23))
        tuesday = watcher.look(clock(MONDAY + timedelta(days=1), 11, 20))
    assert not night.open
    assert {one.why for one in night.readings} == {"closed"}
    assert (tuesday.hour.known, tuesday.occupancy) == (False, None)
    told = {one.measure: one for one in tuesday.readings}
    assert (told["visits"].value, told["visits"].why) == (None, "camera")
    assert tuesday.newest_receipt is None


def _crossing(track: int, at: datetime, direction: Any) -> Crossing:
    side: Any = "left" if direction == "in" else "right"
    return Crossing("entrance", track, 0, direction, side, at, 1, 0.5, 0.6, (0, 0, 1, 1), 0.9, held=True)


@pytest.mark.slow
def test_a_store_is_watched_while_it_is_written(tmp_path: Path) -> None:
    """A writer appends what the doors see, not always in order; every look agrees with a recount of what is there."""
    database = tmp_path / "footfall.sqlite"
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    run = Run(DOOR.id, "live", "test", "monday", clock(MONDAY, 9), "host", "model", "config")
    store.begin_run(run, "corner")
    rng = np.random.default_rng(4)
    happened = sorted((int(second), n) for n, second in enumerate(rng.integers(0, 5_400, 200)))
    written: list[tuple[datetime, str]] = []
    looked = []
    inside = 0
    with opened(load(settings(tmp_path))) as context:
        watcher = Watcher(context)
        for minute in range(0, 90, 3):
            now = clock(MONDAY, 9) + timedelta(minutes=minute + 3)
            mine = [(s, n) for s, n in happened if minute * 60 <= s < minute * 60 + 180]
            facts: list[Any] = [Watch(minute, now - timedelta(minutes=3), now, 600, 0, 0, "ok")]
            for second, n in mine:
                direction = "out" if inside > 5 and n % 2 else "in"
                inside += 1 if direction == "in" else -1
                at = clock(MONDAY, 9) + timedelta(seconds=second, milliseconds=n)
                facts.append(_crossing(n, at, direction))
                written.append((at, direction))
            rng.shuffle(facts)
            store.append((run.id, fact) for fact in facts)
            seen = watcher.look(now)
            hour = now.replace(minute=0, second=0)
            looked.append(seen)
            for way, counted in (("in", seen.hour.tally.entries_in), ("out", seen.hour.tally.entries_out)):
                assert counted == sum(d == way and hour <= a <= now for a, d in written), (minute, way)
            begins = datetime.fromtimestamp(seen.last[0].tally.begins_ms / 1000, tz=UTC)
            assert seen.last[0].tally.entries_in == sum(d == "in" and begins <= a <= now for a, d in written)
            assert seen.occupancy == inside
            if seen.hour.coverage is not None:
                assert seen.hour.coverage == 1.0
    store.close()
    assert sum(one.late for one in looked) == 0


@pytest.mark.slow
def test_a_thread_may_write_meanwhile(tmp_path: Path) -> None:
    database = tmp_path / "footfall.sqlite"
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    run = Run(DOOR.id, "live", "test", "monday", clock(MONDAY, 9), "host", "model", "config")
    store.begin_run(run, "corner")
    store.append([(run.id, Watch(0, clock(MONDAY, 9), clock(MONDAY, 11), 600, 0, 0, "ok"))])

    def write() -> None:
        for n in range(150):
            store.append([(run.id, _crossing(n, clock(MONDAY, 10, 0, 10 * n), "in"))])

    thread = threading.Thread(target=write)
    found = []
    with opened(load(settings(tmp_path))) as context:
        watcher = Watcher(context)
        thread.start()
        while thread.is_alive():
            found.append(watcher.look(clock(MONDAY, 10, 30)).hour.tally.entries_in)
        thread.join()
        found.append(watcher.look(clock(MONDAY, 10, 30)).hour.tally.entries_in)
    store.close()
    assert found == sorted(found)
    assert found[-1] == 150


def test_what_comes_long_after_its_hour_is_counted_as_late(tmp_path: Path) -> None:
    """A computer was cut off for two hours and then hands over what it saw."""
    database = tmp_path / "footfall.sqlite"
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    run = Run(DOOR.id, "live", "test", "monday", clock(MONDAY, 9), "host", "model", "config")
    store.begin_run(run, "corner")
    store.append([(run.id, _crossing(1, clock(MONDAY, 12, 1), "in"))])
    with opened(load(settings(tmp_path))) as context:
        watcher = Watcher(context)
        assert watcher.look(clock(MONDAY, 12, 10)).late == 0
        store.append((run.id, _crossing(10 + n, clock(MONDAY, 10, n), "in")) for n in range(5))
        after = watcher.look(clock(MONDAY, 12, 11))
    store.close()
    assert after.late >= 5  # as crossings, and as the visits that they are
    assert after.hour.tally.entries_in == 1


@pytest.mark.slow
def test_a_camera_that_fell_silent_is_unknown_and_one_that_will_tell_soon_is_not(tmp_path: Path) -> None:
    database = tmp_path / "footfall.sqlite"
    store = open_store(database)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), HOURS, (DOOR, FLOOR)))
    run = Run(DOOR.id, "live", "test", "monday", clock(MONDAY, 9), "host", "model", "config")
    store.begin_run(run, "corner")
    store.append([(run.id, Watch(0, clock(MONDAY, 9), clock(MONDAY, 10, 15), 600, 0, 0, "ok"))])
    store.append((run.id, _crossing(n, clock(MONDAY, 10, n), "in")) for n in range(10))
    with opened(load(settings(tmp_path))) as context:
        foretell(context, visits=40.0)
        soon, silent, dead = (Watcher(context).look(clock(MONDAY, 10, *at)) for at in ((16, 0), (20, 0), (40, 0)))
    store.close()
    assert (soon.hour.coverage, soon.hour.known) == (1.0, True)
    assert soon.readings[0].expected is not None
    assert soon.readings[0].expected.mean == pytest.approx(10.0)  # of 15 minutes, not of 16
    assert silent.hour.coverage == pytest.approx(15 / 20)
    assert silent.readings[0].expected is not None
    assert silent.readings[0].expected.mean == pytest.approx(10.0)
    assert dead.readings[0].value is None
    assert dead.readings[0].why == "camera"


def test_the_command_tells_people_and_programs(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    at = ["--at", f"{MONDAY}T10:45"]
    assert main(["now", "--config", str(shop), *at]) == 0
    told = capsys.readouterr().out
    for shown in (
        "12 in, 0 out",
        "inside now: 12",
        "60.00 EUR",
        "newest receipt: 7 min ago",
        "no forecast for this hour",
    ):
        assert shown in told, told
    assert main(["now", "--config", str(shop), "--json", *at]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hour"]["tally"]["entries_in"] == 12
    assert {one["measure"]: one["value"] for one in found["readings"]}["sales_minor"] == 6000
    assert main(["now", "--config", str(shop), "--json", "--at", f"{MONDAY + timedelta(days=1)}T11:00"]) == 0
    assert json.loads(capsys.readouterr().out)["hour"]["tally"]["entries_in"] is None


def test_a_clock_that_tells_microseconds_is_looked_at(shop: Path) -> None:
    with opened(load(shop)) as context:
        at = datetime(2026, 1, 12, 9, 45, 7, 123_457, tzinfo=UTC)
        assert Watcher(context).look(at).at == at.replace(microsecond=123_000)


def test_watching_goes_on_until_it_is_stopped(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: Iterator[float] = iter([0.0, 0.0])

    def sleep(_: float) -> None:
        if next(naps, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    capsys.readouterr()
    assert main(["now", "--config", str(shop), "--watch", "--json", "--at", f"{MONDAY}T10:45"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize(
    "wrong", [["--every", "0"], ["--every", "soon"], ["--at", "noon"], ["--at", "2026-03-02T10:00Z"]]
)
def test_what_cannot_be_looked_at_is_refused(shop: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["now", "--config", str(shop), *wrong])


def test_a_return_takes_its_money_back_and_a_void_is_nothing(shop: Path) -> None:
    with opened(load(shop)) as context:
        rows = context.results.read(frames.RECEIPTS)
        first = rows.iloc[0]
        extra = pd.DataFrame([dict(first) | {"receipt_id": "back", "kind": "return", "total_minor": 500}])
        void = pd.DataFrame([dict(first) | {"receipt_id": "void", "kind": "void", "total_minor": 900}])
        sold = frames.check(pd.concat([rows, extra, void], ignore_index=True), frames.RECEIPTS)
        context.results.replace([Part(frames.RECEIPTS, sold)])
        seen = Watcher(replace(context)).look(clock(MONDAY, 10, 45))
    assert (seen.hour.tally.receipts, seen.hour.tally.sales_minor) == (3, 5500)


def test_a_clock_that_was_put_back_is_no_end(shop: Path) -> None:
    with opened(load(shop)) as context:
        watcher = Watcher(context)
        watcher.look(clock(MONDAY, 11, 4))
        back = watcher.look(clock(MONDAY, 10, 45))
    assert (back.hour.tally.entries_in, back.late) == (12, 0)


def test_sales_that_nobody_imported_are_null_in_sums_too(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["now", "--config", str(shop), "--json", "--at", f"{MONDAY}T10:20"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hour"]["tally"]["entries_in"] == 12
    assert {stretch["tally"]["sales_minor"] for stretch in (found["hour"], *found["last"])} == {None}
    assert {stretch["tally"]["receipts"] for stretch in (found["hour"], *found["last"])} == {None}


def test_two_cameras_whose_runs_have_one_name_count_two(shop: Path) -> None:
    with opened(load(shop)) as context:
        seen = context.facts.crossings(clock(MONDAY, 9), clock(MONDAY, 11), placed=False)
    twice = pd.concat([seen, seen.assign(camera_id="other")], ignore_index=True)
    events = events_of(twice, frames.empty(frames.VISITS), frames.empty(frames.RECEIPTS))
    assert len(set(events.names)) == len(twice)


def test_looking_writes_nothing_and_refuses_tables_of_an_older_footfall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The edge has made its tables, and nothing of analytics ever ran."""
    database = tmp_path / "footfall.sqlite"
    open_shop(database)
    with closing(sqlite3.connect(database)) as raw:
        before = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
    assert main(["now", "--config", str(settings(tmp_path))]) == 1
    assert "is older than" in capsys.readouterr().err
    with closing(sqlite3.connect(database)) as raw:
        assert {name for (name,) in raw.execute("SELECT name FROM sqlite_master")} == before
