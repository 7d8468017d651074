"""``footfall-analytics quality``: what is wrong with what was imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table

from ..jobs import quality_of
from ..money import in_words
from ..settings import load
from .asking import as_csv
from .opening import opened
from .window import read_day, window_of

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from .parents import Parents, Parsers

_FILE_CHECKS = ("read", "kept", "rejected", "duplicate", "new", "changed")


def quality(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes the data-quality report of a window."""
    settings = load(options.config)
    with opened(settings) as context:
        window = window_of(options, context)
        found = quality_of(context, window)
        currency = context.facts.store.currency
    if options.csv:
        return as_csv(found, console)
    console.print(_files(found))
    # What was detected says little of each file and fills many lines of a table: the same words once.
    noted = (found["check"] == "note") & found["detail"].notna() & found["file"].notna()
    for told, files in found[noted].groupby("detail", sort=False)["file"]:
        many = f"{files.iloc[0]}" if len(files) == 1 else f"{files.iloc[0]} and {len(files) - 1} more"
        console.print(f"{many}: {told}", markup=False, highlight=False)
    sales = found[~found["check"].isin(_FILE_CHECKS) & ~noted]
    console.print(_checks(sales, currency, f"{window.first} to {window.last}"))
    return 0


def _files(found: pd.DataFrame) -> Table:
    table = Table(title="Files as they were last imported", title_justify="left")
    for heading in ("kind", "file", *_FILE_CHECKS):
        table.add_column(heading, justify="right" if heading in _FILE_CHECKS else "left", overflow="fold")
    counts = found[found["check"].isin(_FILE_CHECKS) & (found["detail"].isna() | (found["check"] == "read"))]
    for (source, file), rows in counts.groupby(["source", "file"], sort=False):
        number = rows.set_index("check")["rows"]
        table.add_row(str(source), str(file), *(f"{int(number.get(name, 0)):,}" for name in _FILE_CHECKS))
    return table


def _checks(found: pd.DataFrame, currency: str, days: str) -> Table:
    table = Table(title=f"Imported sales, {days}", title_justify="left")
    for heading in ("", "check", "day", "till", "rows", "amount", "expected", "what"):
        right = heading in ("rows", "amount", "expected")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    quiet = found["verdict"].eq("ok") & found["check"].isin(["gap", "till_total"])
    for row in found[~quiet].astype("object").to_dict("records"):
        told: dict[str, Any] = {str(name): value for name, value in row.items() if not pd.isna(value)}
        day = f"{told['local_date']:%Y-%m-%d}" if "local_date" in told else ""
        rows = f"{told['rows']:,}" if "rows" in told else ""
        amounts = (in_words(told[n], currency) if n in told else "" for n in ("amount_minor", "expected_minor"))
        what = ": ".join(told[name] for name in ("file", "detail") if name in told)
        look = "look" if told["verdict"] == "look" else ""
        table.add_row(look, told["check"], day, told.get("till_id", ""), rows, *amounts, what)
    return table


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("quality", parents=[parents.config], help="what is wrong with what was imported")
    one.add_argument("--since", type=read_day, metavar="DATE", help="first day, store-local (default: yesterday)")
    one.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    one.add_argument("--csv", action="store_true", help="as CSV")
    one.set_defaults(command=quality)
