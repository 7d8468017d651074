"""Reading recordings: times from the video's clock, honest errors; and the rules of time of live cameras."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.capture import CaptureError, Recording, fingerprint, start_in_name, videos_in
from edge.capture.pace import Backoff, Slots
from edge.capture.recording import PIECE, _Clock

from .clips import write_clip

if TYPE_CHECKING:
    from pathlib import Path

TEN = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)


def times_ms(path: Path, fps: float | None = None) -> list[tuple[int, int]]:
    """Numbers and times of a recording's pictures."""
    return [(f.number, (f.at - TEN) // timedelta(milliseconds=1)) for f in Recording(path).frames(TEN, fps)]


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mkv", "mp4v")])
def test_every_frame_once_with_the_videos_own_time(tmp_path: Path, name: str, codec: str) -> None:
    path = write_clip(tmp_path / name, frames=30, fps=30, codec=codec)
    found = times_ms(path)
    assert [number for number, _ in found] == list(range(30))
    assert [ms for _, ms in found] == pytest.approx([n * 1000 / 30 for n in range(30)], abs=1)
    assert times_ms(path) == found


def test_pictures_come_in_order_and_in_colour_order(tmp_path: Path) -> None:
    frames = list(Recording(write_clip(tmp_path / "a.mp4")).frames(TEN))
    blue, red = ([float(f.image[:, :, channel].mean()) for f in frames] for channel in (0, 2))
    assert blue == sorted(blue)
    assert blue[-1] > 150
    assert max(red) < 60
    assert frames[0].image.shape == (240, 320, 3)


def test_at_a_lower_rate_frames_are_chosen_by_time_and_keep_their_numbers(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", frames=60, fps=30)
    assert times_ms(path, 10) == [(n, round(n * 1000 / 30)) for n in range(0, 60, 3)]
    assert [n for n, _ in times_ms(path, 30)] == list(range(60))
    assert [n for n, _ in times_ms(path, 100)] == list(range(60))


def test_the_next_recording_can_start_where_this_one_ends(tmp_path: Path) -> None:
    recording = Recording(write_clip(tmp_path / "a.mp4", frames=50, fps=10))
    list(recording.frames(TEN, fps=2))
    assert recording.duration == timedelta(seconds=5)


def test_a_real_gif_keeps_its_uneven_rhythm(shared: Path) -> None:
    found = times_ms(shared / "videos" / "store-aisle-detection.gif")
    assert [n for n, _ in found] == list(range(67))
    assert [ms for _, ms in found][:6] == [0, 70, 130, 200, 270, 330]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([0.0, 40.0, 80.0, 120.0], [0, 40, 80, 120]),
        ([5000.0, 5040.0, 5080.0], [0, 40, 80]),  # a recorder that counts from its own start
        ([0.0, 0.0, 0.0, 0.0], [0, 40, 80, 120]),  # a container that states nothing
        ([0.0, 40.0, 0.0, 40.0], [0, 40, 80, 120]),  # two recordings joined
        ([0.0, 40.0, 9e9, 9e9 + 40], [0, 40, 80, 120]),  # a broken stamp
        ([0.0, 40.0, 30_040.0], [0, 40, 30_040]),  # a camera that records only what moves
    ],
)
def test_the_clock_only_runs_forward(positions: list[float], expected: list[float]) -> None:
    clock = _Clock(40.0)
    assert [clock.at(p) for p in positions] == pytest.approx(expected)


def test_a_naive_anchor_is_a_mistake_in_the_program(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="no time zone"):
        next(Recording(path).frames(datetime(2026, 4, 7)))  # noqa: DTZ001 - what is tested


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("missing.mp4", None, "No such file or directory"),
        ("empty.mp4", b"", "is empty"),
        ("notes.mp4", b"these are notes, no video\n" * 99, "is no video that can be read, or is cut off at its start"),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, name: str, content: bytes | None, rule: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CaptureError) as caught:
        Recording(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {rule}"


def test_a_video_cut_off_in_the_middle_gives_what_it_has_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = write_clip(tmp_path / "whole.avi", codec="MJPG").read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) // 2])
    with caplog.at_level(logging.WARNING):
        found = times_ms(cut)
    assert 10 < len(found) < 40
    assert f"{cut}: ends after {len(found)} of 50 frames" in caplog.text


def test_a_folder_is_its_videos_in_name_order(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MP4", "c.avi", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "d.mp4").mkdir()
    assert [p.name for p in videos_in(tmp_path)] == ["a.MP4", "b.mp4", "c.avi"]
    assert videos_in(tmp_path / "c.avi") == [tmp_path / "c.avi"]


def test_a_folder_without_videos_and_a_missing_path_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=rf"{tmp_path}: no video in this folder"):
        videos_in(tmp_path)
    with pytest.raises(CaptureError, match="gone: No such file"):
        videos_in(tmp_path / "gone")


def test_a_fingerprint_follows_the_content_not_the_name(tmp_path: Path) -> None:
    small, large = tmp_path / "small.mp4", tmp_path / "large.mp4"
    small.write_bytes(b"a" * 1000)
    large.write_bytes(bytes(PIECE) * 9)
    copy = tmp_path / "copy.mkv"
    shutil.copy(large, copy)
    assert fingerprint(large) == fingerprint(copy)
    seen = {fingerprint(small), fingerprint(large)}
    for place in (0, 9 * PIECE // 2, 9 * PIECE - 1):  # first, middle, last
        changed = bytearray(bytes(PIECE) * 9)
        changed[place] = 1
        large.write_bytes(changed)
        seen.add(fingerprint(large))
    large.write_bytes(bytes(PIECE) * 9 + b"\0")
    seen.add(fingerprint(large))
    assert len(seen) == 6


@pytest.mark.parametrize(
    "name",
    [
        "20260407_100000",
        "door-2026-04-07T10-00-00",
        "2026-04-07 10.00.00",
        "NVR_ch01_20260407100000",
        "20260407-100000_20260407-110000",
        "99999999_20260407T100000",
    ],
)
def test_a_time_stamp_in_a_name(name: str) -> None:
    assert start_in_name(name) == datetime(2026, 4, 7, 10, 0)  # noqa: DTZ001 - the store's own time


@pytest.mark.parametrize("name", ["door", "20260407", "clip_20261332_100000", "20260231_100000", "1234567890123456"])
def test_a_name_without_a_time_stamp(name: str) -> None:
    assert start_in_name(name) is None


def test_slots_take_the_first_picture_of_each() -> None:
    slots = Slots(2.0)
    assert [slots.take(ms) for ms in (0, 100, 499.5, 500, 990, 1600, 3000)] == [
        True,
        False,
        True,  # half a millisecond early: rounding
        False,
        False,
        True,
        True,
    ]


def test_a_lost_camera_is_tried_soon_then_rarely_and_never_more_than_five_times_a_minute() -> None:
    backoff, now, tries = Backoff(), 0.0, []
    while now < 600:
        now += backoff.wait_s(now)
        tries.append(now)
    assert tries[:6] == [0, 2, 6, 14, 30, 60]
    assert all(sum(1 for t in tries if start <= t < start + 60) <= 5 for start in tries)
    assert len(tries) > 15


def test_after_pictures_came_again_the_next_loss_is_tried_soon() -> None:
    backoff, now = Backoff(), 0.0
    for _ in range(8):
        now += backoff.wait_s(now)
    backoff.succeeded()
    assert backoff.wait_s(now + 3600) == 0
    assert backoff.wait_s(now + 3600) == 2


@pytest.mark.parametrize("soon", [False, True])
def test_a_camera_that_comes_and_goes_is_tried_no_more_than_five_times_a_minute_either(
    soon: bool,
) -> None:
    backoff, now, tries = Backoff(), 0.0, []
    while now < 600:
        now += backoff.wait_s(now, soon=soon)
        tries.append(now)
        backoff.succeeded()
    assert all(sum(1 for t in tries if start <= t < start + 60) <= 5 for start in tries)
    assert len(tries) > 40
