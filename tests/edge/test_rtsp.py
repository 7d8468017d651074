"""A real RTSP camera: H.264 from a GStreamer server of our own, which dies and comes back."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.capture import LiveCamera

if TYPE_CHECKING:
    from collections.abc import Iterator

# Debian's Python has GStreamer's bindings; they cannot be installed from PyPI.
SYSTEM_PYTHON = Path("/usr/bin/python3")
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}"
SERVER = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
for element in ("videotestsrc", "x264enc", "rtph264pay"):
    if Gst.ElementFactory.find(element) is None:
        sys.exit(f"no {element}")
if sys.argv[1] == "trial":
    sys.exit(0)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=20/1 "
    "! x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 )"
)
factory.set_shared(True)
server.get_mount_points().add_factory("/door", factory)
server.attach(None)
loop = GLib.MainLoop()
GLib.timeout_add_seconds(60, loop.quit)  # never outlives its test by much
print("ready", flush=True)
loop.run()
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _gstreamer() -> None:
    if not SYSTEM_PYTHON.exists():
        pytest.skip(f"no {SYSTEM_PYTHON}, so no GStreamer bindings")
    trial = subprocess.run([SYSTEM_PYTHON, "-c", SERVER, "trial"], capture_output=True, text=True, check=False)
    if trial.returncode != 0:
        reason = (trial.stderr.strip().splitlines() or ["unknown"])[-1]
        pytest.skip(f"no RTSP server ({reason}); needs the Debian packages {PACKAGES}")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(port: int) -> Iterator[None]:
    """An RTSP camera at rtsp://127.0.0.1:PORT/door; leaves as abruptly as a pulled plug."""
    server = subprocess.Popen([SYSTEM_PYTHON, "-c", SERVER, str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield
    finally:
        server.kill()
        server.communicate()


def test_a_camera_over_rtsp_is_read_at_its_pace_and_found_again_after_an_outage() -> None:
    port = free_port()
    stop = threading.Event()
    camera = LiveCamera(f"rtsp://127.0.0.1:{port}/door", 10, "door", stop)
    giving_up = threading.Timer(55, stop.set)
    giving_up.start()
    frames = camera.frames()
    try:
        with serving(port):
            before = [next(frames) for _ in range(20)]
        went = time.monotonic()
        time.sleep(3)
        with serving(port):
            after = next(frame for frame in frames if camera.reconnects == 1)
            more = [next(frames) for _ in range(10)]
    finally:
        giving_up.cancel()
        frames.close()
    assert time.monotonic() - went < 50
    assert before[0].image.shape == (240, 320, 3)
    assert float(before[0].image.std()) > 5, "the picture shows nothing"
    assert (before[-1].at - before[0].at).total_seconds() == pytest.approx(1.9, abs=0.8)
    assert (after.at - before[-1].at).total_seconds() > 3
    numbers = [f.number for f in (*before, after, *more)]
    assert numbers == sorted(set(numbers))
