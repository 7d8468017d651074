"""What is bought together, beyond chance, at one level: the question as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from ..frames import BASKET_LEVELS, BASKET_RULES, BASKET_SETS, Answer, check, empty
from .association import measured, rules_of
from .chance import adjusted, chances, lift_interval
from .explaining import explained
from .itemsets import MOST_PAIRS, count_sets, item_sets
from .matrix import CATEGORY, LEVELS, Baskets, of_lines
from .rows import rule_rows, set_rows

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .itemsets import ItemSets
    from .rules import BasketRules

LEAST_RECEIPTS = 100
LEAST_DAYS = 14
# The first so many of the days find rules, the others try them.
EARLY = 2 / 3
# A rule has faded where the later days no longer show it, and chance would do so once in a hundred times.
_FADED = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What was found at one level.

    Attributes:
        rules: ``frames.BASKET_RULES``.
        sets: ``frames.BASKET_SETS``.
        summary: ``frames.BASKET_LEVELS``, one row.
        answer: Whether there is a rule.
    """

    rules: pd.DataFrame
    sets: pd.DataFrame
    summary: pd.DataFrame
    answer: Answer


def bought_together(sales: Purchases, rules: BasketRules) -> tuple[Level, ...]:
    """Item sets and rules of products and of categories, as of the last day.

    Args:
        sales: All receipts, with and without a card.
        rules: What is worth showing.
    """
    first = pd.Timestamp(sales.as_of) - pd.Timedelta(days=rules.days - 1)
    lines = sales.lines[sales.lines["local_date"] >= first]
    return tuple(
        level_of(of_lines(lines, sales.products if level == CATEGORY else None), level, sales.as_of, rules)
        for level in LEVELS
    )


def level_of(
    baskets: Baskets, level: str, as_of: date, rules: BasketRules, least: int | None = None, *, by_chance: bool = False
) -> Level:
    """Item sets and rules of some baskets.

    Args:
        baskets: In order of days.
        level: What the items are.
        as_of: The last day that was looked at.
        rules: What is worth showing.
        least: Receipts that an item set takes; that of the rules unless given.
        by_chance: Show rules that chance explains, too.
    """
    least = rules.min_receipts if least is None else least
    question = f"{level}_rules"
    answer = _enough(baskets, question, least)
    if answer is not None:
        return Level(empty(BASKET_RULES), empty(BASKET_SETS), empty(BASKET_LEVELS), answer)
    sets = item_sets(baskets, least, rules.longest, MOST_PAIRS)
    shown = _all(sets, rules) if by_chance else _beyond_chance(sets, rules)
    ordered = _described(shown, baskets)
    held = _held_out(baskets, least, rules)
    first = {"level": level, "as_of": pd.Timestamp(as_of)}
    summary = check(pd.DataFrame([first | _summary(baskets, sets) | _count(ordered, held)]), BASKET_LEVELS)
    if ordered.empty:
        answer = Answer(question, "no_rule", 0, 1)
    rows = rule_rows(ordered.head(rules.most), baskets, level, as_of)
    return Level(rows, set_rows(sets, baskets, level, as_of), summary, answer or Answer(question))


def _enough(baskets: Baskets, question: str, least: int) -> Answer | None:
    """Why rules cannot be looked for."""
    if baskets.many == 0:
        return Answer(question, "no_receipts", 0, LEAST_RECEIPTS)
    days = int((baskets.days[-1] - baskets.days[0]) // np.timedelta64(1, "D")) + 1
    if days < LEAST_DAYS:
        return Answer(question, "few_days", days, LEAST_DAYS)
    if baskets.many < LEAST_RECEIPTS:
        return Answer(question, "few_receipts", baskets.many, LEAST_RECEIPTS)
    often = int((baskets.each() >= least).sum())
    return Answer(question, "few_products", often, 2) if often < 2 else None


def _candidates(sets: ItemSets, rules: BasketRules) -> pd.DataFrame:
    """Every rule of the sets that is confident enough, with its measures and the interval of its lift."""
    found = measured(rules_of(sets, rules.min_confidence), sets.receipts)
    low, high = lift_interval(found, sets.receipts)
    return found.assign(lift_low=low, lift_high=high)


def _beyond_chance(sets: ItemSets, rules: BasketRules) -> pd.DataFrame:
    """The rules that are strong enough and that chance does not explain."""
    found = _candidates(sets, rules)
    # Only what may be shown is tested. What is not stands behind it in the correction, which errs on the safe side.
    found = found[(found["lift_low"] >= rules.min_lift) & (found["lift"] > 1)].reset_index(drop=True)
    found = found.assign(p=adjusted(found, sets, chances(found, sets), rules.longest))
    return found[found["p"] <= rules.error].reset_index(drop=True)


def _all(sets: ItemSets, rules: BasketRules) -> pd.DataFrame:
    """All rules, with the chance of each."""
    found = _candidates(sets, rules)
    return found.assign(p=adjusted(found, sets, chances(found, sets), rules.longest))


def _described(found: pd.DataFrame, baskets: Baskets) -> pd.DataFrame:
    """With reasons, how they fared lately, and in order: those that a third item explains stand last."""
    pairs = found[np.array([len(items) == 2 for items in found["items"]], dtype=bool)].drop_duplicates("items")
    reasons = dict(zip(pairs["items"], explained(pairs, baskets), strict=True))
    reason = pd.Series([reasons.get(items) for items in found["items"]], index=found.index, dtype="Int64")
    found = found.assign(reason=reason, aside=reason.notna())
    found = found.sort_values(
        ["aside", "lift_low", "confidence", "items", "then"], ascending=[True, False, False, True, True], kind="stable"
    ).reset_index(drop=True)
    _, late = _halves(baskets)
    lift, lately = _lately(found, late)
    return found.assign(late_lift=lift, lately=lately)


def _halves(baskets: Baskets) -> tuple[Baskets, Baskets]:
    """The earlier days and the later ones."""
    first, last = baskets.days[0], baskets.days[-1]
    split = first + ((last - first) * EARLY).astype("timedelta64[D]")
    return baskets.rows(baskets.days <= split), baskets.rows(baskets.days > split)


def _lately(found: pd.DataFrame, late: Baskets) -> tuple[NDArray[np.float64], pd.Series[str]]:
    """The lift of each rule on the later days alone, and whether it holds there."""
    if found.empty or late.many == 0:
        return np.full(len(found), np.nan), pd.Series(["unsure"] * len(found), dtype="str")
    both, given = count_sets(late, list(found["items"])), count_sets(late, list(found["given"]))
    then = late.each()[found["then"].to_numpy()]
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = late.many * both / (given * then)
    sure = scipy.stats.hypergeom.sf(both - 1, late.many, then, given) <= 0.05
    # Held against the lift and not the share: winter boots sell less in spring with and without their care.
    share = np.minimum(found["lift"].to_numpy() * then / late.many, 1.0)
    seldom = scipy.stats.binom.cdf(both, given, share) <= _FADED
    lately = np.select([sure, seldom], ["holds", "faded"], "unsure")
    return np.where(np.isfinite(lift), lift, np.nan), pd.Series(lately, dtype="str")


def _held_out(baskets: Baskets, least: int, rules: BasketRules) -> tuple[int, int, int]:
    """Rules that the earlier days alone show, and of these those that hold in the later days and that have faded."""
    early, late = _halves(baskets)
    if early.many == 0 or late.many == 0:
        return 0, 0, 0
    found = _beyond_chance(item_sets(early, least, rules.longest, MOST_PAIRS), rules)
    _, lately = _lately(found, late)
    return len(found), int((lately == "holds").sum()), int((lately == "faded").sum())


def _summary(baskets: Baskets, sets: ItemSets) -> dict[str, object]:
    size = np.diff(baskets.bought.indptr)
    return {
        "first_day": pd.Timestamp(baskets.days[0]),
        "receipts": baskets.many,
        "several": int((size >= 2).sum()),
        "items": len(baskets.items),
        "frequent": len(sets.of_size(1)),
        "least": sets.least,
        "pairs": len(sets.of_size(2)),
    }


def _count(found: pd.DataFrame, held: tuple[int, int, int]) -> dict[str, object]:
    aside = int(found["aside"].sum())
    early, late, faded = held
    return {
        "found": len(found) - aside,
        "explained": aside,
        "early_found": early,
        "late_held": late,
        "late_faded": faded,
    }
