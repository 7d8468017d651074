"""What ``benchmarks/edge.py`` measures, each in a process of its own: ``python -m benchmarks.edge_children TASK JSON``.

Every task prints one JSON object as its last line. Rates leave out the start of the process, which is measured apart.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from edge.capture import Recording, prefetched
from edge.cli.lanes import cores
from edge.detection import open_detector
from edge.detection.boxes import letterbox
from edge.detection.openvino_model import find_xml, import_openvino
from edge.detection.recorded import PREFIX
from edge.events import Network
from edge.geometry import Point, Polyline
from edge.pipeline import Parts, Rules, steps
from edge.scene import Camera, Line
from edge.sight import PictureJudge

from .footage import BEGINS, THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from edge.events import Detections, Detector, Frame, Pending

WARM = 20  # frames before the clock starts
LINE = Line("line", "entrance", Polyline((Point(0.05, 0.75), Point(0.95, 0.75))))
SETTINGS = """
[store]
id = "bench"
name = "Benchmark"
time_zone = "UTC"
currency = "EUR"
[database]
path = "facts.sqlite"
[model]
path = "{model}"
gate = {gate}
[[cameras]]
id = "camera"
source = "{video}"
start = "2026-01-01T00:00:00"
[[cameras.lines]]
id = "line"
role = "entrance"
start = [0.05, 0.75]
end = [0.95, 0.75]
"""


class Stopwatch:
    """Wall and processor time a frame, from frame ``WARM`` on."""

    def __init__(self) -> None:
        self.frames = 0
        self._began = self._ended = (0.0, 0.0)

    def tick(self) -> None:
        """One more frame is done."""
        self.frames += 1
        if self.frames == WARM:
            self._began = time.perf_counter(), time.process_time()
        self._ended = time.perf_counter(), time.process_time()

    def told(self, **more: Any) -> dict[str, Any]:
        """What was measured."""
        wall_s, cpu_s = (after - before for before, after in zip(self._began, self._ended, strict=True))
        frames = self.frames - WARM
        return {"frames": frames, "fps": frames / wall_s, "cpu_ms": cpu_s / frames * 1000, **more}


def replay(video: str, model: str, *, gate: bool = True) -> dict[str, Any]:
    """Ours as it is: ``footfall-edge replay`` with its database."""
    from edge.cli import main
    from edge.cli import replay as command

    watch = Stopwatch()
    take = command._Job.take  # noqa: SLF001 - measured from outside, not changed

    def ticking(job: Any, told: Any) -> None:
        take(job, told)
        if told.step is not None and told.step.frame is not None:
            if not watch.frames:
                sys.stdout.write(f"first {time.time()}\n")
                sys.stdout.flush()
            watch.tick()

    setattr(command._Job, "take", ticking)  # noqa: SLF001, B010 - mypy allows no other way
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "store.toml"
        settings.write_text(SETTINGS.format(model=model, video=video, gate=str(gate).lower()), encoding="utf-8")
        status = main(["replay", video, "--config", str(settings)])
    if status:
        raise SystemExit(status)
    return watch.told(mb=memory_mb())


def object_counter(video: str, model: str) -> dict[str, Any]:
    """Ultralytics' own: ObjectCounter with ByteTrack, one line, classes of people only, nothing shown or saved."""
    from edge.detection.export import private_environment

    os.environ.update(private_environment())
    import_openvino()
    import cv2
    from ultralytics.solutions import ObjectCounter
    from ultralytics.utils import LOGGER

    LOGGER.setLevel(logging.ERROR)
    reader = cv2.VideoCapture(video)
    width, height = (reader.get(each) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    line = [(round(p.x * width), round(p.y * height)) for p in LINE.path.corners]
    counter: Any = ObjectCounter(
        region=line, model=model, tracker="bytetrack.yaml", classes=[0], show=False, verbose=False
    )
    watch = Stopwatch()
    while True:
        going, image = reader.read()
        if not going:
            return watch.told(mb=memory_mb())
        counter(image)
        watch.tick()


def decode(video: str) -> dict[str, Any]:
    """Decoding alone."""
    watch = Stopwatch()
    for _ in Recording(Path(video)).frames(BEGINS):
        watch.tick()
    return watch.told()


def infer(video: str, model: str, frames: int) -> dict[str, Any]:
    """OpenVINO's asynchronous inference alone: pictures that already have the network's size, results not read."""
    from edge.detection.openvino_model import shared_model

    ov = import_openvino()
    shared = shared_model(find_xml(Path(model)))
    if shared.fixed is None:
        raise SystemExit(f"{model}: its input must have a fixed size")
    compiled = shared._compiled(shared.fixed)  # noqa: SLF001 - the very network, without our queue
    with closing(Recording(Path(video)).frames(BEGINS)) as source:
        pictures = [
            letterbox(frame.image, *shared.fixed)[0][None] for _, frame in zip(range(WARM), source, strict=False)
        ]
    waiting = ov.AsyncInferQueue(compiled)
    for picture in pictures:
        waiting.start_async(picture)
    waiting.wait_all()
    began = time.perf_counter(), time.process_time()
    for number in range(frames):
        waiting.start_async(pictures[number % len(pictures)])
    waiting.wait_all()
    wall_s, cpu_s = time.perf_counter() - began[0], time.process_time() - began[1]
    return {"frames": frames, "fps": frames / wall_s, "cpu_ms": cpu_s / frames * 1000}


@dataclass(frozen=True, slots=True)
class Costing:
    """A detector that works as hard as the network, and says what the clip's recorded detections say.

    YOLO11n takes a thing in the rendered shop for a person, at 0.7, and whoever is followed keeps the gate open.
    """

    network: Network
    recorded: Detector

    @property
    def model_id(self) -> str:
        """That of the boxes."""
        return self.recorded.model_id

    def detect(self, frame: Frame) -> Detections:
        """What was recorded, at the network's cost."""
        return self.submit(frame).result()

    def submit(self, frame: Frame) -> CostingPending:
        """The same, begun."""
        return CostingPending(self.network.submit(frame), self.recorded.detect(frame))


@dataclass(frozen=True, slots=True)
class CostingPending:
    """A picture on its way through the network, whose boxes are known."""

    pending: Pending
    known: Detections

    def result(self) -> Detections:
        """Waits for the network."""
        self.pending.result()
        return self.known


def gated(video: str, model: str, *, gate: bool, frames: int) -> dict[str, Any]:
    """The loop with the judge of pictures, still pictures left out or not; boxes as recorded beside the clip."""
    network = open_detector(model, THRESHOLDS)
    if not isinstance(network, Network):
        raise SystemExit(f"{model}: must run on OpenVINO")
    detector = Costing(network, open_detector(f"{PREFIX}{Path(video).with_suffix('.detections.csv')}", THRESHOLDS))
    parts = Parts(sight=PictureJudge(), gate=gate, ahead=cores() + 1)
    watch = Stopwatch()
    searched = 0
    facts = []
    with closing(prefetched(Recording(Path(video)).frames(BEGINS), 3)) as source:
        pictures = (frame for _, frame in zip(range(frames), source, strict=False))
        for step in steps(pictures, detector, Camera("camera", "camera", (LINE,), ()), Rules(), parts):
            facts += [repr(fact) for fact in step.facts if type(fact).__name__ == "Crossing"]
            if step.frame is not None:
                searched += step.searched
                watch.tick()
    return watch.told(searched=searched, crossings=facts)


class Mailbox:
    """The newest picture of a recording that is played at its own pace; what nobody took is dropped and counted."""

    def __init__(self, video: str, fps: float, began: float, seconds: float) -> None:
        self._source = Recording(Path(video)).frames(BEGINS, fps)
        self._began, self._seconds = began, seconds
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._ended = False
        self.dropped = 0
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self) -> None:
        with closing(self._source) as source:
            for frame in source:
                due = (frame.at - BEGINS) / timedelta(seconds=1)
                if due > self._seconds:
                    break
                time.sleep(max(0.0, self._began + due - time.monotonic()))
                with self._changed:
                    self.dropped += self._newest is not None
                    self._newest = frame
                    self._changed.notify()
        with self._changed:
            self._ended = True
            self._changed.notify()

    def frames(self) -> Generator[Frame]:
        """The pictures that somebody has time for."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._ended)
                frame, self._newest = self._newest, None
            if frame is None:
                return
            yield frame


def cameras(videos: list[str], model: str, fps: float, seconds: float) -> dict[str, Any]:
    """Recorded cameras at the pace of the clock, a thread each, one network for all; every picture is searched."""
    detectors = [open_detector(model, THRESHOLDS) for _ in videos]
    detectors[0].detect(next(Recording(Path(videos[0])).frames(BEGINS)))
    analysed = [0] * len(videos)
    began = time.monotonic() + 1.0
    cpu_before = time.process_time()
    boxes = [Mailbox(video, fps, began, seconds) for video in videos]

    def watch(number: int) -> None:
        camera = Camera(f"camera {number}", "", (LINE,), ())
        parts = Parts(sight=PictureJudge(), gate=False)
        for step in steps(boxes[number].frames(), detectors[number], camera, Rules(), parts):
            analysed[number] += step.frame is not None

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(len(videos))]
    for thread in threads:
        thread.start()
    time.sleep(seconds * 0.8)
    memory = memory_mb()
    for thread in threads:
        thread.join()
    cpu_s = time.process_time() - cpu_before
    dropped = [box.dropped for box in boxes]
    return {"analysed": analysed, "dropped": dropped, "cpu_ms": cpu_s / sum(analysed) * 1000, "mb": memory}


def memory_mb() -> dict[str, float]:
    """Resident memory of this process now: all of it, and its own share of what several processes use (Linux)."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return {}
    found = {line.split(":")[0]: float(line.split()[1]) / 1024 for line in lines if line.startswith(("Rss", "Pss:"))}
    return {"rss": found["Rss"], "pss": found["Pss"]}


def untrained(path: str) -> dict[str, Any]:
    """Weights of YOLO11n that know nothing; they cost what the published ones cost."""
    from edge.detection.export import private_environment

    os.environ.update(private_environment())
    from ultralytics import YOLO

    YOLO("yolo11n.yaml").save(path)
    return {}


def resize(model: str, folder: str, height: int, width: int) -> dict[str, Any]:
    """The same IR for another size of input."""
    from edge.optimize.resizing import resized

    ov = import_openvino()
    xml = find_xml(Path(model))
    made = Path(folder)
    made.mkdir(parents=True, exist_ok=True)
    ov.save_model(resized(ov.Core().read_model(xml), height, width), made / xml.name, compress_to_fp16=False)
    metadata = yaml.safe_load((xml.parent / "metadata.yaml").read_text("utf-8"))
    (made / "metadata.yaml").write_text(yaml.safe_dump(metadata | {"imgsz": [height, width]}), "utf-8")
    return {}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each for each in (replay, object_counter, decode, infer, gated, cameras, untrained, resize)
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(TASKS[sys.argv[1]](**json.loads(sys.argv[2]))) + "\n")
