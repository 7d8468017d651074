"""All that the room answers in one go, for the night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import PRODUCT_SIMILAR, RECOMMEND_GROUP, RECOMMEND_TRIAL, RECOMMENDATION, Answer, check, empty
from ..segments import segments
from .fitting import POPULAR
from .likeness import on_receipts, similar, together
from .serving import offers, shop
from .trial import AGAIN, NEW, Service, Trial, trial

if TYPE_CHECKING:
    from ..purchases import Purchases
    from .rules import RecommendRules
    from .serving import Shop

TRIAL, LISTS, SIMILAR = "trial", "lists", "similar"
# The shop must have been watched before the two periods for at least as long as one of them.
_PERIODS = 3
_GROUP_TOP = 3
_GROUP_LEAST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Recommended:
    """What the room found.

    Attributes:
        lists: ``frames.RECOMMENDATION``.
        trial: ``frames.RECOMMEND_TRIAL``.
        similar: ``frames.PRODUCT_SIMILAR``.
        groups: ``frames.RECOMMEND_GROUP``.
        answers: For each question whether it was answered.
    """

    lists: pd.DataFrame
    trial: pd.DataFrame
    similar: pd.DataFrame
    groups: pd.DataFrame
    answers: tuple[Answer, ...]


def recommend(sales: Purchases, rules: RecommendRules) -> Recommended:
    """Judges the models, makes the lists, and finds what goes together.

    Args:
        sales: What was bought.
        rules: What the store has set.
    """
    place = shop(sales, rules)
    lacking = refused(place, rules)
    if lacking is not None:
        why = (lacking.why, lacking.have, lacking.need)
        answers = tuple(Answer(name, *why) for name in (LISTS, TRIAL, SIMILAR))
        lists, rows = empty(RECOMMENDATION), empty(RECOMMEND_TRIAL)
        return Recommended(lists, rows, empty(PRODUCT_SIMILAR), empty(RECOMMEND_GROUP), answers)
    tried, answer = judged_shop(place, rules, last=False)
    lists = offers(place, tried.serves, sales, rules)
    goods = alike(place, sales, rules)
    none = Answer(SIMILAR, "no_rule") if goods.empty else Answer(SIMILAR)
    groups = grouped(lists, sales)
    return Recommended(lists, tried.rows, goods, groups, (Answer(LISTS), answer, none))


def refused(place: Shop, rules: RecommendRules) -> Answer | None:
    """Why there is nothing to recommend, or None where there is."""
    if not len(place.events.members):
        return Answer(LISTS, "no_members", 0, rules.min_members)
    buyers = int((np.diff(place.rows.counts.indptr) > 0).sum())
    if buyers < rules.min_members:
        return Answer(LISTS, "few_members", buyers, rules.min_members)
    sold = len(np.unique(place.rows.counts.indices))
    if sold < rules.min_products:
        return Answer(LISTS, "few_products", sold, rules.min_products)
    return None


def judged_shop(place: Shop, rules: RecommendRules, *, last: bool = True) -> tuple[Trial, Answer]:
    """The trial; where there are too few days for one, popularity serves untried."""
    need = _PERIODS * rules.holdout_days
    if place.days < need:
        popular = Service(POPULAR, {POPULAR: 1.0}, beats=False)
        return Trial(empty(RECOMMEND_TRIAL), {NEW: popular, AGAIN: popular}, 0), Answer(
            TRIAL, "few_days", place.days, need
        )
    found = trial(place.events, place.terms, rules.holdout_days, rules.sample, last=last, shelf=place.shelf)
    if found.members < rules.min_members:
        popular = Service(POPULAR, {POPULAR: 1.0}, beats=False)
        few = Answer(TRIAL, "few_members", found.members, rules.min_members)
        return Trial(empty(RECOMMEND_TRIAL), {NEW: popular, AGAIN: popular}, found.members), few
    return found, Answer(TRIAL)


def alike(place: Shop, sales: Purchases, rules: RecommendRules) -> pd.DataFrame:
    """``frames.PRODUCT_SIMILAR`` of the shop."""
    found = together(on_receipts(sales, place.events.products))
    return similar(place.events.products, found, place.terms, place.gone, rules.top)


def grouped(lists: pd.DataFrame, sales: Purchases) -> pd.DataFrame:
    """``frames.RECOMMEND_GROUP``: what stands on most lists, of all and by segment; never of a few members.

    All are those who bought: who did not gets the same list as all others who did not, and there may be many of them.
    """
    named = segments(sales).set_index("member_id")["segment"]
    theirs = lists.assign(segment=lists["member_id"].map(named)).dropna(subset=["segment"])
    parts = [theirs.assign(segment=""), theirs]
    rows = pd.concat([part[["segment", "kind", "member_id", "product_id"]] for part in parts], ignore_index=True)
    if rows.empty:
        return empty(RECOMMEND_GROUP)
    by = ["segment", "kind"]
    members = rows.groupby(by)["member_id"].nunique().rename("members")
    found = rows.groupby([*by, "product_id"]).size().rename("listed").reset_index().join(members, on=by)
    found = found[found["members"] >= _GROUP_LEAST]
    found = found.sort_values([*by, "listed", "product_id"], ascending=[True, True, False, True], kind="stable")
    found["rank"] = found.groupby(by).cumcount() + 1
    found = found[found["rank"] <= _GROUP_TOP].reset_index(drop=True)
    found["as_of"] = pd.Series([pd.Timestamp(sales.as_of)] * len(found), dtype="datetime64[ms]")
    return check(found[RECOMMEND_GROUP.names].astype({"segment": "str", "kind": "str"}), RECOMMEND_GROUP)
