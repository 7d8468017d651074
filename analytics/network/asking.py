"""Members and products as networks: the questions as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..frames import NETWORK_GROUPS, NETWORK_MEASURES, NETWORK_PRODUCTS, Answer, check, empty
from .graph import centralities, communities, measures
from .meetings import receipts_of, ties
from .reach import reach
from .tastes import MIN_MEMBERS, shared_products

if TYPE_CHECKING:
    from ..purchases import Purchases
    from .graph import Communities
    from .rules import NetworkRules

MEMBERS, PRODUCTS = "members", "products"
LEAST_DAYS = 14
# A group of products is told from so many on.
MIN_PRODUCTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One network and what is said of it.

    Attributes:
        answer: Whether there is one.
        measures: ``frames.NETWORK_MEASURES``, one row.
        groups: ``frames.NETWORK_GROUPS``.
        nodes: ``node``, ``rank`` of its group (missing: of none that is told), measures of ``centralities``, ``reach``.
        edges: ``first``, ``second`` and how strong they are. Of members they are nobody's to see.
    """

    answer: Answer
    measures: pd.DataFrame
    groups: pd.DataFrame
    nodes: pd.DataFrame
    edges: pd.DataFrame


def member_network(sales: Purchases, rules: NetworkRules) -> Network:
    """Who shops together, as of the last day.

    Args:
        sales: Only those with a member's card are looked at.
        rules: What a tie is, and what is kept private.
    """
    mine = receipts_of(sales, rules)
    days = _days(mine)
    often = mine.groupby("member_id")["local_date"].nunique() >= rules.min_meetings
    answer = _none(
        Answer("member_network", "no_members", 0, 2) if mine["member_id"].nunique() < 2 else None,
        Answer("member_network", "few_days", days, LEAST_DAYS) if days < LEAST_DAYS else None,
        Answer("member_network", "few_purchases", int(often.sum()), 2) if often.sum() < 2 else None,
    )
    if answer is not None:
        return _nothing(answer)
    edges = ties(sales, rules)
    tied = pd.unique(pd.concat([edges["first"], edges["second"]]))
    if len(tied) < rules.min_group:
        return _nothing(Answer("member_network", "few_meetings", len(tied), rules.min_group))
    counts = (len(often), int(often.sum()))
    strength = (float(edges["days"].mean()), float(edges["expected"].mean()))
    net = _built("member_network", edges, rules.min_group)
    first_day = mine["local_date"].min()
    amounts = mine.groupby("member_id")["amount_minor"].sum()
    sold = mine[mine["kind"] == "sale"].groupby("member_id").size().reindex(amounts.index, fill_value=0)
    groups = [
        row
        | {"receipts_mean": float(sold[list(group)].mean()), "amount_mean_minor": float(amounts[list(group)].mean())}
        for row, group in zip(_groups(net, MEMBERS, sales), net.found.groups, strict=False)
    ]
    return _network(net, MEMBERS, sales, (first_day, *counts, *strength), groups)


def product_network(sales: Purchases, rules: NetworkRules) -> Network:
    """Which products are bought by the same members, as of the last day.

    Args:
        sales: Only what members bought is looked at.
        rules: The days.
    """
    mine = receipts_of(sales, rules)
    days, many = _days(mine), mine["member_id"].nunique()
    answer = _none(
        Answer("product_network", "no_members", 0, MIN_MEMBERS) if many == 0 else None,
        Answer("product_network", "few_days", days, LEAST_DAYS) if days < LEAST_DAYS else None,
        Answer("product_network", "few_members", many, MIN_MEMBERS) if many < MIN_MEMBERS else None,
    )
    if answer is not None:
        return _nothing(answer)
    edges, often = shared_products(sales, rules)
    if often < 2:
        return _nothing(Answer("product_network", "few_products", often, 2))
    if edges.empty:
        return _nothing(Answer("product_network", "no_rule", 0, 1))
    net = _built("product_network", edges, MIN_PRODUCTS)
    rank = net.nodes.set_index("node")["pagerank"]
    groups = []
    for row, group in zip(_groups(net, PRODUCTS, sales), net.found.groups, strict=False):
        central = rank[list(group)].sort_values(ascending=False, kind="stable").index[:3]
        groups.append(row | {f"item_{n}": name for n, name in enumerate(central, start=1)})
    return _network(net, PRODUCTS, sales, (mine["local_date"].min(), often, often, edges["times"].mean(), 1.0), groups)


def product_rows(net: Network, sales: Purchases) -> pd.DataFrame:
    """``frames.NETWORK_PRODUCTS`` of the network of products."""
    if net.nodes.empty:
        return empty(NETWORK_PRODUCTS)
    rows = net.nodes.rename(columns={"node": "product_id"}).assign(as_of=pd.Timestamp(sales.as_of))
    return check(rows, NETWORK_PRODUCTS)


@dataclass(frozen=True, slots=True, eq=False)
class _Built:
    """A graph with its measures: ``told`` of its communities are large enough."""

    answer: Answer
    edges: pd.DataFrame
    nodes: pd.DataFrame
    found: Communities
    told: int


def _built(question: str, edges: pd.DataFrame, least: int) -> _Built:
    found = communities(edges)
    told = sum(len(group) >= least for group in found.groups)
    rank = {node: n for n, group in enumerate(found.groups[:told], start=1) for node in group}
    nodes = centralities(edges).merge(reach(edges), on="node", validate="one_to_one")
    nodes.insert(1, "rank", nodes["node"].map(rank).astype("Int64"))
    return _Built(Answer(question), edges, nodes, found, told)


def _groups(net: _Built, graph: str, sales: Purchases) -> list[dict[str, object]]:
    """A row for each group that is told."""
    place = net.nodes.set_index("node")["rank"]
    first, second = (place[net.edges[end]].fillna(0).to_numpy(dtype="int64") for end in ("first", "second"))
    rows: list[dict[str, object]] = []
    for rank, group in enumerate(net.found.groups[: net.told], start=1):
        inside = int(((first == rank) & (second == rank)).sum())
        pairs = len(group) * (len(group) - 1) / 2
        rows.append(
            {
                "graph": graph,
                "rank": rank,
                "as_of": pd.Timestamp(sales.as_of),
                "nodes": len(group),
                "edges": inside,
                "density": inside / pairs,
            }
        )
    return rows


def _network(
    net: _Built,
    graph: str,
    sales: Purchases,
    told: tuple[pd.Timestamp, int, int, float, float],
    groups: list[dict[str, object]],
) -> Network:
    size = measures(net.edges)
    top = net.nodes["reach"].nlargest(max(len(net.nodes) // 10, 1))
    row = {
        "graph": graph,
        "as_of": pd.Timestamp(sales.as_of),
        **dict(zip(("first_day", "looked_at", "able", "strength", "expected"), told, strict=True)),
        **{
            name: getattr(size, name)
            for name in (
                "nodes", "edges", "density", "mean_degree", "clustering", "transitivity", "components", "largest",
            )
        },
        "modularity": net.found.modularity,
        "groups": net.told,
        "grouped": int(net.nodes["rank"].notna().sum()),
        "reach_mean": float(net.nodes["reach"].mean()),
        "reach_top": float(top.mean()),
    }  # fmt: skip
    rows = pd.DataFrame(groups).reindex(columns=NETWORK_GROUPS.names) if groups else empty(NETWORK_GROUPS)
    for name in ("item_1", "item_2", "item_3"):
        rows[name] = rows[name].astype("str")
    return Network(
        net.answer, check(pd.DataFrame([row]), NETWORK_MEASURES), check(rows, NETWORK_GROUPS), net.nodes, net.edges
    )


def _nothing(answer: Answer) -> Network:
    rows = pd.DataFrame({"node": pd.Series([], dtype="str"), "rank": pd.Series([], dtype="Int64")})
    return Network(answer, empty(NETWORK_MEASURES), empty(NETWORK_GROUPS), rows, rows[["node"]])


def _none(*answers: Answer | None) -> Answer | None:
    """The first reason that there is."""
    return next((answer for answer in answers if answer is not None), None)


def _days(rows: pd.DataFrame) -> int:
    return int((rows["local_date"].max() - rows["local_date"].min()).days) + 1 if len(rows) else 0
