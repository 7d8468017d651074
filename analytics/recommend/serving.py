"""The models that serve, fitted to everything that is known, and the lists they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import RECOMMENDATION, check, empty
from .fitting import POPULAR, cosine, fitted
from .history import history
from .measures import best
from .models import Blend
from .shelf import shelf
from .trial import AGAIN, NEW, banned_of
from .words import tf_idf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .history import History, Rows, Scores, Sparse
    from .models import Model
    from .rules import RecommendRules
    from .shelf import Shelf
    from .trial import Service

_BLOCK = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """What models look at, and what stands on the shelves.

    Attributes:
        events: Who bought what, and when.
        rows: The same, by member.
        terms: Words of the products, shape (products, terms).
        gone: Sold before, but not to anybody lately.
        fresh: First sold lately, or not yet.
        days: From the first to the last day of the receipts.
        shelf: What was sold on which day.
    """

    events: History
    rows: Rows
    terms: Sparse
    gone: NDArray[np.bool_]
    fresh: NDArray[np.bool_]
    days: int
    shelf: Shelf


def shop(sales: Purchases, rules: RecommendRules) -> Shop:
    """Prepares what was sold for the models."""
    events = history(sales)
    known = sales.products.set_index("product_id")
    texts = (known["name"] + " " + known["description"]).reindex(events.products).fillna("")
    goods = shelf(sales, events.products, rules)
    return Shop(
        events=events,
        rows=events.rows(),
        terms=tf_idf(list(texts)),
        gone=goods.gone(events.last),
        fresh=goods.fresh(events.last),
        days=0 if goods.began is None else events.last - goods.began + 1,
        shelf=goods,
    )


def serving(place: Shop, serves: Mapping[str, Service]) -> dict[str, Model]:
    """The model of each kind of list."""
    names = [name for service in serves.values() for name in service.parts]
    models = fitted(place.rows, place.terms, names)
    return {
        kind: Blend(tuple((models[name], weight) for name, weight in service.parts.items()), kind == NEW)
        for kind, service in serves.items()
    }


def offers(
    place: Shop, serves: Mapping[str, Service], sales: Purchases, rules: RecommendRules, only: str | None = None
) -> pd.DataFrame:
    """``frames.RECOMMENDATION``: lists for everyone who agreed.

    A member who bought nothing yet gets what members of the same age band and province bought, where there are enough
    of them, else what all bought.

    Args:
        place: The shop.
        serves: Which model makes which list.
        sales: For age bands and provinces.
        rules: How many, and whether to try new products.
        only: One member.
    """
    models = serving(place, serves)
    near = cosine(place.rows.log) if serves[NEW].model != POPULAR else None
    active = np.diff(place.rows.counts.indptr) > 0
    mine = np.ones(len(active), dtype=bool) if only is None else place.events.members == only
    who = np.flatnonzero(active & mine)
    parts = []
    for begin in range(0, len(who), _BLOCK):
        block = place.rows[who[begin : begin + _BLOCK]]
        shut = banned_of(NEW, block, place.events.last, place.shelf)
        parts.append(_new(place, block, np.where(shut, np.float32(-np.inf), models[NEW].scores(block)), near, rules))
        parts.append(_again(place, block, models[AGAIN].scores(block), rules.top))
    parts.append(_strangers(place, sales, np.flatnonzero(~active & mine), rules))
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty(RECOMMENDATION)
    found = pd.concat(parts, ignore_index=True)
    found = found.astype({"member_id": "str", "product_id": "str", "why": "str", "because": "str", "kind": "str"})
    found = found.sort_values(["member_id", "kind", "rank"], kind="stable", ignore_index=True)
    return check(found[RECOMMENDATION.names], RECOMMENDATION)


def _listed(place: Shop, block: Rows, kind: str, scores: Scores, top: int) -> pd.DataFrame:
    order = best(scores, top)
    value = np.take_along_axis(scores, order, axis=1)
    row, rank = np.nonzero(np.isfinite(value))
    return pd.DataFrame(
        {
            "member_id": place.events.members[block.place[row]],
            "kind": kind,
            "rank": (rank + 1).astype("int64"),
            "product_id": place.events.products[order[row, rank]],
            "score": value[row, rank].astype("float64"),
            "row": row,
            "what": order[row, rank],
        }
    )


def _again(place: Shop, block: Rows, scores: Scores, top: int) -> pd.DataFrame:
    """What the members bought before: few of many products, so that only those columns are put in order."""
    many = np.diff(block.counts.indptr)
    row = np.repeat(np.arange(len(many)), many)
    what = block.counts.indices
    here = ~place.gone[what]
    row, what = row[here], what[here]
    value = scores[row, what]
    order = np.lexsort((what, -value, row))
    row, what, value = row[order], what[order], value[order]
    begins = np.searchsorted(row, np.arange(len(many)))
    rank = np.arange(len(row)) - begins[row] + 1
    kept = rank <= top
    return pd.DataFrame(
        {
            "member_id": place.events.members[block.place[row[kept]]],
            "kind": AGAIN,
            "rank": rank[kept].astype("int64"),
            "product_id": place.events.products[what[kept]],
            "score": value[kept].astype("float64"),
            "why": "own",
            "because": None,
        }
    )


def _new(
    place: Shop, block: Rows, scores: Scores, near: NDArray[np.float32] | None, rules: RecommendRules
) -> pd.DataFrame:
    """What the members never bought, each with the product of theirs that is most like it."""
    found = _listed(place, block, NEW, scores, rules.top)
    because, alike = _nearest(block, found, near)
    found["why"] = np.where(alike > 0, "bought_with", "popular")
    found["because"] = pd.Series(place.events.products[because], index=found.index, dtype="str").where(alike > 0)
    if not rules.explore or not place.fresh.any() or rules.top < 2:
        return found
    fresh = np.flatnonzero(place.fresh)
    alike_words = np.asarray(((block.log @ place.terms) @ place.terms[fresh].T).toarray(), dtype=np.float64)
    alike_words[block.ever[:, fresh].toarray() > 0] = 0.0
    take = alike_words.argmax(axis=1)
    value = alike_words[np.arange(len(take)), take]
    row = np.flatnonzero(value > 0)
    tried = pd.DataFrame(
        {
            "member_id": place.events.members[block.place[row]],
            "kind": NEW,
            "rank": rules.top,
            "product_id": place.events.products[fresh[take[row]]],
            "score": value[row],
            "why": "new_product",
            "because": None,
        }
    )
    kept = found[(found["rank"] < rules.top) | ~found["row"].isin(row)]
    # A short list has its last place further up.
    length = kept.groupby("row").size().reindex(row).fillna(0).to_numpy()
    tried["rank"] = np.minimum(length + 1, rules.top).astype("int64")
    return pd.concat([kept, tried], ignore_index=True) if len(tried) else kept


def _nearest(
    block: Rows, found: pd.DataFrame, near: NDArray[np.float32] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of each row of a list the member's own product that is most like it, and how like."""
    because, alike = np.zeros(len(found), dtype=np.int64), np.zeros(len(found))
    if near is None:
        return because, alike
    begins, owned = block.counts.indptr[:-1], block.counts.indices
    many = np.diff(block.counts.indptr)
    row, what = found["row"].to_numpy(), found["what"].to_numpy()
    # Every offered product beside each one of the member's own: (offered, own) pairs, one after the other.
    size = many[row]
    pair = np.repeat(np.arange(len(found)), size)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size)
    mine = owned[begins[row[pair]] + step]
    value = near[mine, what[pair]]
    order = np.lexsort((mine, -value, pair))
    first = order[np.searchsorted(pair[order], np.arange(len(found)))]
    return mine[first].astype(np.int64), value[first].astype(np.float64)


def _strangers(place: Shop, sales: Purchases, who: NDArray[np.int64], rules: RecommendRules) -> pd.DataFrame:
    """Lists for members who bought nothing yet."""
    people = sales.members.set_index("member_id").reindex(place.events.members)
    exact = (people["age_band"] + "\n" + people["province"]).to_numpy(dtype=object)
    counts = (place.rows.recent > 0).astype(np.float64).multiply(place.rows.recent).tocsr()
    active = np.diff(counts.indptr) > 0
    shut = place.gone | place.fresh
    found = []
    groups = pd.Series(exact[who]).fillna("").to_numpy(dtype=object)
    for group in sorted(set(groups)):
        same = np.flatnonzero(active & (exact == group))
        why = "popular_group" if group and len(same) >= rules.min_members else "popular"
        weight = np.asarray(counts[same if why == "popular_group" else active].sum(axis=0)).ravel()
        scores = np.where(shut | (weight <= 0), -np.inf, weight)[None, :]
        order = best(scores.astype(np.float32), rules.top)[0]
        order = order[np.isfinite(scores[0, order])]
        mine = who[groups == group]
        found.append(
            pd.DataFrame(
                {
                    "member_id": np.repeat(place.events.members[mine], len(order)),
                    "kind": NEW,
                    "rank": np.tile(np.arange(1, len(order) + 1), len(mine)),
                    "product_id": np.tile(place.events.products[order], len(mine)),
                    "score": np.tile(scores[0, order], len(mine)),
                    "why": why,
                    "because": None,
                }
            )
        )
    return pd.concat(found, ignore_index=True) if found else empty(RECOMMENDATION)
