"""What commands share: the day they speak of, and how they write."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rich.table import Table

from ..frames import Window
from ..jobs import local_today
from .opening import UsageError
from .window import read_day

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    import pandas as pd
    from rich.console import Console

    from ..frames import Answer
    from ..jobs import Context

WHY = {
    "no_members": "no member agreed to the evaluation of their card",
    "few_members": "too few members bought early enough",
    "few_purchases": "too few members bought, or stayed away",
    "few_products": "too few products sold enough",
    "few_days": "the sales span too few days",
    "one_class": "all bought again, or none did: there is nothing to tell apart",
    "no_variation": "in one of the periods nothing was sold",
    "not_better": "no model is surely better than the plain ways, so the better of these serves",
}


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """``--as-of`` and ``--csv``."""
    parser.add_argument("--as-of", type=read_day, metavar="DATE", help="known at the end of this day (yesterday)")
    parser.add_argument("--csv", action="store_true", help="every row, as CSV")


def as_of(options: argparse.Namespace, context: Context) -> Window:
    """The day ``--as-of``; yesterday unless given.

    Raises:
        UsageError: It is not over yet.
    """
    today = local_today(context.time)
    day: date = options.as_of or today - timedelta(days=1)
    if day >= today:
        raise UsageError(f"--as-of {day}: this day is not over yet")
    return Window.of(day, day + timedelta(days=1), context.time)


def within(name: str, value: int | None, least: int, most: int) -> None:
    """Refuses a number outside its limits.

    Raises:
        UsageError: It is.
    """
    if value is not None and not least <= value <= most:
        raise UsageError(f"{name} {value}: must be from {least} to {most}")


def unsaid(answers: Iterable[Answer], console: Console) -> None:
    """Says which questions have no answer of their own, and why."""
    for answer in answers:
        if answer.why is not None:
            extent = ""
            if answer.have is not None and answer.why != "not_better":
                extent = f" ({answer.have:,.0f}, and it takes {answer.need or 0:,.0f})"
            name = answer.question.replace("_minor", "_amount").replace("_", " ")
            console.print(f"{name}: {WHY.get(answer.why, answer.why)}{extent}", markup=False, highlight=False)


def as_csv(found: pd.DataFrame, console: Console) -> int:
    """Writes every row."""
    text = io.StringIO()
    found.to_csv(text, index=False)
    console.print(text.getvalue().rstrip("\n"), markup=False, highlight=False, soft_wrap=True)
    return 0


def table_of(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    """An empty table: columns of words, and after them columns of numbers."""
    table = Table(title=title, title_justify="left")
    for heading in words:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def shown(table: Table, console: Console) -> None:
    """A table that is wider than the terminal runs over its edge: numbers are never cut."""
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
