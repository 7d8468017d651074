"""USB cameras: read in a process of their own, which is killed when the driver hangs. Only the driver is simulated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.capture import CaptureError, LiveCamera, Patience
from edge.capture import fetching as fetching_module
from edge.events import Frame

from .cameras import (
    UsbCamera,
    WebCamera,
    assert_nothing_left,
    children,
    in_order,
    is_frame,
    is_pause,
    leftovers,
    pictures,
    until,
    warnings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON = Patience(stream_s=2.0, device_open_s=3.0, device_read_s=1.5)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for what is left")


@pytest.fixture
def usb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsbCamera:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return UsbCamera(tmp_path)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = leftovers()
    yield
    assert_nothing_left(*before)


def live(source: int | str = 0, fps: float = 10) -> LiveCamera:
    return LiveCamera(source, fps, "door", threading.Event(), patience=SOON)


@pytest.mark.slow
def test_pictures_come_through_the_pipe_whole_and_at_the_chosen_rate(usb: UsbCamera) -> None:
    with closing(live(fps=5).frames()) as stream:
        frames = pictures(stream)
        seen: list[Frame] = [next(frames) for _ in range(8)]
    assert {frame.image.shape for frame in seen} == {(240, 320, 3)}
    for frame in seen:
        assert frame.image.min() == frame.image.max() == (frame.number + 1) % 250
    assert (seen[-1].at - seen[0].at).total_seconds() == pytest.approx(7 / 5, abs=0.5)
    assert sum(frame.dropped for frame in seen) == 0
    assert usb.openings == 1


def test_a_picture_of_another_size_is_simply_another_picture(usb: UsbCamera, caplog: pytest.LogCaptureFixture) -> None:
    with closing(live().frames()) as stream:
        until(stream, is_frame)
        usb.be("small")
        until(stream, lambda item: isinstance(item, Frame) and item.image.shape == (120, 160, 3))
    assert "camera door: its picture is 160 x 120 now, was 320 x 240" in caplog.messages


@pytest.mark.slow
def test_a_driver_that_hangs_while_reading_is_killed_and_the_camera_opened_again(
    usb: UsbCamera, caplog: pytest.LogCaptureFixture
) -> None:
    camera = live()
    with closing(camera.frames()) as stream:
        given = until(stream, is_frame)
        (hanging,) = children()
        usb.be("hangs in read")
        given += until(stream, lambda _: bool(camera.failure))
        assert camera.failure == "its driver hung and was killed"
        usb.be("well")
        given += until(stream, is_frame)
        assert camera.reconnects == 1
        assert hanging not in children()
    assert any(is_pause(item) for item in given)
    assert in_order(given)
    assert [message for message in caplog.messages if "driver hung" in message] == [
        message for message in caplog.messages if "lost after" in message
    ]


@pytest.mark.slow
def test_a_driver_that_hangs_while_opening_is_killed_and_said_once(
    usb: UsbCamera, caplog: pytest.LogCaptureFixture
) -> None:
    usb.be("hangs in open")
    camera = live()
    with closing(camera.frames()) as stream:
        until(stream, lambda _: usb.openings == 2)
        usb.be("well")
        until(stream, is_frame)
    assert camera.reconnects == 0
    assert warnings_of(caplog) == ["camera door: cannot be opened: its driver hung and was killed; trying again"]


@pytest.mark.slow
def test_a_camera_that_is_pulled_out_and_put_in_again(usb: UsbCamera, caplog: pytest.LogCaptureFixture) -> None:
    camera = live()
    with closing(camera.frames()) as stream:
        until(stream, is_frame)
        usb.be("unplugged")
        until(stream, lambda _: camera.failure.startswith("there is no camera"))
        usb.be("well")
        until(stream, is_frame)
    assert "the device went away; connecting again" in caplog.text
    assert camera.reconnects == 1


@pytest.mark.slow
def test_a_reading_process_that_crashes_is_started_again(usb: UsbCamera) -> None:
    camera = live()
    with closing(camera.frames()) as stream:
        until(stream, is_frame)
        usb.be("crashes")
        until(stream, lambda _: bool(camera.failure))
        usb.be("well")
        until(stream, is_frame)
    assert camera.reconnects == 1


@pytest.mark.slow
def test_a_number_without_a_camera_is_named(usb: UsbCamera, caplog: pytest.LogCaptureFixture) -> None:
    assert usb.openings == 0
    camera = live(73)
    with closing(camera.frames()) as stream:
        until(stream, lambda _: usb.openings == 2)
    reason = "there is no camera with number 73 (no /dev/video73)"
    assert warnings_of(caplog) == [f"camera door: cannot be opened: {reason}; trying again"]


@pytest.mark.slow
def test_the_signals_of_a_stop_are_left_to_the_parent(usb: UsbCamera) -> None:
    camera = live()
    with closing(camera.frames()) as stream:
        until(stream, is_frame)
        (child,) = children()
        os.kill(child, signal.SIGINT)
        os.kill(child, signal.SIGTERM)
        ends = time.monotonic() + 1
        until(stream, lambda item: is_frame(item) and time.monotonic() > ends)
        assert children() == {child}
    assert usb.openings == 1


PARENT = """
import threading
from edge.capture import LiveCamera

for item in LiveCamera(0, 10, "door", threading.Event()).frames():
    print(type(item).__name__, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["well", "hangs in read", "hangs in open"])
def test_the_reading_process_does_not_outlive_a_parent_that_is_killed(usb: UsbCamera, mood: str) -> None:
    usb.be(mood if mood == "hangs in open" else "well")
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        wanted = "Pause" if mood == "hangs in open" else "Frame"
        while parent.stdout.readline().strip() != wanted:
            assert parent.poll() is None
        ends = time.monotonic() + 10
        while usb.openings == 0:
            assert time.monotonic() < ends
            time.sleep(0.05)
        usb.be(mood)
        time.sleep(0.3)
        (child,) = children(parent.pid)
        os.kill(child, 0)  # lives
    finally:
        parent.kill()
        parent.communicate()
    ends = time.monotonic() + 5
    while alive(child):
        assert time.monotonic() < ends, "still there"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether it runs; one that nobody buries here is dead all the same."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_a_stream_whose_call_hangs_in_spite_of_its_time_outs_is_read_in_a_process_from_then_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = threading.Event()

    def hang(*_: object, **__: object) -> None:
        let_go.wait(30)
        raise CaptureError("cannot be opened")

    monkeypatch.setattr(fetching_module, "open_reader", hang)
    server = WebCamera()
    server.start()
    try:
        camera = live(server.address)
        with closing(camera.frames()) as stream:
            given = until(stream, is_frame)
            assert len(children()) == 1
            given += until(stream, is_frame)
    finally:
        let_go.set()
        server.stop()
    assert in_order(given)
    assert sum("its thread is given up" in message for message in caplog.messages) == 1
    assert "secret" not in caplog.text


def test_an_address_does_not_show_among_the_machines_processes(usb: UsbCamera) -> None:
    assert usb.openings == 0
    from edge.capture.process import ChildReader

    child = ChildReader("http://me:secret@127.0.0.1:9/none", 10)
    try:
        (pid,) = children()
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123 - no file of ours
            assert "secret" not in file.read()
    finally:
        child.release()


def test_the_reading_process_starts_light() -> None:
    look = "import sys, json, edge.capture.child; print(json.dumps([m.partition('.')[0] for m in sys.modules]))"
    out = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert not {"openvino", "sqlalchemy", "torch", "ultralytics", "scipy", "pydantic", "flask"} & set(json.loads(out))
