"""Association rules of the Groceries baskets, as the R package arules prints them, and a graph of what is co-bought."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.baskets import Baskets, item_sets, measured, of_sets, receipts_for, rules_of
from analytics.network import communities, measures

from .check import at_least, between, equal, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .check import Check

_SETS = ((0.01, 333), (0.006, 747), (0.001, 13_492))
_RULES = ((0.006, 0.25), (0.001, 0.5), (0.001, 0.8))


def groceries(shared: Path) -> Baskets:
    """The 9,835 baskets.

    Args:
        shared: The folder of the reference data.
    """
    text = (shared / "reference" / "groceries" / "groceries.csv").read_text(encoding="utf-8")
    return of_sets([line.split(",") for line in text.splitlines()], date(2000, 1, 1))


def checks(shared: Path) -> Iterator[Check]:
    """Baskets, frequent item sets, rules in all and by length, and the rule of pot plants.

    Args:
        shared: The folder of the reference data.
    """
    figures = json.loads((shared / "reference" / "groceries" / "figures.json").read_text(encoding="utf-8"))
    baskets = groceries(shared)
    facts = figures["facts"]
    reached = (baskets.many, len(baskets.items))
    yield equal("Groceries: baskets, items", (facts["transactions"], facts["items"]), reached)
    for support, published in _SETS:
        sets = item_sets(baskets, receipts_for(support, baskets.many))
        yield equal(f"item sets, support {support}", published, len(sets.counts))
    for support, confidence in _RULES:
        told = figures[f"rules_{support}_{confidence}"]
        sets = item_sets(baskets, receipts_for(support, baskets.many))
        rules = rules_of(sets, confidence)
        yield equal(f"rules, support {support}, confidence {confidence}", told["published"], len(rules))
        lengths = rules["items"].map(len).value_counts().sort_index()
        by_length = {str(size): int(many) for size, many in lengths.items()}
        yield equal("  by length", told["lengths_published"], by_length)
        top = measured(rules, baskets.many).sort_values("lift", ascending=False, kind="stable").iloc[0]
        first = told["top_by_lift"][0]
        yield equal("  the rule of most lift", first["lhs"], [baskets.items[i] for i in top["given"]])
        yield near("  its lift", first["lift"], float(top["lift"]), 1e-5, digits=6)
    sets = item_sets(baskets, receipts_for(0.006, baskets.many), 2)
    rules = measured(rules_of(sets, 0.0), baskets.many)
    plants, milk = baskets.items.index("pot plants"), baskets.items.index("whole milk")
    one = rules[(rules["given"].str[0] == plants) & (rules["then"] == milk)].iloc[0]
    for name, published in zip(
        ("support", "confidence", "lift"), figures["pot plants => whole milk"]["published"], strict=True
    ):
        yield near(f"pot plants => whole milk: {name}", published, float(one[name]), 1e-6, digits=7)
    yield from _graph(shared)


def _graph(shared: Path) -> Iterator[Check]:
    """Product types of Complete Journey that stand on the same receipts, five times or more and with a lift over 1.

    Types on fewer than five receipts are left out before, and so are receipts of nothing else; edges weigh as many
    receipts as have both.
    """
    folder = shared / "reference" / "completejourney"
    told = json.loads((folder / "figures.json").read_text(encoding="utf-8"))["co-purchase graph"]
    lines = pd.read_csv(folder / "transactions_sample.csv.gz", usecols=["basket_id", "product_id"])
    types = pd.read_csv(folder / "products.csv.gz", usecols=["product_id", "product_type"])
    lines = lines.merge(types, on="product_id").dropna()
    often = lines.groupby("product_type")["basket_id"].nunique() >= 5
    lines = lines[lines["product_type"].isin(often[often].index)]
    baskets = of_sets(lines.groupby("basket_id")["product_type"].unique().tolist(), date(2017, 12, 31))
    rules = measured(rules_of(item_sets(baskets, 5, 2), 0.0), baskets.many)
    rules = rules[(rules["lift"] > 1) & ~rules["items"].duplicated()]
    edges = pd.DataFrame({"first": rules["given"].str[0], "second": rules["then"], "weight": rules["both"]})
    size = measures(edges)
    yield equal("Complete Journey, co-bought: nodes, edges", (told["nodes"], told["edges"]), (size.nodes, size.edges))
    yield near("  clustering", told["clustering"], size.clustering, 1e-4)
    found = communities(edges)
    yield at_least("  modularity", told["modularity"], round(found.modularity, 3), digits=3)
    # Fewer groups with more modularity are no worse: the number is for orientation.
    yield between("  communities", told["communities"] - 1, told["communities"] + 1, len(found.groups), digits=0)
