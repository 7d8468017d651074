"""``footfall-analytics baskets``: what is bought together, fresh from the receipts."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table

from ..baskets import CATEGORY, LEVELS, PRODUCT, level_of, of_lines, one_way, receipts_for
from ..frames import Window
from ..jobs import local_today
from ..jobs.purchases import purchases_of
from ..settings import load
from .asking import as_csv
from .opening import opened
from .window import read_day, refuse_backward

if TYPE_CHECKING:
    from rich.console import Console

    from ..baskets import Level
    from .parents import Parents, Parsers

_MOST = 20
_WHY = {
    "no_receipts": "there is no receipt of these days",
    "few_days": "the receipts span {have:.0f} of the {need:.0f} days that it takes",
    "few_receipts": "there are {have:.0f} receipts, and it takes {need:.0f}",
    "few_products": "{have:.0f} of them are on enough receipts, and it takes {need:.0f}",
    "no_rule": "nothing is bought together more often than chance would have it",
}


def baskets(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes the rules of a period."""
    settings = load(options.config)
    with opened(settings) as context:
        until = options.until or local_today(context.time)
        since = options.since or until - timedelta(days=context.plan.baskets.days)
        refuse_backward(since, until)
        sales = purchases_of(context, Window.of(since, until, context.time))
        rules = context.plan.baskets
    if options.min_confidence is not None:
        rules = replace(rules, min_confidence=options.min_confidence)
    lines = sales.lines[sales.lines["local_date"] >= pd.Timestamp(since)]
    found = of_lines(lines, sales.products if options.level == CATEGORY else None)
    least = None if options.min_support is None else receipts_for(options.min_support, found.many)
    level = level_of(found, options.level, sales.as_of, rules, least, by_chance=options.all)
    known = sales.products.iloc[:0] if options.level == CATEGORY else sales.products
    names: dict[str, str] = dict(zip(known["product_id"], known["name"], strict=True))
    if options.csv:
        return as_csv(level.sets if options.sets else level.rules, console)
    if len(level.summary):
        console.print(_told(level), highlight=False, soft_wrap=True)
    if level.answer.why is not None:
        why = _WHY[level.answer.why].format(have=level.answer.have or 0, need=level.answer.need or 0)
        console.print(f"No rules of {options.level} level: {why}.", highlight=False)
        return 0
    table = _sets(level, names) if options.sets else _rules(level, names)
    # A table that is wider than the terminal runs over its edge: numbers are never cut.
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
    return 0


def _told(level: Level) -> str:
    row = level.summary.iloc[0]
    return (
        f"{row['receipts']:,} receipts from {row['first_day']:%Y-%m-%d} to {row['as_of']:%Y-%m-%d}, {row['several']:,} "
        f"of them with several items; {row['frequent']:,} of {row['items']:,} items and {row['pairs']:,} pairs are on "
        f"{row['least']:,} receipts or more. {row['found']:,} rules, and {row['explained']:,} that a third item "
        f"explains. Of {row['early_found']:,} rules that the first two thirds of the days show, {row['late_held']:,} "
        f"hold in the last third, and {row['late_faded']:,} have faded."
    )


def _rules(level: Level, names: dict[str, str]) -> Table:
    heads = ("who buys", "buys", "receipts", "of them", "95 %", "lift", "95 %", "chance", "lately", "explained by")
    table = Table(title="Bought together, one way of each rule", title_justify="left")
    for number, heading in enumerate(heads):
        table.add_column(heading, justify="right" if 2 <= number <= 7 else "left", no_wrap=True)
    for row in one_way(level.rules).head(_MOST).to_dict("records"):
        given = [row[name] for name in ("given", "given_2", "given_3") if not pd.isna(row[name])]
        table.add_row(
            " + ".join(names.get(one, one) for one in given),
            names.get(row["bought"], row["bought"]),
            f"{row['given_receipts']:,}",
            f"{100 * row['confidence']:.1f} %",
            f"{100 * row['confidence_low']:.1f}-{100 * row['confidence_high']:.1f}",
            f"{row['lift']:.2f}",
            f"{row['lift_low']:.2f}-{row['lift_high']:.2f}",
            f"{row['p_value']:.1e}" if row["p_value"] >= 1e-99 else "<1e-99",
            row["lately"],
            "" if pd.isna(row["explained_by"]) else names.get(row["explained_by"], row["explained_by"]),
        )
    return table


def _sets(level: Level, names: dict[str, str]) -> Table:
    table = Table(title="Most frequent item sets", title_justify="left")
    for heading in ("items", "receipts", "support"):
        table.add_column(heading, justify="left" if heading == "items" else "right")
    several = level.sets[level.sets["size"] > 1]
    for row in several.sort_values("receipts", ascending=False, kind="stable").head(_MOST).to_dict("records"):
        items = [row[f"item_{n}"] for n in range(1, 5) if not pd.isna(row[f"item_{n}"])]
        table.add_row(
            " + ".join(names.get(i, i) for i in items), f"{row['receipts']:,}", f"{100 * row['support']:.2f} %"
        )
    return table


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("baskets", parents=[parents.config], help="what is bought together, beyond chance")
    one.add_argument("--level", choices=LEVELS, default=PRODUCT, help="what the items are (default: %(default)s)")
    one.add_argument(
        "--since",
        type=read_day,
        metavar="DATE",
        help="first day, store-local (default: as in the settings)",
    )
    one.add_argument("--until", type=read_day, metavar="DATE", help="day after the last (default: today)")
    one.add_argument("--min-support", type=_share, metavar="SHARE", help="least support of a rule")
    one.add_argument("--min-confidence", type=_share, metavar="SHARE", help="least confidence of a rule")
    one.add_argument("--all", action="store_true", help="rules that chance explains, too")
    one.add_argument("--sets", action="store_true", help="the most frequent item sets instead of rules")
    one.add_argument("--csv", action="store_true", help="all rows as CSV")
    one.set_defaults(command=baskets)
