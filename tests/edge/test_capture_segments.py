"""A folder to which a recorder adds files: each once it is whole, in order, and time never goes back."""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from edge.capture import SegmentFolder
from edge.capture import segments as segments_module

from .cameras import in_order, is_frame, is_pause, pictures, until, warnings_of
from .clips import write_clip

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from edge.events import Frame, Pause

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 4, 7, 10, 0, tzinfo=BERLIN).astimezone(UTC)
LONG_AGO_S = 3600.0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PAUSE_EVERY_S", 0.05), ("LOOK_EVERY_S", 0.1), ("REST_S", 0.3)):
        monkeypatch.setattr(segments_module, name, value)


def to_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=BERLIN).astimezone(UTC)


def after(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def segment(folder: Path, name: str, frames: int = 20, *, fresh: bool = False) -> Path:
    """A recording of 10 pictures a second; as if it had been lying there for an hour unless ``fresh``."""
    path = write_clip(folder / name, frames=frames, fps=10)
    if not fresh:
        aged(path)
    return path


def aged(path: Path) -> None:
    then = time.time() - LONG_AGO_S
    os.utime(path, (then, then))


def follow(
    folder: Path, since: datetime | None = None, settle_s: float = 1.0, fps: float | None = None
) -> tuple[SegmentFolder, Generator[Frame | Pause]]:
    followed = SegmentFolder(folder, fps, "door", threading.Event(), after=since, to_utc=to_utc, settle_s=settle_s)
    return followed, followed.frames()


def played(stream: Generator[Frame | Pause]) -> list[Frame]:
    """Pictures up to the first pause."""
    found = []
    for item in stream:
        if is_pause(item):
            break
        found.append(item)
    return list(pictures(found))


def test_files_are_played_in_the_order_of_their_start_and_a_gap_stays_a_gap(tmp_path: Path) -> None:
    segment(tmp_path, "door_20260407_100010.mp4")
    segment(tmp_path, "door_20260407_100000.mp4")
    segment(tmp_path, "door_20260407_100002.mp4")
    camera, stream = follow(tmp_path)
    with closing(stream):
        frames = played(stream)
    assert [f.at for f in frames] == [after(n / 10) for n in (*range(40), *range(100, 120))]
    assert [f.number for f in frames] == list(range(60))
    assert camera.last_picture == after(11.9)


def test_while_there_is_nothing_new_pauses_say_how_far_it_was_seen(tmp_path: Path) -> None:
    segment(tmp_path, "door_20260407_100000.mp4")
    _, stream = follow(tmp_path)
    with closing(stream):
        played(stream)
        assert {next(stream).at for _ in range(5)} == {after(1.9)}
        segment(tmp_path, "door_20260407_100002.mp4")
        more = until(stream, is_frame)
    assert more[-1].at == after(2)


@pytest.mark.slow
def test_a_file_is_left_alone_while_it_is_written(tmp_path: Path) -> None:
    whole = segment(tmp_path / "..", "whole.avi", frames=40, fresh=True).read_bytes()
    growing = tmp_path / "door_20260407_100000.avi"
    _, stream = follow(tmp_path, since=TEN - timedelta(seconds=1), settle_s=1.0)
    with closing(stream):
        for part in range(1, 5):
            growing.write_bytes(whole[: len(whole) * part // 4])
            ends = time.monotonic() + 0.5
            while time.monotonic() < ends:
                assert is_pause(next(stream)), "read before it was whole"
        done = time.monotonic()
        frames = [until(stream, is_frame)[-1]]
        assert time.monotonic() - done > 0.3
        frames += played(stream)
    assert len(list(frames)) == 40


@pytest.mark.slow
def test_when_a_newer_file_exists_the_one_before_it_need_not_rest_for_long(tmp_path: Path) -> None:
    _, stream = follow(tmp_path, since=TEN - timedelta(seconds=1), settle_s=30.0)
    with closing(stream):
        segment(tmp_path, "door_20260407_100000.mp4", fresh=True)
        segment(tmp_path, "door_20260407_100002.mp4", fresh=True)
        frames = list(pictures(until(stream, lambda item: item.at == after(1.9), within_s=10)))
        ends = time.monotonic() + 1
        more = until(stream, lambda _: time.monotonic() > ends)
    assert len(frames) == 20
    assert not any(is_frame(item) for item in more), "the newest may still be written"


def test_the_rest_of_a_file_that_grew_all_the_same_is_played_without_going_back(tmp_path: Path) -> None:
    path = segment(tmp_path, "door_20260407_100000.mp4", frames=10)
    _, stream = follow(tmp_path)
    with closing(stream):
        first = played(stream)
        shutil.move(segment(tmp_path / "..", "longer.mp4", frames=30), path)
        rest = list(pictures(until(stream, lambda item: item.at == after(2.9))))
    assert [f.at for f in (*first, *rest)] == [after(n / 10) for n in range(30)]
    assert [f.number for f in (*first, *rest)] == sorted({f.number for f in (*first, *rest)})


def test_files_that_overlap_never_go_back_in_time(tmp_path: Path) -> None:
    segment(tmp_path, "door_20260407_100000.mp4", frames=35)
    segment(tmp_path, "door_20260407_100003.mp4", frames=20)
    _, stream = follow(tmp_path)
    with closing(stream):
        frames = played(stream)
    assert [f.at for f in frames] == [after(n / 10) for n in range(50)]
    assert in_order(frames)


def test_what_was_looked_at_before_a_restart_is_not_looked_at_again(tmp_path: Path) -> None:
    for second in (0, 2, 4):
        segment(tmp_path, f"door_20260407_10000{second}.mp4")
    _, stream = follow(tmp_path, since=after(3.0))
    with closing(stream):
        frames = played(stream)
    assert [f.at for f in frames] == [after(n / 10) for n in range(31, 60)]


@pytest.mark.slow
def test_damaged_and_empty_files_are_named_once_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment(tmp_path, "door_20260407_100000.mp4")
    damaged = tmp_path / "door_20260407_100002.mp4"
    damaged.write_bytes(b"no video at all" * 500)
    empty = tmp_path / "door_20260407_100003.mp4"
    empty.touch()
    cut = segment(tmp_path, "door_20260407_100004.mp4")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    for path in (damaged, empty, cut):
        aged(path)
    segment(tmp_path, "door_20260407_100006.mp4")
    (tmp_path / "notes.txt").write_text("not a video")
    _, stream = follow(tmp_path)
    with closing(stream):
        frames = played(stream)
        ends = time.monotonic() + 0.5
        until(stream, lambda _: time.monotonic() > ends)
    assert [f.at for f in frames] == [after(n / 10) for n in (*range(20), *range(60, 80))]
    assert len(caplog.messages) == 3
    for path in (damaged, empty, cut):
        assert sum(str(path) in message for message in caplog.messages) == 1


@pytest.mark.slow
def test_a_file_that_comes_late_is_left_out_and_said_aloud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    segment(tmp_path, "door_20260407_100005.mp4")
    _, stream = follow(tmp_path)
    with closing(stream):
        played(stream)
        late = segment(tmp_path, "door_20260407_100002.mp4", fresh=True)
        ends = time.monotonic() + 1.5
        more = until(stream, lambda _: time.monotonic() > ends)
    assert not any(is_frame(item) for item in more)
    assert warnings_of(caplog) == [
        f"camera door: {late}: all of it is before 2026-04-07 08:00:06 UTC, played already; going on without it"
    ]


def test_a_name_without_a_time_counts_back_from_the_last_change(tmp_path: Path) -> None:
    for name, ends_s in (("b.mp4", 2.0), ("a.mp4", 10.0)):
        path = segment(tmp_path, name)
        ends = after(ends_s).timestamp()
        os.utime(path, (ends, ends))
    _, stream = follow(tmp_path)
    with closing(stream):
        frames = played(stream)
    assert [f.at for f in frames] == [after(n / 10) for n in (*range(20), *range(80, 100))]


def test_files_that_the_recorder_deletes_and_a_folder_that_comes_and_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "nas"
    folder.mkdir()
    first = segment(folder, "door_20260407_100000.mp4")
    camera, stream = follow(folder)
    with closing(stream):
        played(stream)
        first.unlink()
        folder.rename(tmp_path / "away")
        until(stream, lambda _: bool(camera.failure))
        assert camera.failure == f"{folder}: No such file or directory"
        segment(tmp_path / "away", "door_20260407_100005.mp4")
        (tmp_path / "away").rename(folder)
        found = until(stream, is_frame)[-1]
    assert found.at == after(5)
    assert camera.failure == ""
    assert [message for message in caplog.messages if "No such file" in message] == [
        f"camera door: {folder}: No such file or directory; trying again"
    ]


def test_the_clock_change_in_autumn_is_the_callers_business_and_time_still_runs_forward(tmp_path: Path) -> None:
    segment(tmp_path, "door_20261025_015958.mp4")
    segment(tmp_path, "door_20261025_020000.mp4")
    segment(tmp_path, "door_20261025_030000.mp4")
    _, stream = follow(tmp_path)
    with closing(stream):
        frames = played(stream)
    assert in_order(frames)
    assert frames[-1].at - frames[0].at == timedelta(hours=2, seconds=3.9)


def test_it_stops_when_asked_even_while_it_waits(tmp_path: Path) -> None:
    stop = threading.Event()
    folder = SegmentFolder(tmp_path, None, "door", stop, to_utc=to_utc)
    threading.Timer(0.3, stop.set).start()
    assert list(folder.frames()) == []


def test_at_a_lower_rate_pictures_are_chosen_by_their_times(tmp_path: Path) -> None:
    segment(tmp_path, "door_20260407_100000.mp4")
    _, stream = follow(tmp_path, fps=5)
    with closing(stream):
        assert [f.at for f in played(stream)] == [after(n / 5) for n in range(10)]
