"""Samples of numbers against each other: means, ranks, and how two measures go together."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from .finding import LEAST_N, Doubt, Finding, Group, Interval, Test

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]

# Shapiro-Wilk finds harmless departures in long samples, where means are normal anyway.
_NORMAL_UP_TO = 30
# Sums of equal numbers in another order differ by no more.
_ROUNDING = 1e-12


def welch(measure: str, question: str, first: tuple[str, Floats], second: tuple[str, Floats]) -> Finding:
    """Two means by Welch's t-test, with the difference, its interval, and Hedges' g.

    Args:
        measure: What the numbers are.
        question: By what they are split.
        first: Name and values, any order; NaN are left out.
        second: The same.

    References:
        B. L. Welch, Biometrika 34 (1947). L. V. Hedges, J. Educational Statistics 6 (1981).
    """
    names, (a, b) = (first[0], second[0]), (_clean(first[1]), _clean(second[1]))
    groups = (_group(names[0], a), _group(names[1], b))
    if min(len(a), len(b)) < LEAST_N or _flat(a, b):
        return Finding(measure, question, "welch", groups, doubts=("few",))
    with warnings.catch_warnings():
        # One of the two may well be flat: twelve visits a day for a week.
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        found = scipy.stats.ttest_ind(a, b, equal_var=False)
    ends = found.confidence_interval(0.95)
    return Finding(
        measure,
        question,
        "welch",
        groups,
        statistic=float(found.statistic),
        df=(float(found.df),),
        p=float(found.pvalue),
        p_corrected=float(found.pvalue),
        difference=Interval(float(a.mean() - b.mean()), float(ends.low), float(ends.high)),
        effect=_hedges(a, b),
        effect_name="hedges g",
        doubts=_normal(a, b),
    )


def paired(measure: str, question: str, first: tuple[str, Floats], second: tuple[str, Floats]) -> Finding:
    """Two measurements of the same days or people by the paired t-test.

    Args:
        measure: What the numbers are.
        question: By what they are split.
        first: Name and (N,) values; a pair with a NaN is left out.
        second: Name and (N,) values in the same order.
    """
    kept = np.isfinite(first[1]) & np.isfinite(second[1])
    a, b = first[1][kept], second[1][kept]
    groups = (_group(first[0], a), _group(second[0], b))
    apart = a - b
    if len(a) < LEAST_N or _flat(apart):
        return Finding(measure, question, "paired", groups, doubts=("few",))
    found = scipy.stats.ttest_rel(a, b)
    ends = found.confidence_interval(0.95)
    size = float(apart.mean() / apart.std(ddof=1))
    # The interval of a standardised mean by its large-sample error (Becker 1988).
    half = float(scipy.stats.norm.ppf(0.975)) * math.sqrt(1 / len(a) + size**2 / (2 * len(a)))
    return Finding(
        measure,
        question,
        "paired",
        groups,
        statistic=float(found.statistic),
        df=(float(found.df),),
        p=float(found.pvalue),
        p_corrected=float(found.pvalue),
        difference=Interval(float(apart.mean()), float(ends.low), float(ends.high)),
        effect=Interval(size, size - half, size + half),
        effect_name="cohen d of pairs",
        doubts=_normal(apart),
    )


def anova(measure: str, question: str, groups: Mapping[str, Floats], *, equal_spread: bool = False) -> Finding:
    """Several means by one-way analysis of variance: Welch's, or the classical one.

    Args:
        measure: What the numbers are.
        question: By what they are split.
        groups: Values by name.
        equal_spread: The classical test, which takes all groups to spread alike.

    Returns:
        The effect is omega squared, the share of the spread that the groups explain; its interval is that of the
        noncentral F (Steiger, Psychological Methods 9, 2004).
    """
    from statsmodels.stats.oneway import anova_oneway, confint_effectsize_oneway

    values = {name: _clean(found) for name, found in groups.items()}
    kept = {name: v for name, v in values.items() if len(v) >= LEAST_N}
    test: Test = "anova" if equal_spread else "welch_anova"
    shown = tuple(_group(name, v) for name, v in values.items())
    # Welch's weighs every group by its own spread, so each needs some.
    if len(kept) < 2 or (_flat(*kept.values()) if equal_spread else any(_flat(v) for v in kept.values())):
        return Finding(measure, question, test, shown, doubts=("few",))
    samples = list(kept.values())
    found = anova_oneway(samples, use_var="equal" if equal_spread else "unequal", welch_correction=True)
    df = tuple(float(d) for d in found.df)
    with np.errstate(divide="ignore"):  # an interval that begins at no effect at all
        ends = confint_effectsize_oneway(float(found.statistic), df, alpha=0.05)
    total = sum(df) + 1  # the number of values; for Welch's test the number that his degrees of freedom stand for
    omega = max(0.0, df[0] * (found.statistic - 1) / (df[0] * (found.statistic - 1) + total))
    low, high = (float(end) for end in ends.eta2)
    doubts: list[Doubt] = list(_normal(*samples))
    if equal_spread and scipy.stats.levene(*samples).pvalue < 0.05:
        doubts.append("unequal spread")
    return Finding(
        measure,
        question,
        test,
        shown,
        statistic=float(found.statistic),
        df=df,
        p=float(found.pvalue),
        p_corrected=float(found.pvalue),
        effect=Interval(float(omega), min(low, float(omega)), max(high, float(omega))),
        effect_name="omega squared",
        doubts=tuple(doubts),
    )


def tukey(measure: str, question: str, groups: Mapping[str, Floats]) -> tuple[Finding, ...]:
    """Every pair of several groups by Tukey's honest difference; the p-values are corrected for all pairs.

    Args:
        measure: What the numbers are.
        question: By what they are split.
        groups: Values by name, at least two groups of at least ``LEAST_N``.
    """
    kept = {name: _clean(v) for name, v in groups.items() if len(_clean(v)) >= LEAST_N}
    if len(kept) < 2 or _flat(*kept.values()):
        return ()
    names, samples = list(kept), list(kept.values())
    found = scipy.stats.tukey_hsd(*samples)
    ends = found.confidence_interval(0.95)
    apart, chance = np.asarray(found.statistic), np.asarray(found.pvalue)
    low, high = np.asarray(ends.low), np.asarray(ends.high)
    pairs = [(i, j) for i in range(len(names)) for j in range(i)]
    return tuple(
        Finding(
            measure,
            question,
            "tukey",
            (_group(names[i], samples[i]), _group(names[j], samples[j])),
            statistic=float(apart[i, j]),
            p=float(chance[i, j]),
            p_corrected=float(chance[i, j]),
            family=len(pairs),
            difference=Interval(float(apart[i, j]), float(low[i, j]), float(high[i, j])),
            effect=None if _flat(samples[i], samples[j]) else _hedges(samples[i], samples[j]),
            effect_name="hedges g",
        )
        for i, j in pairs
    )


def kruskal(measure: str, question: str, groups: Mapping[str, Floats]) -> Finding:
    """Several groups by the ranks of their values (Kruskal-Wallis): for dwell and other skewed measures.

    The effect is epsilon squared, H / (n - 1); its interval takes H to be a noncentral chi-square.
    """
    values = {name: _clean(found) for name, found in groups.items()}
    kept = [v for v in values.values() if len(v) >= LEAST_N]
    shown = tuple(_group(name, v) for name, v in values.items())
    if len(kept) < 2 or len(np.unique(np.concatenate(kept))) < 2:
        return Finding(measure, question, "kruskal", shown, doubts=("few",))
    found = scipy.stats.kruskal(*kept)
    total, df = sum(len(v) for v in kept), len(kept) - 1
    low, high = noncentral(float(found.statistic), df)
    size = float(found.statistic) / (total - 1)
    return Finding(
        measure,
        question,
        "kruskal",
        shown,
        statistic=float(found.statistic),
        df=(float(df),),
        p=float(found.pvalue),
        p_corrected=float(found.pvalue),
        effect=Interval(size, min(low / (total - 1), size), min(1.0, max(high / (total - 1), size))),
        effect_name="epsilon squared",
    )


def mann_whitney(measure: str, question: str, first: tuple[str, Floats], second: tuple[str, Floats]) -> Finding:
    """Two groups by ranks (Mann-Whitney); the effect is the chance that a value of the first is the larger.

    Its interval is Brunner and Munzel's, which needs no equal spread (Biometrical J. 42, 2000).
    """
    from statsmodels.stats.nonparametric import rank_compare_2indep

    a, b = _clean(first[1]), _clean(second[1])
    groups = (_group(first[0], a), _group(second[0], b))
    if min(len(a), len(b)) < LEAST_N or _flat(a, b):
        return Finding(measure, question, "mann_whitney", groups, doubts=("few",))
    found = scipy.stats.mannwhitneyu(a, b, alternative="two-sided")
    with np.errstate(divide="ignore", invalid="ignore"):  # where all of one lie above all of the other
        ranks = rank_compare_2indep(a, b)
        low, high = ranks.conf_int(alpha=0.05)
    return Finding(
        measure,
        question,
        "mann_whitney",
        groups,
        statistic=float(found.statistic),
        p=float(found.pvalue),
        p_corrected=float(found.pvalue),
        effect=Interval(float(ranks.prob1), max(0.0, float(low)), min(1.0, float(high))),
        effect_name="superiority",
    )


def correlation(measure: str, question: str, x: Floats, y: Floats, *, ranks: bool = False) -> Finding:
    """How two measures of the same days go together: Pearson, or Spearman by ranks.

    Args:
        measure: What ``y`` is.
        question: What ``x`` is.
        x: (N,) values; a pair with a NaN is left out.
        y: (N,) values.
        ranks: Spearman's; its interval by Fisher's z with the error of Bonett and Wright (Psychometrika 65, 2000).
    """
    kept = np.isfinite(x) & np.isfinite(y)
    a, b = x[kept], y[kept]
    test: Test = "spearman" if ranks else "pearson"
    groups = (_group(question, a), _group(measure, b))
    if len(a) < 2 * LEAST_N or _flat(a) or _flat(b):
        return Finding(measure, question, test, groups, doubts=("few",))
    if ranks:
        ranked = scipy.stats.spearmanr(a, b)
        size, p = float(ranked.statistic), float(ranked.pvalue)
        half = float(scipy.stats.norm.ppf(0.975)) * math.sqrt((1 + size**2 / 2) / (len(a) - 3))
        middle = math.atanh(min(max(size, -1 + 1e-12), 1 - 1e-12))
        low, high = math.tanh(middle - half), math.tanh(middle + half)
    else:
        found = scipy.stats.pearsonr(a, b)
        ends = found.confidence_interval(0.95)
        size, low, high, p = float(found.statistic), float(ends.low), float(ends.high), float(found.pvalue)
    return Finding(
        measure,
        question,
        test,
        groups,
        statistic=size,
        df=(float(len(a) - 2),),
        p=p,
        p_corrected=p,
        effect=Interval(size, low, high),
        effect_name="rho" if ranks else "r",
    )


def noncentral(statistic: float, df: int) -> tuple[float, float]:
    """The 95 % interval of the noncentrality behind a chi-square statistic, by turning its distribution round."""
    return tuple(_noncentrality(statistic, df, at) for at in (0.975, 0.025))  # type: ignore[return-value]


def _noncentrality(statistic: float, df: int, at: float) -> float:
    def off(centre: float) -> float:
        # At 0 the noncentral distribution is the plain one, which its own formula does not reach.
        return float(
            (scipy.stats.chi2.cdf(statistic, df) if centre <= 0 else scipy.stats.ncx2.cdf(statistic, df, centre)) - at
        )

    if off(0.0) <= 0:
        return 0.0
    top = statistic + 20.0 * math.sqrt(statistic + df) + 20.0
    return float(scipy.optimize.brentq(off, 0.0, top))


def _clean(values: Floats) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    return np.asarray(found[np.isfinite(found)])


def _flat(*samples: Floats) -> bool:
    """No spread within any of the samples beyond rounding: there is nothing to measure a difference by."""
    return all(len(v) == 0 or float(np.ptp(v)) <= _ROUNDING * float(np.abs(v).max()) for v in samples)


def _group(name: str, values: Floats) -> Group:
    mean = float(values.mean()) if len(values) else None
    return Group(name, len(values), mean, float(values.std(ddof=1)) if len(values) > 1 else None)


def _hedges(a: Floats, b: Floats) -> Interval:
    from statsmodels.stats.meta_analysis import effectsize_smd

    spread = [float(v.std(ddof=1)) for v in (a, b)]
    size, variance = effectsize_smd(float(a.mean()), spread[0], len(a), float(b.mean()), spread[1], len(b))
    half = float(scipy.stats.norm.ppf(0.975)) * math.sqrt(float(variance))
    return Interval(float(size), float(size) - half, float(size) + half)


def _normal(*samples: Floats) -> tuple[Doubt, ...]:
    short = [v for v in samples if len(v) < _NORMAL_UP_TO and not _flat(v)]
    return ("not normal",) if any(scipy.stats.shapiro(v).pvalue < 0.01 for v in short) else ()
