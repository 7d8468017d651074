"""``footfall-analytics jobs``: what ran when, how it ended, and what is still to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ..jobs import JOBS, due_days, local_today
from ..results import last_runs
from ..settings import load
from .opening import opened

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import date

    from rich.console import Console

    from ..results import RunRow
    from .parents import Parents, Parsers

_MARKS = {"ok": "[green]ok[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]", "running": "running"}


def jobs(options: argparse.Namespace, console: Console) -> int:
    """Shows the last runs of every job, and the days that it has still to compute."""
    with opened(load(options.config)) as context:
        due = due_days(context, JOBS, local_today(context.time))
        names = ["inputs", *(job.name for job in JOBS)]
        runs = last_runs(context.results, names, options.last)
    if options.json:
        console.file.write(json.dumps([_words(name, runs[name], due.get(name, ())) for name in names], indent=1) + "\n")
        return 0
    table = Table(title="Jobs", title_justify="left")
    for heading in ("job", "last run", "", "days", "rows", "seconds", "days due", "note"):
        table.add_column(heading, justify="right" if heading in ("rows", "seconds", "days due") else "left")
    for name in names:
        waiting = f"{len(due[name])}" if name in due else ""
        for number, run in enumerate(runs[name]):
            took = "" if run.took_s is None else f"{run.took_s:.1f}"
            rows = "" if run.rows is None else f"{run.rows:,}"
            began = run.began.isoformat(sep=" ", timespec="seconds")
            days = f"{run.first} .. {run.end}"
            told = (name, began, _MARKS[run.status], days, rows, took, waiting, escape(run.message or ""))
            table.add_row(*(told if number == 0 else ("", *told[1:6], "", told[7])))
        if not runs[name]:
            table.add_row(name, "never", "", "", "", "", waiting, "")
    console.print(table)
    return 0


def _words(name: str, runs: Sequence[RunRow], due: Sequence[date]) -> dict[str, object]:
    return {
        "job": name,
        "days_due": [f"{day}" for day in due],
        "runs": [
            {
                "began": run.began.isoformat(),
                "first": f"{run.first}",
                "until": f"{run.end}",
                "status": run.status,
                "rows": run.rows,
                "took_s": run.took_s,
                "message": run.message,
            }
            for run in runs
        ],
    }


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("jobs", parents=[parents.config], help="what ran when, how it ended, what is due")
    one.add_argument("--last", type=int, default=1, metavar="N", help="so many runs of each job (default: 1)")
    one.add_argument("--json", action="store_true", help="for programs")
    one.set_defaults(command=jobs)
