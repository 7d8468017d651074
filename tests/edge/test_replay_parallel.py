"""Replaying several recordings at once: the same facts as one after the other, and the same ways to end."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge import cli
from edge.capture import Recording
from edge.cli.build import watched
from edge.cli.lanes import Clip, lanes
from edge.settings import load

from .clips import write_clip, write_walk
from .test_network import build_choosy_model

if TYPE_CHECKING:
    from pathlib import Path

STORE = """
[store]
id = "demo"
name = "Demo store"
time_zone = "Europe/Berlin"
currency = "EUR"
[database]
path = "facts.sqlite"
"""
CAMERA = """
[[cameras]]
id = "{id}"
source = "{id}"
fps = {fps}
start = "2026-04-07T10:00:00"
[cameras.model]
path = "{model}"
[[cameras.lines]]
id = "entrance"
role = "entrance"
start = [0.1, 0.6]
end = [0.9, 0.6]
[[cameras.zones]]
id = "shoes"
role = "product"
polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
"""
TABLES = ("store", "camera", "geometry", "run", "crossing", "stay", "trail", "watch")


def edge(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def store(tmp_path: Path, root: Path) -> Path:
    """Three cameras: two with pictures that a network searches, one with three short recordings in a row."""
    path = tmp_path / "store.toml"
    model = root / "fixtures" / "models" / "fixture-world-only-person_openvino_model"
    cameras = [("hall", 10, model), ("floor", 5, model), ("door", 10, "recorded:walk.csv")]
    path.write_text(STORE + "".join(CAMERA.format(id=i, fps=f, model=m) for i, f, m in cameras), encoding="utf-8")
    for name in ("hall", "floor", "door"):
        (tmp_path / name).mkdir()
        if name != "door":
            write_clip(tmp_path / name / f"{name}.mp4", frames=30)
    for number in range(3):
        write_clip(tmp_path / "door" / f"part{number}.mp4", frames=50 + number)
    write_walk(tmp_path / "walk.csv")
    return path


def recordings(store: Path) -> list[Path]:
    return [store.parent / camera for camera in ("hall", "floor", "door")]


@pytest.mark.slow
def test_several_recordings_at_once_give_the_facts_of_one_after_the_other(
    store: Path, tmp_path: Path, videos: Path
) -> None:
    shutil.copyfile(videos / "rush.mp4", tmp_path / "hall" / "hall.mp4")
    shutil.copyfile(videos / "gathering.mp4", tmp_path / "floor" / "floor.mp4")
    for jobs in (1, 4):
        words = ("--config", store, "--database", tmp_path / f"{jobs}.sqlite", "--jobs", str(jobs))
        assert edge("replay", *recordings(store), *words) == 0
    for table in TABLES:
        one, four = (sorted(rows(tmp_path / f"{jobs}.sqlite", f"SELECT * FROM {table}"), key=repr) for jobs in (1, 4))  # noqa: S608 - our own names
        assert one == four, table
        assert one, table
    assert len(rows(tmp_path / "4.sqlite", "SELECT * FROM crossing WHERE camera_id = 'hall'")) > 10
    assert rows(tmp_path / "4.sqlite", "SELECT DISTINCT finished FROM run") == [(1,)]


@pytest.mark.slow
def test_a_recording_without_a_start_of_its_own_waits_for_the_one_before_it(store: Path) -> None:
    assert edge("replay", *recordings(store), "--config", store, "--jobs", "5") == 0
    begun = rows(store.parent / "facts.sqlite", "SELECT begins_ms FROM run WHERE camera_id = 'door' ORDER BY source")
    first, second, third = (int(str(begins)) for (begins,) in begun)
    assert (second - first, third - second) == (5000, 5100)


@pytest.mark.slow
def test_recordings_are_told_of_in_the_order_in_which_they_were_named(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge("replay", *recordings(store), "--config", store) == 0
    printed = capsys.readouterr().out
    places = [printed.index(f"{name}.mp4") for name in ("hall", "floor", "part0", "part1", "part2")]
    assert places == sorted(places)


def test_who_waits_for_whom(store: Path) -> None:
    settings = load(store)
    hall, floor, _ = (watched(settings, camera) for camera in settings.cameras)
    recording = Recording(store.parent / "door" / "part0.mp4")
    start = hall.start

    def clip(camera: str, content: str, *, own_start: bool) -> Clip:
        seen = replace(hall, camera=replace(hall.camera, id=camera))
        return Clip(recording, seen, content, start if own_start else None)

    a0, a1, a2 = (clip("a", f"a{n}", own_start=True) for n in range(3))
    b0, b1 = clip("b", "b0", own_start=True), clip("b", "b1", own_start=False)
    again = clip("a", "a1", own_start=True)
    other = clip("b", "a1", own_start=True)
    assert lanes([a0, b0, a1, b1, a2]) == [[a0], [b0, b1], [a1], [a2]]
    assert lanes([a0, a1, a2, again]) == [[a0], [a1, again], [a2]], "of one recording given twice the later counts"
    assert lanes([a1, other]) == [[a1], [other]], "another camera is another source"
    assert floor.start == start


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5"])
def test_a_number_of_jobs_without_sense_is_refused(jobs: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        edge("replay", store.parent / "door", "--config", store, "--jobs", jobs)
    assert caught.value.code == 2
    assert f"'{jobs}': must be a whole number from 1" in capsys.readouterr().err


@pytest.mark.slow
def test_when_one_fails_the_others_end_and_what_was_finished_is_kept(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = store.parent
    words = ("--config", store, "--jobs", "3")
    assert edge("replay", folder / "door", *words) == 0
    before = rows(folder / "facts.sqlite", "SELECT event_id FROM crossing ORDER BY event_id")
    # The hall's network fails on every picture that is not black; the floor would take minutes.
    model = build_choosy_model(folder / "choosy")
    text = store.read_text("utf-8")
    hall = text.index('id = "hall"')
    store.write_text(text[:hall] + text[hall:].replace(text.split('path = "')[2].split('"')[0], str(model), 1), "utf-8")
    write_clip(folder / "floor" / "long.mp4", frames=20_000)
    capsys.readouterr()
    assert edge("replay", folder / "hall", folder / "floor" / "long.mp4", *words) == 1
    assert "OpenVINO failed on a picture" in capsys.readouterr().err
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("replay", "decoding"))]
    found = rows(folder / "facts.sqlite", "SELECT camera_id, finished FROM run ORDER BY camera_id, begins_ms")
    assert found == [("door", 1), ("door", 1), ("door", 1), ("floor", 0), ("hall", 0)]
    assert rows(folder / "facts.sqlite", "SELECT event_id FROM crossing ORDER BY event_id") == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_recordings_end_promptly_and_can_be_completed(store: Path, name: signal.Signals) -> None:
    folder = store.parent
    write_clip(folder / "floor" / "long.mp4", frames=10_000)
    command = [sys.executable, "-m", "edge.cli", "replay", *map(str, recordings(store)), "--config", str(store)]
    command += ["--jobs", "3"]
    database = folder / "facts.sqlite"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and not _finished(database):
        time.sleep(0.02)
    os.kill(process.pid, name)
    _, problems = process.communicate(timeout=30)
    assert process.returncode == 130, problems
    assert problems.splitlines()[-1].startswith("stopped before the end; what was finished is stored")
    kept = set(rows(database, "SELECT event_id FROM crossing WHERE camera_id = 'door'"))
    assert kept
    assert (0,) in rows(database, "SELECT finished FROM run")
    subprocess.run(command, check=True, capture_output=True)
    assert rows(database, "SELECT DISTINCT finished FROM run") == [(1,)]
    assert kept <= set(rows(database, "SELECT event_id FROM crossing WHERE camera_id = 'door'"))


def _finished(database: Path) -> bool:
    try:  # only looked at: a file made here would be in the way of the other process
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0.1)) as connection:
            return bool(connection.execute("SELECT 1 FROM run WHERE finished AND camera_id = 'door'").fetchall())
    except sqlite3.OperationalError:
        return False  # the other process has not made the table yet


LOADED = """
import sys
from edge.cli import main

status = main(sys.argv[1:])
heavy = {"torch", "torchvision", "ultralytics", "nncf", "pandas", "flask", "matplotlib", "plotly", "apscheduler"}
print(sorted(heavy & {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}))
raise SystemExit(status)
"""


@pytest.mark.slow
def test_a_replay_on_an_ir_loads_nothing_that_it_does_not_need(store: Path) -> None:
    command = [sys.executable, "-c", LOADED, "replay", str(store.parent / "hall"), "--config", str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
