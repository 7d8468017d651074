"""What was planted in the fixture world, found again: segments.

Each member of the world has one of five tastes, which no file of the store tells. Few purchases say little, so there is
a rule, fixed before anything was measured, of who has a taste at all: members who bought at least five things
(``SegmentRules.least_things``). The same agreement over all members, and what someone could reach who knows the
model by which the world was made, are told beside it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import segments
from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs.purchases import purchases_of
from analytics.jobs.segments import member_dwell
from analytics.settings import load

from .check import Check, at_least, equal
from .fixture_world import OTHER_SEEDS, other_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analytics.purchases import Purchases

    from .fixture_world import World

_MAKERS = Path(__file__).resolve().parents[2] / "fixtures" / "world"


def checks(world: World) -> Iterator[Check]:
    """The five planted tastes, in this world and in one of another seed.

    Args:
        world: With its sales imported.
    """
    yield from _planted(world)
    for one in _planted(other_world(OTHER_SEEDS[0])):
        yield replace(one, what=one.what.replace("planted", "another seed: planted"))


def _planted(world: World) -> Iterator[Check]:
    with opened(load(world.settings)) as context:
        window = Window.of(world.until - timedelta(days=1), world.until, context.time)
        sales, rules = purchases_of(context, window), context.plan.segments
        found = segments.customers(sales, member_dwell(context, window), rules)
    truth = pd.read_csv(world.truth / "members.csv").set_index("member_id")
    own = found.segments[found.segments["taste"].notna()]
    yield equal("planted segments: groups", truth["taste"].nunique(), own["taste"].nunique())
    what = f"planted segments: adjusted Rand, {len(own)} of {len(found.segments)} members with >= 5 things"
    yield at_least(what, 0.9, _agreement(own, truth["taste"]))
    # Everyone, told beside it: asked of the same groups, with however little each bought.
    past = segments.things(sales)
    model = segments.tastes(past, sales.as_of, rules).found
    if model is None:
        return
    everyone = pd.DataFrame({"member_id": past.members, "taste": model.of(past.counts(sales.as_of))[0].astype(str)})
    best = pd.DataFrame({"member_id": past.members, "taste": knowing(world, sales, past, truth)})
    reached, most = _agreement(everyone, truth["taste"]), _agreement(best, truth["taste"])
    knew = _agreement(best[best["member_id"].isin(own["member_id"])], truth["taste"])
    told = f"{reached:.4f} of {len(everyone)}"
    yield Check(
        "planted segments: adjusted Rand, all members", f"{most:.4f} knowing the model", told, "told only", ok=True
    )
    told = f"{_agreement(own, truth['taste']):.4f} of {len(own)}"
    yield Check(
        "planted segments: adjusted Rand, >= 5 things", f"{knew:.4f} knowing the model", told, "told only", ok=True
    )


def _agreement(found: pd.DataFrame, truth: pd.Series) -> float:
    wanted = pd.factorize(truth.reindex(found["member_id"]))[0].astype(np.int64)
    return segments.adjusted_rand(wanted, pd.factorize(found["taste"])[0].astype(np.int64))


def knowing(world: World, sales: Purchases, past: segments.Things, truth: pd.DataFrame) -> NDArray[np.str_]:
    """The most likely taste by the true chances of every product on every day, and everyone's true purse.

    What a thing pulled along into the same basket tells nothing more, as the world has it: the chance of a pull is the
    same for all tastes.
    """
    sys.path.insert(0, str(_MAKERS))
    from history_calendar import Span, make_days
    from sales_baskets import PURSE, Baskets
    from sales_catalogue import make_products
    from sales_members import _TASTE_SHARE
    from sales_products import BOUGHT_TOGETHER, TASTES

    told = json.loads((world.truth / "truth.json").read_text(encoding="utf-8"))
    span = Span(date.fromisoformat(told["start"]), told["weeks"], told["seed"])
    products, days = make_products(), {day.date: day for day in make_days(span)}
    baskets = Baskets(span, products)
    logs = np.log([product.price_minor for product in products])
    dear = (logs - logs.mean()) / logs.std()
    place = {product.id: n for n, product in enumerate(products)}
    scores = np.tile(np.log(_TASTE_SHARE), (len(past.members), 1))
    lines = sales.lines_of_members()
    lines = lines[lines["kind"] == "sale"].drop_duplicates(["receipt_id", "product_id"])
    pulls = {
        second: {first for first, other, _ in BOUGHT_TOGETHER if other == second} for _, second, _ in BOUGHT_TOGETHER
    }
    for _, basket in lines.groupby("receipt_id", sort=False):
        inside = set(basket["product_id"])
        who = past.members.get_loc(basket["member_id"].iloc[0])
        day = days[basket["local_date"].iloc[0].date()]
        purse = np.exp(PURSE * truth.loc[basket["member_id"].iloc[0], "spending"] * dear)
        for taste_place, taste in enumerate(TASTES):
            weights = baskets.weights(taste, day) * purse
            weights /= weights.sum()
            for product in inside:
                if not pulls.get(product, set()) & inside:
                    scores[who, taste_place] += np.log(weights[place[product]])
    return np.array([TASTES[place] for place in scores.argmax(axis=1)])
