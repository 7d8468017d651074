"""``footfall-analytics demand``: what products will sell and what members will buy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..frames import PRODUCTS
from ..jobs.demand import demand_of
from ..money import in_words
from ..settings import load
from .asking import add_as_of, as_csv, as_of, shown, table_of, unsaid, within
from .opening import UsageError, opened, suggest

if TYPE_CHECKING:
    import argparse

    from rich.console import Console
    from rich.table import Table

    from ..demand import Outcome
    from .parents import Parents, Parsers

_OF = {
    "product_units": "units of a product",
    "member_purchases": "purchases of a member",
    "member_units": "units of a member",
    "member_minor": "amount of a member",
}
_SHOWN = 20


def demand(options: argparse.Namespace, console: Console) -> int:
    """Shows the demand of products or members, or how well it is known."""
    within("--days", options.days, 7, 182)
    settings = load(options.config)
    with opened(settings) as context:
        window = as_of(options, context)
        rules = context.plan.demand
        rules = rules if options.days is None else replace(rules, days=options.days)
        found = demand_of(context, window, rules)
        names = context.results.read(PRODUCTS).set_index("product_id")["name"]
        currency = context.facts.store.currency
    products = found.products
    if options.product is not None:
        products = products[products["product_id"] == options.product]
        if products.empty and not found.products.empty:
            known = found.products["product_id"].unique()
            raise UsageError(
                f"--product {options.product}: sold too little, or is unknown{suggest(options.product, known)}"
            )
    if options.csv:
        return as_csv(found.members if options.members else found.trial if options.trial else products, console)
    if options.members and len(found.members):
        shown(_members(found, currency), console)
    elif options.trial and len(found.trial):
        shown(_trial(found, currency), console)
    elif len(products) and not (options.members or options.trial):
        longest = products if options.product else products[products["days"] == products["days"].max()]
        shown(_products(longest, names), console)
    unsaid(found.answers, console)
    return 0


def _products(found: pd.DataFrame, names: pd.Series) -> Table:
    first = found.iloc[0]
    title = f"Units expected after {first['as_of']:%Y-%m-%d}: {min(_SHOWN, len(found))} of {len(found):,}"
    table = table_of(title, ("product", "name"), ("days", "units", "interval", "same time before", "mean of four"))
    table.add_column("by")
    order = found.sort_values(["units", "product_id", "days"], ascending=[False, True, True], kind="stable")
    for row in order.head(_SHOWN).to_dict("records"):
        span = f"{row['low']:,.0f}-{row['high']:,.0f}"
        name = str(names.get(row["product_id"], ""))
        numbers = (f"{row['units']:,.0f}", span, f"{row['last_units']:,.0f}", f"{row['mean_units']:,.0f}")
        table.add_row(row["product_id"], name, str(row["days"]), *numbers, str(row["model"]))
    return table


def _members(found: Outcome, currency: str) -> Table:
    first = found.members.iloc[0]
    many = min(_SHOWN, len(found.members))
    title = f"Expected in the {first['days']} days after {first['as_of']:%Y-%m-%d}: {many} of {len(found.members):,}"
    numbers = ("purchases", "interval", "next in days", "units", "interval", "amount", "interval")
    table = table_of(title, ("member",), numbers)
    order = found.members.sort_values(["amount_minor", "member_id"], ascending=[False, True], kind="stable")
    for row in order.head(_SHOWN).to_dict("records"):
        amounts = [in_words(round(row[f"amount{end}_minor"]), currency) for end in ("", "_low", "_high")]
        table.add_row(
            row["member_id"],
            f"{row['purchases']:.1f}",
            f"{row['purchases_low']:.0f}-{row['purchases_high']:.0f}",
            "" if pd.isna(row["next_days"]) else f"{row['next_days']:.0f}",
            f"{row['units']:.1f}",
            f"{row['units_low']:.0f}-{row['units_high']:.0f}",
            amounts[0],
            f"{amounts[1]}-{amounts[2]}",
        )
    return table


def _trial(found: Outcome, currency: str) -> Table:
    first = found.trial.iloc[0]
    table = table_of(
        f"Judged on the last complete period, as of {first['as_of']:%Y-%m-%d}; intervals of {first['level']:.0%}",
        ("demand of", "model"),
        ("days", "judged", "error", "of last", "bias", "inside", "saved against last", "against mean"),
    )
    for row in found.trial.to_dict("records"):
        name = f"{row['model']} *" if row["serves"] else str(row["model"])
        amount = row["demand_of"] == "member_minor"
        error = in_words(round(row["mae"]), currency) if amount else f"{row['mae']:,.2f}"
        shares = (f"{row['scaled']:.0%}", f"{row['bias']:+.0%}", f"{row['cover']:.0%}")
        gains = (_gain(row, "over_last"), _gain(row, "over_mean"))
        table.add_row(_OF[str(row["demand_of"])], name, str(row["days"]), f"{row['many']:,}", error, *shares, *gains)
    table.caption = "* serves"
    return table


def _gain(row: dict[Any, Any], name: str) -> str:
    if pd.isna(row[name]):
        return ""
    return f"{row[name]:+.0%} ({row[f'{name}_low']:+.0%} to {row[f'{name}_high']:+.0%})"


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("demand", parents=[parents.config], help="what products will sell and members will buy")
    one.add_argument("--days", type=int, metavar="N", help="length of a period (default: as in the settings)")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--product", metavar="ID", help="only this product")
    what.add_argument("--members", action="store_true", help="of members instead")
    what.add_argument("--trial", action="store_true", help="models and baselines on a period that they did not know")
    add_as_of(one)
    one.set_defaults(command=demand)
