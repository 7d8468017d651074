"""The benchmarks: what they are given, how they score, what they print, and peers that really run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import counting, tracking
from benchmarks.labels import Event
from benchmarks.library_trackers import CLASSES, ULTRALYTICS, package_tracker
from benchmarks.mot import evaluate, frames_in
from benchmarks.scoring import score, total

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT, FPS, FRAMES = 640, 360, 20, 200
LINE = [[320, 0], [320, 360]]
# People walk 160 px a second, so from x = 160 they are on the line 20 frames later.
PACE_PX = 8
BOX = (50, 120)

Walk = tuple[int, int, int]  # first frame, first x, pixels a frame


def boxes(walk: Walk, y: int = 180, frames: int = 40) -> list[str]:
    """A person who walks along, as lines of a detections file; frames count from 1 there."""
    begins, x, pace = walk
    return [
        f"{begins + i + 1},-1,{x + pace * i - BOX[0] / 2},{y - BOX[1] / 2},{BOX[0]},{BOX[1]},0.9,-1,-1,-1"
        for i in range(frames)
    ]


def written(folder: Path, crossings: list[dict[str, Any]], detections: list[str], **changes: Any) -> list[str]:
    """A label file and its detections, and the arguments that name them."""
    labels = {"fps": FPS, "width": WIDTH, "height": HEIGHT, "frames": FRAMES, "line": LINE, "crossings": crossings}
    (folder / "hall.json").write_text(json.dumps(labels | changes))
    (folder / "hall.csv").write_text("\n".join(detections) + "\n")
    return ["--labels", str(folder / "hall.json"), "--detections", str(folder / "hall.csv")]


TO_THE_RIGHT, BACK = (20, 160, PACE_PX), (120, 480, -PACE_PX)
CROSSINGS: list[dict[str, Any]] = [
    {"frame": 40, "direction": "in", "x": 320, "y": 180},
    {"frame": 140, "direction": "out", "x": 320, "y": 180},
]


def row(printed: str, name: str = "footfall") -> list[str]:
    """The first line of the table for one counter, without its name."""
    return next(line for line in printed.splitlines() if line.startswith(f"{name}  ")).removeprefix(name).split()


def test_perfect_detections_give_a_perfect_score_and_the_crossings_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, CROSSINGS, boxes(TO_THE_RIGHT) + boxes(BACK))
    out = tmp_path / "predicted.json"
    assert counting.main([*arguments, "--only", "ours", "--fps", "full", "10", "--out", str(out)]) == 0
    assert row(capsys.readouterr().out) == ["2", "0", "0", "1.000", "2", "0", "0", "1.000"]
    predicted = json.loads(out.read_text())
    assert [set(each) for each in predicted] == [{"frame", "direction", "x", "y"}] * 2
    assert [each["direction"] for each in predicted] == ["in", "out"]
    assert [each["frame"] for each in predicted] == pytest.approx([40, 140], abs=2)
    assert [each["x"] for each in predicted] == pytest.approx([320, 320], abs=1)
    assert [each["y"] for each in predicted] == pytest.approx([180, 180], abs=5)


def test_at_a_lower_rate_frames_keep_the_numbers_of_the_clip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, CROSSINGS, boxes(TO_THE_RIGHT) + boxes(BACK))
    out = tmp_path / "predicted.json"
    assert counting.main([*arguments, "--only", "ours", "--fps", "5", "full", "--out", str(out)]) == 0
    assert row(capsys.readouterr().out)[3::4] == ["1.000", "1.000"]
    frames = [each["frame"] for each in json.loads(out.read_text())]
    assert frames == pytest.approx([40, 140], abs=4)
    assert [frame % 4 for frame in frames] == [0, 0]


def test_whoever_is_not_detected_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = written(tmp_path, CROSSINGS, boxes(TO_THE_RIGHT))
    assert counting.main([*arguments, "--only", "ours", "--fps", "full", "--show"]) == 0
    printed = capsys.readouterr().out
    assert row(printed) == ["1", "1", "0", "0.667"]
    assert "hall at full: missed frame 140, out at 320, 180" in printed


def test_whoever_is_not_labelled_is_invented(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = written(tmp_path, CROSSINGS[:1], boxes(TO_THE_RIGHT) + boxes(BACK))
    assert counting.main([*arguments, "--only", "ours", "--fps", "full"]) == 0
    assert row(capsys.readouterr().out) == ["1", "0", "1", "0.667"]


@pytest.mark.parametrize("seen", [True, False])
def test_an_optional_crossing_may_be_counted_or_not(
    seen: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crossings = [CROSSINGS[0], CROSSINGS[1] | {"optional": True}]
    arguments = written(tmp_path, crossings, boxes(TO_THE_RIGHT) + (boxes(BACK) if seen else []))
    assert counting.main([*arguments, "--only", "ours", "--fps", "full"]) == 0
    printed = capsys.readouterr().out
    assert "1 true and 1 optional" in printed
    assert row(printed) == ["1", "0", "0", "1.000"]


def test_several_lines_are_scored_each_and_named_in_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate_crossings = [{"frame": 52, "direction": "out"}]
    lines = [
        {"id": "door", "line": LINE, "anchor": "foot", "crossings": CROSSINGS[:1]},
        {"id": "gate", "line": [[420, 360], [420, 200], [420, 0]], "anchor": "feet", "crossings": gate_crossings},
    ]
    arguments = written(tmp_path, [], boxes(TO_THE_RIGHT), lines=lines)
    out = tmp_path / "predicted.json"
    assert counting.main([*arguments, "--only", "ours", "--fps", "full", "--out", str(out)]) == 0
    assert row(capsys.readouterr().out) == ["2", "0", "0", "1.000"]
    assert [(each["line"], each["direction"]) for each in json.loads(out.read_text())] == [
        ("door", "in"),
        ("gate", "out"),
    ]


def test_alternative_lines_are_counted_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    further = {"name": "far", "anchor": "any", "line": [[420, 0], [420, 360]], "crossings": []}
    arguments = written(tmp_path, CROSSINGS, boxes(TO_THE_RIGHT), alt_lines=[further])
    assert counting.main([*arguments, "--alt-lines", "--only", "ours", "--fps", "full"]) == 0
    assert row(capsys.readouterr().out) == ["0", "0", "1", "0.000"]


def test_the_detections_beside_a_label_file_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = written(tmp_path, CROSSINGS[:1], boxes(TO_THE_RIGHT))
    (tmp_path / "detections").mkdir()
    (tmp_path / "hall.csv").rename(tmp_path / "detections" / "hall.csv")
    assert counting.main([*arguments[:2], "--only", "ours", "--fps", "full"]) == 0
    assert row(capsys.readouterr().out) == ["1", "0", "0", "1.000"]


def test_a_line_zone_that_is_well_set_counts_the_same_walk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = written(tmp_path, CROSSINGS, boxes(TO_THE_RIGHT) + boxes(BACK))
    assert counting.main([*arguments, "--only", "LineZone ByteTrack best set", "--fps", "full"]) == 0
    assert row(capsys.readouterr().out, "LineZone ByteTrack best set") == ["2", "0", "0", "1.000"]


@pytest.mark.slow
def test_object_counter_counts_nobody_twice_who_turns_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there_and_back = boxes(TO_THE_RIGHT) + boxes((60, 480, -PACE_PX))
    crossings = [CROSSINGS[0], CROSSINGS[1] | {"frame": 80}]
    arguments = written(tmp_path, crossings, there_and_back)
    assert counting.main([*arguments, "--only", "ours", "ObjectCounter", "--fps", "full"]) == 0
    printed = capsys.readouterr().out
    assert row(printed) == ["2", "0", "0", "1.000"]
    for name in ("ObjectCounter", "ObjectCounter ByteTrack", "ObjectCounter ByteTrack best set"):
        assert row(printed, name) == ["1", "1", "0", "0.667"]


@pytest.mark.slow
def test_object_counter_names_directions_as_the_labels_do_on_flat_and_steep_lines_drawn_either_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    downwards = [
        f"{i + 1},-1,{300 + 0.5 * i},{4 * i - 60},50,120,0.9,-1,-1,-1" for i in range(20, 70)
    ]  # its centre is at y = 4 i, on the flat line at i = 45
    for line, direction, walk in (
        (LINE, "in", boxes(TO_THE_RIGHT)),
        (LINE[::-1], "out", boxes(TO_THE_RIGHT)),
        ([[100, 180], [540, 180]], "out", downwards),
        ([[540, 180], [100, 180]], "in", downwards),
    ):
        frame = 45 if walk is downwards else 40
        arguments = written(tmp_path, [{"frame": frame, "direction": direction}], walk, line=line)
        assert counting.main([*arguments, "--only", "ours", "best set", "--fps", "full"]) == 0
        printed = capsys.readouterr().out
        for name in ("footfall", "LineZone ByteTrack best set", "ObjectCounter ByteTrack best set"):
            assert row(printed, name) == ["1", "0", "0", "1.000"], (line, name)


@pytest.mark.slow
def test_the_entrance_clip_is_counted_exactly(videos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = str(videos / "entrance.truth.json")
    assert counting.main(["--labels", labels, "--only", "ours", "--fps", "full", "10"]) == 0
    assert row(capsys.readouterr().out) == ["47", "0", "0", "1.000"] * 2


BAD_LABELS: list[tuple[dict[str, Any], str]] = [
    ({"fps": None}, r"hall\.json: fps: must be a number, not None"),
    ({"fps": 0}, r"hall\.json: fps: must be greater than 0"),
    ({"fps": float("nan")}, r"hall\.json: fps: must be a number, not nan"),
    ({"width": 640.5}, r"hall\.json: width: must be a whole number from 1"),
    ({"line": None}, r"hall\.json: line: this clip has no line"),
    ({"line": [[1, 2]]}, r"hall\.json: line: must have at least 2 points, not 1"),
    ({"line": [[1, 2], [1, 2]]}, r"hall\.json: line: two points that follow each other are the same"),
    ({"line": [[1, 2], [1, "x"]]}, r"hall\.json: line\[1\]: must be a number, not 'x'"),
    ({"anchor": "knee"}, r"hall\.json: anchor: must be one of .*, not 'knee'"),
    ({"crossings": {}}, r"hall\.json: crossings: must be a list, not an object"),
    (
        {"crossings": [{"frame": 200, "direction": "in"}]},
        r"crossings\[0\]\.frame: 200 lies behind the clip's last .* 199",
    ),
    ({"crossings": [{"frame": 1.5, "direction": "in"}]}, r"crossings\[0\]\.frame: must be a whole number from 0"),
    ({"crossings": [{"frame": 1, "direction": "up"}]}, r"crossings\[0\]\.direction: must be in or out, not 'up'"),
    ({"crossings": [{"frame": 1, "direction": "in", "x": 3}]}, r"crossings\[0\]\.y: must be a number, not None"),
    (
        {"crossings": [{"frame": 1, "direction": "in", "optional": 1}]},
        r"crossings\[0\]\.optional: must be true or false",
    ),
    ({"lines": [{"line": LINE, "crossings": [], "id": "a"}] * 2}, r"hall\.json: lines: two lines have the id 'a'"),
    ({"lines": [7]}, r"hall\.json: lines\[0\]: must be an object, not 7"),
    ({"frames": 30}, r"hall\.csv: speaks of frame 60, but the clip of .*hall\.json has 30 frames"),
    ({"width": 64, "height": 36}, r"hall\.csv: there are boxes far outside of the 64 x 36 pixels"),
]


@pytest.mark.parametrize(("changes", "complaint"), BAD_LABELS)
def test_labels_that_break_their_form_or_fit_no_detections_are_refused_in_one_line(
    changes: dict[str, Any], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, **({"crossings": [], "detections": boxes(TO_THE_RIGHT)} | changes))
    assert counting.main([*arguments, "--only", "ours"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(complaint, said.err)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("1,-1,10,10,-5,20,0.9", r"hall\.csv:1: width and height must be greater than 0"),
        ("1,-1,nan,10,5,20,0.9", r"hall\.csv:1: left: 'nan' is not a finite number"),
        ("0,-1,10,10,5,20,0.9", r"hall\.csv:1: frame: '0' must be a whole number from 1"),
        ("", r"hall\.csv: no detection of 0\.1 or more in any of 200 frames"),
    ],
)
def test_detections_that_break_their_form_are_refused(
    line: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert counting.main([*written(tmp_path, [], [line]), "--only", "ours"]) == 2
    assert re.search(complaint, capsys.readouterr().err)


def test_files_that_are_missing_and_options_that_do_not_fit_are_named(
    tmp_path: Path, videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, [], boxes(TO_THE_RIGHT))
    (tmp_path / "bad.json").write_text("{")
    for bad, complaint in (
        (["--labels", str(tmp_path / "none.json")], "none.json: No such file"),
        (["--labels", str(tmp_path / "bad.json")], "bad.json: not JSON"),
        ([*arguments[:3], str(tmp_path / "none.csv")], "none.csv: recorded detections: No such file"),
        (arguments[:2], "hall.json: no recorded detections lie beside it"),
        ([*arguments, "--video", "x.mp4"], "--detections and --video: one of them"),
        ([*arguments[:2], "--video", str(tmp_path / "none.mp4")], "none.mp4: No such file"),
        ([*arguments[:2], "--video", str(videos / "floor.mp4"), "--model", "none.xml"], "none.xml: no such model"),
        (["--detections", "x.csv"], "--detections: needs --labels"),
        (["--alt-lines"], "--alt-lines: needs --labels"),
        ([*arguments, "--alt-lines"], "hall.json: alt_lines: this clip has no line to count at"),
        ([*arguments, "--only", "abacus"], "--only: no counter's name holds 'abacus'"),
        ([*arguments, "--only", "LineZone", "--out", "x.json"], "--out: writes what footfall counts"),
        ([*arguments, "--only", "ours", "--out", str(tmp_path / "no" / "x.json")], "x.json: No such file"),
    ):
        assert counting.main(bad) == 2
        said = capsys.readouterr().err
        assert complaint in said
        assert said.count("\n") == 1
    with pytest.raises(SystemExit) as stopped:
        counting.main([*arguments, "--fps", "0"])
    assert stopped.value.code == 2
    assert "'0' is neither 'full' nor a number greater than 0" in capsys.readouterr().err


def test_a_video_of_another_size_than_the_labels_is_refused(
    tmp_path: Path, videos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = written(tmp_path, [], [], width=1280)
    assert counting.main([*arguments[:2], "--video", str(videos / "quiet.mp4")]) == 2
    assert "quiet.mp4: is 640 x 360, but" in capsys.readouterr().err


def test_pairs_are_assigned_so_that_most_are_right() -> None:
    truth = [Event(10, "in"), Event(20, "in")]
    # Nearest first would pair 20 with 18 and leave 10 and 27 apart.
    result = score(truth, [Event(18, "in"), Event(27, "in")], fps=10, width=640)
    assert (result.right, result.missed, result.invented) == (2, (), ())


def test_direction_time_and_place_must_agree() -> None:
    truth = [Event(100, "in", 320, 180)]
    for other in (Event(100, "out", 320, 180), Event(121, "in", 320, 180), Event(100, "in", 490, 180)):
        result = score(truth, [other], fps=20, width=640)
        assert (result.right, len(result.missed), len(result.invented), result.f1) == (0, 1, 1, 0.0)
    for other in (Event(120, "in", 320, 180), Event(100, "in", 470, 180), Event(100, "in")):
        assert score(truth, [other], fps=20, width=640).f1 == 1.0


def test_an_optional_crossing_takes_only_what_no_other_needs() -> None:
    truth = [Event(10, "in", optional=True), Event(15, "in")]
    assert score(truth, [Event(10, "in")], fps=10, width=640).f1 == 1.0
    both = score(truth, [Event(10, "in"), Event(15, "in")], fps=10, width=640)
    assert (both.right, both.true, both.invented) == (1, 1, ())
    third = score(truth, [Event(n, "in") for n in (10, 12, 15)], fps=10, width=640)
    assert len(third.invented) == 1


def test_misses_and_inventions_cancel_only_in_the_balanced_error() -> None:
    truth = [Event(100, "in"), Event(400, "in"), Event(500, "in"), Event(600, "in")]
    counted = [Event(500, "in"), Event(600, "in"), Event(1000, "in"), Event(1100, "in")]
    result = score(truth, counted, fps=20, width=640)
    assert (result.right, result.balanced, result.unbalanced) == (2, 0.0, 1.0)
    twice = total([result, result])
    assert (twice.right, twice.true, twice.unbalanced, twice.f1) == (4, 8, 1.0, 0.5)


def mot_truth(folder: Path) -> Path:
    """Two people side by side for ten frames."""
    path = folder / "gt.txt"
    rows = [f"{frame},{i},{100 * i},50,40,100,1,-1,-1,-1" for frame in range(1, 11) for i in (1, 2)]
    path.write_text("\n".join(rows))
    return path


def test_tracks_equal_to_the_truth_are_perfect(tmp_path: Path) -> None:
    truth = mot_truth(tmp_path)
    rows = [(frame, 7 + i, 100.0 * i, 50.0, 40.0, 100.0) for frame in range(1, 11) for i in (1, 2)]
    assert frames_in(truth) == 10
    assert evaluate(truth, rows) == {"idf1": 1.0, "mota": 1.0, "switches": 0.0, "fp": 0.0, "fn": 0.0}


def test_swapped_numbers_missing_and_wrong_boxes_each_show(tmp_path: Path) -> None:
    truth = mot_truth(tmp_path)
    swapped = [
        (frame, i if frame <= 5 else 3 - i, 100.0 * i, 50.0, 40.0, 100.0) for frame in range(1, 11) for i in (1, 2)
    ]
    assert evaluate(truth, swapped) == {"idf1": 0.5, "mota": 0.9, "switches": 2.0, "fp": 0.0, "fn": 0.0}
    # One box is left out; another has no more than half in common with the truth.
    off = [row if row[:2] != (4, 1) else (4, 1, 130.0, 50.0, 40.0, 100.0) for row in swapped[:10]]
    outcome = evaluate(truth, off[1:])
    assert (outcome["fp"], outcome["fn"], outcome["switches"]) == (1.0, 12.0, 0.0)


def test_sequences_that_are_missing_or_broken_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "walk").mkdir()
    arguments = ["--mot", str(tmp_path)]
    assert tracking.main(arguments) == 2
    assert "no sequence" in capsys.readouterr().err
    mot_truth(tmp_path / "walk")
    assert tracking.main(arguments) == 2
    assert "det.txt: No such file" in capsys.readouterr().err
    (tmp_path / "walk" / "det.txt").write_text("1,-1,3\n")
    assert tracking.main(arguments) == 2
    assert "det.txt:1: 3 columns; needs at least 7" in capsys.readouterr().err


@pytest.mark.slow
def test_every_tracker_is_scored_on_the_same_detections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "walk").mkdir()
    truth = mot_truth(tmp_path / "walk")
    (tmp_path / "walk" / "det.txt").write_text(truth.read_text())
    assert tracking.main(["--mot", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    own = ["footfall, as it counts", "footfall, at once"]
    names = [*own, *(f"trackers {name}" for name in CLASSES), *(f"ultralytics {name}" for name in ULTRALYTICS)]
    for name in names:
        switches, wrong = row(printed, name)[1], row(printed, name)[3]
        assert (switches, wrong) == ("0", "0"), name
    # These believe in whoever is there in the first frame, or say so later.
    for name in ("trackers C-BIoU", "footfall, as it counts"):
        assert row(printed, name) == ["100.0", "0", "100.0", "0", "0"]


@pytest.mark.slow
def test_known_results_of_library_trackers_come_out(shared: Path) -> None:
    folder = shared / "truth" / "mot"
    for name, sequence, idf1, switches in (
        ("OC-SORT", "TUD-Campus", 68.0, 3),
        ("SORT", "TUD-Stadtmitte", 75.8, 12),
        ("ByteTrack", "TUD-Stadtmitte", 76.0, 14),
    ):
        truth = folder / sequence / "gt.txt"
        rows = tracking.rows_of(package_tracker(name, 25.0), folder / sequence / "det.txt", frames_in(truth))
        outcome = evaluate(truth, rows)
        assert (round(100 * outcome["idf1"], 1), outcome["switches"]) == (idf1, switches), name
