"""Pairs that only meet because a third item draws both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .itemsets import count_sets

if TYPE_CHECKING:
    import pandas as pd

    from .itemsets import Items
    from .matrix import Baskets

# From this share on of what two items have beyond chance, a third one is named as the reason.
EXPLAINS = 0.8
# So many third items are tried for a pair: those most strongly tied to both.
_TRIED = 5


def explained(pairs: pd.DataFrame, baskets: Baskets) -> list[int | None]:
    """For each pair the third item that explains it, if there is one.

    Laces and shoe trees, each bought with shoes, meet on receipts although neither draws the other. Receipts with and
    without the third item are looked at apart: if within them the two meet about as often as chance would have it,
    the third is the reason. It must be tied to both more strongly than they are to each other, so that of three items
    in a chain only the outer two are explained.

    Args:
        pairs: ``items`` and ``lift`` of significant pairs, one row for each.
        baskets: Where they were found.

    Returns:
        (pairs,) columns of the third items.

    Reference:
        Mantel, Haenszel: Statistical aspects of the analysis of data from retrospective studies of disease, 1959
        (the expectation summed over strata).
    """
    ties: dict[int, dict[int, float]] = {}
    for (a, b), lift in zip(pairs["items"], pairs["lift"], strict=True):
        ties.setdefault(a, {})[b] = lift
        ties.setdefault(b, {})[a] = lift
    asked: list[tuple[int, Items, int]] = []
    for row, ((a, b), lift) in enumerate(zip(pairs["items"], pairs["lift"], strict=True)):
        strength = {c: min(ties[a][c], ties[b][c]) for c in ties[a].keys() & ties[b].keys()}
        better = sorted((-s, c) for c, s in strength.items() if s > lift)[:_TRIED]
        asked += [(row, (a, b), c) for _, c in better]
    found: list[int | None] = [None] * len(pairs)
    most = [EXPLAINS] * len(pairs)
    for (row, _, third), share in zip(asked, _shares(asked, baskets), strict=True):
        if share >= most[row]:
            found[row], most[row] = third, share
    return found


def _shares(asked: list[tuple[int, Items, int]], baskets: Baskets) -> list[float]:
    """Of the receipts that a pair has beyond chance, the share that a third item explains."""
    wanted: dict[Items, int] = {}
    for _, (a, b), c in asked:
        for items in ((a,), (b,), (c,), (a, b), (a, c), (b, c), (a, b, c)):
            wanted[tuple(sorted(items))] = 0
    names = list(wanted)
    wanted = dict(zip(names, count_sets(baskets, names).tolist(), strict=True))
    shares = []
    for _, (a, b), c in asked:
        n, na, nb, nc = baskets.many, wanted[(a,)], wanted[(b,)], wanted[(c,)]
        both = wanted[tuple(sorted((a, b)))]
        ac, bc = wanted[tuple(sorted((a, c)))], wanted[tuple(sorted((b, c)))]
        within = ac * bc / nc + ((na - ac) * (nb - bc) / (n - nc) if n > nc else 0.0)
        plain = na * nb / n
        shares.append(float(np.clip((within - plain) / (both - plain), 0.0, None)) if both > plain else 0.0)
    return shares
