"""What is allowed but looks wrong: each doubt is named by ``check``, with its rule, and never silently counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge import cli
from edge.contract import open_facts, read_crossings
from edge.geometry import Point
from edge.settings import CameraSettings, Seen, cautions

from .clips import write_clip, write_walk
from .stories import NOON, moment

if TYPE_CHECKING:
    from pathlib import Path


def camera(*lines: dict[str, Any]) -> CameraSettings:
    """A camera with these lines; entrances called a, b, c unless they say otherwise."""
    full = [{"id": "abc"[n], "role": "entrance"} | line for n, line in enumerate(lines)]
    return CameraSettings.model_validate({"id": "door", "source": 0, "lines": tuple(full)})


def level(y: float, left: float = 0.1, right: float = 0.9, **more: str) -> dict[str, Any]:
    return {"start": [left, y], "end": [right, y], **more}


def told(*lines: dict[str, Any], seen: Seen | None = None, min_height: float = 0.0) -> list[str]:
    """The doubts about some lines: key, id and the first words of the rule."""
    return [f"{c.key} {c.value}: {c.rule}" for c in cautions(camera(*lines), min_height, seen=seen)]


# --- lines that are too short, or on the edge -------------------------------------------------------------------


def test_a_line_across_the_picture_is_no_doubt() -> None:
    assert told(level(0.6)) == []


def test_a_line_shorter_than_anybody_who_could_be_counted() -> None:
    (line,) = told(level(0.6, 0.50, 0.54))  # 0.04 of 16/9 of the height
    assert line.startswith(
        "lines[0] a: is shorter (0.07 of the picture's height) than anybody who could be counted (0.08)"
    )
    assert told(level(0.6, 0.50, 0.55)) == []


def test_the_smallest_person_of_the_settings_makes_longer_lines_too_short() -> None:
    (line,) = told(level(0.6, 0.4, 0.5), min_height=0.2)
    assert "(0.18 of the picture's height) than anybody who could be counted (0.20)" in line


def test_a_line_shorter_than_those_who_cross_it() -> None:
    seen = Seen(heights={"a": 0.4})
    (line,) = told(level(0.6, 0.4, 0.6), seen=seen)
    assert "is shorter (0.36 of the picture's height) than the people who cross it (0.40)" in line
    assert told(level(0.6, 0.4, 0.63), seen=seen) == []


@pytest.mark.parametrize(
    ("line", "edge"),
    [
        (level(0.99), "bottom"),
        (level(0.01), "top"),
        ({"start": [0.005, 0.2], "end": [0.02, 0.9]}, "left"),
        ({"start": [1.0, 0.2], "end": [0.985, 0.9]}, "right"),
        ({"points": [[0.3, 0.5], [0.3, 0.99], [0.8, 0.99]]}, "bottom"),
    ],
)
def test_a_line_on_the_edge_of_the_picture(line: dict[str, Any], edge: str) -> None:
    (found,) = told(line)
    assert f"lies on the {edge} edge of the picture; people leave the picture before" in found


@pytest.mark.parametrize("line", [level(0.97), level(0.5, 0.0, 1.0), {"start": [0.0, 1.0], "end": [1.0, 0.2]}])
def test_a_line_that_only_ends_at_the_edge_is_no_doubt(line: dict[str, Any]) -> None:
    assert told(line) == []


# --- lines that count the same twice ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (level(0.6), level(0.62), "runs within a body height (0.30 of the picture's height) of line 'a'"),
        (level(0.6), level(0.85, 0.3, 0.5), "runs within a body height"),
        (level(0.6), {"start": [0.9, 0.6], "end": [0.5, 0.6]}, "runs within a body height"),  # on top of it, in part
        (level(0.6), {"start": [0.1, 0.3], "end": [0.9, 0.9]}, "crosses line 'a'"),
        (level(0.6), {"start": [0.5, 0.3], "end": [0.5, 0.9]}, "crosses line 'a'"),
        (level(0.6), {"points": [[0.2, 0.3], [0.2, 0.8], [0.8, 0.8]]}, "crosses line 'a'"),
    ],
)
def test_two_entrance_lines_that_would_count_twice(a: dict[str, Any], b: dict[str, Any], words: str) -> None:
    (found,) = told(a, b)
    assert found.startswith(f"lines[1] b: {words}")
    assert "counted twice" in found


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (level(0.6, 0.0, 0.4), level(0.6, 0.5, 0.9)),  # two doors side by side
        (level(0.6, 0.0, 0.5), level(0.6, 0.5, 1.0)),  # ... that touch
        (level(0.3), level(0.9)),  # two rows of doors, far apart
        (level(0.6), level(0.62, role="outside")),  # counted for different things
        (level(0.6, one_way="in"), level(0.62, one_way="out")),  # never both for one person
        ({"start": [0.2, 0.2], "end": [0.2, 0.8]}, {"start": [0.2, 0.8], "end": [0.8, 0.8]}),  # joined at a corner
    ],
)
def test_two_lines_that_count_each_person_once_are_no_doubt(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert told(a, b) == []


def test_how_far_apart_lines_must_be_depends_on_the_people_seen() -> None:
    lines = level(0.5), level(0.65)
    assert len(told(*lines)) == 1
    assert told(*lines, seen=Seen(heights={"a": 0.12, "b": 0.1})) == []


# --- lines beside the way ---------------------------------------------------------------------------------------

DOWN_THE_MIDDLE = tuple((Point(0.5 + n / 1000, 0.2), Point(0.5, 0.5), Point(0.5, 0.9)) for n in range(40))


def test_a_line_that_no_walking_path_crosses() -> None:
    beside = {"start": [0.8, 0.1], "end": [0.8, 0.9]}
    seen = Seen(heights={"a": 0.3}, tracks=DOWN_THE_MIDDLE)
    assert told(beside, seen=seen) == ["lines[0] a: lies beside the way: nobody of the last 40 people walked over it"]
    assert told(level(0.6), seen=seen) == []


def test_a_line_that_only_a_few_of_many_cross() -> None:
    upright = {"start": [0.8, 0.1], "end": [0.8, 0.9]}
    one_over = ((Point(0.7, 0.5), Point(0.9, 0.5)),)
    assert "only 1 of the last 201 people" in told(upright, seen=Seen(tracks=DOWN_THE_MIDDLE * 5 + one_over))[0]
    assert told(upright, seen=Seen(tracks=DOWN_THE_MIDDLE + one_over)) == []


def test_too_few_people_prove_nothing() -> None:
    assert told({"start": [0.8, 0.1], "end": [0.8, 0.9]}, seen=Seen(tracks=DOWN_THE_MIDDLE[:20])) == []


def test_the_way_of_heads_is_judged_where_heads_are() -> None:
    """Feet stop at 0.5, so heads of people 0.3 tall go from -0.1 to 0.2: over a line at 0.1, not over one at 0.4."""
    tracks = tuple((Point(0.5, 0.2), Point(0.5, 0.5)) for _ in range(40))
    seen = Seen(heights={"a": 0.3}, tracks=tracks)
    assert told(level(0.1, anchor="head"), seen=seen) == []
    assert "lies beside the way" in told(level(0.4, anchor="head"), seen=seen)[0]
    assert told(level(0.4, anchor="head"), seen=Seen(tracks=tracks)) == []  # of unknown height: not judged


# --- check, run and replay --------------------------------------------------------------------------------------

SETTINGS = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
[model]
path = "recorded:walk.csv"
[rules]
trail_hz = 10
[[cameras]]
id = "door"
source = "door.mp4"
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
"""
SECOND = '[[cameras.lines]]\nid = "again"\nrole = "entrance"\nstart = [0.1, {y}]\nend = [0.9, {y}]\n'
START = ("--start", "2026-04-07T10:00:00")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One camera, one clip, one person who walks in; detections recorded. Nothing is wrong with it."""
    write_clip(tmp_path / "door.mp4")
    write_walk(tmp_path / "walk.csv")
    path = tmp_path / "store.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def edge(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def checked(store: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The warnings of ``check``, without the file's path."""
    capsys.readouterr()
    assert edge("check", "--config", store) == 0
    lines = capsys.readouterr().out.splitlines()
    warnings = [line.removeprefix(f"{store}: ") for line in lines if line.startswith(f"{store}: ")]
    if warnings:
        assert lines[-len(warnings) - 1] == f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}:"
    return warnings


def test_check_without_doubts_says_nothing_of_warnings(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(store, capsys) == []
    assert edge("replay", store.parent / "door.mp4", "--config", store, *START) == 0
    assert "warning" not in capsys.readouterr().err


def test_check_prints_warnings_with_file_key_value_and_rule_and_exits_with_0(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text(SETTINGS.replace("0.6]", "0.99]") + SECOND.format(y=0.97))
    edge_, twice = checked(store, capsys)
    assert edge_.startswith("cameras[0].lines[0]: 'entrance': lies on the bottom edge of the picture; people leave")
    assert twice.startswith("cameras[0].lines[1]: 'again': runs within a body height (0.30 of the picture's height) of")


def test_a_rate_at_which_every_hour_would_count_as_not_seen_is_a_doubt(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text(store.read_text().replace("[[cameras]]\n", "[[cameras]]\nfps = 2\n", 1))
    assert cli.main(["check", "--config", str(store)]) == 0
    assert "cameras[0].fps: 2: health.least_fps asks for 3" in " ".join(capsys.readouterr().out.split())
    store.write_text(store.read_text() + "\n[health]\nleast_fps = 1.5\n")
    assert cli.main(["check", "--config", str(store)]) == 0
    assert "least_fps" not in capsys.readouterr().out


def test_replay_and_run_point_to_check_once(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.write_text(SETTINGS.replace("0.6]", "0.99]").replace('"door.mp4"', '"door.mp4"\nstart = 2026-04-07T10:00:00'))
    for words in (("replay", store.parent / "door.mp4"), ("run",)):
        capsys.readouterr()
        assert edge(*words, "--config", store) == 0
        told = [line for line in capsys.readouterr().err.splitlines() if "INFO" not in line]
        assert told == [f"1 warning; see footfall-edge check --config {store}"]


def test_a_replay_of_doubtful_detections_names_the_doubt(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(store)
    write_rows(store, rows[:20] + rows[35:])
    assert edge("replay", store.parent / "door.mp4", "--config", store, *START) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "INFO" not in line]
    assert line.startswith(f"{store.parent / 'walk.csv'}: warning: has 1 hole while people are in the middle")


def test_identical_entrance_lines_are_an_error(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = SECOND.format(y=0.6)
    store.write_text(SETTINGS + again)
    assert edge("check", "--config", store) == 2
    assert "'again' lies exactly on 'entrance': everyone would be counted twice" in capsys.readouterr().err
    store.write_text(SETTINGS + again.replace('role = "entrance"', 'role = "outside"'))
    assert checked(store, capsys) == []


@pytest.mark.slow
def test_check_looks_at_the_paths_in_the_database(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forty people walk up the middle; one line lies across their way, another beside it."""
    lines = []
    for person in range(40):
        for number in range(20):
            foot = 230 - 8 * number
            lines.append(f"{25 * person + number + 1},-1,{120 + person % 5},{foot - 70},30,70,0.9,-1,-1,-1")
    (store.parent / "walk.csv").write_text("\n".join(lines), encoding="utf-8")
    write_clip(store.parent / "door.mp4", frames=1000)
    beside = '[[cameras.lines]]\nid = "beside"\nrole = "outside"\nstart = [0.9, 0.1]\nend = [0.9, 0.9]\n'
    store.write_text(SETTINGS + beside)
    assert checked(store, capsys) == []  # nobody was seen yet
    assert edge("replay", store.parent / "door.mp4", "--config", store, *START) == 0
    (found,) = checked(store, capsys)
    assert found.startswith("cameras[0].lines[1]: 'beside': lies beside the way: nobody of the last ")
    short = SETTINGS.replace("start = [0.1, 0.6]", "start = [0.35, 0.6]").replace("[0.9, 0.6]", "[0.5, 0.6]")
    store.write_text(short)
    (found,) = checked(store, capsys)
    assert "is shorter (0.20 of the picture's height) than the people who cross it (0.29)" in found


def test_a_database_that_cannot_be_read_is_an_error_and_one_without_facts_is_none(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = store.parent / "facts.sqlite"
    database.write_bytes(b"")
    assert checked(store, capsys) == []
    database.write_text("this is no database" * 100)
    assert edge("check", "--config", store) == 2
    assert f"{store}: database.path: 'facts.sqlite': {database}: file is not a database" in capsys.readouterr().err


# --- recorded detections ----------------------------------------------------------------------------------------


def rows_of(store: Path) -> list[str]:
    return (store.parent / "walk.csv").read_text(encoding="utf-8").splitlines()


def write_rows(store: Path, rows: list[str]) -> None:
    (store.parent / "walk.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def counted(store: Path, database: str) -> list[tuple[object, ...]]:
    """The crossings of a replay: direction, frame, place."""
    path = store.parent / database
    assert edge("replay", store.parent / "door.mp4", "--config", store, *START, "--database", path) == 0
    reader = open_facts(path)
    found = read_crossings(reader, NOON.replace(hour=0), moment(86_400))
    reader.close()
    names = [found.columns.index(name) for name in ("direction", "frame_no", "x", "y")]
    return [tuple(row[n] for n in names) for row in found.values]


def test_frames_in_another_order_count_the_same_and_are_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    straight = counted(store, "straight.sqlite")
    rows = rows_of(store)
    write_rows(store, rows[25:] + rows[:25])
    assert counted(store, "turned.sqlite") == straight
    assert len(straight) == 1
    (found,) = checked(store, capsys)
    assert found.startswith(
        "model.path: 'recorded:walk.csv': its frames go back on line 26; boxes are used by their frame"
    )


def test_the_same_box_twice_counts_once_and_is_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    single = counted(store, "single.sqlite")
    write_rows(store, [row for row in rows_of(store) for _ in range(2)])
    assert counted(store, "double.sqlite") == single
    assert checked(store, capsys) == [
        "model.path: 'recorded:walk.csv': repeats 50 boxes within their frames; each is used once"
    ]


def test_two_recordings_in_one_file_are_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(store)
    write_rows(store, rows + rows)
    for words in (("check",), ("replay", store.parent / "door.mp4", *START)):
        assert edge(*words, "--config", store) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert "walk.csv:51: frame 1 comes back, after line 1: two recordings in one file?" in line
    assert not (store.parent / "facts.sqlite").exists()


def test_a_hole_while_somebody_is_in_the_middle_is_named_with_the_longest(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(store)
    write_rows(store, rows[:20] + rows[35:])
    (found,) = checked(store, capsys)
    assert found == (
        "model.path: 'recorded:walk.csv': has 1 hole while people are in the middle of the picture; "
        "the longest from frame 21 to 35 (1.5 s)"
    )
    write_rows(store, rows[:20] + rows[25:])  # half a second is an ordinary miss
    assert checked(store, capsys) == []


def test_detections_that_stop_while_somebody_is_in_the_middle_are_named(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(store, rows_of(store)[:30])
    (found,) = checked(store, capsys)
    assert "the longest from frame 31 to 50 (2.0 s)" in found


def test_nobody_for_a_while_is_no_hole(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Someone walks in from the left and out to the right, and later another: between them frames are empty."""
    rows = []
    for first in (1, 60):
        rows += [f"{first + n},-1,{16 * n},80,30,70,0.9,-1,-1,-1" for n in range(20)]
    write_rows(store, rows)
    write_clip(store.parent / "door.mp4", frames=100)
    assert checked(store, capsys) == []


def test_every_second_frame_only_is_named_with_the_rate_to_set(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(store, rows_of(store)[::2])
    assert checked(store, capsys) == [
        "model.path: 'recorded:walk.csv': has boxes in every 2. frame only; set fps of the camera to 5 or less"
    ]


def scaled(row: str, factor: float) -> str:
    cells = row.split(",")
    return ",".join([*cells[:2], *(f"{float(c) * factor:.1f}" for c in cells[2:6]), *cells[6:]])


def test_boxes_of_a_larger_picture_are_refused_with_both_sizes(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(store, [scaled(row, 2) for row in rows_of(store)])
    for words in (("check",), ("replay", store.parent / "door.mp4", *START)):
        assert edge(*words, "--config", store) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert "its boxes reach from 280, 20 to 340, 460, beyond the 320 x 240 pictures of door.mp4" in line
    assert not (store.parent / "facts.sqlite").exists()


def test_a_box_a_little_beyond_the_edge_is_none_of_another_picture(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(store, [*rows_of(store), "50,-1,300,-4,30,250,0.9,-1,-1,-1"])
    assert checked(store, capsys) == []


def test_labelled_people_may_reach_beyond_the_picture_but_not_stand_there(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{n + 1},7,{270 - n},100,60,100,1,1,1" for n in range(50)]
    write_rows(store, [*rows, "1,8,-25,10,60,200,1,1,1"])
    assert checked(store, capsys) == []
    write_rows(store, [*rows, "1,8,350,10,60,100,1,1,1"])
    assert edge("check", "--config", store) == 2
    assert "beyond the 320 x 240 pictures" in capsys.readouterr().err


def test_a_labelled_person_twice_in_a_frame_is_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(store, ["1,7,100,100,60,100,1,1,1", "2,7,100,100,60,100,1,1,1", "1,7,180,100,60,100,1,1,1"])
    assert edge("check", "--config", store) == 2
    assert "walk.csv:3: frame 1 has person 7 a second time" in capsys.readouterr().err


def test_boxes_of_a_smaller_picture_are_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for person in range(5):
        rows += [scaled(f"{50 * person + n + 1},-1,{6 * n},80,30,150,0.9,-1,-1,-1", 0.5) for n in range(50)]
    write_rows(store, rows)
    write_clip(store.parent / "door.mp4", frames=250)
    (found,) = [line for line in checked(store, capsys) if "resolution" in line]
    assert "its 250 boxes reach only to 162, 115 in pictures of 320 x 240: made at a lower resolution?" in found


def test_boxes_that_end_long_before_the_recording_are_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for person in range(5):
        rows += [f"{50 * person + n + 1},-1,{6 * n},80,30,150,0.9,-1,-1,-1" for n in range(50)]
    write_rows(store, rows)
    write_clip(store.parent / "door.mp4", frames=600)
    (found,) = [line for line in checked(store, capsys) if "shorter" in line]
    assert "has its last box in frame 250 of 600: made from a shorter recording?" in found


def test_the_line_of_a_mistake_is_a_number_and_no_emoji(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rich turns ":100:" into a picture unless told not to."""
    rows = [f"{n + 1},-1,100,80,30,150,0.9,-1,-1,-1" for n in range(99)]
    write_rows(store, [*rows, "100,-1,100,80,-30,150,0.9,-1,-1,-1"])
    assert edge("replay", store.parent / "door.mp4", *START, "--config", store) == 2
    assert "walk.csv:100: width and height must be greater than 0" in capsys.readouterr().err


def test_frames_beyond_the_end_of_the_recording_are_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(store, [*rows_of(store), "53,-1,100,100,30,70,0.9,-1,-1,-1"])
    for words in (("check",), ("replay", store.parent / "door.mp4", *START)):
        assert edge(*words, "--config", store) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert "goes on to frame 53, but door.mp4 ends with frame 50: made of another recording" in line


def test_a_file_without_people_is_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(store, ["1,1,100,100,30,70,0.9,8,1"])  # a mannequin
    assert checked(store, capsys) == [
        "model.path: 'recorded:walk.csv': holds no box of a person; nobody will be counted"
    ]


def test_recorded_detections_of_a_live_camera_or_of_several_recordings_are_named(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text(SETTINGS.replace('"door.mp4"', "0"))
    (found,) = checked(store, capsys)
    assert "recorded detections show what was, not what the camera door sees now" in found
    folder = store.parent / "clips"
    folder.mkdir()
    write_clip(folder / "a.mp4")
    write_clip(folder / "b.mp4")
    store.write_text(SETTINGS.replace('"door.mp4"', '"clips"'))
    (found,) = checked(store, capsys)
    assert "is used for each of the 2 recordings of door; it can belong to one only" in found


@pytest.mark.parametrize("name", ["entrance", "floor", "quiet", "rush", "gathering"])
def test_the_fixture_clips_raise_no_doubt_about_lines_and_boxes(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = (videos / f"{name}.toml").read_text(encoding="utf-8")
    text = text.replace(
        "../models/fixture-world-only-person_openvino_model", f"recorded:{videos / name}.detections.csv"
    )
    path = tmp_path / "store.toml"
    path.write_text(text.replace(f'"{name}.mp4"', f'"{videos / name}.mp4"'), encoding="utf-8")
    # Four clicked points cannot tell all floor positions well; that is said of the floor, not of lines or boxes.
    assert [line for line in checked(path, capsys) if "floor_px" not in line] == []
