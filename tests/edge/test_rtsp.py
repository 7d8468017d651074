"""A real RTSP camera: H.264 from a GStreamer server of our own, which dies, stalls, loses bytes and comes back."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.capture import LiveCamera
from edge.capture.probe import Answer, ask

from .cameras import (
    Cable,
    assert_nothing_left,
    free_port,
    in_order,
    is_frame,
    leftovers,
    no_rtsp,
    pictures,
    rtsp_camera,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.events import Frame

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _gstreamer() -> None:
    if reason := no_rtsp():
        pytest.skip(reason)


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Ends a camera in time, whatever goes wrong."""
    event = threading.Event()
    giving_up = threading.Timer(33, event.set)
    giving_up.start()
    yield event
    giving_up.cancel()


def take(frames: Iterator[Frame], number: int) -> list[Frame]:
    return [next(frames) for _ in range(number)]


def test_a_camera_is_read_at_its_pace_and_found_again_after_an_outage_with_a_picture_of_another_size(
    stop: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    port = free_port()
    camera = LiveCamera(f"rtsp://127.0.0.1:{port}/door", 10, "door", stop)
    with closing(camera.frames()) as stream:
        frames = pictures(stream)
        with rtsp_camera(port):
            before = take(frames, 20)
        time.sleep(3)
        with rtsp_camera(port, "640x360"):
            silent = until(stream, lambda item: is_frame(item) and camera.reconnects == 1)
            more = take(frames, 10)
    after = next(pictures(silent))
    assert before[0].image.shape == (240, 320, 3)
    assert after.image.shape == (360, 640, 3)
    assert float(before[0].image.std()) > 5, "the picture shows nothing"
    assert (before[-1].at - before[0].at).total_seconds() == pytest.approx(1.9, abs=0.8)
    assert (after.at - before[-1].at).total_seconds() > 3
    numbers = [f.number for f in (*before, after, *more)]
    assert numbers == sorted(set(numbers))
    assert in_order([*before, *silent, *more])
    said = "\n".join(caplog.messages)
    assert "camera door: its picture is 640 x 360 now, was 320 x 240" in said
    assert said.count("pictures again") == 1


def test_a_camera_that_stalls_is_cut_and_read_again_when_it_wakes(
    stop: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    before = leftovers()
    with rtsp_camera(port) as server:
        camera = LiveCamera(f"rtsp://127.0.0.1:{port}/door", 10, "door", stop)
        with closing(camera.frames()) as stream:
            until(stream, is_frame)
            os.kill(server.pid, signal.SIGSTOP)
            stalled = time.monotonic()
            silence = until(stream, lambda _: bool(camera.failure))
            cut_after_s = time.monotonic() - stalled
            os.kill(server.pid, signal.SIGCONT)
            until(stream, is_frame)
            assert camera.reconnects == 1
    assert cut_after_s < 20
    assert sum(not is_frame(item) for item in silence) > cut_after_s
    assert "camera door: lost after" in caplog.text
    assert "nothing came for 8 s" in caplog.text
    assert_nothing_left(*before)


def test_a_picture_that_grows_in_the_middle_of_a_stream_does_not_stop_it(stop: threading.Event) -> None:
    port = free_port()
    with rtsp_camera(port) as server:
        camera = LiveCamera(f"rtsp://127.0.0.1:{port}/door", 10, "door", stop)
        with closing(camera.frames()) as stream:
            frames = pictures(stream)
            before = take(frames, 5)
            os.kill(server.pid, signal.SIGUSR1)
            after = take(frames, 30)
    # OpenCV scales to the size of the beginning: all places are fractions of the picture, so they stay right.
    assert {f.image.shape for f in (*before, *after)} == {(240, 320, 3)}
    apart = np.abs(after[-1].image.astype(int) - before[-1].image)
    assert np.median(apart) < 10, "not the same view"


def test_lost_and_broken_bytes_cost_pictures_but_not_the_camera(stop: threading.Event) -> None:
    port = free_port()
    chance = random.Random(4)  # noqa: S311 - damage, not secrets

    def harm(piece: bytes) -> bytes:
        broken = bytearray(piece)
        if len(broken) > 200 and chance.random() < 0.3:
            place = chance.randrange(100, len(broken) - 60)
            broken[place : place + 50] = chance.randbytes(50)
            del broken[place + 50 : place + chance.randrange(50, 60)]
        return bytes(broken)

    with rtsp_camera(port):
        cable = Cable(port)
        with closing(cable):
            camera = LiveCamera(f"rtsp://127.0.0.1:{cable.port}/door", 10, "door", stop)
            with closing(camera.frames()) as stream:
                given = until(stream, is_frame)
                cable.harm = harm
                ends = time.monotonic() + 5
                given += until(stream, lambda _: time.monotonic() > ends)
                cable.harm = bytes
                given += until(stream, lambda item: is_frame(item) and time.monotonic() > ends + 1)
    assert in_order(given)


def test_a_pulled_cable_is_noticed_and_a_mended_one_too(stop: threading.Event) -> None:
    port = free_port()
    with rtsp_camera(port):
        cable = Cable(port)
        with closing(cable):
            camera = LiveCamera(f"rtsp://127.0.0.1:{cable.port}/door", 10, "door", stop)
            with closing(camera.frames()) as stream:
                until(stream, is_frame)
                cable.pulled.set()
                pulled = time.monotonic()
                until(stream, lambda _: bool(camera.failure))
                assert time.monotonic() - pulled < 20
                cable.pulled.clear()
                until(stream, is_frame)
    assert camera.reconnects == 1


@pytest.mark.parametrize("lock", ["basic", "digest"])
def test_a_wrong_password_a_wrong_path_and_an_unreadable_video_are_told_apart(lock: str) -> None:
    port = free_port()
    place = f"127.0.0.1:{port}"
    with rtsp_camera(port, lock=lock):
        assert ask(f"rtsp://me:secret@{place}/door") == Answer("", "H264")
        wrong = ask(f"rtsp://me:guessed@{place}/door").fault
        assert wrong == f"{place} does not accept this user and password (401)"
        assert ask(f"rtsp://{place}/door").fault == f"{place} wants a user and a password (401)"
        lost = ask(f"rtsp://me:secret@{place}/nowhere").fault
        assert lost == f"{place} has no such stream (404): the path of its address is wrong"


def test_a_coding_that_cannot_be_read_is_named(stop: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with rtsp_camera(port, form="strange"):
        camera = LiveCamera(f"rtsp://127.0.0.1:{port}/door", 10, "door", stop)
        with closing(camera.frames()) as stream:
            until(stream, lambda _: "answers" in camera.failure)
    assert camera.failure == "it answers, but its video (RAW) cannot be read; H.264 or MJPEG would do"
    assert len(caplog.messages) == 1
