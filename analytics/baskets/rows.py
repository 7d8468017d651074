"""What was found, as rows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import BASKET_RULES, BASKET_SETS, check, empty
from ..metrics import wilson

if TYPE_CHECKING:
    from datetime import date

    from .itemsets import ItemSets
    from .matrix import Baskets

_SETS = 200


def rule_rows(found: pd.DataFrame, baskets: Baskets, level: str, as_of: date) -> pd.DataFrame:
    """``frames.BASKET_RULES`` of rules that were measured, tested and put in order."""
    if found.empty:
        return empty(BASKET_RULES)
    names = np.array(baskets.items, dtype=object)
    between = [
        wilson(int(both), int(of)) or (0.0, 1.0) for both, of in zip(found["both"], found["given_count"], strict=True)
    ]
    given = [[names[i] for i in one] for one in found["given"]]
    rows = pd.DataFrame(
        {
            "level": level,
            "rank": range(1, len(found) + 1),
            "as_of": pd.Timestamp(as_of),
            "given": pd.Series([one[0] for one in given], dtype="str"),
            "given_2": pd.Series([one[1] if len(one) > 1 else None for one in given], dtype="str"),
            "given_3": pd.Series([one[2] if len(one) > 2 else None for one in given], dtype="str"),
            "bought": pd.Series(names[found["then"].to_numpy()], dtype="str"),
            "receipts": baskets.many,
            "given_receipts": found["given_count"],
            "bought_receipts": found["then_count"],
            "both_receipts": found["both"],
            "confidence_low": [low for low, _ in between],
            "confidence_high": [high for _, high in between],
            "p_value": found["p"],
            "explained_by": pd.Series([None if pd.isna(c) else names[int(c)] for c in found["reason"]], dtype="str"),
        }
    )
    same = ("support", "confidence", "lift", "lift_low", "lift_high", "leverage", "conviction", "lately", "late_lift")
    return check(rows.assign(**{name: found[name].to_numpy() for name in same}), BASKET_RULES)


def set_rows(sets: ItemSets, baskets: Baskets, level: str, as_of: date) -> pd.DataFrame:
    """``frames.BASKET_SETS``: the most frequent item sets of each size."""
    rows = []
    for size in sorted({len(items) for items in sets.counts}):
        often = sorted(sets.of_size(size), key=lambda items: (-sets.counts[items], items))[:_SETS]
        for rank, items in enumerate(often, start=1):
            names = [baskets.items[i] for i in items] + [None] * (4 - size)
            count = sets.counts[items]
            rows.append((level, size, rank, pd.Timestamp(as_of), *names, count, count / sets.receipts))
    return check(pd.DataFrame(rows, columns=BASKET_SETS.names), BASKET_SETS)


def one_way(rules: pd.DataFrame) -> pd.DataFrame:
    """Of the rules of the same items, the one that is followed most often.

    Args:
        rules: ``frames.BASKET_RULES``.

    Returns:
        Some of the rows, in their order.
    """
    columns = ["level", "given", "given_2", "given_3", "bought"]
    rows = rules[columns].astype(object).where(rules[columns].notna(), None)
    same = pd.Series(
        [(row[0], frozenset(row[1:])) for row in rows.to_numpy().tolist()], index=rules.index, dtype=object
    )
    best = rules.sort_values(["confidence", "rank"], ascending=[False, True], kind="stable")
    first = best.index[~same.loc[best.index].duplicated()]
    return rules.loc[rules.index.isin(first)]
