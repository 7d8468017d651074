"""The main job on the fixture clips, real inference and all: what is counted equals what truly happened."""

from __future__ import annotations

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
STAY_TOLERANCE_S = 1.0


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
@pytest.mark.parametrize("clip", CLIPS)
def test_stays_equal_the_truth(clip: str, replayed: dict[str, Path], videos: Path) -> None:
    labels = read_labels(videos / f"{clip}.truth.json")
    rows = read_stays(open_facts(replayed[clip]), BEGINS, BEGINS + timedelta(hours=1))
    for zone in labels["zones"]:
        truth = sorted(s["from_frame"] / labels["fps"] for s in zone["stays"] if s["dwell_s"] >= 1.0)
        counted = sorted(
            (int(str(ms)) - BEGINS.timestamp() * 1000) / 1000
            for zone_id, ms, dwell in zip(
                column(rows, "zone_id"), column(rows, "entered_utc_ms"), column(rows, "dwell_ms"), strict=True
            )
            if zone_id == zone["id"] and int(str(dwell)) >= 1000
        )
        assert counted == pytest.approx(truth, abs=STAY_TOLERANCE_S), zone["id"]


@pytest.mark.slow
@pytest.mark.parametrize("clip", CLIPS)
def test_the_whole_clip_was_watched(clip: str, replayed: dict[str, Path], videos: Path) -> None:
    labels = read_labels(videos / f"{clip}.truth.json")
    rows = read_watches(open_facts(replayed[clip]), BEGINS, BEGINS + timedelta(hours=1))
    assert sum(int(str(n)) for n in column(rows, "frames_seen")) == labels["frames"]
    assert set(column(rows, "health")) == {"ok"}
