"""What people and programs see while jobs run: how far they are, and how each ended."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from .opening import complain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from ..jobs import Outcome, Step

_MARKS = {"ok": "[green]ok[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]"}


@contextmanager
def steps_shown(console: Console, *, as_json: bool) -> Iterator[Callable[[Step], None]]:
    """Shows which job runs over which days, and how many months are still to come.

    Args:
        console: For people: a line that changes, where it is a terminal.
        as_json: A JSON object a line instead, for programs.
    """
    if as_json:
        yield lambda step: _line(console, "begins", _words(step))
        return
    with console.status("starting") as status:
        yield lambda step: status.update(_sentence(step))


def summary(outcomes: Iterable[Outcome], title: str, console: Console, *, as_json: bool = False) -> list[Outcome]:
    """Shows how the jobs ended, as they end for programs, and gives them back."""
    table = Table(title=title, title_justify="left")
    for heading in ("job", "", "days", "rows", "seconds", "note"):
        table.add_column(heading, justify="right" if heading in ("days", "rows", "seconds") else "left")
    seen = []
    for done in outcomes:
        seen.append(done)
        days = 0 if done.window is None else (done.window.end - done.window.first).days
        if as_json:
            _line(console, "ended", _ended(done))
        note = escape(done.message or "")
        table.add_row(done.job, _MARKS[done.status], f"{days:,}", f"{done.rows:,}", f"{done.took_s:.1f}", note)
        if done.status != "ok":
            complain(f"job {done.job} {done.status}: {done.message}")
    if not as_json:
        console.print(table)
    return seen


def all_well(outcomes: Iterable[Outcome]) -> bool:
    """Whether every job ended well."""
    return all(done.status == "ok" for done in outcomes)


def _words(step: Step) -> dict[str, object]:
    return {
        "job": step.job.name,
        "first": f"{step.window.first}",
        "last": f"{step.window.last}",
        "month": step.month,
        "months": step.months,
    }


def _ended(done: Outcome) -> dict[str, object]:
    window = done.window
    days: dict[str, object] = {} if window is None else {"first": f"{window.first}", "last": f"{window.last}"}
    ended = {"status": done.status, "rows": done.rows, "took_s": round(done.took_s, 3), "message": done.message}
    return {"job": done.job} | days | ended


def _sentence(step: Step) -> str:
    first, last = step.window.first, step.window.last
    days = f"{first}" if first == last else f"{first} to {last}"
    far = f", month {step.month} of {step.months}" if step.months > 1 else ""
    return f"{step.job.name}: {step.job.what} ({days}{far})"


def _line(console: Console, event: str, words: dict[str, object]) -> None:
    console.file.write(json.dumps({"event": event} | words, ensure_ascii=False) + "\n")
    console.file.flush()
