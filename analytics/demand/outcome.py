"""What products will sell and what members will buy, and the trials that entitle to say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import DEMAND_TOTAL, DEMAND_TRIAL, MEMBER_DEMAND, PRODUCT_DEMAND, Answer, check, day_of, empty
from ..threads import one_thread
from .features import PERIODS, last_period, mean_period
from .goods import members_of, products_of
from .trial import BASELINES, draft, held, interval, luck_of, prediction, predictors, reach, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .panel import Floats, Panel
    from .rules import DemandRules
    from .trial import Gain, Trial

WEEK = 7
# What came before, what teaches, what calibrates, what judges.
WINDOWS = 4
LEAST_PRODUCTS, LEAST_MEMBERS = 10, 50
_WHAT = ("purchases", "units", "minor")


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is said of one kind of demand.

    Attributes:
        trial: That entitles to it.
        there: Of which names it is said, (n,).
        much: Expected, of those, (m,).
        low: Of the interval, (m,).
        high: Of the interval, (m,).
    """

    trial: Trial
    there: NDArray[np.bool_]
    much: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The results.

    Attributes:
        products: ``frames.demand.PRODUCT_DEMAND``.
        members: ``frames.demand.MEMBER_DEMAND``.
        trial: ``frames.demand.DEMAND_TRIAL``.
        totals: ``frames.demand.DEMAND_TOTAL``.
        answers: What could be said, and whether models are better than the baselines.
    """

    products: pd.DataFrame
    members: pd.DataFrame
    trial: pd.DataFrame
    totals: pd.DataFrame
    answers: tuple[Answer, ...]


@one_thread()
def outcome(
    sales: Purchases, rules: DemandRules, promotions: Iterable[tuple[date, date, tuple[str, ...]]] = ()
) -> Outcome:
    """Demand of products in the next week and the next period, and of members in the next period.

    Args:
        sales: Purchases.
        rules: Of the store.
        promotions: Past and planned: first day, last day, categories (none: all).
    """
    goods = products_of(sales, promotions)
    lengths = tuple(sorted({WEEK, rules.days}))
    told: dict[tuple[str, int], Told] = {}
    answers = []
    for days in lengths:
        found = _asked(goods, days, rules, _sold_enough(goods, days, rules), LEAST_PRODUCTS)
        answers.append(_answer(f"products_{'week' if days == WEEK else 'period'}", found, "few_products"))
        if isinstance(found, Told):
            told["product_units", days] = found
    people = {what: members_of(sales, what) for what in _WHAT}
    answer = _few_members(sales, people["purchases"])
    for what, seen in people.items() if answer is None else ():
        found = _asked(seen, rules.days, rules, _buyers(people["purchases"], seen), LEAST_MEMBERS)
        answers.append(_answer(f"member_{what}", found, "few_members"))
        if isinstance(found, Told):
            told[f"member_{what}", rules.days] = found
    answers += [] if answer is None else [answer]
    products = _products(goods, told, sales)
    members = _members(people["purchases"], told, sales, rules.days)
    rows = [row for (of, days), one in told.items() for row in _trial_rows(of, days, one.trial, rules)]
    trial = check(pd.DataFrame(rows).assign(as_of=_day(sales)), DEMAND_TRIAL) if rows else empty(DEMAND_TRIAL)
    return Outcome(
        products, members, trial, _totals(goods, {days for _, days in told}, products, members), tuple(answers)
    )


def _few_members(sales: Purchases, seen: Panel) -> Answer | None:
    if sales.members.empty:
        return Answer("members", "no_members", 0, 1)
    have = len(seen.names)
    return Answer("members", "few_members", have, LEAST_MEMBERS) if have < LEAST_MEMBERS else None


def _asked(
    seen: Panel, days: int, rules: DemandRules, there: Callable[[int], NDArray[np.bool_]], least: int
) -> Told | tuple[str, float, float]:
    """What is said, or why not: reason, how much there is, how much it takes."""
    have, need = seen.last - seen.first + 1, WINDOWS * days
    if have < need:
        return "few_days", have, need
    judged, now = span(seen, days, seen.last - days), span(seen, days, seen.last)
    cuts = (*judged.teach, *judged.calibrate, judged.judge, now.judge)
    fewest = min((int(there(cut).sum()) for cut in cuts), default=0)
    if not judged.teach or fewest < least:
        return "few", fewest, least
    if any(not seen.total(cut, cut + days).any() for cut in cuts[:-1]):
        return "no_variation", 0, 1
    trial = held(seen, judged, there, rules.level)
    models = predictors(seen, now, (trial.serves,), there)
    here, past = there(now.judge), draft(trial.serves, models, seen, now, there)
    much = prediction(trial.serves, models, seen, now.judge, days)[here] * past.level
    low, high = interval(much, reach(past, rules.level, luck_of(seen, now)))
    return Told(trial, here, much, low, high)


def _answer(question: str, found: Told | tuple[str, float, float], few: str) -> Answer:
    if isinstance(found, Told):
        if found.trial.serves not in BASELINES:
            return Answer(question)
        result = found.trial.results[found.trial.chosen]
        gains = [gain.low for gain in (result.over_last, result.over_mean) if gain is not None]
        return Answer(question, "not_better", min(gains), 0.0)
    why, have, need = found
    return Answer(question, few if why == "few" else why, have, need)


def _sold_enough(seen: Panel, days: int, rules: DemandRules) -> Callable[[int], NDArray[np.bool_]]:
    far = PERIODS * max(days, rules.days)
    return lambda cut: seen.total(cut - far, cut) >= rules.least_units


def _buyers(buys: Panel, seen: Panel) -> Callable[[int], NDArray[np.bool_]]:
    """Who ever bought. Not only who did lately: of members chosen for having bought a lot, the next period is less."""
    place = pd.Index(buys.names).get_indexer(pd.Index(seen.names))
    return lambda cut: buys.total(buys.first - 1, cut)[place] > 0


def _day(sales: Purchases) -> pd.Timestamp:
    return pd.Timestamp(sales.as_of).as_unit("ms")


def _products(goods: Panel, told: dict[tuple[str, int], Told], sales: Purchases) -> pd.DataFrame:
    parts = []
    for (of, days), one in told.items():
        if of == "product_units":
            columns = {
                "product_id": goods.names[one.there].astype(str),
                "days": days,
                "as_of": _day(sales),
                "model": one.trial.serves,
                "units": one.much,
                "low": one.low,
                "high": one.high,
                "last_units": last_period(goods, goods.last, days)[one.there],
                "mean_units": mean_period(goods, goods.last, days)[one.there],
                "promotion": goods.promotion(goods.last, goods.last + days)[one.there],
            }
            parts.append(pd.DataFrame(columns))
    return check(pd.concat(parts, ignore_index=True), PRODUCT_DEMAND) if parts else empty(PRODUCT_DEMAND)


def _members(buys: Panel, told: dict[tuple[str, int], Told], sales: Purchases, days: int) -> pd.DataFrame:
    """Only where all three kinds could be told; of the same members, because whoever buys buys units for money."""
    kinds = [told.get((f"member_{what}", days)) for what in _WHAT]
    if any(one is None for one in kinds):
        return empty(MEMBER_DEMAND)
    ids = pd.Index(buys.names[kinds[0].there], name="member_id")  # type: ignore[union-attr]
    found = pd.DataFrame(index=ids)
    names = (
        ("purchases", "purchases_low", "purchases_high"),
        ("units", "units_low", "units_high"),
        ("amount_minor", "amount_low_minor", "amount_high_minor"),
    )
    for (much, low, high), what, one in zip(names, _WHAT, kinds, strict=True):
        theirs = members_of(sales, what).names[one.there]  # type: ignore[union-attr]
        values = (one.much, one.low, one.high)  # type: ignore[union-attr]
        for name, column in zip((much, low, high), values, strict=True):
            found[name] = pd.Series(column, index=theirs).reindex(ids).fillna(0.0)
    return check(_with_next(found.reset_index().assign(as_of=_day(sales), days=days), days), MEMBER_DEMAND)


def _with_next(found: pd.DataFrame, days: int) -> pd.DataFrame:
    """When the next purchase is: the median of the waiting time of a Poisson process with so many purchases."""
    pace = found["purchases"].to_numpy(dtype=np.float64) / days
    wait = np.log(2.0) / np.maximum(pace, 1e-9)
    return found.assign(next_days=np.where(wait <= days, wait, np.nan))


def _trial_rows(of: str, days: int, trial: Trial, rules: DemandRules) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, one in trial.results.items():
        row: dict[str, object] = {"demand_of": of, "days": days, "model": name, "many": trial.many}
        row |= {"judged_on": pd.Timestamp(day_of(trial.span.judge)).as_unit("ms"), "level": rules.level}
        row |= {"mae": one.mae, "scaled": one.scaled, "bias": one.bias, "cover": one.cover}
        row |= _gain("over_last", one.over_last) | _gain("over_mean", one.over_mean)
        rows.append(row | {"chosen": name == trial.chosen, "serves": name == trial.serves})
    return rows


def _gain(name: str, gain: Gain | None) -> dict[str, float]:
    values = (np.nan,) * 3 if gain is None else (gain.value, gain.low, gain.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _totals(goods: Panel, lengths: set[int], products: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """What is told of each length of time, in all; of members only for the length that they are told for."""
    rows = []
    for days in sorted(lengths):
        part = products[products["days"] == days]
        theirs = members[members["days"] == days]
        rows.append(
            {
                "days": days,
                "as_of": pd.Timestamp(day_of(goods.last)).as_unit("ms"),
                "products": len(part),
                "too_few": len(goods.names) - len(part),
                "units": float(part["units"].sum()),
                "last_units": float(part["last_units"].sum()),
                "members": len(theirs),
                "purchases": float(theirs["purchases"].sum()) if len(theirs) else np.nan,
                "amount_minor": float(theirs["amount_minor"].sum()) if len(theirs) else np.nan,
            }
        )
    return check(pd.DataFrame(rows), DEMAND_TOTAL) if rows else empty(DEMAND_TOTAL)
