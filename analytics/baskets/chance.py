"""What chance alone would do: exact tests of rules, held against everything that was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from .itemsets import Items, ItemSets

Z95 = 1.959964


def chances(rules: pd.DataFrame, sets: ItemSets) -> NDArray[np.float64]:
    """The chance of seeing so many receipts with all of a rule if its weakest part added nothing.

    A pair is tested by Fisher's exact test, one-sided. A longer rule must beat each rule that lacks one item before
    its arrow: among the receipts with the others, the item must make the consequent more frequent. The largest of
    these chances is the rule's, so that a rule that only repeats a shorter one does not pass.

    Args:
        rules: Of ``rules_of``.
        sets: They are made of.

    Returns:
        (rules,) p-values.

    Reference:
        Webb: Discovering significant patterns, 2007 (productive rules).
    """
    both, given = rules["both"].to_numpy(), rules["given_count"].to_numpy()
    worst = np.zeros(len(rules))
    for size in sorted({len(one) for one in rules["given"]}):
        mine = np.flatnonzero([len(one) == size for one in rules["given"]])
        for leave in range(size):
            of, drawn = _without(rules.iloc[mine], sets, leave)
            p = scipy.stats.hypergeom.sf(both[mine] - 1, of, drawn, given[mine])
            worst[mine] = np.maximum(worst[mine], p)
    return worst


def _without(rules: pd.DataFrame, sets: ItemSets, leave: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Receipts with the rest of what stands before the arrow, and those of them with the consequent."""
    of, drawn = [], []
    for given, then in zip(rules["given"], rules["then"], strict=True):
        rest: Items = given[:leave] + given[leave + 1 :]
        of.append(sets.counts[rest] if rest else sets.receipts)
        drawn.append(sets.counts[tuple(sorted((*rest, int(then))))])
    return np.array(of, dtype=np.int64), np.array(drawn, dtype=np.int64)


def adjusted(rules: pd.DataFrame, sets: ItemSets, p: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """P-values after Holm's correction for every rule that might have been found, not only those that were.

    Which sets are frequent depends on the same counts that are tested. So all pairs of frequent items are counted as
    tested, and for longer rules every frequent set before the arrow with every frequent item behind it; the error is
    shared equally among the lengths. A pair is one test, whichever way its arrow points.

    Args:
        rules: Of ``rules_of``.
        sets: They are made of.
        p: Of ``chances``.
        longest: The largest item set that was looked for, at least 2.

    Returns:
        (rules,) the least family-wise error at which each would be shown, at most 1.

    Reference:
        Holm: A simple sequentially rejective multiple test procedure, 1979; Webb: Layered critical values, 2008.
    """
    found = np.ones(len(rules))
    sizes = np.array([len(items) for items in rules["items"]], dtype=np.int64)
    layers = longest - 1
    for size in sorted(set(sizes.tolist())):
        mine = np.flatnonzero(sizes == size)
        tested = _tested(sets, size)
        names = rules["items"].iloc[mine] if size == 2 else rules.index[mine]
        first = ~names.duplicated()
        place = {name: n for n, name in enumerate(names[first])}
        values = np.minimum(layers * _holm(p[mine][np.asarray(first)], tested), 1.0)
        found[mine] = values[[place[name] for name in names]]
    return found


def _tested(sets: ItemSets, size: int) -> int:
    """How many rules of a size might have been found."""
    items = len(sets.of_size(1))
    if size == 2:
        return items * (items - 1) // 2
    return len(sets.of_size(size - 1)) * (items - size + 1)


def _holm(p: NDArray[np.float64], tested: int) -> NDArray[np.float64]:
    """Holm's step-down; tests that are not among ``p`` stand behind them."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (tested - np.arange(len(p))))
    back = np.empty(len(p))
    back[order] = stepped
    return back


def lift_interval(rules: pd.DataFrame, receipts: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A 95 % interval of each lift.

    By the delta method on its logarithm under multinomial sampling: with x, y and xy the shares of receipts with what
    stands before and behind the arrow, and with both, n var(log lift) = 1/xy - 1/x - 1/y - 1 + 2 lift.

    Args:
        rules: Of ``measured``.
        receipts: In all.
    """
    lift = rules["lift"].to_numpy(dtype=np.float64)
    parts = [receipts / rules[name].to_numpy(dtype=np.float64) for name in ("both", "given_count", "then_count")]
    spread = np.sqrt(np.maximum(parts[0] - parts[1] - parts[2] - 1 + 2 * lift, 0.0) / receipts)
    return lift * np.exp(-Z95 * spread), lift * np.exp(Z95 * spread)
