"""What a survey says: one measure, what was found, what is needed, how good that is, and what to change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# ``unknown``: too little was seen to judge.
Verdict = Literal["ok", "unknown", "doubtful", "bad"]
WORSE: tuple[Verdict, ...] = ("ok", "unknown", "doubtful", "bad")

# A person's height on the floor: rules that are published in centimetres become body heights with it.
BODY_M = 1.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the survey.

    Attributes:
        of: What was measured: ``camera``, ``line ID`` or ``zone ID``.
        measure: The name of the measure; unique together with ``of``.
        value: The number that was judged; None where it could not be measured.
        found: It in words.
        needed: What it must reach.
        verdict: How good it is for counting.
        advice: What to change; empty where nothing has to be.
    """

    of: str
    measure: str
    value: float | None
    found: str
    needed: str
    verdict: Verdict
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where good ends and where bad begins.

    Attributes:
        ok: The last value that is good.
        doubtful: The last value that is not bad; on the other side of ``ok`` from good.
    """

    ok: float
    doubtful: float

    def grade(self, value: float) -> Verdict:
        """How good ``value`` is; more is better where ``ok`` is the larger of the two."""
        sign = 1.0 if self.ok >= self.doubtful else -1.0
        if sign * value >= sign * self.ok:
            return "ok"
        return "doubtful" if sign * value >= sign * self.doubtful else "bad"


def worst(findings: Iterable[Finding]) -> Verdict:
    """The worst verdict; ``ok`` of nothing."""
    return max((f.verdict for f in findings), key=WORSE.index, default="ok")


def nine_of_ten(values: Sequence[float]) -> float:
    """The value that about nine of ten reach: of six and more, a tenth may fall short, and at least one.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[round(len(values) / 10)]


def median(values: Sequence[float]) -> float:
    """The middle value, the lower one of two.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[(len(values) - 1) // 2]


def surely_more_than(wrong: int, everyone: int) -> float:
    """The share that is exceeded with 95 % certainty when ``wrong`` of ``everyone`` were found: 0..1.

    Raises:
        ValueError: Nobody was seen.

    Reference:
        Lower end of the one-sided score interval: Wilson, Probable inference, the law of succession, and statistical
        inference, JASA 22, 1927.
    """
    if everyone < 1:
        raise ValueError("nothing was measured")
    z2 = 1.645**2
    share = wrong / everyone
    spread = math.sqrt(share * (1 - share) / everyone * z2 + z2 * z2 / (4 * everyone * everyone))
    return max(0.0, (share + z2 / (2 * everyone) - spread) / (1 + z2 / everyone))
