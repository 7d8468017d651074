"""The set-up check: good cameras are told to be good, and each thing that is wrong is named with what to change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge import cli
from edge.capture import Recording
from edge.geometry import Point, Polygon, Polyline
from edge.pipeline import Rules, steps
from edge.scene import Anchor, Camera, Line, Zone
from edge.survey import Observer, judge, look, worst
from edge.survey.findings import Scale, nine_of_ten, surely_more_than

from .clips import write_clip
from .stories import HEIGHT, NOON, WIDTH, Seer, Walk, film, walk
from .test_live import server

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.survey import Finding, Look

    from .cameras import WebCamera

__all__ = ["server"]  # the network camera of test_live, used here as a fixture


def line_at(y: float, left: float = 0.1, right: float = 0.9, anchor: Anchor = "foot") -> Line:
    """A level line."""
    return Line("door", "entrance", Polyline((Point(left, y), Point(right, y))), anchor)


# The feet of twelve people who walk down the picture one after the other, three seconds each.
WALKERS = tuple(
    walk((2.0 * n, 120.0 + 35 * (n % 10), 130.0), (2.0 * n + 3, 120.0 + 35 * (n % 10), 340.0)) for n in range(12)
)
GOOD = line_at(0.65)


def survey(
    walks: Sequence[Walk] = WALKERS,
    line: Line = GOOD,
    *,
    seconds: float = 28.0,
    fps: float = 10.0,
    blind: Sequence[tuple[float, float]] = (),
    pictures: Look | None = None,
) -> dict[tuple[str, str], Finding]:
    """What the survey says about a little world, by what was measured and the measure."""
    camera = Camera("door", "Door", (line,), ())
    observer = Observer()
    for step in steps(film(seconds, fps), Seer(walks, blind), camera, Rules()):
        observer.add(step, pictures)
    return {(f.of, f.measure): f for f in judge(observer.finish(), camera)}


def wrong(findings: dict[tuple[str, str], Finding]) -> dict[str, str]:
    """Everything that is not ok: measure and verdict."""
    return {f.measure: f.verdict for f in findings.values() if f.verdict != "ok"}


def at_line(findings: dict[tuple[str, str], Finding], measure: str) -> Finding:
    return findings["line door", measure]


# --- little worlds ----------------------------------------------------------------------------------------------


def test_a_good_camera_is_told_to_be_good_and_needs_no_change() -> None:
    findings = survey()
    assert wrong(findings) == {}
    assert worst(findings.values()) == "ok"
    assert all(f.advice == "" for f in findings.values())
    assert at_line(findings, "crossings").found == "crossings: 12, walks seen: 12"
    assert at_line(findings, "angle to the way").value == pytest.approx(90, abs=1)
    # 120 px of 360; the line is 512 px long; from y = 234 it is 126 px to the lower edge
    assert findings["camera", "person height"].value == pytest.approx(1 / 3, abs=0.01)
    assert at_line(findings, "length").value == pytest.approx(512 / 120, abs=0.1)
    assert at_line(findings, "distance from the edge").value == pytest.approx(126 / 120, abs=0.05)
    # seen from 104 px before the line to 106 px after it
    assert at_line(findings, "tracked before it").value == pytest.approx(104 / 120, abs=0.05)
    assert at_line(findings, "tracked after it").value == pytest.approx(106 / 120, abs=0.05)


def test_a_line_near_the_edge_is_named_with_what_to_change() -> None:
    findings = survey(line=line_at(0.93))
    assert at_line(findings, "distance from the edge").value == pytest.approx(25 / 120, abs=0.02)
    assert at_line(findings, "distance from the edge").verdict == "doubtful"
    assert "away from the picture's edge" in at_line(findings, "distance from the edge").advice
    assert at_line(findings, "crossings").verdict == "bad"  # 5 pixels beyond the line are within the dead band


def test_a_line_that_people_hardly_pass_is_named() -> None:
    findings = survey(line=line_at(0.89))  # the walks end 20 px beyond it
    assert at_line(findings, "tracked after it").value == pytest.approx(20 / 120, abs=0.03)
    # ... and so does every path, in the middle of the picture.
    assert wrong(findings) == {"tracked after it": "bad", "paths that begin or end on it": "bad"}
    assert at_line(findings, "paths that begin or end on it").found == "12 of 12"


def test_a_line_at_the_end_of_the_way_sees_nobody_before_it() -> None:
    findings = survey(line=line_at(0.40))  # 14 px from where everybody appears
    assert wrong(findings)["tracked before it"] == "bad"


def test_a_line_shorter_than_a_body_is_named() -> None:
    doorway = [walk((2.0 * n, 320.0, 130.0), (2.0 * n + 3, 320.0, 340.0)) for n in range(12)]
    findings = survey(doorway, line_at(0.65, 0.45, 0.55))
    assert at_line(findings, "length").value == pytest.approx(64 / 120, abs=0.02)
    assert wrong(findings) == {"length": "doubtful"}  # as wide as a door leaf: 0.85 / 1.7
    assert wrong(survey(doorway, line_at(0.65, 0.46, 0.54))) == {"length": "bad"}


def test_people_who_pass_beside_the_end_of_a_line_are_told() -> None:
    beside = [walk((2.0 * n, 560.0, 130.0), (2.0 * n + 3, 560.0, 340.0)) for n in range(12)]
    findings = survey([*WALKERS, *beside], line_at(0.65, 0.1, 0.82))
    assert at_line(findings, "people past its ends").found == "12 of 24"
    assert at_line(findings, "people past its ends").verdict == "bad"
    assert "longer" in at_line(findings, "people past its ends").advice


def test_a_line_beside_the_way_crosses_no_walking_path() -> None:
    upright = Line("door", "entrance", Polyline((Point(0.9, 0.2), Point(0.9, 0.9))))
    findings = survey(line=upright)
    assert at_line(findings, "crossings").verdict == "bad"
    assert "beside the way" in at_line(findings, "crossings").advice
    assert ("line door", "angle to the way") not in findings


def test_a_line_along_the_way_is_crossed_at_too_small_an_angle() -> None:
    steep = Line("door", "entrance", Polyline((Point(0.44, 0.3), Point(0.5, 1.0))))
    walks = [walk((2.0 * n, 300.0, 130.0), (2.0 * n + 3, 300.0, 340.0)) for n in range(12)]
    findings = survey(walks, steep)
    assert at_line(findings, "angle to the way").value == pytest.approx(8.7, abs=1)
    assert at_line(findings, "angle to the way").verdict == "doubtful"
    assert "straight across" in at_line(findings, "angle to the way").advice


def test_people_who_appear_on_the_line_or_vanish_there_are_told() -> None:
    # A door leaf hides everybody as soon as they reach the line.
    walks = [walk((2.0 * n + 1, 200.0, 150.0), (2.0 * n + 2.5, 300.0, 225.0)) for n in range(12)]
    findings = survey(walks, line_at(0.65))
    broken = at_line(findings, "paths that begin or end on it")
    assert broken.verdict == "bad"
    assert "vanish" in broken.advice


def test_people_who_stand_on_the_line_are_told() -> None:
    standing = [walk((0, 100.0 + 80 * n, 130), (2, 100.0 + 80 * n, 230), (26, 100.0 + 80 * n, 230)) for n in range(6)]
    findings = survey([*WALKERS, *standing])
    assert at_line(findings, "people standing on it").verdict in {"doubtful", "bad"}
    assert "nobody stops" in at_line(findings, "people standing on it").advice


def test_two_pictures_a_second_are_too_few_and_the_advice_says_how_many_are_needed() -> None:
    fast = [walk((2.0 * n, 300.0, 130.0), (2.0 * n + 1.5, 300.0, 340.0)) for n in range(12)]
    findings = survey(fast, fps=4)
    assert findings["camera", "pictures analysed"].verdict == "doubtful"
    passes = at_line(findings, "detections a pass")
    assert passes.verdict in {"doubtful", "bad"}
    # Seen for about 1.5 s: ten detections need about seven pictures a second.
    assert "analyse 7 pictures a second" in passes.advice or "analyse 8 pictures a second" in passes.advice


def test_a_detector_that_looks_away_is_told_by_the_share_of_pictures() -> None:
    blind = [(0.4 * n, 0.4 * n + 0.2) for n in range(70)]
    findings = survey(blind=blind)
    assert findings["camera", "seen while in view"].verdict == "bad"
    assert findings["camera", "seen while in view"].value == pytest.approx(0.5, abs=0.1)


def test_nobody_in_view_is_unknown_and_asks_for_a_walk() -> None:
    findings = survey([])
    assert worst(findings.values()) == "unknown"
    assert "ten times" in at_line(findings, "crossings").advice
    assert at_line(findings, "length").verdict == "unknown"


def test_a_mannequin_is_told_with_its_place() -> None:
    mannequin = walk((0, 500.0, 200.0), (28, 500.0, 200.0))
    findings = survey([*WALKERS, mannequin])
    fixed = findings["camera", "figures that never move"]
    assert (fixed.verdict, fixed.found) == ("doubtful", "1 at (0.78, 0.56)")


def zone_survey(*corners: tuple[float, float]) -> dict[str, Finding]:
    """What the survey says about a zone in the world of the walkers."""
    camera = Camera("door", "Door", (), (Zone("shoes", "product", Polygon(tuple(Point(*c) for c in corners))),))
    observer = Observer()
    for step in steps(film(28, 10), Seer(WALKERS), camera, Rules()):
        observer.add(step)
    return {f.measure: f for f in judge(observer.finish(), camera) if f.of == "zone shoes"}


def test_a_zone_that_people_walk_through_is_good() -> None:
    findings = zone_survey((0.1, 0.5), (0.9, 0.5), (0.9, 0.8), (0.1, 0.8))
    assert {f.verdict for f in findings.values()} == {"ok"}
    assert findings["people seen in it"].value == 12
    # 512 x 108 px
    assert findings["size"].value == pytest.approx((512 * 108) ** 0.5 / 120, rel=0.02)


def test_a_zone_where_nobody_goes_and_one_too_small_to_stand_in_are_named() -> None:
    empty = zone_survey((0.92, 0.5), (0.99, 0.5), (0.99, 0.8))
    assert {m: f.verdict for m, f in empty.items()} == {"people seen in it": "doubtful"}
    tiny = zone_survey((0.18, 0.6), (0.20, 0.6), (0.20, 0.64), (0.18, 0.64))
    assert tiny["size"].verdict == "bad"


def test_a_zone_whose_visitors_have_their_feet_below_the_picture_is_named() -> None:
    low = [walk((2.0 * n, 100.0, 359.0), (2.0 * n + 3, 400.0, 359.0)) for n in range(10)]
    outline = Polygon((Point(0, 0.9), Point(1, 0.9), Point(1, 1), Point(0, 1)))
    camera = Camera("door", "Door", (), (Zone("till", "till", outline),))
    observer = Observer()
    for step in steps(film(28, 10), Seer(low), camera, Rules()):
        observer.add(step)
    findings = {f.measure: f for f in judge(observer.finish(), camera) if f.of == "zone till"}
    assert findings["feet below the picture"].found == "10 of 10"
    assert findings["feet below the picture"].verdict == "bad"


def test_crowding_is_told_by_boxes_that_overlap() -> None:
    crowd = [walk((0, 60.0 + 30 * n, 150 + 6 * n), (20, 260.0 + 30 * n, 250 + 6 * n)) for n in range(10)]
    findings = survey(crowd)
    assert findings["camera", "crowding"].verdict == "bad"
    assert "higher" in findings["camera", "crowding"].advice


def test_small_people_are_named_by_the_share_of_the_picture() -> None:
    class Far(Seer):
        """The same walks from so far away that people are 25 pixels tall."""

        def detect(self, frame: Any) -> Any:
            found = super().detect(frame)
            boxes = found.xyxy.copy()
            boxes[:, 1] = boxes[:, 3] - 25
            boxes[:, 0] += 18
            boxes[:, 2] -= 18
            return replace(found, xyxy=boxes)

    camera = Camera("door", "Door", (GOOD,), ())
    observer = Observer()
    for step in steps(film(28, 20), Far(WALKERS), camera, Rules()):
        observer.add(step)
    findings = {(f.of, f.measure): f for f in judge(observer.finish(), camera)}
    assert findings["camera", "person height"].verdict == "bad"
    assert "too small" in findings["camera", "person height"].advice
    assert findings["camera", "person height"].value == pytest.approx(25 / 360, abs=0.01)


def test_an_observer_that_saw_no_picture_says_so() -> None:
    with pytest.raises(ValueError, match="not one picture"):
        Observer().finish()


@pytest.mark.slow
def test_the_observer_keeps_no_picture() -> None:
    """Whatever is reachable from what a survey returns, no array of pixels is among it."""
    observer = Observer()
    camera = Camera("door", "Door", (GOOD,), ())
    for step in steps(film(5, 10), Seer(WALKERS), camera, Rules()):
        observer.add(step, look(step.frame.image) if step.frame else None)
    todo: list[object] = [observer.finish(), observer]
    while todo:
        value = todo.pop()
        assert not isinstance(value, np.ndarray)
        if isinstance(value, dict | tuple | list | set):
            todo += value.values() if isinstance(value, dict) else value
        elif type(value).__module__.startswith("edge."):
            names = getattr(type(value), "__slots__", None) or vars(value)
            todo += [getattr(value, name) for name in names]


# --- arithmetic -------------------------------------------------------------------------------------------------


def test_nine_of_ten_is_the_lower_tenth() -> None:
    assert nine_of_ten([5.0]) == 5.0
    assert nine_of_ten([float(n) for n in range(5)]) == 0.0
    assert nine_of_ten([float(n) for n in range(9)]) == 1.0
    assert nine_of_ten([float(n) for n in range(20)]) == 2.0


def test_a_scale_grades_both_ways() -> None:
    more, less = Scale(ok=8, doubtful=5), Scale(ok=0.1, doubtful=0.3)
    assert [more.grade(v) for v in (8, 7.9, 5, 4.9)] == ["ok", "doubtful", "doubtful", "bad"]
    assert [less.grade(v) for v in (0.1, 0.11, 0.3, 0.31)] == ["ok", "doubtful", "doubtful", "bad"]


@pytest.mark.parametrize(("wrong_ones", "everyone"), [(0, 10), (2, 30), (5, 30), (50, 100), (10, 10)])
def test_the_certain_share_is_where_the_score_test_is_just_passed(wrong_ones: int, everyone: int) -> None:
    lower = surely_more_than(wrong_ones, everyone)
    assert 0 <= lower <= wrong_ones / everyone
    if wrong_ones:
        z = (wrong_ones / everyone - lower) / np.sqrt(lower * (1 - lower) / everyone)
        assert z == pytest.approx(1.645)


# --- pictures ---------------------------------------------------------------------------------------------------


def chessboard(width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    """Grey fields of 20 pixels, sharp."""
    y, x = np.mgrid[0:height, 0:width]
    grey = np.where((x // 20 + y // 20) % 2, 180, 80).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_a_picture_is_described_by_its_light() -> None:
    described = look(chessboard())
    assert described.mean == pytest.approx(130, abs=1)
    assert described.contrast == pytest.approx(50, abs=1)
    assert (described.dark, described.burnt) == (0, 0)
    assert look(np.full((64, 64, 3), 10, np.uint8)).dark == 1
    assert look(np.full((64, 64, 3), 255, np.uint8)).burnt == 1


def test_grey_is_what_opencv_makes_of_colours() -> None:
    colours = np.random.default_rng(7).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert look(colours).mean == pytest.approx(float(cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY).mean()), abs=0.5)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0, 20.0])
def test_noise_is_measured_in_grey_levels_in_spite_of_edges(sigma: float) -> None:
    grey = chessboard()[:, :, 0] + np.random.default_rng(7).normal(0, sigma, (360, 640))
    noisy = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    assert look(noisy).noise == pytest.approx(sigma, rel=0.2)


def test_the_laplacian_is_opencvs() -> None:
    described = look(chessboard())
    there = cv2.Laplacian(chessboard()[:, :, 0], cv2.CV_64F, ksize=1)[1:-1, 1:-1].var()
    assert described.edge_energy == pytest.approx(there, rel=0.01)


def test_blur_grows_with_blurring_and_hardly_with_resolution() -> None:
    blurs = [look(np.asarray(cv2.GaussianBlur(chessboard(), (0, 0), s), np.uint8)).blur for s in (0.5, 1, 2, 4)]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.5 < blurs[-1]
    large = chessboard().repeat(3, axis=0).repeat(3, axis=1)
    assert look(large).blur == pytest.approx(look(chessboard()).blur, abs=0.02)


def test_a_picture_too_small_to_describe_is_refused() -> None:
    with pytest.raises(ValueError, match="20 x 20 is too small"):
        look(np.zeros((20, 20, 3), np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "measure"),
    [
        ({"mean": 9.0}, "light: mean grey (0-255)"),
        ({"contrast": 3.0}, "light: contrast (grey levels)"),
        ({"burnt": 0.8}, "light: burnt out"),
        ({"noise": 25.0}, "light: noise (grey levels)"),
        ({"blur": 0.9}, "sharpness: blur (0-1)"),
    ],
)
def test_bad_light_is_named_one_by_one(change: dict[str, float], measure: str) -> None:
    good = look(chessboard())
    assert wrong(survey(pictures=good)) == {}
    assert wrong(survey(pictures=replace(good, **change))) == {measure: "bad"}


# --- the command ------------------------------------------------------------------------------------------------


def settings_of(videos: Path, folder: Path, *changes: tuple[str, str], clip: str = "entrance") -> Path:
    """The settings of a fixture clip with recorded detections, changed."""
    text = (videos / f"{clip}.toml").read_text(encoding="utf-8")
    model = f"recorded:{videos / f'{clip}.detections.csv'}"
    own = (("../models/fixture-world-only-person_openvino_model", model), (f'"{clip}.mp4"', f'"{videos / clip}.mp4"'))
    for old, new in (*own, *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "store.toml"
    path.write_text(text, encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, str]:
    """Runs the survey; every measure that is not ok, with its verdict."""
    capsys.readouterr()
    assert cli.main(["survey", *map(str, words), "--json"]) == 0
    (camera,) = json.loads(capsys.readouterr().out)
    return {f"{f['of']}: {f['measure']}": f["verdict"] for f in camera["findings"] if f["verdict"] != "ok"}


def darkened(video: Path, out: Path, share: float, frames: int) -> Path:
    """The first pictures of a clip with less light."""
    recording = Recording(video)
    size = recording.width, recording.height
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), recording.fps, size)
    for frame in recording.frames(NOON):
        if frame.number == frames:
            break
        writer.write((frame.image * share).astype(np.uint8))
    writer.release()
    return out


@pytest.mark.slow
def test_the_entrance_clip_is_good_for_counting(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["survey", "--config", str(settings_of(videos, tmp_path)), "--seconds", "30"]) == 0
    text = capsys.readouterr().out
    assert "entrance: good for counting" in text
    assert "line entrance" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["store.toml"]  # nothing is stored, no picture, no database


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "measures"),
    [
        # the line moved to the lower edge, where people leave the picture
        (
            (("[0.76372, 0.52243]", "[0.95, 0.985]"), ("[0.23628, 0.52243]", "[0.05, 0.985]")),
            {"line entrance: distance from the edge", "line entrance: tracked before it"},
        ),
        # the line made tiny
        (
            (("[0.76372, 0.52243]", "[0.36, 0.52243]"), ("[0.23628, 0.52243]", "[0.33, 0.52243]")),
            {"line entrance: length", "line entrance: people past its ends"},
        ),
        # two pictures a second
        ((("fps = 20", "fps = 2"),), {"camera: pictures analysed"}),
    ],
)
def test_the_entrance_clip_set_up_badly(
    videos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: Iterable[tuple[str, str]],
    measures: set[str],
) -> None:
    found = told(capsys, "--config", settings_of(videos, tmp_path, *changes))
    assert measures <= set(found)
    assert "bad" in {found[measure] for measure in measures}


@pytest.mark.slow
def test_a_darkened_clip_is_told_to_be_dark(videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings_of(videos, tmp_path)
    dark = darkened(videos / "entrance.mp4", tmp_path / "dark.mp4", 0.06, 200)
    # Recorded detections of the bright clip do not fit a clip that ends earlier; those of the first pictures do.
    lines = (videos / "entrance.detections.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "dark.csv").write_text("\n".join(x for x in lines if int(x.split(",")[0]) <= 200), encoding="utf-8")
    model = f"recorded:{tmp_path / 'dark.csv'}"
    found = told(capsys, "--config", path, "--source", dark, "--model", model, "--seconds", "10")
    assert found["camera: light: mean grey (0-255)"] == "bad"
    assert found["camera: light: contrast (grey levels)"] == "bad"


@pytest.mark.slow
def test_a_live_camera_is_surveyed_at_the_rate_it_gives(
    server: WebCamera, tmp_path: Path, capsys: pytest.CaptureFixture[str], videos: Path
) -> None:
    path = settings_of(videos, tmp_path)
    capsys.readouterr()
    assert cli.main(["survey", "--config", str(path), "--source", server.address, "--seconds", "5", "--json"]) == 0
    said = capsys.readouterr()
    (camera,) = json.loads(said.out)
    findings = {f["measure"]: f for f in camera["findings"]}
    assert 4.5 <= camera["seconds"] <= 6
    assert 12 <= findings["pictures from the source"]["value"] <= 21  # made at 20 a second, less what making one takes
    assert 0 < findings["speed of this machine"]["value"] <= 1
    assert "secret" not in said.out + said.err


@pytest.mark.slow
def test_a_camera_that_gives_no_picture_is_named_and_the_status_is_1(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.cli.survey.DEAD_S", 1.0)
    path = settings_of(videos, tmp_path)
    dead = "http://me:secret@127.0.0.1:9/video"
    assert cli.main(["survey", "--config", str(path), "--source", dead]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == "camera entrance: http://127.0.0.1:9/video: no picture within 1 s"


@pytest.mark.parametrize("words", [["--seconds", "1"], ["--seconds", "ten"], ["--seconds", "nan"]])
def test_seconds_without_sense_are_refused(
    videos: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["survey", "--config", str(settings_of(videos, tmp_path)), *words])
    assert caught.value.code == 2
    assert "must be a number of seconds from 5 to 3600" in capsys.readouterr().err


def test_detections_of_another_clip_are_refused(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "other.mp4")  # 320 x 240
    assert cli.main(["survey", "--config", str(settings_of(videos, tmp_path)), "--source", str(clip)]) == 2
    assert "beyond the 320 x 240 pictures of other.mp4" in capsys.readouterr().err


ROOM = """
[store]
id = "real"
name = "Room with a table"
time_zone = "UTC"
currency = "EUR"
[model]
path = "recorded:{shared}/truth/detections/one-by-one-person-detection.csv"
[[cameras]]
id = "room"
source = "{shared}/videos/one-by-one-person-detection.mp4"
[[cameras.lines]]
id = "door"
role = "entrance"
start = [0.0104, 1.0]
end = [1.0, 0.2315]
anchor = "{anchor}"
"""


@pytest.mark.slow
def test_the_real_room_is_well_lit_but_its_line_is_hardly_passed(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "room.toml"
    path.write_text(ROOM.format(shared=shared, anchor="centre"), encoding="utf-8")
    found = told(capsys, "--config", path, "--seconds", "140")
    # Visitors come to a table that stands just beyond the line: their centres go a tenth of a body over it.
    assert found["line door: tracked before it"] == "bad"
    assert found["line door: tracked after it"] == "bad"
    assert not any(measure.startswith("camera:") for measure in found)
    path.write_text(ROOM.format(shared=shared, anchor="foot"), encoding="utf-8")
    found = told(capsys, "--config", path, "--seconds", "140")
    assert found["line door: crossings"] == "bad"  # their feet never reach it


def test_the_world_of_these_tests_is_as_large_as_it_says() -> None:
    (frame,) = film(0.1, 10)
    assert frame.image.shape == (HEIGHT, WIDTH, 3)
