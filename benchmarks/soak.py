"""A day of camera time at speed: does the process stay as small, and keep as few files and threads, as it began?

``python benchmarks/soak.py [--hours 24] [--fps 5]``: a made-up crowd walks through a picture, everybody for three
seconds, about 2.8 people a second, so a day has more than 200,000 tracks. Everything is real but the camera and the
network: the judge of pictures, the tracker, lines, zones, trails, the writer with its journal, live windows, alerts,
copies of the database. Prints the memory after every hour, and whether the end lies within five percent of the first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.contract import OpenHours, Site, Store, open_buffer, open_facts, read_crossings, read_trails
from edge.events import Detections, Frame, Watch
from edge.geometry import Point, Polygon, Polyline
from edge.hours import StoreHours
from edge.pipeline import Rules
from edge.scene import Camera, Line, Zone
from edge.sight import PictureJudge
from edge.station import Duty, Station
from edge.windows import LiveWindows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from edge.events import ClockJump, Pause
    from edge.pipeline import Step

BEGINS = datetime(2026, 4, 7, 0, 0, tzinfo=UTC)
WIDTH, HEIGHT = 1280, 720
TALL, WIDE = 60.0, 24.0
# People walk in cells of their own, so that their number is known; a cell is empty long enough to forget its last one.
CELLS = [(x, y) for y in (100, 200, 300, 400, 500, 600, 700) for x in (60, 700)]
WALKS_S, CYCLE_S = 3.0, 5.0
PACE = 1.3 * TALL  # pixels a second
WITHIN = 0.05
LOOK_EVERY, MOST_WAITING = 50, 5_000
# Copies of the database are made while it grows, as at night.
COPY_EVERY_H = 6


class Crowd:
    """Says where everybody is at any moment."""

    model_id = "soak"

    def detect(self, frame: Frame) -> Detections:
        """The boxes of everyone there at the frame's time."""
        second = (frame.at - BEGINS).total_seconds()
        feet = [
            (x + PACE * age, y)
            for number, (x, y) in enumerate(CELLS)
            if (age := (second + number * CYCLE_S / len(CELLS)) % CYCLE_S) < WALKS_S
        ]
        boxes = [(x - WIDE / 2, y - TALL, x + WIDE / 2, y) for x, y in feet]
        return Detections(np.array(boxes, dtype=np.float32).reshape(-1, 4), np.full(len(boxes), 0.9, dtype=np.float32))


class Film:
    """A camera whose day passes as fast as it is looked at.

    Args:
        hours: Its length.
        fps: Pictures a second.
        waiting: Tells how many facts are on their way to the disk: they must not come faster than they can be stored.
        over: Set at its end.
    """

    reconnects = 0
    failure = ""

    def __init__(self, hours: float, fps: float, waiting: Callable[[], int], over: threading.Event) -> None:
        self._pictures = round(hours * 3600 * fps)
        self._fps = fps
        self._waiting = waiting
        self._over = over
        noise = np.random.default_rng(1)
        self._images = [noise.integers(60, 200, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(4)]

    def frames(self) -> Generator[Frame | Pause | ClockJump]:
        """All pictures, once."""
        if self._over.is_set():
            return
        for number in range(self._pictures):
            if number % LOOK_EVERY == 0:
                while self._waiting() > MOST_WAITING:
                    time.sleep(0.05)
            at = BEGINS + timedelta(milliseconds=round(number * 1000 / self._fps))
            yield Frame(at, number, self._images[number % len(self._images)])
        self._over.set()


def camera() -> Camera:
    """A line and a zone in the way of all cells."""
    lines = tuple(
        Line(f"line-{n}", "entrance", Polyline((Point(x / WIDTH, 1.0), Point(x / WIDTH, 0.0))))
        for n, x in enumerate((180, 820))
    )
    shelf = Zone("shelf", "product", Polygon((Point(0.5, 0.0), Point(1, 0.0), Point(1, 1), Point(0.5, 1))))
    return Camera("soak", "Soak", lines, (shelf,))


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment.

    Attributes:
        hour: Camera time since the start, hours.
        rss_mb: Resident memory.
        files: Open files.
        threads: Threads.
    """

    hour: float
    rss_mb: float
    files: int
    threads: int


def sample(hour: float) -> Sample:
    """How large the process is now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only
    return Sample(hour, pages * os.sysconf("SC_PAGE_SIZE") / 1e6, files, threading.active_count())


def soak(hours: float, fps: float, folder: Path) -> tuple[list[Sample], int, int]:
    """Lives through so many hours of camera time.

    Returns:
        The process after every hour, the number of people who crossed a line, and of those who were followed.
    """
    scene = camera()
    site = Site(Store("soak", "Soak", "UTC", "EUR"), tuple(OpenHours(d, 0, 1440) for d in range(7)), (scene,))
    database = folder / "soak.sqlite"
    buffer = open_buffer(database, site)
    windows = LiveWindows((scene,), StoreHours(((0, 1440),) * 7, "UTC"))
    over = threading.Event()
    samples: list[Sample] = []

    def see(_: Duty, step: Step) -> None:
        for fact in step.facts:
            if isinstance(fact, Watch) and (passed := (fact.ends - BEGINS).total_seconds() / 3600) >= len(samples) + 1:
                windows.now(fact.ends)
                samples.append(sample(passed))
                print_sample(samples[-1])

    station = Station("soak", buffer, windows, see)
    film = Film(hours, fps, lambda: buffer.state().waiting, over)
    station.add(
        Duty(
            camera=scene,
            source_name="made up",
            clock="file",
            open_source=lambda _stop: film,
            detector=Crowd(),
            rules=Rules(least_fps=3.0),
            sight=PictureJudge(),
            gate=True,
            ahead=0,
            config_hash="soak",
        )
    )
    copies = 0

    def tick(_: datetime) -> None:
        nonlocal copies
        if len(samples) // COPY_EVERY_H > copies:
            copies += 1
            buffer.back_up()
        if over.is_set():
            station.stop.set()

    station.watch(tick)
    if not buffer.close(60.0):
        print("not everything came into the database")
    with closing(open_facts(database)) as facts:
        until = BEGINS + timedelta(hours=hours + 1)
        crossings = len(read_crossings(facts, BEGINS, until).values)
        trails = read_trails(facts, BEGINS, until)
    track = trails.columns.index("track_id")
    return samples, crossings, len({row[track] for row in trails.values})


def print_sample(found: Sample) -> None:
    """One line of the table."""
    print(f"{found.hour:6.0f} {found.rss_mb:10.1f} {found.files:8} {found.threads:8}", flush=True)


def main() -> int:
    """Soaks, and says whether it held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hours", type=float, default=24.0, help="camera time: 24")
    parser.add_argument("--fps", type=float, default=5.0, help="pictures a second: 5")
    arguments = parser.parse_args()
    print(f"{'hour':>6} {'memory MB':>10} {'files':>8} {'threads':>8}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        samples, crossings, tracks = soak(arguments.hours, arguments.fps, Path(folder))
    took_s = time.monotonic() - began
    first, last = samples[0], samples[-1]
    growth = last.rss_mb / first.rss_mb - 1
    steady = {(s.files, s.threads) for s in samples}
    speed = arguments.hours * 3600 / took_s
    print(f"{tracks} tracks, {crossings} crossings in {took_s:.0f} s ({speed:.0f} times real time)")
    print(f"memory from the first hour to the end: {growth:+.1%} (wanted: within {WITHIN:.0%})")
    print(f"open files and threads, all hours: {sorted(steady)}")
    return 0 if abs(growth) <= WITHIN and len(steady) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
