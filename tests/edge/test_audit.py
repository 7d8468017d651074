"""``footfall-edge audit`` as a store owner meets it: in the terminal, on the page, and with the wrong recording."""

from __future__ import annotations

import builtins
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge import cli
from edge.audit import ClipFolder, Scene, Span
from edge.audit.clip import COARSE_HEIGHT_PX, PREFIX, write_clip
from edge.audit.page import Desk, build, drawn
from edge.capture import Recording
from edge.cli.build import scene_of
from edge.contract import StoreUnavailableError, open_facts, read_audits
from edge.settings import load

from .clips import write_clip as write_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEN = datetime(2026, 4, 7, 8, tzinfo=UTC)  # ten in Berlin
START = "2026-04-07T10:00:00"
FPS = 10
# Someone walks in around second 5, 15 and 17, and out around second 25.
WALKS = ((3, "in"), (13, "in"), (15, "in"), (23, "out"))
SETTINGS = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[model]
path = "recorded:walks.csv"
[[cameras]]
id = "door"
source = "door.mp4"
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
"""
WINDOWS = ("--minutes", "0.1667")  # 10 s


def walks(path: Path, people: tuple[tuple[int, str], ...] = WALKS) -> None:
    """Recorded detections: everybody crosses the line two seconds after setting out."""
    lines = []
    for number, (begins_s, way) in enumerate(people):
        for n in range(4 * FPS):
            share = n / (4 * FPS)
            foot = 220 - 150 * share if way == "in" else 70 + 150 * share
            left = 60 if number % 2 else 200
            lines.append(f"{begins_s * FPS + n + 1},-1,{left},{foot - 70:.1f},30,70,0.9,-1,-1,-1")
    path.write_text("\n".join(sorted(lines, key=lambda line: int(line.split(",")[0]))) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose one recording, 35 s long, was replayed: four people crossed its line."""
    folder = tmp_path_factory.mktemp("replayed")
    write_video(folder / "door.mp4", frames=35 * FPS, fps=FPS)
    walks(folder / "walks.csv")
    (folder / "store.toml").write_text(SETTINGS, encoding="utf-8")
    assert edge("replay", folder / "door.mp4", "--config", folder / "store.toml", "--start", START) == 0
    return folder


@pytest.fixture
def store(replayed: Path, tmp_path: Path) -> Path:
    """The settings file in a copy of that folder."""
    shutil.copytree(replayed, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store.toml"


def edge(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def audit(store: Path, *words: str | Path) -> int:
    return edge("audit", *words, "--config", store)


def rows(store: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store.parent / "footfall.sqlite")) as connection:
        return connection.execute(query).fetchall()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on standard error, log lines left out."""
    lines = capsys.readouterr().err.splitlines()
    return "\n".join(line for line in lines if " INFO " not in line)


def types(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Somebody answers the questions of the terminal; after the last answer her input ends."""
    waiting = iter(answers)

    def answer() -> str:
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(builtins, "input", answer)


COUNTED = "SELECT direction, begins_utc_ms, manual, counted, matched, method FROM audit WHERE superseded_by IS NULL"


def after_ten(moment_ms: int) -> float:
    return (moment_ms - TEN.timestamp() * 1000) / 1000


# --- the plan ---------------------------------------------------------------------------------------------------


def test_the_plan_names_file_place_and_time_and_never_the_count(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--plan", *WINDOWS) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 4
    assert "door.mp4   0:00:10  0:00:20  2026-04-07 10:00:10-10:00:20  10-12" in text
    assert audit(store, store.parent / "door.mp4", "--plan", *WINDOWS, "--windows", "2", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert [set(one) for one in plan] == [{"camera", "recording", "from", "to", "store time", "hours"}] * 2


def test_a_recording_is_known_by_its_content_whatever_it_is_called(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.parent / "door.mp4").rename(store.parent / "renamed.mp4")
    capsys.readouterr()
    assert audit(store, store.parent / "renamed.mp4", "--plan", *WINDOWS) == 0
    assert "2026-04-07 10:00:00-10:00:10" in capsys.readouterr().out


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (
            ["door.mp4", "--at", "2026-04-07T10:00:30", *WINDOWS],
            (
                "camera door: window 2026-04-07 10:00:30-10:00:40: not recorded and counted from its beginning to its "
                "end; what is: door.mp4 2026-04-07 10:00:00-10:00:35"
            ),
        ),
        (["door.mp4", "--at", "2026-04-08T10:00:00", *WINDOWS], "window 2026-04-08 10:00:00-10:00:10: not recorded"),
        (["door.mp4"], "camera door: no whole window of 5 min within the opening hours was recorded and counted"),
        (
            ["other.mp4", *WINDOWS],
            "other.mp4: camera door: nothing was counted from it yet; first: footfall-edge replay",
        ),
        (["missing.mp4"], "missing.mp4: No such file or directory"),
        (["door.mp4", "--minutes", "7"], "--minutes: 7: must divide an hour and be at most 15"),
        (["door.mp4", "--minutes", "0"], "--minutes: 0: must divide"),
        (["door.mp4", "--minutes", "nan"], "--minutes: nan: must divide"),
        (
            ["door.mp4", "--at", "2026-04-07T10:00:05", "--at", "2026-04-07T10:00:00", *WINDOWS],
            "begin at 2026-04-07 10:00:00 and 2026-04-07 10:00:05 overlap",
        ),
        (["door.mp4", "--windows", "0"], "--windows: 0: must be at least 1"),
        (["door.mp4", "--at", "noon"], "--at: 'noon': must be a date and time"),
        (["--plan"], "need the recordings"),
        (["--camera", "roof"], "--camera: 'roof': no such camera"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], rule: str
) -> None:
    monkeypatch.chdir(store.parent)
    write_video(store.parent / "other.mp4", frames=20)
    capsys.readouterr()
    assert audit(store, *words) == 2
    (line,) = said(capsys).splitlines()
    assert rule in line


def test_a_recording_of_another_camera_is_told_by_its_name(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.write_text(SETTINGS + SETTINGS[SETTINGS.index("[[cameras]]") :].replace('"door"', '"side"'))
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--camera", "side", *WINDOWS) == 2
    assert "camera side: it was counted as a recording of door; say --camera door" in said(capsys)


def test_closed_hours_are_not_audited(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.write_text(SETTINGS.replace("[model]", '[store.opening_hours]\ntue = "11:00-20:00"\n[model]'))
    assert audit(store, store.parent / "door.mp4", "--plan", *WINDOWS) == 2
    assert "no whole window of 0.166667 min within the opening hours" in said(capsys)


def test_without_facts_there_is_nothing_to_audit_and_no_database_is_made(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = store.parent / "none.sqlite"
    capsys.readouterr()
    assert audit(store, "--database", missing) == 1
    assert said(capsys) == f"{missing}: no such database"
    assert not missing.exists()


def test_a_recording_counted_with_other_settings_must_be_replayed_first(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text(SETTINGS.replace("[0.1, 0.6]", "[0.1, 0.5]"))
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--plan", *WINDOWS) == 2
    assert f"door.mp4: camera door: was counted with other settings than {store}; first: footfall-edge" in said(capsys)


def test_a_replay_that_was_cut_off_is_no_ground_for_an_audit(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(store.parent / "footfall.sqlite")) as connection, connection:
        connection.execute("UPDATE run SET finished = 0")
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--plan", *WINDOWS) == 2
    assert "was counted not to its end with" in said(capsys)


def test_what_the_product_could_not_see_is_not_audited(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(store.parent / "footfall.sqlite")) as connection, connection:
        connection.execute("UPDATE watch SET health = 'lost'")
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--at", "2026-04-07T10:00:10", *WINDOWS) == 2
    assert "window 2026-04-07 10:00:10-10:00:20: not recorded and counted" in said(capsys)


# --- a live camera ----------------------------------------------------------------------------------------------


def test_a_recording_of_what_a_live_camera_saw_needs_its_start_and_the_last_minute_is_left_out(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(store.parent / "footfall.sqlite")) as connection, connection:
        connection.execute("UPDATE run SET kind = 'live', source_id = 'then', finished = 0")
        connection.execute("UPDATE watch SET ends_utc_ms = ends_utc_ms + 49000")  # until 10:01:24, and still running
    capsys.readouterr()
    door = store.parent / "door.mp4"
    assert audit(store, door, "--plan", *WINDOWS) == 2
    assert "when did it begin? Say it with --start TIME" in said(capsys)
    assert audit(store, door, "--plan", *WINDOWS, "--start", "2026-04-07T10:00:03", "--json") == 0
    (plan,) = json.loads(capsys.readouterr().out)
    assert (plan["store time"], plan["from"]) == ("2026-04-07 10:00:10-10:00:20", "0:00:07")


# --- in the terminal --------------------------------------------------------------------------------------------


def test_someone_counts_in_the_terminal_and_hears_how_right_we_were(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = ("--at", "2026-04-07T10:00:00", "--at", "2026-04-07T10:00:10", "--at", "2026-04-07T10:00:20")
    types(monkeypatch, "1", "0", "three", "3", "0", "s")
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--terminal", "--auditor", "Ana", *windows, *WINDOWS) == 0
    out, err = capsys.readouterr()
    assert "window 2 of 3: " in err
    assert "door.mp4 from 0:00:10 to 0:00:20 (2026-04-07 10:00:10-10:00:20)" in err
    assert "'three': must be a whole number" in err
    assert [(way, after_ten(ms), *rest) for way, ms, *rest in rows(store, COUNTED + " ORDER BY 2, 1")] == [
        ("in", 0, 1, 1, None, "terminal"),
        ("out", 0, 0, 0, None, "terminal"),
        ("in", 10, 3, 2, None, "terminal"),
        ("out", 10, 0, 0, None, "terminal"),
    ]
    assert rows(store, "SELECT DISTINCT auditor FROM audit") == [("Ana",)]
    total = next(line for line in out.splitlines() if line.startswith("all"))
    assert re.split(r"\s{2,}", total.strip())[3:9] == [
        "2", "4", "3", "-25.0%", "25.0%", "at most 3 of 4, 75.0% (30.1% to 95.4%)"
    ]  # fmt: skip


def test_counting_goes_on_where_it_was_left_and_ends_when_all_is_counted(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (store.parent / "door.mp4", "--terminal", *WINDOWS)
    types(monkeypatch, "1", "0")
    assert audit(store, *words) == 0
    capsys.readouterr()
    assert audit(store, store.parent / "door.mp4", "--plan", "--json", *WINDOWS) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    types(monkeypatch, "0", "1", "2", "0")
    assert audit(store, *words) == 0
    assert len(rows(store, COUNTED)) == 6
    capsys.readouterr()
    assert audit(store, *words) == 0
    assert "every window of these recordings is counted" in said(capsys)


def test_counting_a_window_again_supersedes_says_so_and_deletes_nothing(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (store.parent / "door.mp4", "--terminal", *WINDOWS, "--at", "2026-04-07T10:00:10")
    for answer in ("5", "2"):
        types(monkeypatch, answer, "0")
        capsys.readouterr()
        assert audit(store, *words) == 0
        assert ("replaces the count of" in capsys.readouterr().out) == (answer == "2")
    assert [row[2] for row in rows(store, COUNTED + " AND direction = 'in'")] == [2]
    assert rows(store, "SELECT count(*) FROM audit") == [(4,)]
    reader = open_facts(store.parent / "footfall.sqlite")
    assert len(read_audits(reader).values) == 2
    reader.close()


def test_without_recordings_the_report_stands_alone_also_for_machines(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    assert audit(store) == 0
    assert "nothing was counted by hand yet" in said(capsys)
    types(monkeypatch, "2", "0")
    assert audit(store, store.parent / "door.mp4", "--terminal", *WINDOWS, "--at", "2026-04-07T10:00:10") == 0
    capsys.readouterr()
    assert audit(store, "--json") == 0
    last = json.loads(capsys.readouterr().out)["report"][-1]
    assert (last["manual"], last["counted"], last["verdict"], last["more_if_right"]) == (2, 2, "not proven", 50)


@pytest.mark.slow
def test_what_she_saw_stays_true_when_the_recording_is_replayed_with_other_settings(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "2", "0")
    assert audit(store, store.parent / "door.mp4", "--terminal", *WINDOWS, "--at", "2026-04-07T10:00:10") == 0
    walks(store.parent / "walks.csv", WALKS[:2] + WALKS[3:])
    store.write_text(SETTINGS.replace("[model]", "[rules]\nstart_score = 0.3\n[model]"))
    assert edge("replay", store.parent / "door.mp4", "--config", store, "--start", START) == 0
    reader = open_facts(store.parent / "footfall.sqlite")
    assert read_audits(reader).values == [], "they say nothing about what the new settings count"
    assert audit(store) == 0
    assert [row[2:4] for row in rows(store, COUNTED + " AND direction = 'in'")] == [(2, 1)]
    assert len(read_audits(reader).values) == 2
    # Back to the first settings: the first comparison counts again, and nothing is there twice.
    walks(store.parent / "walks.csv")
    store.write_text(SETTINGS)
    assert edge("replay", store.parent / "door.mp4", "--config", store, "--start", START) == 0
    assert audit(store) == 0
    assert [row[2:4] for row in rows(store, COUNTED + " AND direction = 'in'")] == [(2, 2)]
    assert len(read_audits(reader).values) == 2
    assert rows(store, "SELECT count(*) FROM audit") == [(4,)]
    reader.close()


def test_manual_counts_of_a_line_that_was_moved_are_left_out(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "2", "0")
    assert audit(store, store.parent / "door.mp4", "--terminal", *WINDOWS, "--at", "2026-04-07T10:00:10") == 0
    store.write_text(SETTINGS.replace("[0.1, 0.6]", "[0.1, 0.5]"))
    assert edge("replay", store.parent / "door.mp4", "--config", store, "--start", START) == 0
    capsys.readouterr()
    assert audit(store) == 0
    assert "2 manual counts belong to lines that were moved since" in capsys.readouterr().err


# --- the clip ---------------------------------------------------------------------------------------------------


def seconds(begins: float, ends: float) -> Span:
    return Span(TEN + timedelta(seconds=begins), TEN + timedelta(seconds=ends))


@pytest.mark.slow
def test_a_part_of_a_recording_has_the_same_pictures_and_times_as_the_whole(videos: Path) -> None:
    recording = Recording(videos / "entrance.mp4")
    part = seconds(20.3, 22)
    whole = [f for f in recording.frames(TEN) if part.begins <= f.at < part.ends]
    found = list(recording.between(TEN, part.begins, part.ends))
    assert [at for at, _ in found] == [f.at for f in whole]
    assert all(np.array_equal(image, f.image) for (_, image), f in zip(found, whole, strict=True))


def test_the_clock_of_two_joined_recordings_goes_on_in_a_part_as_well(tmp_path: Path) -> None:
    once = write_video(tmp_path / "once.avi", frames=40, codec="MJPG").read_bytes()
    (tmp_path / "twice.avi").write_bytes(once + once)
    recording = Recording(tmp_path / "twice.avi")
    part = seconds(5, 6)
    whole = [(f.at, f.image.mean()) for f in recording.frames(TEN) if part.begins <= f.at < part.ends]
    assert len(whole) == 10
    assert [(at, image.mean()) for at, image in recording.between(TEN, part.begins, part.ends)] == whole


def test_a_recording_without_a_usable_clock_is_read_from_its_beginning(shared: Path) -> None:
    recording = Recording(shared / "videos" / "store-aisle-detection.gif")
    part = seconds(1, 3)
    whole = [f.at for f in recording.frames(TEN) if part.begins <= f.at < part.ends]
    assert [at for at, _ in recording.between(TEN, part.begins, part.ends)] == whole


def test_a_clip_is_as_long_as_its_time_and_too_coarse_for_a_face(videos: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.webm"
    write_clip(Scene(Recording(videos / "entrance.mp4"), TEN, seconds(20, 22), seconds(19, 23)), path)
    reader = cv2.VideoCapture(str(path))
    assert reader.get(cv2.CAP_PROP_FRAME_HEIGHT) == COARSE_HEIGHT_PX
    assert reader.get(cv2.CAP_PROP_FRAME_COUNT) / reader.get(cv2.CAP_PROP_FPS) == 4
    reader.release()


def scenes_of(video: Path, count: int = 2) -> list[Scene]:
    recording = Recording(video)
    return [Scene(recording, TEN, seconds(n * 10, n * 10 + 10), seconds(n * 10, n * 10 + 10)) for n in range(count)]


def test_clips_are_deleted_one_by_one_and_all_at_the_end_even_after_an_error(store: Path, tmp_path: Path) -> None:
    def count_until_the_power_goes() -> None:
        with ClipFolder(tmp_path) as clips:
            first, second = (clips.prepare(n, s).result(30) for n, s in enumerate(scenes_of(store.parent / "door.mp4")))
            assert first.is_file()
            clips.delete(0)
            assert [first.exists(), second.exists()] == [False, True]
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        count_until_the_power_goes()
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


KEEPER = """
import sys, time, pathlib
from edge.audit import ClipFolder
with ClipFolder(pathlib.Path(sys.argv[1])) as clips:
    (clips.path / "0.webm").write_bytes(b"faces")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_the_clips_of_a_killed_audit_are_swept_by_the_next_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KEEPER, tmp_path], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"ready\n"
        (folder,) = tmp_path.glob(f"{PREFIX}*")
        assert folder.stat().st_mode & 0o077 == 0, "nobody else may look"
        with ClipFolder(tmp_path):
            assert (folder / "0.webm").is_file(), "somebody still counts"
        keeper.kill()
        keeper.wait()
    assert (folder / "0.webm").is_file()
    with ClipFolder(tmp_path):
        assert not folder.exists()


# --- the page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(store: Path, tmp_path: Path) -> Iterator[Desk]:
    """A page over the first two windows that remembers what it was given."""
    camera = scene_of(load(store).cameras[0])
    with ClipFolder(tmp_path) as clips:
        yield Desk(
            camera=camera,
            scenes=scenes_of(store.parent / "door.mp4"),
            titles=["first", "second"],
            clips=clips,
            save=lambda _, presses: saved.append(presses),
            result=lambda: ([("line", "verdict"), ("entrance", "the count is revealed")], ["missed: one"]),
            done=threading.Event(),
        )
    saved.clear()


saved: list[Any] = []


def test_the_page_shows_the_result_only_when_every_window_is_counted(desk: Desk) -> None:
    page = build(desk).test_client()
    press = {"line": "entrance", "direction": "in", "at_s": 5.25}
    assert "window 1 of 2" in page.get("/").text
    assert page.post("/window/0", json={"presses": [press]}).json == {"next": 1}
    text = page.get("/").text
    assert "window 2 of 2" in text
    assert "revealed" not in text
    assert page.post("/skip/1").json == {"next": None}
    assert not desk.done.is_set()
    text = page.get("/").text
    assert "the count is revealed" in text
    assert "missed: one" in text
    assert desk.done.is_set()
    assert saved == [{("entrance", "in"): [TEN + timedelta(seconds=5.25)], ("entrance", "out"): []}]


def test_the_clip_of_a_counted_window_is_gone(desk: Desk) -> None:
    page = build(desk).test_client()
    answer = page.get("/clip/0.webm", headers={"Range": "bytes=0-99"})
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (206, "video/webm", 100)
    answer.close()
    assert (desk.clips.path / "0.webm").is_file()
    page.post("/window/0", json={"presses": []})
    assert not (desk.clips.path / "0.webm").exists()
    assert page.get("/clip/0.webm").status_code == 404
    assert page.post("/window/0", json={"presses": []}).status_code == 404, "nothing is stored twice"
    assert page.post("/stop").json == {"next": None}
    assert len(saved) == 1


def test_while_the_database_refuses_nothing_is_lost(desk: Desk) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnavailableError("footfall.sqlite: database is locked")

    page = build(replace(desk, save=refuse)).test_client()
    answer = page.post("/window/0", json={"presses": []})
    assert (answer.status_code, "database is locked" in answer.text) == (503, True)
    assert "window 1 of 2" in page.get("/").text


def test_a_line_counted_one_way_asks_for_that_way_only(desk: Desk) -> None:
    one_way = replace(desk.camera, lines=(replace(desk.camera.lines[0], one_way="out"),))
    page = build(replace(desk, camera=one_way)).test_client()
    text = page.get("/").text
    assert 'data-direction="out"' in text
    assert 'data-direction="in"' not in text
    wrong = {"line": "entrance", "direction": "in", "at_s": 1}
    assert page.post("/window/0", json={"presses": [wrong]}).status_code == 400


def test_the_arrow_points_in_and_turns_with_the_flip(desk: Desk) -> None:
    line = desk.camera.lines[0]  # from left to right: in is up
    up, down = drawn(line, 320, 240), drawn(replace(line, flip=True), 320, 240)
    assert up["points"] == "32.0,144.0 288.0,144.0"
    assert up["tail"] == (160.0, 144.0)
    assert up["tip"][1] < 144 < down["tip"][1]
    assert up["inside"][1] < 144 < up["outside"][1]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"presses": 3},
        {"presses": [3]},
        {"presses": [{"line": "side", "direction": "in", "at_s": 1}]},
        {"presses": [{"line": "entrance", "direction": "up", "at_s": 1}]},
        {"presses": [{"line": "entrance", "direction": "in", "at_s": "soon"}]},
        {"presses": [{"line": "entrance", "direction": "in", "at_s": True}]},
        {"presses": [{"line": "entrance", "direction": "in", "at_s": -1}]},
        {"presses": [{"line": "entrance", "direction": "in", "at_s": 12}]},
    ],
)
def test_what_no_press_can_be_is_refused_and_not_stored(desk: Desk, body: object) -> None:
    assert build(desk).test_client().post("/window/0", json=body).status_code == 400
    assert saved == []


@pytest.mark.slow
def test_who_presses_what_truly_happened_finds_what_truth_knows(videos: Path, tmp_path: Path) -> None:
    """The fixture entrance: every window pressed at the true moments, half a second late, as fingers are."""
    text = (videos / "entrance.toml").read_text(encoding="utf-8").replace('"entrance.mp4"', f'"{videos}/entrance.mp4"')
    store = tmp_path / "store.toml"
    store.write_text(re.sub(r'path = "\.\./models[^"]*"', f'path = "recorded:{videos}/entrance.detections.csv"', text))
    assert edge("replay", videos / "entrance.mp4", "--config", store, "--start", START) == 0
    truth = json.loads((videos / "entrance.truth.json").read_text(encoding="utf-8"))
    (line,) = truth["lines"]
    moments = [(c["direction"], TEN + timedelta(seconds=c["frame"] / truth["fps"] + 0.5)) for c in line["crossings"]]
    with page_of(store, videos / "entrance.mp4", tmp_path) as (process, address):
        person = Person(address)
        while task := person.task():
            begins = TEN + timedelta(seconds=person.begins_s() - task["begins_s"])
            at_s = [(way, (at - begins).total_seconds()) for way, at in moments]
            inside = [(way, s) for way, s in at_s if 0 <= s <= task["clip_s"]]
            person.hand_in(task, [{"line": "entrance", "direction": way, "at_s": s} for way, s in inside])
        out, _ = process.communicate(timeout=30)
    until = TEN + timedelta(seconds=100)  # ten whole windows
    expected = sum(at - timedelta(seconds=0.5) < until for _, at in moments)
    ((manual, counted, matched),) = rows(store, "SELECT sum(manual), sum(counted), sum(matched) FROM audit")
    assert manual == expected
    within = f"WHERE ts_utc_ms < {until.timestamp() * 1000:.0f}"
    ((crossed,),) = rows(store, f"SELECT count(*) FROM crossing {within}")  # noqa: S608 - our own number
    assert counted == crossed
    assert matched >= expected - 2
    assert out.count("missed: ") == manual - matched
    assert out.count("invented: ") == counted - matched
    (total,) = [line for line in out.splitlines() if line.startswith("all")]
    assert re.split(r"\s{2,}", total.strip())[3:6] == ["10", str(manual), str(counted)]


@contextmanager
def page_of(store: Path, video: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """An audit on the page, with temporary files in ``folder``: the process and the address that it printed."""
    words = ["audit", video, "--config", store, "--no-browser", *WINDOWS]
    with subprocess.Popen(
        [sys.executable, "-m", "edge.cli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder)},
    ) as process:
        assert process.stderr is not None
        try:
            found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stderr)))
            yield process, found[0]
        finally:
            process.kill()


class Person:
    """Somebody at the page, without a browser."""

    def __init__(self, address: str) -> None:
        import urllib.request
        from http.cookiejar import CookieJar

        self._base = address.partition("?")[0]
        self._http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._text = self._http.open(address, timeout=20).read().decode()

    def task(self) -> dict[str, Any] | None:
        found = re.search(r'id="task">(.*?)</script>', self._text)
        return json.loads(found[1]) if found else None

    def begins_s(self) -> float:
        """Seconds after ten at which the window begins, as the page's title says."""
        found = re.search(r"2026-04-07 10:(\d\d):(\d\d)-", self._text)
        assert found
        return int(found[1]) * 60 + int(found[2])

    def hand_in(self, task: dict[str, Any], presses: list[dict[str, Any]]) -> None:
        import urllib.request

        body = json.dumps({"presses": presses}).encode()
        headers = {"Content-Type": "application/json"}
        url = f"{self._base}window/{task['number']}"
        self._http.open(urllib.request.Request(url, body, headers), timeout=20).close()  # noqa: S310 - our own page
        self._text = self._http.open(self._base, timeout=20).read().decode()


@pytest.mark.slow
@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_audit_keeps_what_was_counted_and_no_clip(
    store: Path, tmp_path: Path, word: signal.Signals
) -> None:
    with page_of(store, store.parent / "door.mp4", tmp_path) as (process, address):
        person = Person(address)
        task = person.task()
        assert task is not None
        person.hand_in(task, [])
        assert len(list(tmp_path.glob(f"{PREFIX}*"))) == 1
        process.send_signal(word)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert list(tmp_path.glob(f"{PREFIX}*")) == []
    assert len(rows(store, COUNTED)) == 2


# --- in a real browser ------------------------------------------------------------------------------------------


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium without a window; skips where it is not installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(flag)
    options.add_argument("--disable-background-networking")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.mark.slow
def test_in_a_browser_the_clip_plays_keys_count_and_the_result_comes_last(
    store: Path, tmp_path: Path, browser: Any
) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    video = "const video = document.getElementById('video'); "

    def asks(script: str) -> Any:
        return browser.execute_script(video + script)

    def until(script: str) -> None:
        end = time.monotonic() + 40
        while not asks(f"return {script}"):
            assert time.monotonic() < end, (script, asks("return [video.currentTime, video.error]"))
            time.sleep(0.1)

    def keys(*pressed: str) -> None:
        for key in pressed:
            ActionChains(browser).send_keys(key).perform()

    with page_of(store, store.parent / "door.mp4", tmp_path) as (process, address):
        browser.get(address)
        until("video.readyState >= 3")
        assert asks("return video.videoHeight") == COARSE_HEIGHT_PX
        assert asks("return document.getElementById('finish').disabled"), "nothing was watched yet"
        keys("+", "+", "+", " ")
        until("video.currentTime > 1")
        assert not asks("return video.paused")
        assert len(set(asks(PIXELS))) > 1, "the picture is no empty plane"
        keys(" ", "i", "i", "u", "o")
        assert asks("return presses.map((p) => p.direction)") == ["in", "out"]
        assert asks("return document.querySelector('[data-count=\"entrance in\"]').textContent") == "1"
        keys(" ")
        until("video.ended && !document.getElementById('finish').disabled")
        browser.find_element("id", "finish").click()
        until("document.body.textContent.includes('window 2 of 3')")
        assert "disproven" not in browser.page_source
        assert len(list(tmp_path.glob(f"{PREFIX}*/*.webm"))) <= 2, "the first clip is gone"
        browser.find_element("id", "stop").click()
        until("document.body.textContent.includes('You can close this page')")
        assert "right" in browser.find_element("css selector", ".result").text
        assert browser.get_log("browser") == []
        assert process.wait(30) == 0
    assert list(tmp_path.glob(f"{PREFIX}*")) == []
    assert rows(store, "SELECT count(*) FROM audit_mark") == [(2,)]


PIXELS = """
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
canvas.width = canvas.height = 8;
pen.drawImage(video, 0, 0, 8, 8);
return Array.from(pen.getImageData(0, 0, 8, 8).data);
"""
