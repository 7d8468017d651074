"""A year of one store: how long the night takes, beside plain pandas, SQL and DuckDB in the same run.

``python benchmarks/nightly.py [--days 365] [--rounds 2] [--keep FOLDER] [--linear]``: makes a store of 2 M facts,
400 k receipts and 1.2 M lines, and measures each task in a process of its own, in turns, so that what else the machine
does meets all alike. Prints the best time of each and its peak of memory, then every goal, what was reached, and
whether that is enough. ``--linear`` measures the rebuild of 3 and 6 months, too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.nightly_year import make_store  # noqa: E402 - the folder is known only now

# What is wanted of a year: a task, what of it, at most so much; or so many times as much as another task.
GOALS: tuple[tuple[str, str, float, str], ...] = (
    ("rebuild", "seconds", 10.0, ""),
    ("rebuild", "peak_mb", 600.0, ""),
    ("scan", "seconds", 1.0, "sql"),
    ("scan", "seconds", 3.0, "duckdb"),
    ("night", "seconds", 1.0, ""),
    ("report", "seconds", 0.1, ""),
)
LINEAR_DAYS = (91, 182, 365)
# A day of a year may take so many times as long as a day of a quarter.
LINEAR_GOAL = 1.25
TASKS = ("rebuild", "pandas", "scan", "sql", "duckdb", "night", "report")
TITLES = {
    "rebuild": "visits, hours and days of the whole time, stored",
    "pandas": "plain pandas from SQLite: hours and days, not stored",
    "scan": "hours from the archive, numpy",
    "sql": "hours, GROUP BY in SQLite",
    "duckdb": "hours from the archive, DuckDB",
    "night": "visits, hours and tills of one more day",
    "report": "hours and days of the whole time, read",
}


def measure(task: str, database: Path, days: int) -> dict[str, Any]:
    """One task in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.nightly_tasks", task, str(database), str(days)]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def prepared(folder: Path, days: int) -> Path:
    """A store with everything computed but the last day, and its archive; made once."""
    database = folder / f"store-{days}.sqlite"
    if not database.exists():
        made = folder / "making.sqlite"
        print(make_store(made, days), flush=True)
        measure("prepare", made, days)
        with closing(sqlite3.connect(made)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.rename(database)
        (folder / "making.sqlite.archive").rename(folder / f"store-{days}.sqlite.archive")
    return database


def on_a_copy(task: str, database: Path, days: int) -> dict[str, Any]:
    """One task; those that write do so on a copy."""
    if task not in ("rebuild", "night"):
        return measure(task, database, days)
    work = database.with_name("work.sqlite")
    shutil.copy(database, work)
    try:
        return measure(task, work, days)
    finally:
        for left in work.parent.glob("work.sqlite*"):
            left.unlink()


def compared(folder: Path, days: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Every task in turns, and the table: the best of each."""
    database = prepared(folder, days)
    best: dict[str, dict[str, Any]] = {}
    for _ in range(rounds):
        for task in TASKS:
            found = on_a_copy(task, database, days)
            if task not in best or found["seconds"] < best[task]["seconds"]:
                best[task] = found
    print(f"\n{'task':<10}{'seconds':>9}{'of processor':>14}{'MB':>7}  what")
    for task in TASKS:
        found = best[task]
        print(f"{task:<10}{found['seconds']:>9.3f}{found['cpu']:>14.3f}{found['peak_mb']:>7.0f}  {TITLES[task]}")
    same = {json.dumps(best[task]["answer"]) for task in ("scan", "sql", "duckdb")}
    print("the three scans agree" if len(same) == 1 else f"THE SCANS DISAGREE: {same}")
    print(f"rebuild / pandas: {best['rebuild']['seconds'] / best['pandas']['seconds']:.2f}")
    return best


def judged(best: dict[str, dict[str, Any]]) -> None:
    """A line for each goal."""
    print(f"\n{'goal':<28}{'wanted':>10}{'reached':>10}{'ratio':>8}")
    for task, what, most, other in GOALS:
        limit = most * best[other][what] if other else most
        unit = "MB" if what == "peak_mb" else "s"
        told(f"{task}, {most:g} x {other}" if other else f"{task}, {unit}", limit, best[task][what])


def told(goal: str, limit: float, reached: float) -> None:
    """One line: goal, wanted at most, reached, ratio, ok or missed."""
    verdict = "ok" if reached <= limit else "missed"
    print(f"{goal:<28}{limit:>10.3f}{reached:>10.3f}{reached / limit:>8.2f}  {verdict}", flush=True)


def linear(folder: Path, known: dict[int, float]) -> None:
    """Is twice the time twice the work?

    Args:
        folder: Where the stores are.
        known: Seconds of the rebuild of so many days that are measured already.
    """
    print(f"\n{'days':>5}{'seconds':>9}{'a day, ms':>11}")
    each = []
    for days in LINEAR_DAYS:
        took = known.get(days) or on_a_copy("rebuild", prepared(folder, days), days)["seconds"]
        each.append(1000 * took / days)
        print(f"{days:>5}{took:>9.2f}{each[-1]:>11.1f}", flush=True)
    told("a day of 365 / one of 91", LINEAR_GOAL * each[0], each[-1])


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--days", type=int, default=365, help="of the store: 365")
    parser.add_argument("--rounds", type=int, default=2, help="turns of every task: 2")
    parser.add_argument("--keep", type=Path, help="folder in which the made-up store stays for the next time")
    parser.add_argument("--linear", action="store_true", help="also the rebuild of 3, 6 and 12 months")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        best = compared(folder, options.days, options.rounds)
        judged(best)
        if options.linear:
            linear(folder, {options.days: best["rebuild"]["seconds"]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
