"""Rules of item sets and how strong they are."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .itemsets import Items, ItemSets


def rules_of(sets: ItemSets, min_confidence: float) -> pd.DataFrame:
    """Every rule with one item behind the arrow, from frequent item sets.

    Whole counts are compared with the exact decimal fraction: 4 of 5 receipts are a confidence of 0.8, whatever binary
    fractions make of it.

    Args:
        sets: With every subset of a set.
        min_confidence: The least confidence, 0..1.

    Returns:
        A row for each rule, in the order of sets: ``given`` and ``items`` (columns before the arrow; all of the rule),
        ``then`` (the column behind it), and receipts with ``both``, ``given_count`` and ``then_count``.

    Reference:
        Agrawal, Imielinski, Swami: Mining association rules between sets of items in large databases, 1993.
    """
    asked = Fraction(str(min_confidence))
    rows: list[tuple[Items, Items, int, int, int, int]] = []
    for items, both in sorted(sets.counts.items(), key=lambda one: (len(one[0]), one[0])):
        if len(items) < 2:
            continue
        for place, then in enumerate(items):
            given = items[:place] + items[place + 1 :]
            of = sets.counts[given]
            if both * asked.denominator >= asked.numerator * of:
                rows.append((given, items, then, both, of, sets.counts[(then,)]))
    names = ["given", "items", "then", "both", "given_count", "then_count"]
    return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[2:], "int64"))


def measured(rules: pd.DataFrame, receipts: int) -> pd.DataFrame:
    """Adds ``support``, ``confidence``, ``lift``, ``leverage`` and ``conviction`` to the rows of ``rules_of``.

    With x and y the shares of receipts with what stands before and behind the arrow, and xy the share with both:
    support xy, confidence xy/x, lift xy/(x y), leverage xy - x y, conviction x (1 - y) / (x - xy), which is missing
    where the rule has no exception.

    Args:
        rules: Of ``rules_of``.
        receipts: In all.

    Reference:
        Brin, Motwani, Ullman, Tsur: Dynamic itemset counting and implication rules for market basket data, 1997 (lift,
        conviction); Piatetsky-Shapiro: Discovery, analysis and presentation of strong rules, 1991 (leverage).
    """
    both, given, then = (rules[name].to_numpy(dtype=np.float64) for name in ("both", "given_count", "then_count"))
    exceptions = given - both
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(exceptions > 0, given * (receipts - then) / receipts / exceptions, np.nan)
    return rules.assign(
        support=both / receipts,
        confidence=both / given,
        lift=receipts * both / (given * then),
        leverage=both / receipts - given * then / receipts**2,
        conviction=conviction,
    )
