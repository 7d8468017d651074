"""``footfall-analytics segments``: who the members are, in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table

from ..jobs.segments import customers_of
from ..money import in_words
from ..report.language import Language
from ..settings import load
from .asking import as_csv, as_of, shown
from .opening import UsageError, opened
from .window import read_day

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..frames import Answer
    from ..segments import Customers
    from .parents import Parents, Parsers

# How a grouping is called on the command line, in the tables, which column of a member holds it, and its question.
_BY = {
    "rfm": ("rfm", "segment", "named"),
    "ratio": ("ratio", "ratio", "ratio"),
    "clusters": ("cluster", "cluster", "clusters"),
    "taste": ("taste", "taste", "tastes"),
    "odd": ("odd", "odd", "odd"),
}
_TITLES = {
    "rfm": "Members by recency, frequency and value",
    "ratio": "Members above and below the average",
    "clusters": "Members with like habits",
    "taste": "Members who buy like things",
    "odd": "Members who fit no group, and what is unusual",
}
_MOVED = ("rfm", "ratio", "clusters")
_WHY = {
    "no_members": "no member who agreed to it has bought anything",
    "few_members": "{have:g} members had bought something when the last month ended; it takes {need:g}",
    "few_purchases": "{have:g} members had bought enough when the last month ended; it takes {need:g}",
    "few_products": "all members buy the same product",
    "few_days": "members are known for {have:g} days; it takes {need:g}",
    "no_variation": "all members buy alike",
    "not_identified": "samples of the members lead to other groups each time, or one group fits best",
}


def segments(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes the groups of the members, computed now."""
    if options.moves and options.by and options.by not in _MOVED:
        raise UsageError(f"--moves: not for --by {options.by}; it is for {', '.join(_MOVED)}")
    with opened(load(options.config)) as context:
        window = as_of(options, context)
        found, day = customers_of(context, window), window.last
        currency = context.facts.store.currency
    if options.csv:
        return as_csv(_rows(found, options), console)
    console.print(f"As of {day}; {len(found.segments):,} members who agreed to it have bought something.")
    answers = {answer.question: answer for answer in found.answers}
    for by in (options.by,) if options.by else tuple(name for name in _BY if not options.moves or name in _MOVED):
        told = answers["moves"] if options.moves and answers[_BY[by][2]].why is None else answers[_BY[by][2]]
        if told.why is not None:
            console.print(f"{_TITLES[by]}: {_why(told)}.", markup=False)
        elif not (found.groups["grouping"] == _BY[by][0]).any():
            console.print(f"{_TITLES[by]}: nobody.", markup=False)
        elif options.moves:
            shown(_moves(found, by), console)
        else:
            shown(_groups(found, by, currency), console)
            _sure(found, by, console)
    return 0


def _rows(found: Customers, options: argparse.Namespace) -> pd.DataFrame:
    """What is written as CSV: each member, or each move."""
    if options.moves:
        moves = found.moves
        return moves[moves["grouping"] == _BY[options.by][0]] if options.by else moves
    if not options.by:
        return found.segments
    column = _BY[options.by][1]
    return found.segments[found.segments[column].notna()]


def _why(answer: Answer) -> str:
    return _WHY[str(answer.why)].format(have=answer.have or 0, need=answer.need or 0)


def _groups(found: Customers, by: str, currency: str) -> Table:
    groups = found.groups[found.groups["grouping"] == _BY[by][0]]
    fitted = groups["fitted_on"].dropna()
    since = f" (found on {fitted.iloc[0]:%Y-%m-%d})" if len(fitted) else ""
    table = Table(title=f"{_TITLES[by]}{since}", title_justify="left")
    special = groups["words"].notna().any() or groups["goods"].notna().any()
    for heading in ("group", *(("special",) if special else ())):
        table.add_column(heading, overflow="fold")
    for heading in ("members", "last bought", "receipts", "per receipt", "net sales"):
        table.add_column(heading, justify="right")
    for row in groups.sort_values(["net_minor", "name"], ascending=[False, True]).to_dict("records"):
        table.add_row(
            _name(str(row["name"])),
            *((_special(row),) if special else ()),
            f"{row['members']:,}",
            f"{row['recency_days']:.0f} d",
            f"{row['frequency']:.1f}",
            in_words(round(row["basket_minor"]), currency),
            in_words(row["net_minor"], currency),
        )
    return table


def _special(row: dict[Any, Any]) -> str:
    """What is special about a group: habits in the words of the report, and goods."""
    parts = [] if pd.isna(row["words"]) else [_name(code) for code in str(row["words"]).split(",")]
    return ", ".join(parts + ([] if pd.isna(row["goods"]) else str(row["goods"]).split("; ")))


def _name(code: str) -> str:
    """A group or a habit as the report calls it; named segments and numbers are words as they are."""
    said = Language("en")
    return said(f"segments.{code}") if said.has(f"segments.{code}") else code


def _sure(found: Customers, by: str, console: Console) -> None:
    """How well the groups are told apart, and found again."""
    grouping = _BY[by][0]
    for row in found.choice[(found.choice["grouping"] == grouping) & found.choice["chosen"]].to_dict("records"):
        width = "" if pd.isna(row["silhouette"]) else f"silhouette {row['silhouette']:.2f}, "
        told = f"{width}found again in samples: {row['stability']:.2f}" if not pd.isna(row["stability"]) else ""
        tried = found.choice[found.choice["grouping"] == grouping]["groups"]
        console.print(f"{row['groups']} groups of {tried.min()} to {tried.max()} tried; {told}", highlight=False)


def _moves(found: Customers, by: str) -> Table:
    moves = found.moves[found.moves["grouping"] == _BY[by][0]]
    since, until = moves["since"].iloc[0], moves["as_of"].iloc[0]
    counts = moves.pivot_table(index="before", columns="after", values="members", aggfunc="sum", fill_value=0)
    title = f"{_TITLES[by]}: from {since:%Y-%m-%d} (rows) to {until:%Y-%m-%d} (columns)"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for name in counts.columns:
        table.add_column(_name(str(name)), justify="right")
    for before, row in counts.iterrows():
        table.add_row(_name(str(before)), *(f"{many:,}" if many else "" for many in row))
    return table


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("segments", parents=[parents.config], help="who the members are, in groups")
    one.add_argument("--by", choices=tuple(_BY), help="only this grouping (default: all)")
    one.add_argument("--moves", action="store_true", help="how members moved between groups since a month before")
    one.add_argument("--as-of", type=read_day, metavar="DATE", help="as of the end of this day (default: yesterday)")
    one.add_argument("--csv", action="store_true", help="every member with all groups, or every move, as CSV")
    one.set_defaults(command=segments)
