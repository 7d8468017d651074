"""Cameras for tests: real servers on this machine that can be made to misbehave, and a USB device that is none."""

from __future__ import annotations

import itertools
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.events import ClockJump, Frame, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    import pytest
    from numpy.typing import NDArray

FPS = 20
SERVED_S = 60.0
LOGIN = "Basic bWU6c2VjcmV0"  # me:secret

Item = Frame | Pause | ClockJump


class WebCamera:
    """A network camera in MJPEG form on http://127.0.0.1:PORT/video: every picture is as bright as its number.

    Attributes:
        scene: Whether it shows a room in which something moves instead, so that nobody takes it for a broken camera.
        size: Height and width of the pictures; may be changed at any time.
        fps: Pictures a second.
        stalled: While set, connections are taken and kept, but nothing comes.
        cut: While set, pictures end in their middle, and the connection with them.
        locked: Whether the right user and password are wanted.
        page: Whether it answers with a web page.
        kind: Content type that it claims.
        tries: When somebody connected, on the steady clock.
    """

    def __init__(self) -> None:
        self.port = 0
        self.scene = False
        self.size = (240, 320)
        self.fps = FPS
        self.stalled = threading.Event()
        self.cut = threading.Event()
        self.locked = False
        self.page = False
        self.kind = "multipart/x-mixed-replace; boundary=next"
        self.tries: list[float] = []
        self.leaving = threading.Event()

    def start(self) -> None:
        """Begins to serve; on the same port as before, if there was one."""
        self.leaving = threading.Event()
        handler = type("Handler", (_Request,), {"camera": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._http.daemon_threads = False  # so that closing waits for them
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """Goes away."""
        self.leaving.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://me:secret@127.0.0.1:{self.port}/video"

    def picture(self, number: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8."""
        height, width = self.size
        if not self.scene:
            return np.full((height, width, 3), number % 250, np.uint8)
        tiles = np.random.default_rng(4).integers(40, 200, (12, 16, 3), dtype=np.uint8)
        image = np.asarray(cv2.resize(tiles, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
        left = number * 4 % (width - 30)
        image[height // 2 : height // 2 + 60, left : left + 30] = 230
        return image


class _Request(BaseHTTPRequestHandler):
    camera: WebCamera

    def do_GET(self) -> None:
        camera = self.camera
        camera.tries.append(time.monotonic())
        if camera.locked and self.headers.get("Authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        if self.path != "/video":
            self.send_error(404)
            return
        with suppress(OSError):  # the reader went away
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if camera.page else camera.kind)
            self.end_headers()
            if camera.page:
                self.wfile.write(b"<html>Please install our plugin</html>")
            else:
                self._send(time.monotonic() + SERVED_S)

    def _send(self, ends: float) -> None:
        camera = self.camera
        number = 0
        while time.monotonic() < ends and not camera.leaving.is_set():
            if not camera.stalled.is_set():
                jpeg = cv2.imencode(".jpg", camera.picture(number))[1].tobytes()
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                if camera.cut.is_set():
                    self.wfile.write(head + jpeg[: len(jpeg) // 2])
                    return
                self.wfile.write(head + jpeg + b"\r\n")
                number += 1
            time.sleep(1 / camera.fps)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Cable:
    """A TCP connection between a camera and its reader that can be disturbed.

    Attributes:
        port: To connect to.
        pulled: While set, nothing goes through, and nobody is told.
        harm: What happens to each piece that the camera sends; returns what arrives.
    """

    def __init__(self, to_port: int) -> None:
        self._to = to_port
        self.pulled = threading.Event()
        self.harm: Callable[[bytes], bytes] = bytes
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Ends all connections."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                reader, _ = self._listener.accept()
                thread = threading.Thread(target=self._carry, args=(reader,))
                self._threads.append(thread)
                thread.start()

    def _carry(self, reader: socket.socket) -> None:
        try:
            camera = socket.create_connection(("127.0.0.1", self._to), 2)
        except OSError:
            reader.close()
            return
        with closing(reader), closing(camera), suppress(OSError):
            while not self._ended.is_set():
                for source in select.select([reader, camera], [], [], 0.05)[0]:
                    if self.pulled.is_set():
                        time.sleep(0.05)
                        continue
                    piece = source.recv(1 << 16)
                    if not piece:
                        return
                    if source is camera:
                        reader.sendall(self.harm(piece))
                    else:
                        camera.sendall(piece)


# Debian's Python has GStreamer's bindings; they cannot be installed from PyPI.
SYSTEM_PYTHON = Path("/usr/bin/python3")
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}"
RTSP_SERVER = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
for element in ("videotestsrc", "x264enc", "rtph264pay", "videoconvert", "rtpvrawpay"):
    if Gst.ElementFactory.find(element) is None:
        sys.exit(f"no {element}")
if sys.argv[1] == "trial":
    sys.exit(0)
port, size, form, lock = sys.argv[1:]
width, height = size.split("x")
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
factory = GstRtspServer.RTSPMediaFactory()
coding = {
    "h264": "x264enc tune=zerolatency key-int-max=10 ! rtph264pay config-interval=-1 name=pay0",
    "strange": "videoconvert ! video/x-raw,format=AYUV ! rtpvrawpay name=pay0",
}[form]
factory.set_launch(
    "( videotestsrc is-live=true pattern=smpte ! capsfilter name=size "
    "caps=video/x-raw,width=%s,height=%s,framerate=20/1 ! %s )" % (width, height, coding)
)
made = []
factory.connect("media-configure", lambda _, media: made.append(media.get_element().get_by_name("size")))


def grow():
    caps = Gst.Caps.from_string("video/x-raw,width=%d,height=%d,framerate=20/1" % (2 * int(width), 2 * int(height)))
    for element in made:
        element.set_property("caps", caps)
    return True


GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 10, grow)  # SIGUSR1: another size in the middle of the stream
factory.set_shared(True)
if lock != "open":
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if lock == "digest":
        auth.set_supported_methods(2)
        auth.add_digest("me", "secret", token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("me", "secret"), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/door", factory)
server.attach(None)
loop = GLib.MainLoop()
GLib.timeout_add_seconds(60, loop.quit)  # never outlives its test by much
print("ready", flush=True)
loop.run()
"""


def no_rtsp() -> str:
    """Why there can be no RTSP server here; empty where there can."""
    if not SYSTEM_PYTHON.exists():
        return f"no {SYSTEM_PYTHON}, so no GStreamer bindings"
    trial = subprocess.run([SYSTEM_PYTHON, "-c", RTSP_SERVER, "trial"], capture_output=True, text=True, check=False)
    if trial.returncode == 0:
        return ""
    reason = (trial.stderr.strip().splitlines() or ["unknown"])[-1]
    return f"no RTSP server ({reason}); needs the Debian packages {PACKAGES}"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rtsp_camera(
    port: int, size: str = "320x240", form: str = "h264", lock: str = "open"
) -> Iterator[subprocess.Popen[str]]:
    """An RTSP camera at rtsp://127.0.0.1:PORT/door; leaves as abruptly as a pulled plug.

    Args:
        port: Where it listens.
        size: Of its picture.
        form: ``h264``, or ``strange``: a coding that no camera should use.
        lock: ``open``, or how the password ``me:secret`` is proven: ``basic`` or ``digest``.
    """
    command = [str(SYSTEM_PYTHON), "-c", RTSP_SERVER, str(port), size, form, lock]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield server
    finally:
        server.kill()
        server.communicate()


USB = """
import time
from pathlib import Path

import cv2
import numpy as np

mood = Path(__file__).with_name("mood.txt")
started = Path(__file__).with_name("started.txt")
opened = cv2.VideoCapture


class Device:
    def __init__(self, number):
        with started.open("a") as file:
            file.write(f"{number}\\\\n")
        self.number = 0
        self.there = number == 0 and mood.read_text() != "unplugged"
        if mood.read_text() == "hangs in open":
            time.sleep(600)

    def isOpened(self):
        return self.there

    def grab(self):
        time.sleep(0.05)
        if mood.read_text() == "hangs in read":
            time.sleep(600)
        if mood.read_text() == "crashes":
            import os
            os.abort()
        self.number += 1
        return mood.read_text() != "unplugged"

    def retrieve(self):
        print("a library that talks")
        size = (120, 160) if mood.read_text() == "small" else (240, 320)
        return True, np.full((*size, 3), self.number % 250, np.uint8)

    def release(self):
        pass


cv2.VideoCapture = lambda source, *more: Device(source) if isinstance(source, int) else opened(source, *more)
"""


class UsbCamera:
    """The device number 0, as the driver shows it to a process that finds ``folder`` on its PYTHONPATH.

    Only the call into the driver is replaced; processes, pipes and signals are real.
    """

    def __init__(self, folder: Path) -> None:
        self._mood = folder / "mood.txt"
        self._started = folder / "started.txt"
        (folder / "sitecustomize.py").write_text(USB.replace("\\\\n", "\\n"), encoding="utf-8")
        self.be("well")

    def be(self, mood: str) -> None:
        """``well``, ``small``, ``unplugged``, ``crashes``, ``hangs in open`` or ``hangs in read``."""
        fresh = self._mood.with_suffix(".new")
        fresh.write_text(mood, encoding="utf-8")
        fresh.replace(self._mood)

    @property
    def openings(self) -> int:
        """How often the driver was asked to open a device."""
        return len(self._started.read_text().split()) if self._started.exists() else 0


def children(of: int | None = None) -> set[int]:
    """Process ids of the living and the unburied children of a process, this one unless given."""
    parent = os.getpid() if of is None else of
    found = set()
    for folder in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.add(int(folder.name))
    return found


def until(stream: Generator[Item], wanted: Callable[[Item], bool], within_s: float = 25.0) -> list[Item]:
    """What a camera gives up to the first that is wanted; the last of the list."""
    ends = time.monotonic() + within_s
    given = []
    for item in stream:
        given.append(item)
        if wanted(item):
            return given
        assert time.monotonic() < ends, f"waited in vain; the last that came is {type(item).__name__} of {item.at}"
    raise AssertionError("ended too early")


def is_frame(item: Item) -> bool:
    return isinstance(item, Frame)


def is_pause(item: Item) -> bool:
    return isinstance(item, Pause)


def pictures(items: Iterable[Item]) -> Iterator[Frame]:
    """Only the pictures."""
    return (item for item in items if isinstance(item, Frame))


def in_order(items: Iterable[Item]) -> bool:
    """Whether times only run forward."""
    times = [item.at for item in items]
    return all(a < b for a, b in itertools.pairwise(times))


def assert_nothing_left(threads: set[str], processes: set[int], files: int) -> None:
    """Waits a moment for what is ending, then fails if anything of a camera is left."""
    ends = time.monotonic() + 12  # taking leave of a camera that does not answer takes its time-out
    while time.monotonic() < ends and leftovers() != (threads, processes, files):
        time.sleep(0.05)
    assert leftovers() == (threads, processes, files)


def leftovers() -> tuple[set[str], set[int], int]:
    """Names of threads, child processes, and the number of open files, sockets and pipes."""
    names = {thread.name for thread in threading.enumerate() if thread.name.startswith("camera")}
    files = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    return names, children() if sys.platform == "linux" else set(), files


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse, whatever level another test has left switched on."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
