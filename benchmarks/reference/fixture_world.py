"""The fixture world, 26 weeks with everything that truly happened: made and computed once for all parts that ask."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SINCE, UNTIL = date(2025, 10, 6), date(2026, 4, 6)
OTHER_SEEDS = (31, 32)
# What the parts read of the results; questions about customers are asked of the imported sales.
_JOBS = ("import", "calendar", "visits", "clocks", "hourly", "tills", "zones", "rollups")
# One process for all jobs: to start costs as much as most of them.
RUN = """
import sys
from analytics.cli import main
names, *rest = sys.argv[1:]
sys.exit(any(main(["run", name, *rest]) for name in names.split(",")))
"""


@dataclass(frozen=True, slots=True)
class World:
    """A store with its truth.

    Attributes:
        settings: Of the analytics stage; everything else lies beside its folder as the settings say.
        database: Facts, sales, and results by hour and day.
        truth: Folder of the truth files.
        since: First day.
        until: Day after the last.
    """

    settings: Path
    database: Path
    truth: Path
    since: date = SINCE
    until: date = UNTIL


def make_world(folder: Path, *options: str) -> World:
    """Makes a world, imports its sales and computes its hours and days.

    Args:
        folder: Where nothing is yet.
        options: For the script that makes it, such as ``--seed 3``.

    Raises:
        subprocess.CalledProcessError: It could not be made or computed.
    """
    settings = folder / "fixtures" / "demo.toml"
    settings.parent.mkdir(parents=True)
    shutil.copy(ROOT / "fixtures" / "demo.toml", settings)
    history = ROOT / "fixtures" / "world" / "make_history.py"
    window = ["--since", f"{SINCE}", "--until", f"{UNTIL}"]
    commands = [
        [str(history), str(folder / "demo"), *options],
        ["-c", RUN, ",".join(_JOBS), "--config", str(settings), *window],
    ]
    for command in commands:
        # What they print stays unseen unless they fail.
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            done.check_returncode()
    return World(settings, folder / "demo" / "footfall.sqlite", folder / "demo" / "truth")


@cache
def world() -> World:
    """The world of ``make demo``; removed when the process ends."""
    return make_world(_folder())


@cache
def other_world(seed: int) -> World:
    """A world by which no setting was chosen."""
    return make_world(_folder(), "--seed", str(seed))


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="footfall-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "world"
