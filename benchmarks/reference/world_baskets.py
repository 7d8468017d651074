"""What was planted in the fixture world, found again: products that belong together, and tastes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from analytics.baskets import BasketRules, bought_together, one_way
from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs.purchases import purchases_of
from analytics.network import NetworkRules, member_network, product_network
from analytics.settings import load

from .check import at_least, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.purchases import Purchases

    from .check import Check
    from .fixture_world import World


def _sales(world: World) -> Purchases:
    with opened(load(world.settings)) as context:
        return purchases_of(context, Window.of(world.until - timedelta(days=1), world.until, context.time))


def checks(world: World) -> Iterator[Check]:
    """The twelve planted pairs among the first twelve, alone and among all rules; the tastes of products; no ties."""
    told = json.loads((world.truth / "truth.json").read_text(encoding="utf-8"))["bought_together"]
    planted = {frozenset((one["first"], one["second"])) for one in told}
    sales = _sales(world)
    products, _ = bought_together(sales, BasketRules())
    rules = one_way(products.rules)
    pairs = rules[rules["given_2"].isna()]
    first = [frozenset(pair) for pair in zip(pairs["given"], pairs["bought"], strict=True)][: len(planted)]
    yield equal(
        "planted pairs among the first 12 (significant, by the lower end of lift)", 12, len(planted & set(first))
    )
    row = products.summary.iloc[0]
    parts = {name for pair in planted for name in pair}
    top = rules.head(len(planted) + 1)[["given", "given_2", "bought"]].to_numpy().tolist()
    inside = sum({name for name in one if isinstance(name, str)} <= parts for one in top)
    yield equal("first 13 rules of any length made of planted products alone", 13, inside)
    chance = {(one["first"], one["second"]): one["chance"] for one in told}
    both = {
        (a, b): (low, high)
        for a, b, low, high in products.rules[products.rules["given_2"].isna()][
            ["given", "bought", "confidence_low", "confidence_high"]
        ].itertuples(index=False)
    }
    # The second product is also bought for itself: the share of receipts is at least what was planted.
    within = sum(pair in both and both[pair][1] >= asked for pair, asked in chance.items())
    yield equal("planted chances not above the interval of confidence", 12, within)
    yield at_least(
        "rules of the first two thirds that hold in the last, %", 80, float(100 * row["late_held"] / row["early_found"])
    )
    tastes = product_network(sales, NetworkRules())
    yield at_least("modularity of products by shared buyers", 0.3, float(tastes.measures["modularity"].iloc[0]))
    members = member_network(sales, NetworkRules())
    yield equal("members who shop together (none was planted)", "few_meetings", members.answer.why)
