"""How well the models would have guessed what was bought in a period that they had not seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import RECOMMEND_TRIAL, check
from .blending import weights
from .fitting import AGAIN_MODELS, HYBRID, NEW_MODELS, OWN, POPULAR, chosen, fitted, popularity
from .measures import best, differences, judged
from .models import Blend, levelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .history import History, Rows, Sparse
    from .measures import Judged
    from .models import Model
    from .shelf import Shelf

NEW, AGAIN = "new", "again"
CHOICE, TEST, LAST = "choice", "test", "last_receipt"
KS = (5, 10)
_BLOCK = 1000
_TUNED = 2000
_PARTS = {NEW: NEW_MODELS, AGAIN: AGAIN_MODELS}
_START = {NEW: POPULAR, AGAIN: OWN}
_DAY_NS = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """Which model serves a kind of list.

    Attributes:
        model: Its name.
        parts: The models of a blend and their weights; of any other model itself with weight 1.
        beats: The interval of its nDCG@10 over popularity lies above 0 on the later period.
    """

    model: str
    parts: Mapping[str, float]
    beats: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came of it.

    Attributes:
        rows: ``frames.RECOMMEND_TRIAL``.
        serves: By kind of list.
        members: How many were asked at least, over the kinds of the later period; 0: there was no trial.
    """

    rows: pd.DataFrame
    serves: Mapping[str, Service]
    members: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A part of the history to learn from, and what was bought after it.

    Attributes:
        name: ``choice``, ``test`` or ``last_receipt``.
        before: To learn from.
        after: To judge by.
        first: First day of what was kept back, days since 1970.
        last: Its last day.
        shelf: Lists are made of what stood on it; None: of all products.
    """

    name: str
    before: History
    after: History
    first: int
    last: int
    shelf: Shelf | None


@dataclass(slots=True)
class _Tried:
    """Lists of one split and kind by model, and who they are for."""

    bought: NDArray[np.bool_]
    lists: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)


def splits(events: History, days: int, shelf: Shelf | None = None) -> tuple[Split, Split, Split]:
    """To choose by, to judge by, and with the last receipt of each member kept back.

    The last one knows what others bought later, so it promises more than the future holds: it is shown for comparison
    with what is published, and decides nothing.

    Args:
        events: Everything.
        days: So many are kept back to judge, and as many before them to choose.
        shelf: As in ``Split``.
    """
    begins = events.last - days + 1
    known = events.only(events.day < begins, begins - 1)
    final = np.full(len(events.members), -1, dtype=np.int64)
    sold = events.sign > 0
    np.maximum.at(final, events.who[sold], events.receipt[sold])
    is_last = events.receipt == final[events.who]
    return (
        _cut(CHOICE, known, begins - days, shelf),
        Split(TEST, known, events.only(events.day >= begins), begins, events.last, shelf),
        Split(LAST, events.only(events.receipt < final[events.who]), events.only(is_last), 0, events.last, shelf),
    )


def _cut(name: str, events: History, begins: int, shelf: Shelf | None) -> Split:
    before = events.only(events.day < begins, begins - 1)
    return Split(name, before, events.only(events.day >= begins), begins, events.last, shelf)


def trial(
    events: History, terms: Sparse, days: int, sample: int, *, last: bool = True, shelf: Shelf | None = None
) -> Trial:
    """Chooses a model for each kind of list, and says what it is worth.

    The weights of the blend and the model are chosen on one period, and judged on the next, which neither has seen.
    Where the chosen one does not beat popularity there, popularity serves.

    Args:
        events: Everything.
        terms: ``words.tf_idf`` of the products.
        days: Of each of the two periods.
        sample: At most so many members are asked.
        last: Also keep back each member's last receipt.
        shelf: Lists are made as they are served: of what stood on it on the day before each period, and those to buy
            again of the member's own products. None: of all products, and to buy again means anything, as published.
    """
    choice, test, final = splits(events, days, shelf)
    mixes = {kind: {_START[kind]: 1.0} for kind in (NEW, AGAIN)}
    frames_, picked, serves = [], {}, {}
    asked = 0
    for split in (choice, test, final)[: 3 if last else 2]:
        rows = split.before.rows()
        models = fitted(rows, terms, (*NEW_MODELS, *AGAIN_MODELS))
        who = _asked(rows, split, sample)
        if split.name == CHOICE:
            mixes = {kind: _mix(kind, models, rows[chosen(who, _TUNED)], split) for kind in (NEW, AGAIN)}
        for kind in (NEW, AGAIN):
            blend = Blend(tuple((models[name], w) for name, w in mixes[kind].items()), kind == NEW)
            named = {name: models[name] for name in _PARTS[kind]} | {HYBRID: blend}
            found = _tried(kind, named, rows, who, split)
            if not len(found.bought):
                continue
            lists = {name: np.concatenate(parts) for name, parts in found.lists.items()}
            popular = popularity(rows.counts)
            at = {(n, k): judged(lists[n], found.bought, popular, k) for n in lists for k in KS}
            mean = {name: float(at[name, 10].ndcg.mean()) for name in lists}
            if split.name == CHOICE:
                picked[kind] = max(mean, key=lambda name, mean=mean: (mean[name], name == POPULAR))  # type: ignore[misc]
            elif split.name == TEST and kind in picked:
                serves[kind] = _service(picked[kind], mixes[kind], at)
                asked = min(asked or len(found.bought), len(found.bought))
            frames_.append(_rows(kind, split, at, len(found.bought), mixes[kind]))
    table = pd.concat(frames_, ignore_index=True) if frames_ else pd.DataFrame(columns=RECOMMEND_TRIAL.names)
    served = pd.Series(
        [
            kind in serves and serves[kind].model == model
            for kind, model in zip(table["kind"], table["model"], strict=True)
        ],
        dtype="bool",
    )
    for kind in (NEW, AGAIN):
        serves.setdefault(kind, Service(POPULAR, {POPULAR: 1.0}, beats=False))
    table["as_of"] = pd.Series([_day(events.last)] * len(table), dtype="datetime64[ms]")
    return Trial(check(table.assign(serves=served)[RECOMMEND_TRIAL.names], RECOMMEND_TRIAL), serves, asked)


def _service(name: str, mix: Mapping[str, float], at: Mapping[tuple[str, int], Judged]) -> Service:
    if name == POPULAR:
        return Service(POPULAR, {POPULAR: 1.0}, beats=False)
    ((_, low, _),) = differences(at[name, 10].ndcg[:, None], at[POPULAR, 10].ndcg)
    if low <= 0:
        return Service(POPULAR, {POPULAR: 1.0}, beats=False)
    return Service(name, dict(mix) if name == HYBRID else {name: 1.0}, beats=True)


def _asked(rows: Rows, split: Split, sample: int) -> NDArray[np.int64]:
    """Places of members who bought before and after."""
    before = np.diff(rows.counts.indptr) > 0
    after = np.zeros(len(before), dtype=bool)
    after[split.after.who[split.after.sign > 0]] = True
    return chosen(np.flatnonzero(before & after), sample)


def _later(split: Split) -> Sparse:
    """What was bought after, shape (members, products), 1 where it was."""
    sold = split.after.only(split.after.sign > 0)
    return (sold.table(np.ones(len(sold.who))) > 0).tocsr()


def banned_of(kind: str, rows: Rows, day: int, shelf: Shelf | None) -> NDArray[np.bool_]:
    """What must not stand on a list that is made at the end of a day, shape (n, products)."""
    if kind == NEW:
        ever: NDArray[np.bool_] = rows.ever.toarray() > 0
        return ever if shelf is None else ever | shelf.gone(day) | shelf.fresh(day)
    none = np.zeros(rows.counts.shape, dtype=bool)
    return none if shelf is None else (rows.counts.toarray() <= 0) | shelf.gone(day)


def _mix(kind: str, models: Mapping[str, Model], rows: Rows, split: Split) -> dict[str, float]:
    later = _later(split)[rows.place].toarray()
    banned = banned_of(kind, rows, split.before.last, split.shelf)
    later &= ~banned
    keep = np.flatnonzero(later.any(axis=1))
    if not len(keep):
        return {_START[kind]: 1.0}
    small = rows[keep]
    parts = {name: levelled(models[name].scores(small), small, new=kind == NEW) for name in _PARTS[kind]}
    return weights(parts, banned[keep], later[keep], _START[kind])


def _tried(kind: str, models: Mapping[str, Model], rows: Rows, who: NDArray[np.int64], split: Split) -> _Tried:
    """The lists of every model, in blocks of members; only of those who bought something that could be offered."""
    after, found = _later(split), _Tried(np.zeros((0, rows.counts.shape[1]), dtype=bool))
    bought = []
    for begin in range(0, len(who), _BLOCK):
        block = rows[who[begin : begin + _BLOCK]]
        later = after[block.place].toarray()
        banned = banned_of(kind, block, split.before.last, split.shelf)
        later &= ~banned
        keep = np.flatnonzero(later.any(axis=1))
        if not len(keep):
            continue
        block, banned = block[keep], banned[keep]
        bought.append(later[keep])
        for name, model in models.items():
            scores = np.where(banned, np.float32(-np.inf), model.scores(block))
            order = best(scores, max(KS))
            order[~np.isfinite(np.take_along_axis(scores, order, axis=1))] = -1
            found.lists.setdefault(name, []).append(order)
    if bought:
        found.bought = np.concatenate(bought)
    return found


def _rows(
    kind: str, split: Split, at: Mapping[tuple[str, int], Judged], members: int, mix: Mapping[str, float]
) -> pd.DataFrame:
    rows = []
    table = np.stack([one.ndcg - at[POPULAR, k].ndcg for (_, k), one in at.items()], axis=1)
    over = differences(table, np.zeros(len(table)))
    for ((model, k), one), (gap, low, high) in zip(at.items(), over, strict=True):
        base = model == POPULAR
        rows.append(
            {
                "kind": kind,
                "split": split.name,
                "model": model,
                "k": k,
                "first_day": None if split.name == LAST else _day(split.first),
                "last_day": _day(split.last),
                "members": members,
                "precision": one.precision,
                "recall": one.recall,
                "ndcg": float(one.ndcg.mean()),
                "average_precision": one.average,
                "hit_rate": one.hit_rate,
                "coverage": one.coverage,
                "novelty_bits": one.novelty,
                "over_popular": None if base else gap,
                "low": None if base else low,
                "high": None if base else high,
                "weight": mix.get(model),
            }
        )
    made = pd.DataFrame(rows)
    for name in ("first_day", "last_day"):
        made[name] = pd.to_datetime(made[name]).astype("datetime64[ms]")
    return made.astype(dict.fromkeys(("over_popular", "low", "high", "weight"), "float64"))


def _day(number: int) -> pd.Timestamp:
    return pd.Timestamp(number * _DAY_NS)
