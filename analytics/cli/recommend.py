"""``footfall-analytics recommend``: what to offer, computed fresh from the receipts."""

from __future__ import annotations

import argparse
import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.table import Table

from ..jobs.purchases import purchases_of
from ..recommend import (
    alike,
    grouped,
    judged_shop,
    offers,
    on_receipts,
    refused,
    shop,
    together,
    with_basket,
)
from ..settings import load
from .asking import as_csv, as_of
from .opening import UsageError, opened
from .window import read_day

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

    from ..frames import Answer
    from ..purchases import Purchases
    from ..recommend import RecommendRules, Shop
    from .parents import Parents, Parsers

_WHY = {
    "no_members": "no member agreed to it",
    "few_members": "{have:.0f} members bought something, and it takes {need:.0f}",
    "few_products": "members bought {have:.0f} different products, and it takes {need:.0f}",
    "few_days": "the receipts span {have:.0f} days, and it takes {need:.0f} to try lists out",
}
_TRIAL = ("kind", "split", "model", "members", "precision", "recall", "ndcg", "average_precision", "hit_rate")
_OVER = ("coverage", "novelty_bits", "over_popular", "low", "high", "weight", "serves")


def recommend(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes lists, a trial, or what goes with a product or a basket."""
    settings = load(options.config)
    with opened(settings) as context:
        sales = purchases_of(context, as_of(options, context))
        rules = context.plan.recommend
    rules = rules if options.top is None else replace(rules, top=options.top)
    place, last = shop(sales, rules), sales.as_of
    basket = _known(options, place)
    lacking = refused(place, rules)
    if lacking is not None:
        console.print(f"No recommendations as of {last}: {_told(lacking)}.", highlight=False)
        return 0
    if options.basket or options.product:
        found = _beside(options, place, sales, rules, basket)
        title = f"goes with {options.basket or options.product}, by the receipts up to {last}"
        return _show(found, options, console, sales, title)
    if options.member:
        _require_member(options.member, place, sales)
    # What each member's last receipt says is looked at only where the trial itself is asked for: it takes as long.
    tried, answer = judged_shop(place, rules, last=options.trial)
    if answer.why is not None and not options.csv:
        console.print(f"Not tried out, popularity serves: {_told(answer)}.", highlight=False)
    if options.trial:
        rows = tried.rows if options.csv else tried.rows[tried.rows["k"] == tried.rows["k"].max()]
        kept = [*_TRIAL, *_OVER]
        return _show(rows if options.csv else rows[kept], options, console, sales, f"models as of {last}, lists of 10")
    lists = offers(place, tried.serves, sales, rules, options.member)
    for kind, service in tried.serves.items():
        if not options.csv:
            console.print(f"{kind}: {service.model} serves", highlight=False)
    if options.member:
        return _show(lists, options, console, sales, f"for {options.member}, as of {last}")
    found = lists if options.csv else grouped(lists, sales)
    return _show(found, options, console, sales, f"what stands on most lists, as of {last}")


def _told(answer: Answer) -> str:
    return _WHY[str(answer.why)].format(have=answer.have or 0, need=answer.need or 0)


def _known(options: argparse.Namespace, place: Shop) -> NDArray[np.int64]:
    """Places of the products that are named."""
    named = [options.product] if options.product else [one.strip() for one in (options.basket or "").split(",")]
    named = [one for one in named if one]
    if options.basket is not None and not named:
        raise UsageError("--basket: names no product")
    names = [str(one) for one in place.events.products]
    for one in named:
        if one not in names:
            near = difflib.get_close_matches(one, names, n=1)
            asked = "--product" if options.product else "--basket"
            raise UsageError(f"{asked} {one}: unknown product{f'; did you mean {near[0]!r}?' if near else ''}")
    return pd.Index(names).get_indexer(pd.Index(named)).astype(np.int64)


def _require_member(member: str, place: Shop, sales: Purchases) -> None:
    if member not in set(place.events.members):
        joined = len(sales.members)
        raise UsageError(
            f"--member {member}: not among the {joined} members who agreed to the evaluation of their card"
        )


def _beside(
    options: argparse.Namespace,
    place: Shop,
    sales: Purchases,
    rules: RecommendRules,
    basket: NDArray[np.int64],
) -> pd.DataFrame:
    if options.product:
        goods: pd.DataFrame = alike(place, sales, rules)
        mine: pd.DataFrame = goods[goods["product_id"] == options.product].reset_index(drop=True)
        return mine
    near, _ = together(on_receipts(sales, place.events.products))
    scores = with_basket(basket, near, place.terms)
    scores[place.gone] = 0.0
    order = np.argsort(-scores, kind="stable")[: rules.top]
    order = order[scores[order] > 0]
    return pd.DataFrame(
        {"rank": np.arange(1, len(order) + 1), "other_id": place.events.products[order], "score": scores[order]}
    ).astype({"other_id": "str"})


def _show(found: pd.DataFrame, options: argparse.Namespace, console: Console, sales: Purchases, title: str) -> int:
    if options.csv:
        return as_csv(found, console)
    if found.empty:
        console.print("nothing", highlight=False)
        return 0
    names: dict[str, str] = dict(zip(sales.products["product_id"], sales.products["name"], strict=True))
    kept = [name for name in found.columns if found[name].notna().any() and name != "as_of"]
    table = Table(title=title, title_justify="left")
    for name in kept:
        table.add_column(name, justify="left" if found[name].dtype == "str" else "right", no_wrap=True)
    for row in found.to_dict("records"):
        table.add_row(*(_cell(str(name), row[name], names) for name in kept))
    # A table that is wider than the terminal runs over its edge: numbers are never cut.
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
    return 0


def _cell(column: str, value: object, names: dict[str, str]) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if column == "segment":
        return str(value) or "(all)"
    if column in ("product_id", "other_id", "because"):
        return f"{value} {names.get(str(value), '')}".strip()
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)


def _top(text: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = 0
    if not 1 <= found <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 100")
    return found


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("recommend", parents=[parents.config], help="what to offer to whom, and how good that is")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--member", metavar="ID", help="the lists of one member")
    what.add_argument("--product", metavar="ID", help="what goes with a product")
    what.add_argument("--basket", metavar="ID,ID", help="what goes with these products together")
    what.add_argument("--trial", action="store_true", help="every model beside popularity, on a later period")
    one.add_argument("--top", type=_top, metavar="N", help="products in each list (default: the setting)")
    one.add_argument("--as-of", type=read_day, metavar="DATE", help="last day to know of (default: yesterday)")
    one.add_argument("--csv", action="store_true", help="all rows as CSV; without --member the lists of all members")
    one.set_defaults(command=recommend)
