"""What is lost to each fault: a real process watches a camera of our own, the fault is injected, the loss is counted.

``python benchmarks/faults.py [--only NAMES] [--log]``: a fixture clip is shown over HTTP in real time, ten pictures a
second, so that every true crossing has a known moment. Each fault begins 20 or 75 s after the start; then the database
is held against the truth: crossings lost while the fault lasted, lost before and after it, and doubled; what the watch
periods say; and what the operator was told. Takes about a minute and a half a fault.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.labels import read_labels
from benchmarks.mjpeg_camera import ClipCamera

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.mjpeg_camera import Mode

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "fixtures" / "videos" / "entrance.mp4"
BEFORE_S, AFTER_S = 20.0, 25.0
# What the view looks like when it is healthy is learnt in the first minute.
LEARNT_S = 75.0
# A crossing is told at the moment of its picture; network and decoding take a little.
NEAR = timedelta(seconds=1.5)
# The clip ends with people in the picture who are not there when it begins again.
SEAM = timedelta(seconds=2.5)
STOP_S = 15.0

SETTINGS = """
[store]
id = "faults"
name = "Faults"
time_zone = "Europe/Berlin"
currency = "EUR"

[database]
path = "{database}"
spool_mb = 1

[model]
path = "{model}"
iou = 0.5

[health]
frozen_s = 10.0

[alerts]
camera_down_s = 5.0

[service]
port = 0

[[cameras]]
id = "door"
source = "{source}"
fps = 10

[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.76372, 0.52243]
end = [0.23628, 0.52243]
"""
SECOND = """
[[cameras]]
id = "far"
source = "{source}"
fps = 10
"""


@dataclass
class Shop:
    """A running process with its camera.

    Attributes:
        folder: Where settings and database lie.
        camera: What it watches.
        database: Of the facts.
        log: What the operator was told.
    """

    folder: Path
    camera: ClipCamera
    database: Path
    second: str = ""
    log: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] = field(init=False)

    def open(self) -> None:
        """Starts the process."""
        settings = self.folder / "store.toml"
        model = ROOT / "fixtures" / "models" / "fixture-world-only-person_openvino_model"
        text = SETTINGS.format(database=self.database.as_posix(), model=model.as_posix(), source=self.camera.address)
        settings.write_text(text + (SECOND.format(source=self.second) if self.second else ""), encoding="utf-8")
        out = (self.folder / "log.txt").open("a", encoding="utf-8")
        command = [sys.executable, "-m", "edge.cli", "run", "--config", str(settings)]
        self.process = subprocess.Popen(command, stdout=out, stderr=out, text=True, cwd=ROOT)
        out.close()

    def kill(self) -> None:
        """As a power cut would, nearly."""
        self.process.kill()
        self.process.wait()

    def close(self) -> float:
        """SIGTERM; gives the seconds that the end took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        took = time.monotonic() - began
        self.log = (self.folder / "log.txt").read_text(encoding="utf-8").splitlines()
        return took


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which things go wrong.

    Attributes:
        name: Short.
        injected: What is done, in words.
        lasts_s: For how long.
        begin: Does it.
        end: Undoes it.
        second: A second camera that is in the settings, too.
        before_s: When it begins, seconds from the start.
    """

    name: str
    injected: str
    lasts_s: float
    begin: Callable[[Shop], None]
    end: Callable[[Shop], None]
    second: str = ""
    before_s: float = BEFORE_S


def picture(mode: Mode, injected: str, lasts_s: float = 30.0, before_s: float = BEFORE_S) -> Fault:
    """A fault that shows in the pictures."""

    def begin(shop: Shop) -> None:
        shop.camera.mode = mode

    def end(shop: Shop) -> None:
        shop.camera.mode = "ok"

    return Fault(mode, injected, lasts_s, begin, end, before_s=before_s)


def _nothing(_: Shop) -> None:
    pass


def _killed(shop: Shop) -> None:
    shop.kill()
    shop.open()


_LOCK = (
    "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "c.execute('BEGIN EXCLUSIVE'); time.sleep(float(sys.argv[2]))"
)


def _lock(shop: Shop) -> None:
    subprocess.Popen([sys.executable, "-c", _LOCK, str(shop.database), "30"])


def _fill(shop: Shop) -> None:
    with contextlib.suppress(OSError), (shop.database.parent / "filler").open("wb") as filler:
        while True:
            filler.write(bytes(4096))
            filler.flush()


def _make_room(shop: Shop) -> None:
    (shop.database.parent / "filler").unlink()


def _corrupt(shop: Shop) -> None:
    size = shop.database.stat().st_size
    with shop.database.open("r+b") as file:
        file.seek(0)
        file.write(os.urandom(min(size, 64 * 1024)))
        file.flush()
        os.fsync(file.fileno())


FAULTS = (
    Fault("none", "nothing", 30, _nothing, _nothing),
    picture("black", "black pictures"),
    picture("frozen", "the same picture again and again", 40),
    picture("blocked", "a box before the lens", 40, LEARNT_S),
    picture("blurred", "focus lost", 45, LEARNT_S),
    picture("dark", "lights out: 3 % of the light"),
    picture("moved", "view pushed aside by a fifth", 45, LEARNT_S),
    picture("slow", "one picture a second", 40),
    picture("stalled", "connected, but no more pictures", 40),
    picture("larger", "another picture size in the middle of the stream"),
    Fault("unplugged", "camera off the air", 30, lambda s: s.camera.stop(), lambda s: s.camera.start()),
    Fault("killed", "kill -9 of the process, started again at once", 10, _killed, _nothing),
    Fault("locked", "another process holds the database exclusively for 30 s", 32, _lock, _nothing),
    Fault("full", "no room on the disk", 30, _fill, _make_room),
    Fault("corrupt", "the first 64 KiB of the database overwritten", 10, _corrupt, _nothing),
    Fault("unreachable", "a second camera that does not exist", 30, _nothing, _nothing, "rtsp://a:b@127.0.0.1:9/x"),
)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a fault cost.

    Attributes:
        during: Crossings that happened while it lasted, and how many of them were not counted.
        around: The same before and after.
        invented: Counted crossings that never happened, or were counted twice; seconds from the start of the process.
        unseen: Seconds of watch by health that was not ``ok``.
        stop_s: Seconds from SIGTERM to the end.
        told: What the operator was told, from the log.
        missed: Crossings that were lost, seconds from the start of the process.
    """

    during: tuple[int, int]
    around: tuple[int, int]
    invented: list[float]
    unseen: dict[str, float]
    stop_s: float
    told: list[str]
    missed: list[float]


def inject(fault: Fault, folder: Path) -> Loss:
    """Runs one fault from beginning to end."""
    base = _small_disk(folder) if fault.name == "full" else contextlib.nullcontext(folder)
    with base as place, ClipCamera(CLIP) as camera:
        began = datetime.now(UTC)
        shop = Shop(folder, camera, place / "facts.sqlite", fault.second)
        shop.open()
        time.sleep(fault.before_s)
        begins = datetime.now(UTC)
        fault.begin(shop)
        time.sleep(fault.lasts_s)
        fault.end(shop)
        ends = datetime.now(UTC)
        time.sleep(AFTER_S)
        stop_s = shop.close()
        return _loss(shop, began, (begins, ends), stop_s)


@contextlib.contextmanager
def _small_disk(folder: Path):  # type: ignore[no-untyped-def]
    """A disk of a few megabytes; needs root."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def _loss(shop: Shop, began: datetime, fault: tuple[datetime, datetime], stop_s: float) -> Loss:
    with contextlib.closing(sqlite3.connect(f"{shop.database.as_uri()}?mode=ro", uri=True)) as facts:
        rows = facts.execute("SELECT direction, ts_utc_ms FROM crossing WHERE camera_id = 'door'").fetchall()
        watches = facts.execute(
            "SELECT health, sum(ends_utc_ms - begins_utc_ms) / 1000.0 FROM watch WHERE health != 'ok' GROUP BY health"
        ).fetchall()
    counted = sorted((datetime.fromtimestamp(ms / 1000, UTC), way) for way, ms in rows)
    first = datetime.now(UTC) - timedelta(seconds=time.monotonic() - shop.camera.began)
    until = datetime.now(UTC)
    true = [t for t in _truth(first, until) if t[0] > began + timedelta(seconds=6)]
    missed: list[datetime] = []
    for at, way in true:
        near = [c for c in counted if c[1] == way and abs(c[0] - at) <= NEAR]
        if near:
            counted.remove(min(near, key=lambda c: abs(c[0] - at)))
        else:
            missed.append(at)
    begins, ends = fault

    def within(at: datetime) -> bool:
        return begins - timedelta(seconds=2) <= at <= ends + timedelta(seconds=2)

    happened = Counter(within(at) for at, _ in true)
    lost = Counter(within(at) for at in missed)
    sure = began + timedelta(seconds=6), until - SEAM  # what is true is not known at the very beginning and end
    invented = [round((at - began).total_seconds(), 1) for at, _ in counted if sure[0] < at < sure[1]]
    told = [line for line in shop.log if any(word in line for word in ("WARNING", "ERROR", "INFO"))]
    return Loss(
        (happened[True], lost[True]),
        (happened[False], lost[False]),
        invented,
        dict(watches),
        stop_s,
        told,
        [round((at - began).total_seconds(), 1) for at in missed],
    )


def _truth(first: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Every true crossing from the clip's first showing on; not those at the seam where it begins again."""
    labels = read_labels(CLIP.with_suffix(".truth.json"))
    length = timedelta(seconds=labels.frames / labels.fps)
    found: list[tuple[datetime, str]] = []
    begins = first
    while begins < until:
        for event in labels.lines[0].crossings:
            into = timedelta(seconds=event.frame / labels.fps)
            if not event.optional and SEAM < into < length - SEAM and begins + into < until - SEAM:
                found.append((begins + into, event.direction))
        begins += length
    return found


def main() -> int:
    """Injects the faults and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[f.name for f in FAULTS], help="these faults only")
    parser.add_argument("--log", action="store_true", help="print what the operator was told")
    arguments = parser.parse_args()
    print(
        f"{'fault':12} {'happened, lost during':>22} {'before and after':>17} {'invented':>8} {'stop s':>6}  not seen"
    )
    for fault in FAULTS:
        if arguments.only and fault.name not in arguments.only:
            continue
        if fault.name == "full" and os.geteuid() != 0:
            print(f"{fault.name:12} needs root, to mount a small disk")
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            loss = inject(fault, Path(folder))
        unseen = ", ".join(f"{cause} {seconds:.0f} s" for cause, seconds in loss.unseen.items())
        print(
            f"{fault.name:12} {loss.during[0]:>12} {loss.during[1]:>9} {loss.around[0]:>8} {loss.around[1]:>8}"
            f" {len(loss.invented):>8} {loss.stop_s:>6.1f}  {unseen}"
        )
        if arguments.log:
            print(f"    lost, seconds from the start: {loss.missed}; invented: {loss.invented}")
            print("\n".join(f"    {line}" for line in loss.told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
