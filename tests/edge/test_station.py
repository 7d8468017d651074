"""The live supervisor: runs, jumps of the clock, heartbeats, failures that stay with their camera, and its end."""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from edge.capture import Recording
from edge.contract import OpenHours, Site, Store, open_buffer
from edge.events import ClockJump, Frame, Pause
from edge.geometry import Point, Polygon, Polyline
from edge.hours import StoreHours
from edge.pipeline import Rules, Step
from edge.scene import Camera, Line, Zone
from edge.sight import SightRules
from edge.station import Duty, KeptJudge, Station
from edge.station.notify import notify
from edge.station.post import HUNG_S, NO_FILE_S, Post, _Pulse
from edge.windows import LiveWindows

from .stories import HEIGHT, NOON, WIDTH, Seer, moment, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from edge.contract import FactBuffer
    from edge.events import Detections

LINE = Line("door", "entrance", Polyline((Point(0.1, 0.5), Point(0.9, 0.5))))
ZONE = Zone("shelf", "product", Polygon((Point(0, 0), Point(1, 0), Point(1, 0.4), Point(0, 0.4))))
PICTURE = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
VISITOR = walk((1, 320, 350), (5, 320, 100), (30, 320, 100))


@dataclass
class Script:
    """A source that gives what is written, then waits until it is told to stop."""

    items: Sequence[Frame | Pause | ClockJump]
    stop: threading.Event
    reconnects: int = 0
    failure: str = ""
    opened: int = 0
    given: threading.Event = field(default_factory=threading.Event)

    def frames(self) -> Generator[Frame | Pause | ClockJump]:
        self.opened += 1
        if self.opened == 1:
            yield from self.items
            self.given.set()
        self.stop.wait()


def film(begin: float, end: float, ahead_s: float = 0.0, fps: int = 10) -> list[Frame]:
    """Pictures between two seconds; the clock is ``ahead_s`` ahead of the story's."""
    numbers = range(round(begin * fps), round(end * fps))
    return [Frame(moment(n / fps + ahead_s), n, PICTURE) for n in numbers]


class Late(Seer):
    """Sees the story through a clock that is ahead by some time from some moment on."""

    def __init__(self, ahead_s: float) -> None:
        super().__init__([VISITOR])
        self._ahead = timedelta(seconds=ahead_s)

    def detect(self, frame: Frame) -> Detections:
        early = Frame(frame.at - self._ahead, frame.number, frame.image)
        return super().detect(early if frame.at - moment(0) > self._ahead > timedelta(0) else frame)


class Shop:
    """A station over scripts, with its database."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "facts.sqlite"
        self.cameras: list[Camera] = []
        self.scripts: list[Script] = []
        self._duties: list[Callable[[threading.Event], Duty]] = []

    def add(self, name: str, items: Sequence[Frame | Pause | ClockJump], seer: Seer | None = None) -> None:
        camera = Camera(name, name, (LINE,), (ZONE,))
        self.cameras.append(camera)

        def duty(stop: threading.Event) -> Duty:
            script = Script(items, stop)
            self.scripts.append(script)
            return Duty(
                camera=camera,
                source_name=f"script of {name}",
                clock="host",
                open_source=lambda _: script,
                detector=seer or Seer([VISITOR]),
                rules=Rules(),
                sight=None,
                gate=False,
                ahead=0,
                config_hash="script",
            )

        self._duties.append(duty)

    def live(self, and_then: Callable[[Station], None] = lambda _: None) -> Station:
        """Lets everything happen, then stops."""
        site = Site(
            Store("shop", "Shop", "UTC", "EUR"), tuple(OpenHours(d, 0, 1440) for d in range(7)), (*self.cameras,)
        )
        buffer = open_buffer(self.database, site, spool_mb=1)
        windows = LiveWindows(tuple(self.cameras), StoreHours(((0, 1440),) * 7, "UTC"))
        station = Station("shop", buffer, windows)
        for duty in self._duties:
            station.add(duty(station.stop))
        ends = time.monotonic() + 30

        def tick(_: datetime) -> None:
            if all(script.given.is_set() for script in self.scripts) or time.monotonic() > ends:
                and_then(station)
                station.stop.set()

        station.watch(tick, 0.05)
        assert buffer.close(10)
        return station

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()


def test_a_camera_gives_a_run_its_facts_heartbeats_and_a_tidy_end(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.add("door", film(0, 12))
    shop.live()
    assert shop.rows("SELECT kind, source, finished FROM run") == [("live", "script of door", 1)]
    assert shop.rows("SELECT direction FROM crossing") == [("in",)]
    assert shop.rows("SELECT end_cause FROM stay") == [("closed",)]
    assert shop.rows("SELECT sum(frames_seen), min(health), max(health) FROM watch") == [(120, "ok", "ok")]
    assert shop.rows("SELECT state, frames_seen FROM heartbeat") == [("stopped", 120)]


def test_a_jump_of_the_clock_ends_the_run_and_is_a_row(tmp_path: Path) -> None:
    back = ClockJump(moment(20 - 3600), moment(20), "set")
    shop = Shop(tmp_path)
    shop.add("door", [*film(0, 20), back, *film(20, 30, ahead_s=-3600)])
    station = shop.live()
    assert [jump.jump_s for jump in station.jumps] == [-3600]
    assert shop.rows("SELECT jump_ms, cause FROM clock_jump") == [(-3_600_000, "set")]
    assert shop.rows("SELECT finished FROM run") == [(1,), (1,)]
    assert shop.rows("SELECT count(*) FROM watch WHERE ends_utc_ms < begins_utc_ms") == [(0,)]
    lengths = shop.rows(
        "SELECT sum(ends_utc_ms - begins_utc_ms) FROM watch GROUP BY run_id ORDER BY min(begins_utc_ms)"
    )
    assert lengths == [(10_000,), (20_000,)]


def test_every_camera_notices_a_jump_and_it_is_one_jump(tmp_path: Path) -> None:
    jump = ClockJump(moment(7205), moment(5), "slept")
    other = ClockJump(moment(7205.2), moment(5.2), "slept")
    shop = Shop(tmp_path)
    shop.add("door", [*film(0, 5), jump, *film(7205, 7210)])
    shop.add("till", [*film(0, 5), other, *film(7206, 7210)])
    shop.live()
    assert shop.rows("SELECT count(*) FROM clock_jump") == [(1,)]
    assert shop.rows("SELECT camera_id, count(*) FROM run GROUP BY camera_id") == [("door", 2), ("till", 2)]


class Broken(Seer):
    """A detector that fails on one picture."""

    def __init__(self) -> None:
        super().__init__([])

    def detect(self, frame: Frame) -> Detections:
        if frame.number == 30:
            raise RuntimeError("the network fell over")
        return super().detect(frame)


@pytest.mark.slow
def test_a_failure_stays_with_its_camera_and_what_it_had_told_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(tmp_path)
    shop.add("bad", film(0, 12), Broken())
    shop.add("good", film(0, 12))
    shop.scripts.clear()

    def given() -> None:
        for script in shop.scripts:
            if script.opened:
                script.given.set()

    threading.Timer(3, given).start()
    shop.live()
    assert "camera bad: failure 1; again in 2 s" in caplog.text
    assert shop.rows("SELECT camera_id FROM crossing") == [("good",)]
    assert shop.rows("SELECT finished FROM run WHERE camera_id = 'bad'") == [(0,)]
    assert shop.rows("SELECT sum(frames_seen) > 0 FROM watch WHERE camera_id = 'bad'") == [(1,)]


@pytest.mark.slow
def test_while_a_camera_fails_again_and_again_it_does_not_call_itself_well(tmp_path: Path) -> None:
    states: list[str] = []
    shop = Shop(tmp_path)
    shop.add("door", film(0, 12), Broken())

    def enough() -> None:
        for script in shop.scripts:
            script.given.set()

    threading.Timer(1.5, enough).start()
    shop.live(lambda station: states.append(station.heartbeats(datetime.now(UTC))["door"].state))
    assert states == ["lost"]


def post_of(open_source: Callable[[threading.Event], Script], stop: threading.Event) -> Post:
    camera = Camera("door", "door", (LINE,), (ZONE,))
    duty = Duty(camera, "script", "host", open_source, Seer([]), Rules(), None, gate=False, ahead=0, config_hash="x")
    return Post(duty, "shop", cast("FactBuffer", None), stop, see=lambda _, __: None, jumped=lambda _: None)


class Impatient(threading.Event):
    """Whoever waits for it is told at once that the time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


def test_a_camera_that_fails_for_months_is_tried_for_months() -> None:
    tries = 0
    stop = Impatient()

    def fails(_: threading.Event) -> Script:
        nonlocal tries
        tries += 1
        if tries == 2000:
            stop.set()
        raise OSError("nothing there")

    post = post_of(fails, stop)
    post.start()
    assert post.join(30)
    assert tries == 2000
    assert stop.waited[-1] == 60


def test_failures_long_ago_do_not_make_the_next_one_cost_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.station.post.WELL_AFTER_S", 0.0)
    tries = 0
    stop = Impatient()

    def fails(_: threading.Event) -> Script:
        nonlocal tries
        tries += 1
        if tries == 20:
            stop.set()
        raise OSError("nothing there")

    post = post_of(fails, stop)
    post.start()
    assert post.join(30)
    assert set(stop.waited) == {2.0}


def test_a_post_that_hangs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("edge.station.post.time.monotonic", lambda: now)
    pulse = _Pulse(files=False)
    pulse.step(Step(film(0, 1)[0], (), (), at=moment(0)))
    assert pulse.heartbeat(moment(1), 0).state == "ok"
    now += HUNG_S + 1
    hung = pulse.heartbeat(moment(40), 0)
    assert (hung.state, hung.since) == ("lost", moment(40))
    assert pulse.heartbeat(moment(50), 0).since == moment(40)
    pulse.step(Step(film(0, 1)[0], (), (), at=moment(51)))
    assert pulse.heartbeat(moment(52), 0).state == "ok"


def test_a_recorder_that_brings_no_more_files_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("edge.station.post.time.monotonic", lambda: now)
    pulse = _Pulse(files=True)
    pulse.step(Step(film(0, 1)[0], (), (), at=moment(0)))
    states = set()
    for _ in range(round(NO_FILE_S)):
        now += 1
        pulse.step(Step(None, (), (), at=moment(0)))  # the folder's pauses stand at its last picture
        states.add(pulse.heartbeat(moment(now), 0).state)
    assert states == {"ok"}
    now += 2
    pulse.step(Step(None, (), (), at=moment(0)))
    assert pulse.heartbeat(moment(now), 0).state == "lost"


def test_a_folder_that_waits_for_its_next_file_after_a_restart_is_well_until_it_cannot_be_read() -> None:
    pulse = _Pulse(files=True)
    assert pulse.heartbeat(moment(0), 0).state == "starting"
    pulse.open()
    for n in range(200):
        pulse.pause(Pause(moment(-3600)))
        assert pulse.heartbeat(moment(n), 0).state == "ok"
    assert pulse.heartbeat(moment(300), 0).since > moment(-3600)
    gone = pulse.heartbeat(moment(301), 0, "/mnt/recorder: No such file or directory")
    assert (gone.state, gone.since) == ("lost", moment(301))
    assert pulse.heartbeat(moment(302), 0).state == "ok"


def test_a_clock_that_is_set_back_does_not_make_a_camera_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("edge.station.post.time.monotonic", lambda: now)
    pulse = _Pulse(files=False)
    for n in range(300):
        now += 0.1
        back_s = 3600 if n >= 150 else 0
        pulse.step(Step(film(0, 1)[0], (), (), at=moment(n / 10 - back_s)))
    assert pulse.heartbeat(moment(30 - 3600), 0).fps == pytest.approx(10, abs=0.2)


def test_a_camera_that_never_comes_is_starting_and_then_lost(tmp_path: Path) -> None:
    states: list[str] = []
    shop = Shop(tmp_path)
    shop.add("door", [Pause(moment(n / 2)) for n in range(60)])
    shop.live(lambda station: states.append(station.heartbeats(moment(30))["door"].state))
    assert states == ["lost"]
    assert shop.rows("SELECT count(*) FROM run") == [(0,)]


def test_an_outage_shows_in_the_heartbeat_while_it_lasts(tmp_path: Path) -> None:
    beats = []
    shop = Shop(tmp_path)
    shop.add("door", [*film(0, 10), *(Pause(moment(10 + n / 2)) for n in range(40))])
    shop.live(lambda station: beats.append(station.heartbeats(moment(30))["door"]))
    (beat,) = beats
    assert (beat.state, beat.frames_seen) == ("lost", 100)
    assert beat.since == moment(9.9)
    assert beat.last_picture == moment(9.9)
    assert shop.rows("SELECT health FROM watch ORDER BY begins_utc_ms") == [("ok",), ("lost",)]


@pytest.mark.slow
def test_the_view_is_kept_over_a_restart_and_a_moved_camera_is_noticed(videos: Path, tmp_path: Path) -> None:
    path = tmp_path / "facts.sqlite.views" / "door.view"
    first = KeptJudge(SightRules(), path, "door")
    healths = set()
    again = None
    for frame in Recording(videos / "quiet.mp4").frames(NOON, 5):
        second = (frame.at - NOON).total_seconds()
        if second < 90:
            assert first.look(frame).health == "ok"
        elif second < 150:
            again = again or KeptJudge(SightRules(), path, "door")
            turned = np.ascontiguousarray(np.roll(frame.image, (60, 120), axis=(0, 1)))
            healths.add(again.look(Frame(frame.at, frame.number, turned)).health)
    assert 0 < path.stat().st_size < 10_000
    assert healths == {"ok", "moved"}


def test_a_view_that_cannot_be_read_is_learnt_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "door.view"
    path.write_bytes(b"no view at all")
    with caplog.at_level(logging.WARNING):
        KeptJudge(SightRules(), path, "door")
    assert "camera door: " in caplog.text
    assert "is learnt anew" in caplog.text


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"
    notify("WATCHDOG=1")  # nobody listens any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("WATCHDOG=1")
