"""The main job on the fixture clips, real inference and all: what is counted equals what truly happened."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge import cli
from edge.contract import Rows, open_facts, read_crossings, read_stays, read_watches

from .labels import Labelled, read_labels, score

if TYPE_CHECKING:
    from pathlib import Path

BEGINS = datetime(2026, 4, 7, 8, 0, tzinfo=UTC)
CLIPS = ("entrance", "floor", "quiet")
SHORTEST_S, NEAR_S = 1.0, 1.25


def column(rows: Rows, name: str) -> list[object]:
    """One column of a result."""
    at = rows.columns.index(name)
    return [row[at] for row in rows.values]


@pytest.fixture(scope="module")
def replayed(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each clip replayed once with the committed detector, into a database of its own."""
    databases = {}
    for clip in CLIPS:
        databases[clip] = tmp_path_factory.mktemp("facts") / f"{clip}.sqlite"
        arguments = ["replay", str(videos / f"{clip}.mp4"), "--config", str(videos / f"{clip}.toml")]
        assert cli.main([*arguments, "--start", BEGINS.isoformat(), "--database", str(databases[clip])]) == 0
    return databases


@pytest.mark.slow
@pytest.mark.parametrize("clip", CLIPS)
def test_crossings_equal_the_truth(clip: str, replayed: dict[str, Path], videos: Path) -> None:
    labels = read_labels(videos / f"{clip}.truth.json")
    rows = read_crossings(open_facts(replayed[clip]), BEGINS, BEGINS + timedelta(hours=1))
    for line in labels["lines"]:
        truth = [Labelled(c["frame"], c["direction"]) for c in line["crossings"]]
        counted = [
            Labelled(int(str(frame)), str(direction))
            for line_id, frame, direction in zip(
                column(rows, "line_id"), column(rows, "frame_no"), column(rows, "direction"), strict=True
            )
            if line_id == line["id"]
        ]
        result = score(truth, counted, tolerance_frames=labels["fps"])
        assert (result.missed, result.invented) == ((), ())
        assert len(counted) == len(truth)


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["floor", "quiet"])
def test_stays_equal_the_truth(clip: str, replayed: dict[str, Path], videos: Path) -> None:
    labels = read_labels(videos / f"{clip}.truth.json")
    rows = read_stays(open_facts(replayed[clip]), BEGINS, BEGINS + timedelta(hours=1))
    counted = [
        (str(zone), (int(str(ms)) / 1000 - BEGINS.timestamp()), int(str(dwell)) / 1000)
        for zone, ms, dwell in zip(
            column(rows, "zone_id"), column(rows, "entered_utc_ms"), column(rows, "dwell_ms"), strict=True
        )
        if int(str(dwell)) >= SHORTEST_S * 1000
    ]
    truth = [
        (str(zone["id"]), float(stay["from_frame"]) / labels["fps"], float(stay["dwell_s"]))
        for zone in labels["zones"]
        for stay in zone["stays"]
        if stay["dwell_s"] >= SHORTEST_S
    ]
    missed = []
    for zone, entered, dwell in truth:
        for other in counted:
            if other[0] == zone and abs(other[1] - entered) <= NEAR_S and abs(other[2] - dwell) <= NEAR_S:
                counted.remove(other)
                break
        else:
            missed.append((zone, entered, dwell))
    assert (missed, counted) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("clip", CLIPS)
def test_the_whole_clip_was_watched(clip: str, replayed: dict[str, Path], videos: Path) -> None:
    labels = read_labels(videos / f"{clip}.truth.json")
    rows = read_watches(open_facts(replayed[clip]), BEGINS, BEGINS + timedelta(hours=1))
    assert sum(int(str(n)) for n in column(rows, "frames_seen")) == labels["frames"]
    assert set(column(rows, "health")) == {"ok"}


def every_row(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """All facts, and the runs they belong to, byte for byte as SQLite holds them."""
    with sqlite3.connect(database) as connection:
        rows = {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608 - our own names
            for table in ("run", "crossing", "stay", "watch", "trail")
        }
    connection.close()
    return rows


@pytest.mark.slow
def test_a_second_replay_changes_nothing(replayed: dict[str, Path], videos: Path, tmp_path: Path) -> None:
    database = tmp_path / "again.sqlite"
    shutil.copy(replayed["entrance"], database)
    before = every_row(database)
    assert sum(len(rows) for rows in before.values()) > 100
    arguments = ["replay", str(videos / "entrance.mp4"), "--config", str(videos / "entrance.toml")]
    assert cli.main([*arguments, "--start", BEGINS.isoformat(), "--database", str(database)]) == 0
    assert every_row(database) == before


@pytest.mark.slow
def test_kill_9_during_a_replay_then_again_gives_the_facts_of_an_undisturbed_run(
    replayed: dict[str, Path], videos: Path, tmp_path: Path
) -> None:
    database = tmp_path / "killed.sqlite"
    command = [sys.executable, "-m", "edge.cli", "replay", str(videos / "entrance.mp4")]
    command += ["--config", str(videos / "entrance.toml"), "--start", BEGINS.isoformat()]
    command += ["--database", str(database)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if database.exists() and (rows := _some_crossings(database)) >= 3:
            process.kill()
            break
        time.sleep(0.02)
    assert process.wait() == -9, "the replay ended before it could be killed"
    undisturbed = every_row(replayed["entrance"])
    assert 3 <= rows < len(undisturbed["crossing"])

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert every_row(database) == undisturbed


def _some_crossings(database: Path) -> int:
    """How many crossings another process has stored so far; 0 before it made the table."""
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM crossing").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()
