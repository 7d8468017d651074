"""``footfall-analytics network``: who shops together, and what the same people buy; fresh from the receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from ..jobs.purchases import purchases_of
from ..money import in_words
from ..network import MEMBERS, PRODUCTS, member_network, product_network
from ..settings import load
from .asking import as_csv, as_of
from .opening import UsageError, opened
from .window import read_day

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..network import Network
    from .parents import Parents, Parsers

_MOST = 20
_WHY = {
    "no_members": "no member has bought anything",
    "few_days": "the members' receipts span {have:.0f} of the {need:.0f} days that it takes",
    "few_members": "{have:.0f} members have bought something, and it takes {need:.0f}",
    "few_purchases": "{have:.0f} members have bought on enough different days, and it takes {need:.0f}",
    "few_products": "{have:.0f} products have enough buyers, and it takes {need:.0f}",
    "few_meetings": "too few members meet more often than chance would have it to be told ({need:.0f} or more are)",
    "no_rule": "no products are bought by the same members more often than chance would have it",
}


def network(options: argparse.Namespace, console: Console) -> int:
    """Shows or writes one of the two networks."""
    settings = load(options.config)
    with opened(settings) as context:
        rules = context.plan.network
        if options.graph == MEMBERS and not rules.enabled:
            raise UsageError("--graph members: switched off in the settings ([network] enabled)")
        sales = purchases_of(context, as_of(options, context))
        currency = context.facts.store.currency
    found = member_network(sales, rules) if options.graph == MEMBERS else product_network(sales, rules)
    if options.csv:
        return as_csv(found.nodes.rename(columns={"node": f"{options.graph[:-1]}_id", "rank": "group"}), console)
    if found.answer.why is not None:
        why = _WHY[found.answer.why].format(have=found.answer.have or 0, need=found.answer.need or 0)
        console.print(f"No network of {options.graph}: {why}.", highlight=False, soft_wrap=True)
        return 0
    names = dict(zip(sales.products["product_id"], sales.products["name"], strict=True))
    console.print(_told(found, options.graph), highlight=False, soft_wrap=True)
    table = _groups(found, currency) if options.graph == MEMBERS else _tastes(found, names)
    # A table that is wider than the terminal runs over its edge: numbers are never cut.
    wide = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, wide)
    console.print(table)
    return 0


def _told(found: Network, graph: str) -> str:
    row = found.measures.iloc[0]
    if graph == MEMBERS:
        strength = f"tied members met on {row['strength']:.1f} days, where chance would give {row['expected']:.2f}"
    else:
        strength = f"tied products share {row['strength']:.1f} times as many buyers as chance would give"
    return (
        f"{row['first_day']:%Y-%m-%d} to {row['as_of']:%Y-%m-%d}: {row['edges']:,} ties among {row['nodes']:,} of "
        f"{row['looked_at']:,} {graph}; {strength}. {row['mean_degree']:.1f} ties each, clustering "
        f"{row['clustering']:.3f}, transitivity {row['transitivity']:.3f}, modularity {row['modularity']:.3f}, "
        f"{row['components']:,} parts, the largest of {row['largest']:,}. If every tenth tie passed a word on, one "
        f"reaches {row['reach_mean']:.2f} others, and {row['reach_top']:.2f} among the best placed tenth."
    )


def _groups(found: Network, currency: str) -> Table:
    table = Table(title="Groups of members who shop together", title_justify="left")
    for heading in ("group", "members", "ties inside", "of their pairs", "receipts each", "net sales each"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found.groups.head(_MOST).to_dict("records"):
        table.add_row(
            f"{row['rank']}",
            f"{row['nodes']:,}",
            f"{row['edges']:,}",
            f"{100 * row['density']:.0f} %",
            f"{row['receipts_mean']:.1f}",
            in_words(round(row["amount_mean_minor"]), currency),
        )
    return table


def _tastes(found: Network, names: dict[str, str]) -> Table:
    table = Table(title="Products that the same members buy", title_justify="left")
    for heading in ("group", "products", "ties inside", "of their pairs", "its most central products"):
        table.add_column(heading, justify="left" if heading.startswith("its") else "right", no_wrap=True)
    for row in found.groups.head(_MOST).to_dict("records"):
        items = [row[name] for name in ("item_1", "item_2", "item_3") if isinstance(row[name], str)]
        central = ", ".join(names.get(item, item) for item in items)
        table.add_row(
            f"{row['rank']}", f"{row['nodes']:,}", f"{row['edges']:,}", f"{100 * row['density']:.0f} %", central
        )
    return table


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser("network", parents=[parents.config], help="who shops together, what the same people buy")
    one.add_argument(
        "--graph", choices=(MEMBERS, PRODUCTS), default=MEMBERS, help="whose network (default: %(default)s)"
    )
    one.add_argument("--as-of", type=read_day, metavar="DATE", help="last business day (default: yesterday)")
    one.add_argument("--csv", action="store_true", help="every node with its measures as CSV; ties are not written")
    one.set_defaults(command=network)
