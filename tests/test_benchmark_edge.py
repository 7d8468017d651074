"""The benchmark of speed: what it says, that its parts run, and that it stands in nobody's way."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from benchmarks import edge_children, edge_speed
from benchmarks.edge_speed import Result, child, in_turns, table
from benchmarks.edge_video import FPS, busy_video, enlarged_video
from edge.capture import Recording

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_says_of_every_figure_whether_it_is_enough() -> None:
    lines = table(
        [
            Result("rate", 1.5, 1.4, least=True, note="1.6 by processor time"),
            Result("memory", 351.0, 350.0, least=False),
            Result("start", 3.0, 3.0, least=False),
        ]
    ).splitlines()
    assert [line.split()[-1] for line in lines[2:]] == ["NO", "yes"]
    assert lines[1].endswith("yes   1.6 by processor time")
    assert [line.split()[1:4] for line in lines[1:3]] == [["1.50", ">=", "1.4"], ["351.00", "<=", "350"]]


def test_without_a_model_it_is_skipped_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTFALL_SHARED", str(tmp_path))
    assert edge_speed.main([]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"skipped: there is no {tmp_path}")
    assert "FOOTFALL_SHARED" in printed


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        edge_speed.main(["--only", "flying"])
    assert caught.value.code == 2


def test_the_videos_have_the_size_and_length_that_were_asked_for(tmp_path: Path) -> None:
    busy = Recording(busy_video(tmp_path / "busy.mp4", 4))
    assert (busy.width, busy.height, busy.frame_count, busy.fps) == (1920, 1080, 4, FPS)
    large = Recording(enlarged_video(tmp_path / "large.mp4", "quiet", 720, 3, first=2))
    assert (large.width, large.height, large.frame_count) == (1280, 720, 3)


def test_measuring_leaves_out_the_first_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(1000))
    clock = SimpleNamespace(perf_counter=lambda: float(next(seconds)), process_time=lambda: 0.0)
    monkeypatch.setattr("benchmarks.edge_children.time", clock)
    watch = edge_children.Stopwatch()
    for _ in range(edge_children.WARM + 30):
        watch.tick()
    told = watch.told()
    assert told["frames"] == 30
    # One second a look at the clock: twice at the frame where it begins.
    assert told["fps"] == pytest.approx(30 / 31)


@pytest.mark.slow
def test_tasks_run_in_processes_of_their_own_and_in_turns(tmp_path: Path) -> None:
    video = str(enlarged_video(tmp_path / "small.mp4", "rush", 360, 40))
    first, second = in_turns(1, ("decode", {"video": video}), ("decode", {"video": video}))
    assert [told[0]["frames"] for told in (first, second)] == [40 - edge_children.WARM] * 2
    assert all(told[0]["cpu_ms"] > 0 for told in (first, second))


@pytest.mark.slow
def test_a_task_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"gone\.mp4"):
        child("decode", video=str(tmp_path / "gone.mp4"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["counting", "survey_limits", "edge"])
def test_the_name_of_the_script_hides_the_package_from_none_of_its_neighbours(name: str, root: Path) -> None:
    command = [sys.executable, str(root / "benchmarks" / f"{name}.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_replay_is_measured_from_its_start(root: Path, tmp_path: Path) -> None:
    video = enlarged_video(tmp_path / "large.mp4", "rush", 360, 60)
    model = root / "fixtures" / "models" / "fixture-world-only-person_openvino_model"
    told = child("replay", video=str(video), model=str(model), gate=False)
    assert told["frames"] == 60 - edge_children.WARM
    assert 0 < told["start_s"] < 120
    assert told["mb"]["rss"] >= told["mb"]["pss"] > 50


@pytest.mark.slow
def test_cameras_at_the_pace_of_the_clock_are_counted_each(root: Path, tmp_path: Path) -> None:
    video = enlarged_video(tmp_path / "large.mp4", "rush", 360, 60)
    model = root / "fixtures" / "models" / "fixture-world-only-person_openvino_model"
    told = child("cameras", videos=[str(video)] * 2, model=str(model), fps=5.0, seconds=2.0)
    assert [a + d for a, d in zip(told["analysed"], told["dropped"], strict=True)] == [11, 11]
