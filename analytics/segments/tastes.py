"""Groups of members who buy like things, found at the end of each month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from ..frames import Answer, day_number, day_numbers
from .mixture import Mixture, mixture
from .months import CHOSEN_IN, month_ends, renumbered
from .partition import SEED, adjusted_rand, sample_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .rules import SegmentRules

NUMBERS = range(1, 9)
SAMPLE = 2_000
STABLE = 0.6
# A thing that fewer members bought says nothing of any taste.
_LEAST_BUYERS = 3
_BETTER = 1e-3
_BOOTSTRAPS, _NAMED = 4, 3


@dataclass(frozen=True, slots=True, eq=False)
class Things:
    """What members bought, each thing once a receipt: two of a kind tell no more of a taste than one.

    Attributes:
        members: Ids, sorted.
        names: Ids of the things, sorted.
        who: Place of the member, (lines,).
        what: Place of the thing.
        day: Business day as days since 1970.
    """

    members: pd.Index[str]
    names: pd.Index[str]
    who: NDArray[np.int64]
    what: NDArray[np.int64]
    day: NDArray[np.int64]

    def counts(self, day: date) -> csr_matrix:
        """How many of each thing each member had bought at the end of a day, (members, things)."""
        known = self.day <= day_number(day)
        ones = np.ones(int(known.sum()))
        shape = (len(self.members), len(self.names))
        return csr_matrix((ones, (self.who[known], self.what[known])), shape=shape)


def things(sales: Purchases) -> Things:
    """What members bought and did not only bring back."""
    lines = sales.lines_of_members()
    lines = lines[lines["kind"].eq("sale") & (lines["quantity"] > 0)]
    lines = lines.drop_duplicates(["receipt_id", "product_id"])
    who, members = pd.factorize(lines["member_id"], sort=True)
    what, names = pd.factorize(lines["product_id"], sort=True)
    return Things(
        pd.Index(members, dtype="str"),
        pd.Index(names, dtype="str"),
        who.astype(np.int64),
        what.astype(np.int64),
        day_numbers(lines["local_date"]),
    )


@dataclass(frozen=True, slots=True)
class TriedTastes:
    """How well some number of tastes fits.

    Attributes:
        groups: How many.
        bic: Less is better.
        stability: As for clusters; 1 for one group.
    """

    groups: int
    bic: float
    stability: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """Tastes as they were found at a month end.

    Attributes:
        fitted_on: The month end.
        columns: Places of the things that count.
        model: What each group buys.
        numbers: What the groups are called, (k,).
        used: Every number given so far.
    """

    fitted_on: date
    columns: NDArray[np.int64]
    model: Mixture
    numbers: NDArray[np.int64]
    used: tuple[int, ...]

    def of(self, counts: csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The number of the most likely group of each member, and how likely it is: (n,) each."""
        shares = self.model.shares(counts[:, self.columns])
        return self.numbers[shares.argmax(axis=1)], shares.max(axis=1)

    def special(self, most: int = _NAMED) -> tuple[tuple[int, ...], ...]:
        """Places of the things that tell each group from all, by what they add to the difference of both."""
        overall = self.model.weights @ self.model.chances
        gain = self.model.chances * np.log(self.model.chances / overall)
        order = np.argsort(-gain, axis=1, kind="stable")[:, :most]
        return tuple(tuple(int(self.columns[n]) for n in row if gain[group, n] > 0) for group, row in enumerate(order))


@dataclass(frozen=True, slots=True, eq=False)
class Tasting:
    """The tastes that hold on a day.

    Attributes:
        found: None: there are none.
        tried: How well each number of tastes fitted when it was last chosen.
        answer: Whether members could be grouped.
    """

    found: Tastes | None
    tried: tuple[TriedTastes, ...]
    answer: Answer


def tastes(bought: Things, as_of: date, rules: SegmentRules) -> Tasting:
    """The tastes that hold on a day: found at the last month end, numbered as at the ends of months before.

    Args:
        bought: What members bought.
        as_of: The day.
        rules: How many groups, of how many members at least, each with how many things at least.
    """
    held: Tastes | None = None
    tried: tuple[TriedTastes, ...] = ()
    groups, have = rules.tastes, 0
    for end in month_ends(as_of):
        counts = bought.counts(end)
        enough = np.flatnonzero(np.asarray(counts.sum(axis=1)).ravel() >= rules.least_things)
        have = len(enough)
        if have < rules.least_members:
            continue
        buyers = np.asarray((counts[enough] > 0).sum(axis=0)).ravel()
        columns = np.flatnonzero(buyers >= _LEAST_BUYERS)
        if len(columns) < 2:
            held = None
            continue
        mine = counts[enough][:, columns]
        mine = mine[sample_of(len(enough), SAMPLE)]
        if not tried or end.month in CHOSEN_IN:
            tried = try_tastes(mine)
            groups = rules.tastes or _best(tried)
        held = _moved_along(held, mine, columns, end, groups) if groups > 1 else None
    if have < rules.least_members:
        why = Answer("tastes", "few_purchases" if len(bought.members) else "no_members", have, rules.least_members)
    elif held is None and not tried:
        why = Answer("tastes", "few_products", 1, 2)
    elif held is None:
        why = Answer("tastes", "not_identified")
    else:
        why = Answer("tastes")
    return Tasting(held, tried, why)


def try_tastes(counts: csr_matrix, numbers: Sequence[int] = NUMBERS) -> tuple[TriedTastes, ...]:
    """How well each number of tastes fits; of the best also whether samples find it again.

    Args:
        counts: How many of each thing each member bought, (n, things).
        numbers: How many groups to try, from few to many; it ends where two more groups made it worse.
    """
    fits: list[Mixture] = []
    for groups in numbers:
        fits.append(mixture(counts, groups))
        if len(fits) > 2 and fits[-1].bic > fits[-2].bic > fits[-3].bic:
            break
    first = min(fits, key=lambda fit: fit.bic)
    return tuple(
        TriedTastes(len(fit.weights), fit.bic, _stability(counts, fit) if fit is first else None) for fit in fits
    )


def _best(tried: Sequence[TriedTastes]) -> int:
    """The number with the least BIC, if it is found again in samples; 1 otherwise."""
    first = min(tried, key=lambda one: one.bic)
    return first.groups if (first.stability or 0.0) >= STABLE else 1


def _stability(counts: csr_matrix, fit: Mixture) -> float:
    """Mean adjusted Rand index between the groups and those found again in bootstrap samples."""
    if len(fit.weights) == 1:
        return 1.0
    rng, labels = np.random.default_rng(SEED), fit.shares(counts).argmax(axis=1)
    scores = []
    for _ in range(_BOOTSTRAPS):
        drawn = counts[rng.integers(0, counts.shape[0], counts.shape[0])]
        again = mixture(drawn, len(fit.weights), starts=3)
        scores.append(adjusted_rand(labels, again.shares(counts).argmax(axis=1)))
    return float(np.mean(scores))


def _moved_along(
    before: Tastes | None, counts: csr_matrix, columns: NDArray[np.int64], end: date, groups: int
) -> Tastes:
    """The tastes of a month end, begun from those of the month before where there were as many."""
    made = mixture(counts, groups)
    if before is None:
        order = np.argsort(-made.weights, kind="stable")
        numbers = np.empty(groups, dtype=np.int64)
        numbers[order] = np.arange(1, groups + 1)
        return Tastes(end, columns, made, numbers, tuple(sorted(numbers.tolist())))
    old = np.full((len(before.numbers), max(columns.max(), before.columns.max()) + 1), 1e-6)
    old[:, before.columns] = np.maximum(before.model.chances, 1e-6)
    old = old[:, columns] / old[:, columns].sum(axis=1, keepdims=True)
    if len(before.numbers) == groups:
        along = mixture(counts, groups, begin=old)
        better = made.log_likelihood > along.log_likelihood + _BETTER * abs(along.log_likelihood)
        made = made if better else along
    then = Mixture(before.model.weights, old, 0.0, 0.0).shares(counts).argmax(axis=1)
    numbers = np.array(renumbered(before.numbers[then], made.shares(counts).argmax(axis=1), groups, before.used))
    return Tastes(end, columns, made, numbers, tuple(sorted({*before.used, *numbers.tolist()})))
