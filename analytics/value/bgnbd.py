"""BG/NBD: how often members buy while they are customers, and when they stop without telling anyone.

The story and the likelihood are those of P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting Your Customers' the
Easy Way: An Alternative to the Pareto/NBD Model", Marketing Science 24 (2005): purchases are a Poisson process whose
rate is Gamma(r, alpha) over members; after each repeat purchase the customer leaves for good with a probability
that is Beta(a, b) over members.

A member may have joined before the first day of the data. Then only what came after a time ``before`` is seen, and
whether they were still a customer by then is not. Somebody of rate l and probability p is, with exp(-l p before):
integrating the same likelihood with this factor gives a Gauss hypergeometric function in the place of 1, and with
``before`` = 0 what the paper prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, hyp2f1, psi

from .fitting import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .fitting import Fitted

    Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")
MOST_BEFORE = 1_500
_SLOPE_STEP = 1e-5
_NEAR_ONE = 1e-6
_NOTHING = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What is known of members, in weeks; arrays of one length (n,), float64.

    Attributes:
        x: Repeat purchases that were seen.
        t_x: When the last of them was, after the begin; 0 without one.
        age: From the begin, which is the first purchase or the first day of the data, to the day of asking.
        before: Time as a customer before the first day of the data; 0: the first purchase was seen.
    """

    x: Floats
    t_x: Floats
    age: Floats
    before: Floats

    def __len__(self) -> int:
        """Members."""
        return len(self.x)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Histories:
        """Some of them."""
        return Histories(self.x[which], self.t_x[which], self.age[which], self.before[which])

    def grouped(self) -> tuple[Histories, NDArray[np.int64], NDArray[np.int64]]:
        """Those that differ, whom of them each member equals, and how many each stands for."""
        rows = np.column_stack([self.x, self.t_x, self.age, self.before])
        order = np.lexsort(rows.T[::-1])
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (rows[order][1:] != rows[order][:-1]).any(axis=1)
        group = np.empty(len(rows), dtype=np.int64)
        group[order] = np.cumsum(new) - 1
        return self.take(order[new]), group, np.bincount(group).astype(np.int64)


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The parameters; ``alpha`` in weeks."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is believed of members after what was seen of them; arrays (n,).

    Attributes:
        alive: Probability that they still are customers.
        shape: Of their rate while they are, Gamma.
        pace: Of the same, weeks.
        leaves: First parameter of their probability to leave, Beta.
        stays: Second.
    """

    alive: Floats
    shape: Floats
    pace: Floats
    leaves: Floats
    stays: Floats


def fit(seen: Histories) -> Fitted:
    """The parameters under which what was seen is most likely.

    Args:
        seen: At least one.

    Returns:
        Logarithms in the order of ``NAMES``. Equal rows are counted once, so 50,000 members take about a second; those
        from before the data have no slope in closed form and cost about ten times as much each.
    """
    rows, _, many = seen.grouped()
    fresh = rows.before == 0.0
    # Those from before are many more rows than pin the parameters down: every so manieth stands for them.
    old = np.flatnonzero(~fresh)
    old = old[:: max(-(-len(old) // MOST_BEFORE), 1)]
    ours, theirs = rows.take(fresh), rows.take(old)
    n_ours, n_theirs = many[fresh].astype(np.float64), many[old].astype(np.float64)

    def slope(logs: Floats) -> tuple[float, Floats]:
        height, rise = _slope(np.exp(logs), ours, n_ours) if len(ours) else (0.0, np.zeros(4))
        if len(theirs):
            height += float(n_theirs @ likelihood(BgNbd(*np.exp(logs)), theirs))
            for place in range(4):
                step = np.zeros(4)
                step[place] = _SLOPE_STEP
                up, down = (likelihood(BgNbd(*np.exp(logs + s * step)), theirs) for s in (1, -1))
                rise[place] += float(n_theirs @ (up - down)) / (2 * _SLOPE_STEP)
        return height, rise

    # One purchase in the usual time between two, and one in four leaves after each.
    usual = float((seen.age.sum() + 1.0) / (seen.x.sum() + 1.0))
    start = np.log([1.0, min(max(usual, 0.1), 100.0), 1.0, 3.0])
    return maximise(slope, start, float(len(seen)), exact=not len(theirs))


def likelihood(model: BgNbd, seen: Histories) -> Floats:
    """The log-likelihood of every member, (n,): equation 6 of the paper, times having stayed ``before``."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x = seen.x
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = common + _betaln(a, b + x) - _betaln(a, b) - (r + x) * np.log(alpha + seen.age)
    stayed = stayed + np.log(_gauss(r + x, a, a + b + x, seen.before / (alpha + seen.age)))
    again = np.maximum(x, 1.0)
    left = common + _betaln(a + 1, b + again - 1) - _betaln(a, b) - (r + x) * np.log(alpha + seen.t_x)
    left = left + np.log(_gauss(r + x, a + 1, a + b + again, seen.before / (alpha + seen.t_x)))
    gone = np.maximum(1.0 - _gauss(np.full(len(x), r), a, a + b, seen.before / alpha), 0.0)
    with np.errstate(divide="ignore"):
        left = np.where(x > 0, left, np.log(gone))
    found: Floats = np.logaddexp(stayed, left)
    return found


def posterior(model: BgNbd, seen: Histories) -> Posterior:
    """What is believed of members.

    Of those whose first purchase was seen, rate and probability to leave are independent and exactly Gamma and Beta, as
    long as they are customers. Of those from before the data they are not quite: the Gamma and the Beta with their
    means and variances stand for them.

    Args:
        model: The parameters.
        seen: Their histories.
    """
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x = seen.x
    stayed = np.log(_gauss(r + x, a, a + b + x, seen.before / (alpha + seen.age))) - (r + x) * np.log(alpha + seen.age)
    stayed = stayed + gammaln(r + x) + r * np.log(alpha) + _betaln(a, b + x) - gammaln(r) - _betaln(a, b)
    alive = np.exp(np.minimum(stayed - likelihood(model, seen), 0.0))
    shape, pace = r + x, alpha + seen.age
    leaves, stays = np.full(len(x), a), b + x
    old = seen.before > 0
    if old.any():
        s, base = shape[old], pace[old]
        total, z = leaves[old] + stays[old], seen.before[old] / base
        whole = _gauss(s, a, total, z)
        p1 = a / total * _gauss(s, a + 1, total + 1, z) / whole
        p2 = a * (a + 1) / (total * (total + 1)) * _gauss(s, a + 2, total + 2, z) / whole
        l1 = s / base * _gauss(s + 1, a, total, z) / whole
        l2 = s * (s + 1) / base**2 * _gauss(s + 2, a, total, z) / whole
        like = np.maximum(p1 * (1 - p1) / np.maximum(p2 - p1**2, 1e-300) - 1, 1e-6)
        leaves[old], stays[old] = p1 * like, (1 - p1) * like
        pace[old] = l1 / np.maximum(l2 - l1**2, 1e-300)
        shape[old] = l1 * pace[old]
    return Posterior(alive, shape, pace, leaves, stays)


def expected(model: BgNbd, seen: Histories, weeks: float) -> Floats:
    """Purchases of each member in so many coming weeks, (n,): equation 10 of the paper.

    Pfaff's transformation of the hypergeometric function takes the large powers out of it, so that it neither
    overflows nor loses digits for members with thousands of purchases.

    Args:
        model: The parameters.
        seen: Their histories.
        weeks: From the day of asking.
    """
    return expected_by(model, seen, [weeks])[0]


def expected_by(model: BgNbd, seen: Histories, ends: Sequence[float]) -> list[Floats]:
    """The same for several times at once, each from the day of asking."""
    r, alpha, b = model.r, model.alpha, model.b
    # At exactly 1 two infinities cancel; beside it they do so without harm.
    a = model.a if abs(model.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE
    x, base = seen.x, alpha + seen.age
    total = a + b + x - 1
    scale = posterior_alive(model, seen) * total / (a - 1) / _gauss(r + x, a, a + b + x, seen.before / base)
    now = _gauss(r + x, a - 1, total, seen.before / base)
    thens = (_gauss(r + x, a - 1, total, (seen.before + weeks) / base) for weeks in ends)
    return [np.maximum(scale * (now - then), 0.0) for then in thens]


def posterior_alive(model: BgNbd, seen: Histories) -> Floats:
    """The probability that each member still is a customer, (n,); 1 for who bought once, as the story has it."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, again = seen.x, np.maximum(seen.x, 1.0)
    stayed = _gauss(r + x, a, a + b + x, seen.before / (alpha + seen.age))
    ratio = np.exp((r + x) * (np.log(alpha + seen.age) - np.log(alpha + seen.t_x)))
    left = a / (b + again - 1) * ratio * _gauss(r + x, a + 1, a + b + again, seen.before / (alpha + seen.t_x))
    gone = 1.0 - _gauss(np.full(len(x), r), a, a + b, seen.before / alpha)
    gone = np.maximum(gone, 0.0) * np.exp(r * (np.log(alpha + seen.age) - np.log(alpha)))
    found: Floats = stayed / (stayed + np.where(x > 0, left, gone))
    return found


def _slope(values: Floats, seen: Histories, many: Floats) -> tuple[float, Floats]:
    """Log-likelihood of members whose first purchase was seen, and its slope by the logarithms of the parameters."""
    r, alpha, a, b = values
    x, at = np.unique(seen.x, return_inverse=True)
    n = np.bincount(at, weights=many)
    repeats = x > 0
    age, last = alpha + seen.age, alpha + seen.t_x
    stayed = -(r + seen.x) * np.log(age)
    again = np.maximum(seen.x, 1.0)
    left = np.where(seen.x > 0, np.log(a / (b + again - 1)) - (r + seen.x) * np.log(last), -np.inf)
    both = np.logaddexp(stayed, left)
    w_stayed, w_left = many * np.exp(stayed - both), many * np.exp(left - both)
    height = float(
        n @ (gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x))
    )
    height += float(n.sum() * r * np.log(alpha) + many @ both)
    d_r = float(n @ (psi(r + x) - psi(r) + np.log(alpha)) - w_stayed @ np.log(age) - w_left @ np.log(last))
    d_alpha = float(n.sum() * r / alpha - w_stayed @ ((r + seen.x) / age) - w_left @ ((r + seen.x) / last))
    gone = float(w_left.sum())
    d_a = float(n @ (psi(a + b) - psi(a + b + x))) + gone / a
    d_b = float(n @ (psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x)))
    d_b -= float(w_left @ np.where(seen.x > 0, 1.0 / (b + again - 1), 0.0)) if repeats.any() else 0.0
    return height, np.array([d_r, d_alpha, d_a, d_b]) * values


def _gauss(first: Floats, second: float, third: Floats | float, z: Floats) -> Floats:
    """Gauss' hypergeometric function of (first, second; third; -z), z >= 0, by Pfaff's transformation: no overflow."""
    plain = np.ones_like(z)
    some = z > 0
    if some.any():
        c = np.broadcast_to(np.asarray(third, dtype=np.float64), z.shape)[some]
        w = z[some] / (1 + z[some])
        # Only with parameters at their bounds nothing times infinity comes up: such a place is as good as impossible.
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            found = (1 + z[some]) ** -second * hyp2f1(c - first[some], second, c, w)
        plain[some] = np.where(np.isfinite(found) & (found != 0), found, _NOTHING)
    return plain


def _betaln(first: float, second: Floats | float) -> Floats:
    found: Floats = np.asarray(gammaln(first) + gammaln(second) - gammaln(first + second), dtype=np.float64)
    return found
