"""Findings in sentences: how large, how sure, from how much; never "significant" without a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..money import DECIMALS
from .finding import ALPHA
from .phrases import PHRASES, Phrases

if TYPE_CHECKING:
    from collections.abc import Callable

    from .finding import Finding, Group, Interval

Language = Literal["en", "zh"]
_OF_SHARES = ("conversion", "return_rate")
_OF_MONEY = ("net_sales", "sales_per_visitor", "atv", "aur")
# From this many whole units on, the decimals of an amount only make it harder to read.
_ROUND_FROM = 1000


def sentence(finding: Finding, language: Language = "en", currency: str = "") -> str:
    """The finding as a store manager reads it: what, by how much, between which bounds, from how many days.

    Args:
        finding: Any.
        language: Of the sentence.
        currency: Of the store, for amounts; without it they are taken as hundredths of a unit that is not named.

    Returns:
        One to three sentences. "Not shown" gives the bounds that the data leave open, because it does not mean equal.
    """
    say = PHRASES[language]
    parts = [_body(finding, say, currency)]
    parts += [say.doubts[d] for d in finding.doubts if d in say.doubts and finding.verdict != "too little"]
    if finding.left_out:
        parts.append(say.left_out.format(n=finding.left_out))
    text = say.join.join(parts)
    return text[:1].upper() + text[1:]


def question(finding: Finding, language: Language = "en") -> str:
    """What was asked, as a heading: measure and by what."""
    say = PHRASES[language]
    return say.heading.format(measure=say.measure(finding.measure), by=_by(finding, say))


def name_of_test(finding: Finding, language: Language = "en") -> str:
    """The name of the test."""
    return PHRASES[language].tests[finding.test]


def effect_words(finding: Finding, language: Language = "en") -> str:
    """The standardised size with its interval; empty where there is none."""
    if finding.effect is None:
        return ""
    name = PHRASES[language].effects[finding.effect_name]
    return f"{name} {finding.effect.value:.2f} ({finding.effect.low:.2f} … {finding.effect.high:.2f})"


def _by(finding: Finding, say: Phrases) -> str:
    if finding.question in say.questions:
        return say.questions[finding.question]
    return say.name(finding.question)


def _body(finding: Finding, say: Phrases, currency: str) -> str:
    measure = say.measure(finding.measure)
    if "no proportion" in finding.doubts:
        return say.no_proportion.format(measure=measure, by=_by(finding, say))
    if finding.verdict == "too little":
        sizes = say.comma.join(f"{say.name(g.name)}: {g.n}" for g in finding.groups)
        return say.too_little.format(measure=measure, by=_by(finding, say), sizes=sizes)
    if finding.test in ("pearson", "spearman"):
        return _correlation(finding, say, measure)
    if finding.ratio is not None and finding.test == "ar1_regression":
        return _pair(finding, say, _percent(finding.ratio.value, say), _ratio_bounds(finding.ratio, say))
    if finding.difference is not None:
        return _pair(finding, say, *_difference_words(finding, say, currency))
    return _several(finding, say, measure, currency)


def _pair(finding: Finding, say: Phrases, size: str, bounds: str) -> str:
    first, second = finding.groups[:2]
    template = say.differs if finding.verdict == "different" else say.not_shown
    if finding.verdict == "not shown" and finding.p is not None and finding.p < ALPHA:
        # The bounds are those of one comparison: they leave no room for nothing, the correction for many does.
        template = say.one_of_many
    return template.format(
        measure=say.measure(finding.measure),
        first=say.name(first.name),
        second=say.name(second.name),
        size=size,
        bounds=bounds,
        sizes=_sizes(finding, say),
        p=_p(finding, say),
    )


def _sizes(finding: Finding, say: Phrases) -> str:
    unit = say.cases if finding.measure in _OF_SHARES and finding.test == "chi_square" else say.days
    return say.and_.join(f"{g.n:,}" for g in finding.groups[:2]) + unit


def _percent(ratio: float, say: Phrases) -> str:
    change = 100 * (ratio - 1)
    return say.same if abs(change) < 0.05 else _signed(change, f"{abs(change):.1f}{say.percent}", say)


def _ratio_bounds(ratio: Interval, say: Phrases) -> str:
    low, high = 100 * (ratio.low - 1), 100 * (ratio.high - 1)
    return _bounds(low, high, lambda change: f"{change:.1f}", say.percent, say)


def _difference_words(finding: Finding, say: Phrases, currency: str) -> tuple[str, str]:
    gap = finding.difference
    if gap is None:
        return "", ""
    if all(g.successes is not None for g in finding.groups):
        points = say.points
        size = _signed(gap.value, f"{100 * abs(gap.value):.1f}{points}", say)
        return size, _bounds(gap.low, gap.high, lambda share: f"{100 * share:.1f}", points, say)

    unit = _unit(finding, currency)
    size = _signed(gap.value, _amount(abs(gap.value), finding, currency) + unit, say)
    return size, _bounds(gap.low, gap.high, lambda value: _amount(value, finding, currency), unit, say)


def _amount(value: float, finding: Finding, currency: str) -> str:
    """Money is in minor units, by each currency's own decimals."""
    if finding.measure not in _OF_MONEY:
        return f"{value:,.1f}"
    decimals = DECIMALS.get(currency, 2)
    whole = value / 10**decimals
    return f"{whole:,.{0 if abs(whole) >= _ROUND_FROM else decimals}f}"


def _unit(finding: Finding, currency: str) -> str:
    return f" {currency}" if currency and finding.measure in _OF_MONEY else ""


def _bounds(low: float, high: float, text: Callable[[float], str], unit: str, say: Phrases) -> str:
    """``5.0 to 18.0 % lower``, or ``3.0 % lower to 9.0 % higher`` where the ends lie on both sides of nothing."""
    if low * high > 0:
        near, far = sorted((abs(low), abs(high)))
        return _signed(low, say.to.format(low=text(near), high=text(far) + unit), say)
    ends = (_signed(end, text(abs(end)) + unit, say) for end in (low, high))
    return say.across.format(low=next(ends), high=next(ends))


def _signed(value: float, text: str, say: Phrases) -> str:
    return (say.more if value >= 0 else say.less).format(x=text)


def _correlation(finding: Finding, say: Phrases, measure: str) -> str:
    effect = finding.effect
    if effect is None:
        return ""
    template = say.not_together if finding.verdict != "different" else say.rises if effect.value > 0 else say.falls
    return template.format(
        measure=measure,
        with_=_with(finding, say),
        name=say.effects[finding.effect_name],
        size=f"{effect.value:.2f}",
        bounds=say.to.format(low=f"{effect.low:.2f}", high=f"{effect.high:.2f}"),
        n=finding.groups[0].n,
        p=_p(finding, say),
    )


def _with(finding: Finding, say: Phrases) -> str:
    return say.questions.get(finding.question) or say.measure(finding.question)


def _several(finding: Finding, say: Phrases, measure: str, currency: str) -> str:
    effect = finding.effect
    groups = [g for g in finding.groups if g.mean is not None]
    ordered = sorted(groups, key=lambda g: g.mean or 0.0)
    template = say.groups_differ if finding.verdict == "different" else say.groups_not_shown
    return template.format(
        measure=measure,
        by=_by(finding, say),
        least=_of(ordered[0], finding, say, currency),
        most=_of(ordered[-1], finding, say, currency),
        effect="" if effect is None else f"{say.effects[finding.effect_name]} {effect.value:.2f}",
        bounds="" if effect is None else say.to.format(low=f"{effect.low:.2f}", high=f"{effect.high:.2f}"),
        p=_p(finding, say),
    )


def _of(group: Group, finding: Finding, say: Phrases, currency: str) -> str:
    mean = group.mean or 0.0
    if group.successes is not None:
        text = f"{100 * mean:.1f}{say.percent}"
    else:
        text = _amount(mean, finding, currency) + _unit(finding, currency)
    return f"{say.name(group.name)} {text}"


def _p(finding: Finding, say: Phrases) -> str:
    p = finding.p_corrected
    if p is None:
        return ""
    text = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    return text + (say.after.format(n=finding.family) if finding.family > 1 else "")
