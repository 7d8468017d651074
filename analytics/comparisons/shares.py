"""Proportions against each other: conversion, return rate, capture rate.

People of one day resemble one another: an open door, a broken till, one good seller move them all. Where days are known
the spread between them therefore widens every interval, by the factor that quasi-binomial models use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from .finding import LEAST_N, Doubt, Finding, Group, Interval
from .samples import noncentral

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints = NDArray[np.int64]

# Spread between days above this many times that of chance is named.
OVERDISPERSED = 1.5
_LEAST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """A group of a proportion.

    Attributes:
        name: For people.
        successes: (days,) such as receipts; one entry where days are not known.
        trials: (days,) such as visits; not fewer than the successes.
    """

    name: str
    successes: Ints
    trials: Ints

    @property
    def whole(self) -> tuple[int, int]:
        """Successes and trials of all days together."""
        return int(self.successes.sum()), int(self.trials.sum())


def shares(measure: str, question: str, groups: Sequence[Shares]) -> Finding:
    """Two or more proportions by the chi-square test.

    The statistic is divided by the spread between the days of a group over that of chance, where that is larger than 1,
    and then compared with an F (McCullagh and Nelder 1989, 4.5). For two groups: the difference in points by Newcombe's
    interval (Statistics in Medicine 17, 1998, method 10) and the ratio by the log-normal one, both widened alike.

    Args:
        measure: Which proportion.
        question: By what it is split.
        groups: At least two; empty ones are shown and not tested.

    Returns:
        The effect is Cramer's V with the interval of the noncentral chi-square.
    """
    shown = tuple(Group(g.name, n, s / n if n else None, successes=s) for g in groups for s, n in [g.whole])
    kept = [g for g in groups if g.whole[1] >= LEAST_N]
    doubts: list[Doubt] = []
    if any(s > n for g in kept for s, n in [g.whole]):
        # More buyers than visitors is a fault of counting, and no proportion.
        return Finding(measure, question, "chi_square", shown, doubts=("no proportion",))
    table = np.array([[s, n - s] for g in kept for s, n in [g.whole]], dtype=np.int64)
    if len(kept) < 2 or (table.sum(axis=0) == 0).any():
        return Finding(measure, question, "chi_square", shown, doubts=("few",))
    expected = scipy.stats.contingency.expected_freq(table)
    if (expected < _LEAST_EXPECTED).any():
        doubts.append("small expected")
    plain = float(scipy.stats.chi2_contingency(table, correction=False).statistic)
    factor, within = _dispersion(kept)
    if factor > OVERDISPERSED:
        doubts.append("overdispersed")
    df, total = len(kept) - 1, int(table.sum())
    statistic = plain / factor
    p = float(scipy.stats.f.sf(statistic / df, df, within) if factor > 1 else scipy.stats.chi2.sf(statistic, df))
    low, high = noncentral(statistic, df)
    size = math.sqrt(statistic / total)  # of a table with two columns
    difference, ratio = _pair(kept, math.sqrt(factor)) if len(groups) == 2 else (None, None)
    return Finding(
        measure,
        question,
        "chi_square",
        shown,
        statistic=statistic,
        df=(float(df), float(within)) if factor > 1 else (float(df),),
        p=p,
        p_corrected=p,
        difference=difference,
        ratio=ratio,
        effect=Interval(size, min(size, math.sqrt(low / total)), max(size, math.sqrt(high / total))),
        effect_name="cramer v",
        doubts=tuple(doubts),
    )


def _dispersion(groups: Sequence[Shares]) -> tuple[float, int]:
    """Pearson's chi-square within the groups over its degrees of freedom, at least 1; and those degrees."""
    chi, df = 0.0, 0
    for group in groups:
        successes, trials = group.whole
        share = successes / trials
        known = group.trials > 0
        if known.sum() < 2 or share in (0.0, 1.0):
            continue
        apart = group.successes[known] - share * group.trials[known]
        chi += float((apart**2 / (group.trials[known] * share * (1 - share))).sum())
        df += int(known.sum()) - 1
    # From a handful of days the spread between days cannot be told.
    return (max(1.0, chi / df), df) if df >= 2 * LEAST_N else (1.0, df)


def _pair(groups: Sequence[Shares], wider: float) -> tuple[Interval, Interval | None]:
    from statsmodels.stats.proportion import confint_proportions_2indep

    (s1, n1), (s2, n2) = groups[0].whole, groups[1].whole
    a, b = s1 / n1, s2 / n2
    low, high = confint_proportions_2indep(s1, n1, s2, n2, compare="diff", method="newcomb", alpha=0.05)
    difference = Interval(a - b, a - b - wider * (a - b - float(low)), a - b + wider * (float(high) - (a - b)))
    if not s1 or not s2:
        return difference, None
    half = wider * float(scipy.stats.norm.ppf(0.975)) * math.sqrt(1 / s1 - 1 / n1 + 1 / s2 - 1 / n2)
    return difference, Interval(a / b, a / b * math.exp(-half), a / b * math.exp(half))
