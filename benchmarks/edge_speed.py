"""How fast and how small the edge is, beside its peers and beside what the machine could do.

    python benchmarks/edge.py [--quick] [--only NAME ...]

Every figure comes from processes of their own that run in turns, so that a busy machine slows all of them alike; rates
are medians of the rounds, with their spread. Rates leave out the start of a process. The processor's time a frame is
what survives a busy machine: where others work on it, look at that ratio.

The network is YOLO11n in INT8 from ``$FOOTFALL_SHARED/models``. The busy video is a crowded fixture clip in 1920 x 1080
and H.264, eleven people at once on average, 19 at most; beside it four clips in one picture, as a recorder shows them.

- peers: ``footfall-edge replay`` with its database, against Ultralytics' ObjectCounter with ByteTrack on the same IR,
  and against the bound of the machine: cores / (processor time a frame of decoding alone + of OpenVINO's asynchronous
  inference alone), both measured in the same rounds.
- aspect: the same network for 384 x 640, against ObjectCounter on its 640 x 640.
- newcomer: ObjectCounter on a ``.pt`` on the processor. The weights are an untrained YOLO11n: the same work a frame.
- gate: processor time on ``quiet`` with and without leaving still pictures out; the work is YOLO11n's, the boxes are
  the clip's recorded ones, as YOLO11n takes a thing in the rendered shop for a person who never leaves.
- cameras: 8 recorded 720p cameras at 5 pictures a second against one; then more than the machine can do.
- memory: one 1080p camera, and each further 720p camera, at the pace of the clock.
- start: from the start of the process to the first analysed picture, of a replay.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.edge_video import busy_video, enlarged_video
from edge.cli.lanes import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
MODEL = "yolo11n_int8_openvino_model"
ASPECT = (384, 640)
CAMERAS, CAMERA_FPS = 8, 5.0
LONGEST_S = 1800.0


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table.

    Attributes:
        what: Was measured.
        reached: The figure.
        wanted: The goal.
        least: Whether the goal is the least or the most that will do.
        note: How it came about.
    """

    what: str
    reached: float
    wanted: float
    least: bool
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the goal is reached."""
        return self.reached >= self.wanted if self.least else self.reached <= self.wanted


BUSY = "rush"


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement needs.

    Attributes:
        folder: For videos and models made on the way.
        model: The IR.
        rounds: How often to measure.
        frames: Length of the busy video.
        seconds: How long cameras run at the pace of the clock.
    """

    folder: Path
    model: Path
    rounds: int
    frames: int
    seconds: float

    def busy(self) -> str:
        """The busy video: eleven people at once on average, 19 at most."""
        path = self.folder / "busy.mp4"
        return str(path if path.is_file() else enlarged_video(path, BUSY, 1080, self.frames))

    def four_views(self) -> str:
        """Four clips in one picture."""
        path = self.folder / "four.mp4"
        return str(path if path.is_file() else busy_video(path, self.frames))

    def clip(self, name: str, height: int) -> str:
        """A fixture clip in a larger size."""
        path = self.folder / f"{name}-{height}.mp4"
        wanted = round(20 * self.seconds) + 60
        return str(path if path.is_file() else enlarged_video(path, name, height, wanted))


def child(task: str, **words: Any) -> dict[str, Any]:
    """Runs one task in a process of its own.

    Returns:
        What it told, with ``start_s``: seconds until it said that it had analysed its first picture.
    """
    command = [sys.executable, "-m", "benchmarks.edge_children", task, json.dumps(words)]
    began = time.time()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    if done.returncode:
        raise SystemExit(f"{task} {words}: failed\n{done.stderr[-3000:]}")
    lines = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(lines[-1])
    first = [float(line.split()[1]) for line in lines if line.startswith("first ")]
    return told | ({"start_s": first[0] - began} if first else {})


def in_turns(rounds: int, *tasks: tuple[str, dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Runs several tasks one after the other, again and again; by task, what each round told."""
    told: list[list[dict[str, Any]]] = [[] for _ in tasks]
    for _ in range(rounds):
        for each, (task, words) in zip(told, tasks, strict=True):
            each.append(child(task, **words))
    return told


def middle(told: Sequence[dict[str, Any]], key: str) -> float:
    """The median of the rounds."""
    return float(median(each[key] for each in told))


def spread(told: Sequence[dict[str, Any]], name: str) -> str:
    """A line that shows rate and processor time with their least and greatest."""
    fps, cpu = (sorted(each[key] for each in told) for key in ("fps", "cpu_ms"))
    return (
        f"  {name:<34} {median(fps):7.1f} frames/s ({fps[0]:.1f} to {fps[-1]:.1f})"
        f"   {median(cpu):6.1f} ms of processor a frame ({cpu[0]:.1f} to {cpu[-1]:.1f})"
    )


def ratios(name: str, ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]], wanted: float) -> list[Result]:
    """How many times faster than a peer, in rate and in processor time."""
    fps = middle(ours, "fps") / middle(theirs, "fps")
    cpu = middle(theirs, "cpu_ms") / middle(ours, "cpu_ms")
    return [Result(f"{name}: rate", fps, wanted, least=True, note=f"{cpu:.2f} x less processor time a frame")]


def peers(bench: Bench) -> list[Result]:
    """Against ObjectCounter on the same IR, and against the machine's own bound."""
    return [*_beside(bench, "peers", bench.busy()), *_beside(bench, "four views in one", bench.four_views())]


def _beside(bench: Bench, name: str, video: str) -> list[Result]:
    model = str(bench.model)
    ours, theirs, decoding, searching = in_turns(
        bench.rounds,
        ("replay", {"video": video, "model": model}),
        ("object_counter", {"video": video, "model": model}),
        ("decode", {"video": video}),
        ("infer", {"video": video, "model": model, "frames": bench.frames}),
    )
    names = ("footfall", "ObjectCounter, ByteTrack", "decoding alone", "asynchronous inference alone")
    for each, told in zip(names, (ours, theirs, decoding, searching), strict=True):
        print(spread(told, each))
    least_ms = middle(decoding, "cpu_ms") + middle(searching, "cpu_ms")
    bound = cores() / least_ms * 1000
    print(f"  bound of the machine: {cores()} cores / {least_ms:.1f} ms = {bound:.1f} frames/s")
    share = least_ms / middle(ours, "cpu_ms")
    return [
        *ratios(f"{name}: x ObjectCounter, same IR", ours, theirs, 1.4),
        Result(
            f"{name}: share of the machine's bound",
            middle(ours, "fps") / bound,
            0.9,
            least=True,
            note=f"{share:.2f} by processor time",
        ),
    ]


def aspect(bench: Bench) -> list[Result]:
    """The network at the camera's aspect against ObjectCounter on the square one."""
    video = bench.busy()
    narrow = bench.folder / "aspect" / MODEL
    child("resize", model=str(bench.model), folder=str(narrow), height=ASPECT[0], width=ASPECT[1])
    ours, theirs = in_turns(
        bench.rounds,
        ("replay", {"video": video, "model": str(narrow)}),
        ("object_counter", {"video": video, "model": str(bench.model)}),
    )
    print(spread(ours, f"footfall at {ASPECT[0]} x {ASPECT[1]}"))
    print(spread(theirs, "ObjectCounter at 640 x 640"))
    return ratios("aspect: x ObjectCounter at 640 x 640", ours, theirs, 2.0)


def newcomer(bench: Bench) -> list[Result]:
    """Against ObjectCounter on weights, as a newcomer runs it."""
    video = bench.busy()
    weights = bench.folder / "untrained.pt"
    child("untrained", path=str(weights))
    ours, theirs = in_turns(
        max(1, bench.rounds - 2),
        ("replay", {"video": video, "model": str(bench.model)}),
        ("object_counter", {"video": video, "model": str(weights)}),
    )
    print(spread(ours, "footfall"))
    print(spread(theirs, "ObjectCounter on an untrained .pt"))
    return ratios("newcomer: x ObjectCounter on .pt", ours, theirs, 10.0)


def gate(bench: Bench) -> list[Result]:
    """Still pictures left out."""
    video = str(ROOT / "fixtures" / "videos" / "quiet.mp4")
    words = {"video": video, "model": str(bench.model), "frames": 6000 if bench.rounds > 1 else 1200}
    open_, closed = (child("gated", gate=on, **words) for on in (False, True))
    same = open_["crossings"] == closed["crossings"]
    share = closed["searched"] / (closed["frames"] + 20)
    print(f"  every picture: {open_['cpu_ms']:.2f} ms of processor a frame; gated: {closed['cpu_ms']:.2f} ms")
    print(f"  searched: {share:.1%} of the pictures; crossings {'identical' if same else 'NOT identical'}")
    return [
        Result(
            "gate: x less processor time on quiet",
            open_["cpu_ms"] / closed["cpu_ms"],
            10.0,
            least=True,
            note=f"{share:.1%} of the pictures searched",
        ),
        Result("gate: crossings identical", float(same), 1.0, least=True),
    ]


def cameras(bench: Bench) -> list[Result]:
    """Several cameras on one network."""
    names = ("entrance", "floor", "rush", "gathering")
    videos = [bench.clip(names[number % 4], 720) for number in range(CAMERAS)]
    words = {"model": str(bench.model), "seconds": bench.seconds}
    alone, many = [], []
    for number in range(max(1, bench.rounds - 2)):
        alone.append(child("cameras", videos=[videos[number % 4]], fps=CAMERA_FPS, **words))
        many.append(child("cameras", videos=videos, fps=CAMERA_FPS, **words))
    # The clips differ in how crowded they are: one camera of each kind is the fair measure of one camera.
    alone += [child("cameras", videos=[video], fps=CAMERA_FPS, **words) for video in videos[len(alone) : 4]]
    one = sum(each["cpu_ms"] for each in alone) / len(alone)
    crowd = child("cameras", videos=videos, fps=20.0, **words)
    dropped = sum(map(sum, (each["dropped"] for each in many)))
    analysed = sum(map(sum, (each["analysed"] for each in many)))
    print(f"  one camera: {one:.1f} ms of processor an analysed frame; {CAMERAS}: {middle(many, 'cpu_ms'):.1f} ms")
    print(f"  {CAMERAS} cameras at {CAMERA_FPS:g} a second: {analysed} analysed, {dropped} dropped")
    print(f"  {CAMERAS} cameras at 20 a second: analysed {crowd['analysed']}, dropped {crowd['dropped']}")
    fair = max(crowd["analysed"]) / max(1, min(crowd["analysed"]))
    return [
        Result(f"cameras: cost of a frame, {CAMERAS} against 1", middle(many, "cpu_ms") / one, 1.1, least=False),
        Result(f"cameras: analysed at {CAMERA_FPS:g} a second", analysed / (analysed + dropped), 0.99, least=True),
        Result("cameras: most / least analysed, overloaded", fair, 1.1, least=False),
    ]


def memory(bench: Bench) -> list[Result]:
    """What cameras take."""
    large, small = bench.clip("rush", 1080), bench.clip("floor", 720)
    words = {"model": str(bench.model), "fps": CAMERA_FPS, "seconds": min(bench.seconds, 20.0)}
    one = child("cameras", videos=[large], **words)["mb"]
    five = child("cameras", videos=[large] + [small] * 4, **words)["mb"]
    played = child("replay", video=bench.busy(), model=str(bench.model))["mb"]
    each = (five["rss"] - one["rss"]) / 4
    print(f"  one 1080p camera: {one['rss']:.0f} MB resident ({one['pss']:.0f} its own share)")
    print(f"  and four of 720p: {five['rss']:.0f} MB; a replay at full speed: {played['rss']:.0f} MB")
    return [
        Result("memory: one 1080p camera, MB", one["rss"], 350.0, least=False),
        Result("memory: each further 720p camera, MB", each, 60.0, least=False),
        Result("memory: a replay of 1080p, MB", played["rss"], 350.0, least=False),
    ]


def start(bench: Bench) -> list[Result]:
    """Until the first picture."""
    video = bench.busy()
    (told,) = in_turns(bench.rounds, ("replay", {"video": video, "model": str(bench.model)}))
    seconds = sorted(each["start_s"] for each in told)
    print(f"  from {seconds[0]:.2f} to {seconds[-1]:.2f} s")
    return [Result("start: to the first analysed picture, s", median(seconds), 3.0, least=False)]


PARTS: dict[str, Callable[[Bench], list[Result]]] = {
    each.__name__: each for each in (peers, aspect, newcomer, gate, cameras, memory, start)
}


def table(results: Sequence[Result]) -> str:
    """What was reached, and whether it is enough."""
    rows = [f"{'what':<44} {'reached':>8} {'wanted':>9}  ok"]
    for each in results:
        goal = f"{'>=' if each.least else '<='} {each.wanted:g}"
        note = f"   {each.note}" if each.note else ""
        rows.append(f"{each.what:<44} {each.reached:8.2f} {goal:>9}  {'yes' if each.ok else 'NO'}{note}")
    return "\n".join(rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the figures.

    Returns:
        0 where everything measured is as wanted, or where there is no model to measure with; else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="NAME", help=", ".join(PARTS)
    )
    parser.add_argument("--quick", action="store_true", help="one round of short videos: a look, no measurement")
    arguments = parser.parse_args(argv)
    shared = Path(os.environ.get("FOOTFALL_SHARED", ROOT.parent / "shared"))
    model = shared / "models" / MODEL
    if not model.is_dir():
        print(f"skipped: there is no {model}; name with FOOTFALL_SHARED the folder that holds models/{MODEL}")
        return 0
    results = []
    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
        quick = arguments.quick
        bench = Bench(Path(folder), model, 1 if quick else 5, 160 if quick else 400, 8.0 if quick else 30.0)
        for name in arguments.only:
            print(f"{name}:", flush=True)
            results += PARTS[name](bench)
    print()
    print(table(results))
    return 0 if all(each.ok for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
