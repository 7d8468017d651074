"""A year of customers: how long the night's questions about them take, and whether that is linear in members.

``python benchmarks/customers.py [--members 50000] [--days 365] [--keep FOLDER] [--linear] [--each]``: makes a store of
50,000 members, 400,000 receipts and 1.2 M lines and runs every job that asks about customers or looks ahead, one after
the other in one process, as the night does. Prints seconds and processor seconds of each, the whole and its peak of
memory beside what is wanted. ``--linear`` does so with a quarter and half of the members, too; ``--each`` runs every
job in a process of its own, for its own peak of memory. Reading all receipts and lines into plain pandas in the same
run is the yardstick, since machines differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

JOBS_ASKED = (
    "describe", "segments", "baskets", "recommend", "value", "churn", "demand", "forecast", "anomalies", "network",
)  # fmt: skip
SECONDS_GOAL, MB_GOAL, LINEAR_GOAL = 120.0, 2048.0, 1.25


def prepare(database: Path, days: int, members: int) -> None:
    """Makes a store, and computes its visits, hours and days."""
    from analytics.jobs import run_night
    from benchmarks.customers_year import make_customers
    from benchmarks.nightly_tasks import NIGHT, alone, context_of
    from benchmarks.nightly_year import FIRST

    receipts = make_customers(database, days, members)
    with context_of(database) as context:
        for done in run_night(context, alone(NIGHT), FIRST + timedelta(days=days)):
            assert done.status == "ok", done  # noqa: S101
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(json.dumps({"receipts": receipts}))


def ask(database: Path, days: int, names: list[str]) -> None:
    """Runs the jobs in this process and prints what each took, as JSON."""
    from analytics.frames import Window
    from analytics.jobs import JOBS, run_jobs
    from benchmarks.nightly_tasks import alone, context_of
    from benchmarks.nightly_year import FIRST

    jobs = alone(tuple(job for job in JOBS if job.name in names))
    took, cpu = {}, time.process_time()
    with context_of(database) as context:
        window = Window.of(FIRST + timedelta(days=days - 182), FIRST + timedelta(days=days), context.time)
        for done in run_jobs(context, jobs, window):
            assert done.status == "ok", done  # noqa: S101
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            now = time.process_time()
            took[done.job] = {"seconds": done.took_s, "cpu": now - cpu, "rows": done.rows, "peak_mb": peak}
            cpu = now
    print(json.dumps(took))


def read(database: Path) -> None:
    """The yardstick: receipts joined with lines, in plain pandas."""
    import pandas as pd

    began = time.perf_counter()
    with closing(sqlite3.connect(database)) as raw:
        query = "SELECT * FROM receipt JOIN receipt_line USING (receipt_id) JOIN product USING (product_id)"
        frame = pd.read_sql_query(query, raw)
    sums = frame.groupby(["member_id", "category"])["line_total_minor"].sum()
    print(json.dumps({"seconds": time.perf_counter() - began, "groups": len(sums)}))


def child(*arguments: str) -> dict[str, Any]:
    """One step in a process of its own."""
    command = [sys.executable, __file__, "--child", *arguments]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measured(folder: Path, days: int, members: int, *, each: bool) -> float:
    """Makes the store where it is not there yet, runs everything, prints it; seconds of the whole."""
    kept = folder / f"customers-{days}-{members}.sqlite"
    if not kept.exists():
        made = folder / "making.sqlite"
        print(f"{members:,} members: {child('prepare', f'{made}', f'{days}', f'{members}')['receipts']:,} receipts")
        made.rename(kept)
    work = folder / "work.sqlite"
    shutil.copy(kept, work)
    try:
        took = child("ask", f"{work}", f"{days}", *JOBS_ASKED)
        peaks = {name: child("ask", f"{work}", f"{days}", name)[name]["peak_mb"] for name in JOBS_ASKED if each}
        yardstick = child("read", f"{work}")["seconds"]
    finally:
        for left in folder.glob("work.sqlite*"):
            left.unlink()
    print(f"\n{members:,} members\n{'job':<12}{'seconds':>9}{'of processor':>14}{'rows':>10}" + "  MB alone" * each)
    for name, one in took.items():
        alone = f"{peaks[name]:>10.0f}" if each else ""
        print(f"{name:<12}{one['seconds']:>9.1f}{one['cpu']:>14.1f}{one['rows']:>10,}{alone}")
    whole = float(sum(one["seconds"] for one in took.values()))
    peak = max(one["peak_mb"] for one in took.values())
    print(f"{'whole':<12}{whole:>9.1f}{sum(one['cpu'] for one in took.values()):>14.1f}")
    told("seconds", SECONDS_GOAL, whole)
    told("MB", MB_GOAL, peak)
    print(
        f"reading and adding up in plain pandas: {yardstick:.1f} s; the whole takes {whole / yardstick:.1f} times that"
    )
    return whole


def told(goal: str, limit: float, reached: float) -> None:
    """One line: goal, wanted at most, reached, ok or missed."""
    print(f"{goal:<28}{limit:>10.2f}{reached:>10.2f}  {'ok' if reached <= limit else 'missed'}", flush=True)


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--members", type=int, default=50_000, help="50000")
    parser.add_argument("--days", type=int, default=365, help="of the store: 365")
    parser.add_argument("--keep", type=Path, help="folder in which the made-up stores stay for the next time")
    parser.add_argument("--linear", action="store_true", help="also with a quarter and half of the members")
    parser.add_argument("--each", action="store_true", help="also every job in a process of its own")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        sizes = [options.members // 4, options.members // 2] if options.linear else []
        whole = {size: measured(folder, options.days, size, each=False) for size in sizes}
        whole[options.members] = measured(folder, options.days, options.members, each=options.each)
        if options.linear:
            # What does not grow with the members, such as the forecast, makes the small store the dearer one a head.
            first, last = (1000 * whole[size] / size for size in (sizes[0], options.members))
            told("ms a member, times that of a quarter", LINEAR_GOAL * first, last)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        task, where, *rest = sys.argv[2:]
        if task == "prepare":
            prepare(Path(where), int(rest[0]), int(rest[1]))
        elif task == "ask":
            ask(Path(where), int(rest[0]), rest[1:])
        else:
            read(Path(where))
        sys.exit(0)
    sys.exit(main())
