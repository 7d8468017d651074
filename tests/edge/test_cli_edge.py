"""``footfall-edge`` as people use it: what it stores, what it says, and how it fails."""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import cv2
import pytest

from edge import cli
from edge.cli import replay as replay_module
from edge.contract import open_store

from .clips import write_clip, write_walk

if TYPE_CHECKING:
    from pathlib import Path

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
"""
CAMERA = """
[[cameras]]
id = "{id}"
source = "{source}"
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
[[cameras.zones]]
id = "shoes"
role = "product"
polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.5], [0.1, 0.5]]
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A settings file with one camera whose clip shows one person walking in; its detections are recorded."""
    write_clip(tmp_path / "door.mp4")
    write_walk(tmp_path / "walk.csv")
    path = tmp_path / "store.toml"
    path.write_text(SETTINGS + CAMERA.format(id="door", source="door.mp4"), encoding="utf-8")
    return path


def edge(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What stands on standard error."""
    return capsys.readouterr().err.splitlines()


# --- check ------------------------------------------------------------------------------------------------------


def test_check_says_what_a_settings_file_means(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edge("check", "--config", store) == 0
    text = capsys.readouterr().out
    for part in (
        "Demo store (demo), Europe/Berlin, EUR",
        "facts.sqlite",
        "320 x 240, 10 frames/s",
        "recorded:walk.csv",
    ):
        assert part in text
    for part in ("entrance (entrance, foot)", "shoes (product)"):
        assert part in text
    assert not (store.parent / "facts.sqlite").exists()


def test_check_names_every_missing_file_at_once(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (store.parent / "walk.csv").unlink()
    (store.parent / "door.mp4").write_bytes(b"no video")
    store.write_text(store.read_text().replace("facts.sqlite", "nowhere/facts.sqlite"))
    assert edge("check", "--config", store) == 2
    lines = said(capsys)
    assert [line.removeprefix(f"{store}: ").split(": ")[0] for line in lines] == [
        "cameras[0].source",
        "model.path",
        "database.path",
    ]


def test_check_prints_each_error_on_one_line_and_no_traceback(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.write_text(store.read_text().replace("[0.1, 0.6]", "[1.2, 0.6]").replace('"EUR"', '"euro"'))
    assert edge("check", "--config", store) == 2
    lines = said(capsys)
    assert len(lines) == 2
    assert lines[1].startswith(f"{store}: cameras[0].lines[0].start: [1.2, 0.6]: must lie within 0..1")


# --- replay -----------------------------------------------------------------------------------------------------


def test_a_replay_stores_what_the_recording_shows(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edge("replay", store.parent / "door.mp4", "--config", store, "--start", "2026-04-07T10:00:00") == 0
    database = store.parent / "facts.sqlite"
    crossings = rows(database, "SELECT direction, frame_no, ts_utc_ms FROM crossing")
    assert len(crossings) == 1
    direction, frame_no, at_ms = crossings[0]
    ten_in_berlin = 1775548800000  # 2026-04-07T08:00:00Z
    assert direction == "in"
    assert at_ms == ten_in_berlin + int(str(frame_no)) * 100
    assert rows(database, "SELECT zone_id, end_cause FROM stay") == [("shoes", "closed")]
    assert rows(database, "SELECT sum(frames_seen), max(health) FROM watch") == [(50, "ok")]
    assert rows(database, "SELECT kind, source, finished FROM run") == [("replay", "door.mp4", 1)]
    assert "line entrance" in capsys.readouterr().out


def test_the_same_replay_again_changes_nothing_even_from_another_place(store: Path, tmp_path: Path) -> None:
    words = ("--config", store, "--start", "2026-04-07T10:00:00")
    assert edge("replay", store.parent / "door.mp4", *words) == 0
    database = store.parent / "facts.sqlite"
    query = "SELECT * FROM {} ORDER BY 1"
    before = {table: rows(database, query.format(table)) for table in ("run", "crossing", "stay", "watch", "trail")}
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "door.mp4").write_bytes((store.parent / "door.mp4").read_bytes())
    assert edge("replay", moved, *words) == 0
    assert {table: rows(database, query.format(table)) for table in before} == before
    assert len(before["trail"]) > 3


def test_recordings_after_the_first_go_on_where_it_ended(store: Path) -> None:
    write_clip(store.parent / "door2.mp4")
    both = (store.parent / "door.mp4", store.parent / "door2.mp4")
    assert edge("replay", *both, "--config", store, "--start", "2026-04-07T08:00:00Z") == 0
    begins = [ms for (ms,) in rows(store.parent / "facts.sqlite", "SELECT begins_ms FROM run ORDER BY 1")]
    assert begins == [1775548800000, 1775548805000]


def test_the_start_may_stand_in_the_file_name(store: Path) -> None:
    named = store.parent / "door_20260407_100000.mp4"
    (store.parent / "door.mp4").rename(named)
    assert edge("replay", named, "--config", store) == 0
    assert rows(store.parent / "facts.sqlite", "SELECT begins_ms FROM run") == [(1775548800000,)]


def test_without_any_start_the_error_says_how_to_give_one(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edge("replay", store.parent / "door.mp4", "--config", store) == 2
    (line,) = said(capsys)
    assert "door.mp4: when did it begin? Say it with --start TIME" in line


def test_the_camera_is_the_one_whose_source_is_the_file(store: Path) -> None:
    clip = write_clip(store.parent / "side.mp4")
    store.write_text(store.read_text() + CAMERA.format(id="side", source="side.mp4"))
    assert edge("replay", clip, "--config", store, "--start", "2026-04-07T10:00:00") == 0
    assert rows(store.parent / "facts.sqlite", "SELECT camera_id FROM run") == [("side",)]


def test_with_two_cameras_and_a_foreign_file_the_camera_must_be_named(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write_text(store.read_text() + CAMERA.format(id="side", source="side.mp4"))
    clip = write_clip(tmp_path / "foreign.mp4")
    words = ("replay", clip, "--config", store, "--start", "2026-04-07T10:00:00")
    assert edge(*words) == 2
    assert "say with --camera which of the cameras is meant: door, side" in said(capsys)[0]
    assert edge(*words, "--camera", "roof") == 2
    assert "--camera: 'roof': no such camera" in said(capsys)[0]
    assert edge(*words, "--camera", "side") == 0


def test_an_annotated_video_has_every_picture(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    words = ("--config", store, "--start", "2026-04-07T10:00:00", "--annotate", out)
    assert edge("replay", store.parent / "door.mp4", *words) == 0
    reader = cv2.VideoCapture(str(out))
    assert (reader.get(cv2.CAP_PROP_FRAME_COUNT), reader.get(cv2.CAP_PROP_FPS)) == (50, 10)
    reader.release()


def test_run_on_a_recording_stores_the_same_as_replay(store: Path, tmp_path: Path) -> None:
    store.write_text(
        store.read_text().replace('source = "door.mp4"', 'source = "door.mp4"\nstart = 2026-04-07T10:00:00')
    )
    assert edge("run", "--config", store, "--database", tmp_path / "run.sqlite") == 0
    assert edge("replay", store.parent / "door.mp4", "--config", store, "--database", tmp_path / "replay.sqlite") == 0
    for table in ("run", "crossing", "stay", "watch", "trail"):
        query = f"SELECT * FROM {table} ORDER BY 1"  # noqa: S608 - our own names
        assert rows(tmp_path / "run.sqlite", query) == rows(tmp_path / "replay.sqlite", query)


def test_another_threshold_supersedes_the_earlier_replay(store: Path) -> None:
    words = ("replay", store.parent / "door.mp4", "--config", store, "--start", "2026-04-07T10:00:00")
    assert edge(*words) == 0
    store.write_text(store.read_text().replace("[model]", "[model]\nconfidence = 0.2"))
    assert edge(*words) == 0
    superseded = rows(store.parent / "facts.sqlite", "SELECT superseded_by IS NULL FROM run ORDER BY 1")
    assert sorted(superseded) == [(0,), (1,)]


# --- failures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["missing.mp4"], "missing.mp4: No such file or directory"),
        (["walk.csv"], "walk.csv: is no video that can be read"),
        (["door.mp4", "--start", "noon"], "--start: 'noon': must be a date and time such as"),
        (["door.mp4", "--start", "2026-03-29T02:30:00"], "no such time in Europe/Berlin"),
        (["door.mp4", "--start", "2026-04-07", "--model", "gone_openvino_model"], "gone_openvino_model: no such model"),
        (["door.mp4", "--start", "2026-04-07", "--model", "recorded:door.mp4"], "door.mp4: recorded detections: not"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_2_and_makes_no_database(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], rule: str
) -> None:
    monkeypatch.chdir(store.parent)
    assert edge("replay", *words, "--config", store) == 2
    (line,) = said(capsys)
    assert rule in line
    assert not (store.parent / "facts.sqlite").exists()


def test_a_locked_database_is_named_and_keeps_what_it_has(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("replay", store.parent / "door.mp4", "--config", store, "--start")
    assert edge(*words, "2026-04-07T10:00:00") == 0
    database = store.parent / "facts.sqlite"
    capsys.readouterr()
    monkeypatch.setattr(replay_module, "open_store", functools.partial(open_store, busy_timeout_s=0.1))
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert edge(*words, "2026-04-08T10:00:00") == 1
    assert said(capsys) == [f"{database}: database is locked"]
    assert len(rows(database, "SELECT * FROM crossing")) == 1
    assert edge(*words, "2026-04-08T10:00:00") == 0
    assert len(rows(database, "SELECT * FROM crossing")) == 2


def test_a_read_only_database_is_named_and_keeps_what_it_has(
    store: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    words = ("replay", store.parent / "door.mp4", "--config", store, "--start")
    assert edge(*words, "2026-04-07T10:00:00") == 0
    database = store.parent / "facts.sqlite"
    capsys.readouterr()
    request.getfixturevalue("read_only")
    assert edge(*words, "2026-04-08T10:00:00") == 1
    assert said(capsys) == [f"{database}: attempt to write a readonly database"]
    assert len(rows(database, "SELECT * FROM crossing")) == 1


def test_a_database_that_is_none_or_newer_is_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("replay", store.parent / "door.mp4", "--config", store, "--start", "2026-04-07T10:00:00", "--database")
    text = store.parent / "text.sqlite"
    text.write_text("this is no database" * 100)
    assert edge(*words, text) == 1
    assert said(capsys) == [f"{text}: file is not a database"]
    assert edge(*words, store.parent / "nowhere" / "facts.sqlite") == 1
    assert "its folder" in said(capsys)[0]
    newer = store.parent / "newer.sqlite"
    assert edge(*words, newer) == 0
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("INSERT INTO edge_migration VALUES (99, 'from_the_future', 0)")
    capsys.readouterr()
    assert edge(*words, newer) == 1
    assert "schema version 99 is newer than" in said(capsys)[0]


def test_verbose_adds_the_traceback(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edge("replay", store.parent / "gone.mp4", "--config", store) == 2
    assert not any("Traceback" in line for line in said(capsys))
    assert edge("replay", store.parent / "gone.mp4", "--config", store, "--verbose") == 2
    assert any("Traceback" in line for line in said(capsys))


@pytest.mark.parametrize("words", [[], ["replay"], ["replay", "a.mp4"], ["fly"], ["run", "--config"]])
def test_a_command_line_without_sense_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        edge(*words)
    assert caught.value.code == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        edge("--version")
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("footfall-edge 0.")


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_replay_keeps_what_it_found_and_can_be_completed(store: Path, name: signal.Signals) -> None:
    write_clip(store.parent / "door.mp4", frames=10_000)
    write_walk(store.parent / "walk.csv")
    command = [sys.executable, "-m", "edge.cli", "replay", str(store.parent / "door.mp4")]
    command += ["--config", str(store), "--start", "2026-04-07T10:00:00"]
    database = store.parent / "facts.sqlite"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if database.exists() and _count(database) > 0:
            break
        time.sleep(0.02)
    os.kill(process.pid, name)
    _, problems = process.communicate(timeout=30)
    assert process.returncode == 130
    assert problems.splitlines()[-1].startswith("stopped before the end; what was finished is stored")
    assert rows(database, "SELECT finished FROM run") == [(0,)]
    kept = rows(database, "SELECT event_id FROM crossing")
    assert len(kept) == 1
    subprocess.run(command, check=True, capture_output=True)
    assert rows(database, "SELECT finished FROM run") == [(1,)]
    assert rows(database, "SELECT event_id FROM crossing") == kept
    assert rows(database, "SELECT sum(frames_seen) FROM watch") == [(10_000,)]


def _count(database: Path) -> int:
    try:
        return len(rows(database, "SELECT event_id FROM crossing"))
    except sqlite3.OperationalError:
        return 0  # the other process has not made the table yet
