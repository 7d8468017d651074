"""``footfall-analytics value``: what members are worth, whether they still are customers, what they will buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table

from .. import value as room
from ..jobs.purchases import purchases_of
from ..money import in_words
from ..settings import load
from .asking import as_csv, as_of
from .opening import opened
from .window import read_day

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..value import Worth
    from .parents import Parents, Parsers

_SHOWN = 20
_WORDS = {
    "no_members": "there are no members who agreed to it",
    "no_receipts": "nothing was sold yet",
    "few_members": "too few members",
    "few_purchases": "too few repeat purchases",
    "few_days": "too few days",
    "not_identified": "the data do not follow the model: its parameters run to a bound",
    "not_better": "the model is no nearer to what came than going on as before",
}
_RATES = ("retention",)


def value(options: argparse.Namespace, console: Console) -> int:
    """Computes it afresh from the imported sales and shows one part of it."""
    settings = load(options.config)
    with opened(settings) as context:
        found = room.worth(purchases_of(context, as_of(options, context)), context.plan.value)
        currency = context.facts.store.currency
    frame = found.members if options.members else found.fit if options.fit else found.holdout
    if options.csv:
        return as_csv(frame if options.members or options.fit else found.deciles, console)
    if options.members:
        _members(found, console, currency)
    elif options.fit:
        _fit(found, console, currency)
    else:
        _total(found, console, currency)
    for one in found.answers:
        if one.why is not None:
            of = "" if one.have is None or one.need is None else f" ({one.have:,.0f} of {one.need:,.0f} that it takes)"
            console.print(f"{one.question}: no answer: {_WORDS.get(one.why, one.why)}{of}", highlight=False)
    return 0


def _total(found: Worth, console: Console, currency: str) -> None:
    if found.total.empty:
        console.print("nothing can be said of what members will buy", highlight=False)
        return
    row = found.total.iloc[0]
    by = "BG/NBD with Gamma-Gamma" if row["model"] == "bg_nbd" else "by recency alone"
    title = f"{row['members']:,} members as of {row['as_of']:%Y-%m-%d}, {by}"
    table = _table(title, ("all members together", "expected", "95 % interval"), texts=1)
    margin = "" if row["basis"] == "sales" else f", margin {100 * row['margin']:.0f} % of sales"
    for name, what, unit in (
        ("alive", f"customers among the {row['members'] - row['single']:,} who came again or joined before", ""),
        ("purchases", "purchases in 90 days", ""),
        ("sales", "sales in 90 days", "_minor"),
        ("value", f"value of 12 months, discounted{margin}", "_minor"),
    ):
        ends = [row[f"{name}{end}{unit}"] for end in ("", "_low", "_high")]
        if not pd.isna(ends[0]):
            said = [in_words(v, currency) if unit else f"{v:,.0f}" for v in ends]
            table.add_row(what, said[0], f"{said[1]} to {said[2]}")
    console.print(table)
    if row["single"]:
        console.print(f"{row['single']:,} bought once: whether they will come back nobody can say yet", highlight=False)
    if not pd.isna(row["correlation"]):
        related = f"correlation {row['correlation']:+.2f}"
        console.print(f"how often and how much: {related}; the value takes them as unrelated", highlight=False)
    if len(found.deciles):
        heads = ("tenth", "members", "value", "share", "purchases in 90 days", "still customers", "bought so far")
        table = _table("Members by worth", heads, texts=1)
        for one in found.deciles.to_dict("records"):
            worth, sold = in_words(one["value_minor"], currency), in_words(one["sold_minor"], currency)
            shares = f"{100 * one['value_share']:.1f} %", f"{one['expected_90d']:,.0f}", f"{100 * one['p_alive']:.0f} %"
            table.add_row(str(one["decile"]), f"{one['members']:,}", worth, *shares, sold)
        console.print(table)
    _holdout(found, console)


def _holdout(found: Worth, console: Console) -> None:
    if found.holdout.empty:
        return
    one = found.holdout.iloc[0]
    title = f"Held out: {one['days']} days from {one['first_day']:%Y-%m-%d}, purchases"
    heads = ("repeat purchases before", "members", "expected", "95 % interval", "came", "as before", "correlation")
    table = _table(title, heads, texts=1)
    for row in found.holdout.to_dict("records"):
        ends = f"{row['low']:,.0f} to {row['high']:,.0f}"
        related = "" if pd.isna(row["correlation"]) else f"{row['correlation']:.2f}"
        numbers = (f"{row['expected']:,.0f}", ends, f"{row['actual']:,}", f"{row['usual']:,.0f}", related)
        table.add_row(row["group"].replace("_", " "), f"{row['members']:,}", *numbers)
    console.print(table)
    if one["actual"] > 0:
        off = 100 * (one["expected"] / one["actual"] - 1)
        said = f"{abs(off):.1f} % too {'many' if off > 0 else 'few'} were expected"
        better = f"error of a member {one['error']:.2f} purchases, going on as before {one['usual_error']:.2f}"
        console.print(f"{said}; {better}", highlight=False)


def _members(found: Worth, console: Console, currency: str) -> None:
    frame = found.members
    order = "expected_90d" if frame["value_minor"].isna().all() else "value_minor"
    top = frame.sort_values([order, "member_id"], ascending=[False, True]).head(_SHOWN)
    title = f"The {len(top)} members worth most, of {len(frame):,}; --csv gives all"
    heads = ("member", "repeats", "still a customer", "next 90 days", "interval", "a purchase", "value", "interval")
    table = _table(title, heads, texts=1)
    for row in top.to_dict("records"):
        worth = [row[name] for name in ("spend_minor", "value_minor", "value_low_minor", "value_high_minor")]
        said = ["" if pd.isna(v) else in_words(v, currency) for v in worth]
        alive = "" if pd.isna(row["p_alive"]) else f"{100 * row['p_alive']:.0f} %"
        many = (f"{row['expected_90d']:.1f}", f"{row['low_90d']:.0f} to {row['high_90d']:.0f}")
        ends = f"{said[2]} to {said[3]}" if said[2] else ""
        table.add_row(row["member_id"], str(row["repeats"]), alive, *many, said[0], said[1], ends)
    console.print(table)


def _fit(found: Worth, console: Console, currency: str) -> None:
    heads = ("part", "parameter", "value", "95 % interval")
    table = _table("What was fitted; alpha in weeks, v in minor units", heads, texts=2)
    for row in found.fit.to_dict("records"):
        told = [row["value"], row["low"], row["high"]]
        if row["name"].endswith("_minor"):
            said = ["" if pd.isna(v) else in_words(v, currency) for v in told]
        elif row["name"] in _RATES:
            said = ["" if pd.isna(v) else f"{100 * v:.1f} %" for v in told]
        elif row["name"] == "identified":
            said = ["yes" if row["value"] else "no", "", ""]
        else:
            said = ["" if pd.isna(v) else f"{v:,.4g}" if abs(v) < 1000 else f"{v:,.1f}" for v in told]
        table.add_row(
            row["part"], row["name"].removesuffix("_minor"), said[0], f"{said[1]} to {said[2]}" if said[1] else ""
        )
    console.print(table)


def _table(title: str, heads: tuple[str, ...], texts: int) -> Table:
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(heads):
        table.add_column(heading, justify="left" if place < texts else "right", overflow="fold")
    return table


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("value", parents=[parents.config], help="what members are worth and will buy")
    part = one.add_mutually_exclusive_group()
    part.add_argument("--members", action="store_true", help="the members worth most; with --csv all of them")
    part.add_argument("--fit", action="store_true", help="parameters with their intervals, and the simple value")
    one.add_argument("--as-of", type=read_day, metavar="DATE", help="last day that is known (default: yesterday)")
    one.add_argument("--csv", action="store_true", help="as CSV: the tenths, --members or --fit")
    one.set_defaults(command=value)
