"""What a comparison found: the groups, the test, how large the difference is, and how sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHA = 0.05
# Fewer than this in a group, and nothing is said of it: an interval would be wider than anybody could use.
LEAST_N = 5

Test = Literal[
    "welch", "paired", "anova", "welch_anova", "kruskal", "mann_whitney", "chi_square", "pearson", "spearman", "tukey",
    "ar1_regression",
]  # fmt: skip
Verdict = Literal["different", "not shown", "too little"]
Doubt = Literal[
    "few", "autocorrelated", "unequal spread", "not normal", "overdispersed", "small expected", "no proportion",
    "trend",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """One of the groups compared.

    Attributes:
        name: For people.
        n: Days, receipts or people in it.
        mean: Of the measure; for a proportion the share; None where the group is empty.
        spread: Standard deviation; None for a proportion or with fewer than two values.
        successes: Of ``n``, for a proportion.
    """

    name: str
    n: int
    mean: float | None
    spread: float | None = None
    successes: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one comparison.

    Attributes:
        measure: What was compared, such as ``visits``.
        question: By what, such as ``weather: rain``; names the comparison together with ``measure``.
        test: Which test.
        groups: What was compared with what; one group for a correlation.
        statistic: Of the test; None where there was too little to test.
        df: Degrees of freedom, as many as the test has.
        p: Probability of so large a statistic by chance alone.
        p_corrected: The same, corrected for all comparisons made together; equal to ``p`` for a single one.
        family: How many comparisons were corrected together.
        difference: First group less second, in the measure's unit (points of a share for proportions).
        ratio: First group / second.
        effect: Standardised size of the difference, by the name ``effect_name``.
        effect_name: ``hedges g``, ``cohen d of pairs``, ``omega squared``, ``epsilon squared``, ``cramer v``, ``r``,
            ``rho``, ``superiority`` (chance that a value of the first group is the larger).
        doubts: What the test assumes and the data do not fulfil.
        left_out: Days that were not compared because too little of them was seen.
    """

    measure: str
    question: str
    test: Test
    groups: tuple[Group, ...]
    statistic: float | None = None
    df: tuple[float, ...] = ()
    p: float | None = None
    p_corrected: float | None = None
    family: int = 1
    difference: Interval | None = None
    ratio: Interval | None = None
    effect: Interval | None = None
    effect_name: str = ""
    doubts: tuple[Doubt, ...] = ()
    left_out: int = 0

    @property
    def verdict(self) -> Verdict:
        """``different`` at 5 % after correction, else ``not shown``, which does not mean equal."""
        if self.p_corrected is None:
            return "too little"
        return "different" if self.p_corrected < ALPHA else "not shown"


def corrected(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of one family with their p-values corrected for its size.

    Findings without a p-value do not count.

    References:
        S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6 (1979).
    """
    from statsmodels.stats.multitest import multipletests

    tested = [f for f in findings if f.p is not None]
    if not tested:
        return tuple(findings)
    values = iter(multipletests([f.p for f in tested], alpha=ALPHA, method="holm")[1])
    return tuple(
        f if f.p is None else replace(f, p_corrected=float(next(values)), family=len(tested)) for f in findings
    )
