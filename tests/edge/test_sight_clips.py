"""The judge on whole clips: the gate changes no count and no stay, none has a fault, faults done to them are found."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pytest

from benchmarks.footage import Replayed, recorded
from benchmarks.labels import read_labels
from benchmarks.ours import line_of
from edge.capture import Recording
from edge.cli.build import scene_of
from edge.events import Crossing, Stay
from edge.geometry import Point, Polygon
from edge.pipeline import Parts, Rules, steps
from edge.scene import Camera, Zone
from edge.settings import load
from edge.sight import PictureJudge, SightRules

from ..labels import read_labels as read_raw_labels
from .damage import BEGINS, by_infrared, damaged, film, learnt, pictures, sun_patch, told
from .test_sight import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.footage import Footage
    from edge.events import Frame, Glance
    from edge.sight import Reference

    from .damage import Picture

CLIPS = ("entrance", "floor", "gathering", "glassdoor", "quiet", "rush")
REAL = "one-by-one-person-detection"
FPS = 10.0


class Noting:
    """A judge that notes which faults it told."""

    def __init__(self) -> None:
        self._judge = PictureJudge(SightRules(frozen_s=5))
        self.told: set[str] = set()

    def look(self, frame: Frame) -> Glance:
        glance = self._judge.look(frame)
        self.told.add(glance.health)
        return glance


def counted(video: Path, footage: Footage, camera: Camera, sight: Noting | None) -> tuple[list[object], float]:
    """What is counted of a clip, whoever it was, and the share of its pictures that was searched."""
    frames = Recording(video).frames(BEGINS, FPS)
    facts: list[object] = []
    searched: deque[bool] = deque()
    for step in steps(frames, Replayed(footage), camera, Rules(), Parts(sight=sight)):
        facts += [
            (f.line, f.direction, f.at, f.x, f.y, f.box, f.confidence, f.held, f.cause)
            if isinstance(f, Crossing)
            else (f.zone, f.entered, f.left, f.start_cause, f.end_cause, f.x, f.y, f.confidence)
            for f in step.facts
            if isinstance(f, Crossing | Stay)
        ]
        if step.frame is not None:
            searched.append(step.searched)
    return facts, sum(searched) / len(searched)


def real_camera(shared: Path, footage: Footage) -> Camera:
    """The labelled lines and zones of the real video."""
    labels = footage.labels
    zones = read_raw_labels(shared / "truth" / f"{REAL}.json")["zones"]
    places = [tuple(Point(x / labels.width, y / labels.height) for x, y in z["polygon_feet"]) for z in zones]
    tables = tuple(Zone(f"table-{n}", "product", Polygon(place)) for n, place in enumerate(places))
    return Camera("room", "Room", tuple(line_of(line, labels.width, labels.height) for line in labels.lines), tables)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_the_gate_changes_no_crossing_and_no_stay(videos: Path, name: str) -> None:
    footage = recorded(read_labels(videos / f"{name}.truth.json"), videos / f"{name}.detections.csv")
    camera = scene_of(load(videos / f"{name}.toml").cameras[0])
    video = videos / f"{name}.mp4"
    sight = Noting()
    gated, searched = counted(video, footage, camera, sight)
    assert gated == counted(video, footage, camera, None)[0]
    assert gated
    assert sight.told == {"ok"}
    if name == "quiet":  # somebody is in view in 23.7 % of its pictures
        assert searched < 0.30


@pytest.mark.slow
def test_the_gate_changes_nothing_on_real_video(shared: Path) -> None:
    truth = shared / "truth"
    footage = recorded(read_labels(truth / f"{REAL}.json"), truth / "detections" / f"{REAL}.csv")
    camera = real_camera(shared, footage)
    video = shared / "videos" / f"{REAL}.mp4"
    sight = Noting()
    gated, searched = counted(video, footage, camera, sight)
    assert gated == counted(video, footage, camera, None)[0]
    assert len(gated) == 18
    assert sight.told == {"ok"}
    assert searched < 0.96


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_nothing_is_wrong_with_a_clip_that_is_compared_with_its_own_beginning(videos: Path, name: str) -> None:
    shown = pictures(videos / f"{name}.mp4", 150)
    judge = PictureJudge()
    assert told(judge, film(shown)) == [("ok", 0, 0)]
    assert judge.reference is not None
    assert judge.reference.telling


@pytest.mark.slow
@pytest.mark.parametrize("name", ["entrance", "floor"])
def test_low_sun_through_the_door_is_no_blur(videos: Path, name: str) -> None:
    """Its border is the strongest edge of all, and was looked for in too large a share of the fine picture."""
    shown = pictures(videos / f"{name}.mp4", 80)
    assert told(PictureJudge(reference=learnt(shown)), film(map(sun_patch, shown))) == [("ok", 0, 0)]


@pytest.mark.slow
def test_a_camera_that_turns_to_infrared_at_night_has_not_moved(videos: Path) -> None:
    day = pictures(videos / "floor.mp4", 80)
    night = [by_infrared(picture) for picture in day]
    assert told(PictureJudge(reference=learnt(day)), film(night)) == [("ok", 0, 0)]
    assert told(PictureJudge(reference=learnt(night)), film(day)) == [("ok", 0, 0)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rush", "gathering"])
def test_a_crowd_in_an_entrance_is_no_fault(videos: Path, name: str) -> None:
    """The view was learnt with a crowd in it; then people stand so close that they fill two thirds of it."""
    shown = pictures(videos / f"{name}.mp4", 80)
    close = [p[len(p) // 4 :, p.shape[1] // 4 : -p.shape[1] // 4] for p in shown]
    filled = [p.copy() for p in shown]
    for picture, people in zip(filled, close, strict=True):
        picture[-people.shape[0] :, : people.shape[1]] = people[:, ::-1]
    assert told(PictureJudge(reference=learnt(shown)), film(filled)) == [("ok", 0, 0)]


@pytest.fixture(scope="module")
def room(shared: Path) -> list[Picture]:
    """The real video, five pictures a second."""
    return pictures(shared / "videos" / f"{REAL}.mp4", 100)


@pytest.fixture(scope="module")
def reference(room: list[Picture]) -> Reference:
    """What its room looks like."""
    return learnt(room)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_real_camera_opens_and_closes(room: list[Picture], reference: Reference, fault: str) -> None:
    damage, cause = FAULTS[fault]
    said = told(PictureJudge(reference=reference), film(damaged(room, damage, 20, 60)))
    assert [health for health, *_ in said] == ["ok", cause, "ok"]
    assert 20 <= said[1][1] <= 26
    assert 60 <= said[2][1] <= 64


@pytest.mark.slow
def test_a_frozen_real_camera_is_found(room: list[Picture], reference: Reference) -> None:
    shown = [*room[:100], *[room[100]] * 200, *room[300:]]
    said = told(PictureJudge(SightRules(frozen_s=30), reference), film(shown))
    assert said == [("ok", 0, 0), ("frozen", 20.2, 50.2), ("ok", 60, 60)]
