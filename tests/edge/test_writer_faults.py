"""Full disks and kill -9: real ones."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.contract import check, open_store

from .test_writer_buffer import LIVE, give, live, locked, trails

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB, mounted for the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], check=False)
    if done.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes every byte that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


@pytest.mark.slow
def test_on_a_full_disk_facts_wait_in_the_journal_that_took_its_room_before(small_disk: Path) -> None:
    path = small_disk / "f.sqlite"
    buffer = live(path)
    give(buffer, range(100))
    buffer.flush()
    ballast = fill(small_disk)
    buffer.start()
    # More than fits into the room that the database's own files still have, in more than one batch.
    for n in range(100, 12_000, 100):
        give(buffer, range(n, n + 100))
        time.sleep(0.01)
    until = time.monotonic() + 5
    while buffer.state().refused_since is None and time.monotonic() < until:
        time.sleep(0.05)
    state = buffer.state()
    assert "full" in state.words or "disk I/O" in state.words
    assert state.spooled_bytes > 0
    assert buffer.take_dropped(LIVE.id) == 0
    ballast.unlink()
    assert buffer.close(20)
    assert trails(path) == list(range(12_000))


@pytest.mark.slow
def test_it_starts_on_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "f.sqlite"
    first = live(path)
    give(first, range(10))
    assert first.close()
    ballast = fill(small_disk)
    buffer = live(path)
    buffer.start()
    give(buffer, range(10, 20))
    time.sleep(1.0)
    assert buffer.state().waiting == 0
    ballast.unlink()
    assert buffer.close(20)
    assert trails(path) == list(range(20))


@pytest.mark.slow
def test_a_journal_that_cannot_be_made_is_made_when_there_is_room(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.contract.keeper.JOURNAL_TRY_EVERY_S", 0.1)
    path = small_disk / "f.sqlite"
    first = live(path)
    assert first.close()
    (small_disk / "f.sqlite.spool").unlink()
    ballast = fill(small_disk)
    buffer = live(path)
    buffer.start()
    give(buffer, range(10))
    time.sleep(0.7)
    assert not buffer.state().journal
    ballast.unlink()
    give(buffer, range(10, 20))
    until = time.monotonic() + 5
    while not buffer.state().journal and time.monotonic() < until:
        time.sleep(0.05)
    assert buffer.state().journal
    assert buffer.close()
    assert trails(path) == list(range(20))


@pytest.mark.slow
def test_where_no_file_may_grow_any_more_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """The same without being root: the system refuses the process larger files; the database is full at 2 MB."""
    program = (
        "import json, resource, sys\n"
        "from pathlib import Path\n"
        "from tests.edge.test_writer_buffer import LIVE, give, live\n"
        "buffer = live(Path(sys.argv[1]), capacity=3000)\n"
        "buffer.flush()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, resource.RLIM_INFINITY))\n"
        "lost = 0\n"
        "for n in range(0, 60_000, 2000):\n"
        "    give(buffer, range(n, n + 2000))\n"
        "    buffer.try_flush()\n"
        "    lost += buffer.take_dropped(LIVE.id)\n"
        "words = buffer.state().words\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "done = buffer.close(60)\n"
        "print(json.dumps([lost, words, done, buffer.state().lost]))\n"
    )
    path = tmp_path / "f.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lost, words, complete, lost_ever = json.loads(done.stdout)
    assert "full" in words or "disk I/O" in words
    assert complete
    kept = trails(path)
    assert len(set(kept)) == len(kept)
    assert 0 < lost == lost_ever == 60_000 - len(kept)


WRITER = """
import sys, time
from pathlib import Path
from datetime import timedelta
from dataclasses import replace
from edge.contract import open_buffer
from tests.edge.test_contract import SITE, TRAIL, TEN
from tests.edge.test_writer_buffer import LIVE
buffer = open_buffer(Path(sys.argv[1]), SITE, spool_mb=1)
n = int(sys.argv[2])
buffer.begin(LIVE, "demo")
buffer.start()
print("begun", flush=True)
while True:
    buffer.add(LIVE.id, replace(TRAIL, sequence=n, at=TEN + timedelta(seconds=n)))
    print(f"{n} {time.monotonic()}", flush=True)
    n += 1
    time.sleep(0.02)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_kill_9_at_any_moment_costs_a_second_at_most_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)  # noqa: S311
    path = tmp_path / "f.sqlite"
    given: dict[int, float] = {}
    next_ = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(next_)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n"
            time.sleep(moments.uniform(0.0, 2.0))
            writer.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            lines = [line.split() for line in writer.stdout if line.count(" ") == 1 and line.endswith("\n")]
        given |= {int(number): float(moment) for number, moment in lines}
        kept = _after_restart(path)
        assert len(kept) == len(set(kept)), "none doubled"
        lost = sorted(set(given) - set(kept))
        late = [number for number in lost if given[number] < killed - 1.0]
        assert not late, f"seed {seed}: lost {late} although a second had passed"
        given = {number: moment for number, moment in given.items() if number in set(kept)}
        next_ = max([next_, *kept, *lost]) + 1
    store = open_store(path)
    assert check(store) == ()
    store.close()


@pytest.mark.slow
def test_kill_9_while_the_database_is_locked_costs_a_second_at_most(tmp_path: Path) -> None:
    """Nothing of the killed process is in the database: the journal alone has it."""
    path = tmp_path / "f.sqlite"
    buffer = live(path)
    assert buffer.close()
    with (
        locked(path),
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as writer,
    ):
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        time.sleep(3.0)
        writer.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        given = [line.split() for line in writer.stdout if line.count(" ") == 1 and line.endswith("\n")]
    assert trails(path) == []
    kept = _after_restart(path)
    assert kept == list(range(len(kept)))
    assert len(kept) >= len([number for number, moment in given if float(moment) < killed - 1.0]) > 20


def _after_restart(path: Path) -> list[int]:
    """What is stored once the next process has begun; it writes what the journal still held."""
    buffer = live(path)
    assert buffer.close(10)
    return trails(path)
