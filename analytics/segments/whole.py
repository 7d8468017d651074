"""All groups of all members on one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import SEGMENT_CHOICE, SEGMENT_GROUPS, SEGMENT_MOVES, SEGMENTS, Answer, check, empty
from ..threads import one_thread
from .clusters import clusters
from .habits import habits, history
from .months import month_before
from .moves import moves
from .odd import usual
from .profiles import mostly, named_products, profiles
from .ratio import with_ratios
from .rfm import segments
from .tastes import tastes, things

if TYPE_CHECKING:
    from datetime import date

    from ..purchases import Purchases
    from .clusters import Clustering, Clusters
    from .habits import Habits, History
    from .odd import Usual
    from .rules import SegmentRules
    from .tastes import Tastes, Tasting, Things

    _Models = tuple[Clusters | None, Usual | None, Tastes | None]

QUESTIONS = ("named", "ratio", "clusters", "odd", "tastes", "moves")
_A_MONTH = 31


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Who the members are to the store.

    Attributes:
        segments: ``frames.SEGMENTS`` with every group of each member.
        groups: ``frames.SEGMENT_GROUPS``.
        moves: ``frames.SEGMENT_MOVES``.
        choice: ``frames.SEGMENT_CHOICE``.
        answers: One for each of ``QUESTIONS``.
    """

    segments: pd.DataFrame
    groups: pd.DataFrame
    moves: pd.DataFrame
    choice: pd.DataFrame
    answers: tuple[Answer, ...]


def customers(sales: Purchases, dwell: pd.DataFrame, rules: SegmentRules) -> Customers:
    """Groups the members who agreed to it by everything that is known.

    Args:
        sales: What was bought up to the day on which they are judged.
        dwell: ``frames.MEMBER_DWELL``; may be empty.
        rules: How many groups, of how many members at least.

    Returns:
        Depends on nothing but these: the same every time, and the same whether or not earlier nights were computed.
    """
    named = with_ratios(segments(sales))
    if named.empty:
        none = tuple(Answer(question, "no_members", 0, 1) for question in QUESTIONS)
        return Customers(empty(SEGMENTS), empty(SEGMENT_GROUPS), empty(SEGMENT_MOVES), empty(SEGMENT_CHOICE), none)
    past, bought = history(sales, dwell), things(sales)
    with one_thread():
        habitual, tasting = clusters(past, sales.as_of, rules), tastes(bought, sales.as_of, rules)
    common, oddly = usual(past, sales.as_of, rules)
    now = habits(past, sales.as_of)
    found = _grouped(named, now, habitual.found, common)
    found = _tasted(found, bought, tasting, sales.as_of, rules)
    # Both are in order of members, and whoever bought something is in both.
    people = found.assign(sold_minor=now.sold, dwell_s=now.dwell_s).set_index("member_id")
    moved, told = _moved(sales, past, found, habitual.found)
    answers = (Answer("named"), Answer("ratio"), habitual.answer, oddly, tasting.answer, told)
    return Customers(
        check(found, SEGMENTS),
        _groups(sales, people, past, bought, (habitual.found, common, tasting.found)),
        moved,
        _choice(habitual, tasting),
        answers,
    )


def _grouped(named: pd.DataFrame, now: Habits, model: Clusters | None, common: Usual | None) -> pd.DataFrame:
    """With the group by habits, and in what way odd; members are in the same order in both."""
    number = [None] * len(named) if model is None else model.of(now.values).astype(str).tolist()
    odd = [None] * len(named) if common is None else common.odd(now.values)
    return named.assign(
        cluster=pd.Series(number, index=named.index, dtype="str"), odd=pd.Series(odd, index=named.index, dtype="str")
    )


def _tasted(found: pd.DataFrame, bought: Things, tasting: Tasting, as_of: date, rules: SegmentRules) -> pd.DataFrame:
    """With the taste of those who bought enough to have one, and how sure it is."""
    number = pd.Series(None, index=found.index, dtype="str")
    sure = pd.Series(np.nan, index=found.index)
    if tasting.found is not None:
        counts = bought.counts(as_of)
        groups, chances = tasting.found.of(counts)
        place = bought.members.get_indexer(pd.Index(found["member_id"]))
        many = np.asarray(counts.sum(axis=1)).ravel()
        enough = (place >= 0) & (np.append(many, 0)[place] >= rules.least_things)
        number = number.mask(enough, pd.Series(groups.astype(str)[place], index=found.index, dtype="str"))
        sure = sure.mask(enough, pd.Series(np.clip(chances[place], 0.0, 1.0), index=found.index))
    return found.assign(taste=number, taste_sure=sure)


def _moved(sales: Purchases, past: History, found: pd.DataFrame, model: Clusters | None) -> tuple[pd.DataFrame, Answer]:
    """Who moved since a month ago: judged then and now by the same rules and the same groups."""
    since = month_before(sales.as_of)
    then = with_ratios(segments(sales.until(since)))
    if then.empty:
        first = sales.of_members()["local_date"].min()
        days = (pd.Timestamp(sales.as_of) - first).days + 1
        return empty(SEGMENT_MOVES), Answer("moves", "few_days", days, _A_MONTH)
    after, before = found.set_index("member_id"), then.set_index("member_id")
    parts = [
        moves(before[column], after[column], grouping, since, sales.as_of)
        for grouping, column in (("rfm", "segment"), ("ratio", "ratio"))
    ]
    if model is not None:
        earlier = habits(past, since)
        numbers = model.of(earlier.values).astype(str)
        was = pd.Series(numbers, index=past.members[earlier.rows], dtype="str")
        parts.append(moves(was, after["cluster"], "cluster", since, sales.as_of))
    return check(pd.concat(parts, ignore_index=True), SEGMENT_MOVES), Answer("moves")


def _groups(sales: Purchases, people: pd.DataFrame, past: History, bought: Things, models: _Models) -> pd.DataFrame:
    """The profiles of all groups; ``people`` are members with every group of theirs."""

    def rows(column: str) -> pd.DataFrame:
        return people.assign(name=people[column])

    parts = [profiles(rows("segment"), "rfm", sales.as_of), profiles(rows("ratio"), "ratio", sales.as_of)]
    model, common, taste = models
    if model is not None:
        then = habits(past, model.fitted_on)
        was = pd.Series(model.of(then.values).astype(str), index=past.members[then.rows], dtype="str")
        words = dict(zip(model.numbers.astype(str).tolist(), model.special(), strict=True))
        goods = mostly(sales, was, model.fitted_on)
        made = profiles(rows("cluster"), "cluster", sales.as_of, fitted_on=model.fitted_on, words=words, goods=goods)
        parts.append(made)
    if common is not None:
        parts.append(profiles(rows("odd"), "odd", sales.as_of, fitted_on=common.fitted_on))
    if taste is not None:
        names = named_products(sales, bought.names)
        special = (tuple(names[n] for n in row) for row in taste.special())
        goods = dict(zip(taste.numbers.astype(str).tolist(), special, strict=True))
        parts.append(profiles(rows("taste"), "taste", sales.as_of, fitted_on=taste.fitted_on, goods=goods))
    return check(pd.concat([part for part in parts if len(part)], ignore_index=True), SEGMENT_GROUPS)


def _choice(habitual: Clustering, tasting: Tasting) -> pd.DataFrame:
    """How well each number of groups fitted, and which was chosen."""
    rows = []
    if habitual.found is not None:
        rows += [
            {
                "grouping": "cluster", "groups": one.groups, "fitted_on": habitual.found.fitted_on,
                "silhouette": one.silhouette, "calinski_harabasz": one.calinski_harabasz,
                "davies_bouldin": one.davies_bouldin, "stability": one.stability,
                "chosen": one.groups == len(habitual.found.numbers),
            }
            for one in habitual.tried
        ]  # fmt: skip
    if tasting.found is not None:
        rows += [
            {
                "grouping": "taste", "groups": one.groups, "fitted_on": tasting.found.fitted_on, "bic": one.bic,
                "stability": one.stability, "chosen": one.groups == len(tasting.found.numbers),
            }
            for one in tasting.tried
        ]  # fmt: skip
    if not rows:
        return empty(SEGMENT_CHOICE)
    wanted = [column.name for column in SEGMENT_CHOICE.columns]
    found = pd.DataFrame(rows).reindex(columns=wanted)
    numbers = [column.name for column in SEGMENT_CHOICE.columns if column.dtype == "float64"]
    return check(found.astype(dict.fromkeys(numbers, "float64")), SEGMENT_CHOICE)
