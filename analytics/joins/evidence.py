"""How well a receipt and a person at the tills fit, learned from the receipts of some days themselves.

Four things speak: the time between paying and leaving, the place (each till has its part of the zone), the length of
the service against the number of articles, and who of a company came first. None of them is known beforehand, all are
learned together: pairs that are likely by what is known so far teach the rest, a few times over (expectation and
maximisation). What few receipts cannot teach stays at what one expects before looking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .measuring import near
from .standing import company

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .measuring import Floats, Ints
    from .standing import Standing

_STEP_S = 0.5
_TAIL, _TAIL_S = 0.02, 15.0
_LOST_S = 45.0
_ROUNDS = 5
_HALF_HOUR_S = 1800.0
_SHORT_S = 40.0
# How much an expectation weighs against what is seen, in receipts.
_PRIOR_GAPS, _PRIOR_PLACE, _PRIOR_BUYERS, _PRIOR_UNSEEN, _PRIOR_SERVICE = 15.0, 6.0, 8.0, 20.0, 10.0
# Fewer receipts than these would teach mostly that they are right themselves.
_LEAST_TO_LEARN = 30
_STRANGER = 0.02
_CAME_AFTER_S = np.array([-6.0, -3.0, -1.5, 0.0, 1.5, 3.0, 6.0])
_BEFORE = 4
# Alone; with company, begin unseen; then by the time from the first of the others: who comes first mostly pays.
_EXPECTED_TO_PAY = np.array([0.9, 0.5, 0.9, 0.85, 0.75, 0.6, 0.4, 0.25, 0.15, 0.1])


@dataclass(frozen=True, slots=True, eq=False)
class Sold:
    """Receipts of sales and returns, in order of time.

    Attributes:
        at_s: When they were printed by a right clock, Unix seconds.
        spread_s: Of the clock of each.
        till: Number of the till of each, 0..
        units: Articles on each; -1 where that is not known.
        back: Returns.
    """

    at_s: Floats
    spread_s: Floats
    till: Ints
    units: Floats
    back: NDArray[np.bool_]

    def take(self, rows: Ints) -> Sold:
        """Some of them, in another order."""
        return Sold(self.at_s[rows], self.spread_s[rows], self.till[rows], self.units[rows], self.back[rows])


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is expected before looking.

    Attributes:
        window_s: A wider gap is no pair.
        pack_s: Usual time between paying and leaving.
        unseen: Share of receipts whose buyer the camera did not follow.
    """

    window_s: float
    pack_s: float
    unseen: float


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every receipt with everyone who left at about its time.

    Attributes:
        receipt: Number of the receipt.
        person: Number of the person.
        gap_s: The receipt's time less the time at which this person should have paid.
        weight: How many times likelier the pair is than that the buyer was not seen.
    """

    receipt: Ints
    person: Ints
    gap_s: Floats
    weight: Floats


def weigh(sold: Sold, people: Standing, expected: Expectations) -> Pairs:
    """Weighs every pair of a receipt and a person by all that speaks for and against it.

    The weight of receipt i at till k, printed at t, and person j at place x is

        b / (1 - b)  *  f_k(gap)  *  p(x | k) / sum over m of r_m(t) p(x | m)  *  d(service | articles) / d(service) / e

    with b the share of such people (by company and length of stay) who pay, f_k the density of the gap, p the density
    of places at a till, r_m(t) the rate of receipts of till m in the hour around t, d the density of the length of
    service, e the share of receipts whose buyer the camera did not follow.

    Args:
        sold: The receipts.
        people: Everyone at the tills meanwhile.
        expected: Before looking.
    """
    receipt, person = near(sold.at_s, people.left_s - expected.pack_s, expected.window_s)
    gap = np.asarray(sold.at_s[receipt] - people.left_s[person] + expected.pack_s, dtype=np.float64)
    pairs = Pairs(receipt, person, gap, np.zeros(len(receipt)))
    if not len(receipt):
        return pairs
    learning = _Learning(sold, people, pairs, expected)
    for _ in range(_ROUNDS):
        learning.learn(_claims(receipt, person, learning.weight()))
    return replace(pairs, weight=learning.weight())


def _claims(receipt: Ints, person: Ints, weight: Floats) -> Floats:
    """About the probability of each pair: a person whom other receipts also claim counts less for each."""
    rivals = np.bincount(person, weights=weight)[person] - weight
    fair = weight / (1.0 + np.maximum(rivals, 0.0))
    return np.asarray(fair / (1.0 + np.bincount(receipt, weights=fair)[receipt]))


class _Learning:
    """What is known so far of the four things, and how it is learned."""

    def __init__(self, sold: Sold, people: Standing, pairs: Pairs, expected: Expectations) -> None:
        receipt, person, gap, window_s = pairs.receipt, pairs.person, pairs.gap_s, expected.window_s
        self._sold, self._people, self._receipt, self._person = sold, people, receipt, person
        self._tills = int(sold.till.max()) + 1
        self._till = sold.till[receipt]
        self._edges = np.arange(-window_s - _STEP_S, window_s + 2.0 * _STEP_S, _STEP_S)
        self._middles = (self._edges[:-1] + self._edges[1:]) / 2.0
        self._bin = np.clip(((gap - self._edges[0]) / _STEP_S).astype(np.int64), 0, len(self._middles) - 1)
        self._expected = self._bells()
        self._density = self._expected
        self._rate = _rates(sold, people.left_s, self._tills)
        self._place = np.ones((len(people), self._tills))
        self._prior_unseen = self._unseen = expected.unseen
        self._kind = self._kinds()
        self._odds = np.ones(2 * len(_EXPECTED_TO_PAY))
        self._service = np.zeros(len(receipt))
        self._went = people.went[person]
        wait = np.maximum(0.0, gap[~self._went] + 8.0)
        early = gap[~self._went] < -8.0
        self._lost = np.where(early, 1e-6, np.exp(-wait / _LOST_S) / _LOST_S)

    def weight(self) -> Floats:
        """Of every pair, by what is known so far."""
        density = self._density[self._till, self._bin]
        density[~self._went] = self._lost
        seen = (self._rate * self._place).sum(axis=1)
        place = self._place[self._person, self._till] / np.maximum(seen[self._person], 1e-12)
        odds = self._odds[self._kind][self._person]
        return np.asarray(np.exp(self._service) * density * place * odds / self._unseen)

    def learn(self, claim: Floats) -> None:
        """Learns from the pairs, each as far as it is likely."""
        self._learn_gaps(claim)
        self._learn_places(claim)
        self._kind = self._kinds()
        self._learn_payers(claim)
        self._learn_service(claim)
        found = np.bincount(self._receipt, weights=claim, minlength=len(self._sold.at_s))
        some = np.bincount(self._receipt, minlength=len(self._sold.at_s)) > 0
        missing = float((1.0 - np.minimum(found[some], 1.0)).sum())
        unseen = (missing + _PRIOR_UNSEEN * self._prior_unseen) / (float(some.sum()) + _PRIOR_UNSEEN)
        self._unseen = min(0.9, max(0.005, unseen))

    def _learn_payers(self, claim: Floats) -> None:
        """Odds of each kind of people to be the one who pays, against nobody of their company paying.

        One of a company pays. So the odds are the share of the kind that pays over the share of companies (and of
        people alone) of which nobody does, not over the share of the kind that does not.
        """
        paid = np.minimum(1.0, np.bincount(self._person, weights=claim, minlength=len(self._people)))
        kinds = len(self._odds)
        count = np.bincount(self._kind, minlength=kinds)
        expected = np.repeat(_EXPECTED_TO_PAY, 2)
        share = np.bincount(self._kind, weights=paid, minlength=kinds) + _PRIOR_BUYERS * expected
        share /= count + _PRIOR_BUYERS
        firsts = (self._kind < 2) | ((self._kind >= 4) & (self._kind < 4 + 2 * _BEFORE))
        nobody = 1.0 - (float(paid.sum()) + _PRIOR_BUYERS * 0.9) / (float(firsts.sum()) + _PRIOR_BUYERS)
        self._odds = share / min(0.5, max(0.02, nobody))

    def _bells(self) -> Floats:
        """What is expected of the gaps: a bell as wide as the clock of each till is unsure, and some far out."""
        spread = np.full(self._tills, 3.0)
        for till in range(self._tills):
            mine = self._sold.spread_s[self._sold.till == till]
            spread[till] = max(1.5, float(np.median(mine))) if len(mine) else 3.0
        bell = np.exp(-0.5 * (self._middles[None, :] / spread[:, None]) ** 2)
        bell /= bell.sum(axis=1, keepdims=True) * _STEP_S
        tail = np.exp(-0.5 * (self._middles / _TAIL_S) ** 2)
        return np.asarray((1.0 - _TAIL) * bell + _TAIL * tail / (tail.sum() * _STEP_S))

    def _learn_gaps(self, claim: Floats) -> None:
        if claim[self._went].sum() < _LEAST_TO_LEARN:
            return
        size = self._tills * len(self._middles)
        flat = (self._till * len(self._middles) + self._bin)[self._went]
        seen = np.bincount(flat, weights=claim[self._went], minlength=size).reshape(self._tills, -1)
        reach = np.arange(-6, 7) * _STEP_S
        kernel = np.exp(-0.5 * reach**2)
        kernel /= kernel.sum()
        smooth = np.array([np.convolve(row, kernel, mode="same") for row in seen]) / _STEP_S
        # The tills of a store pack alike, so each learns from all of them too.
        together = smooth.sum(axis=0, keepdims=True)
        common = (together + _PRIOR_GAPS * self._expected) / (seen.sum() + _PRIOR_GAPS)
        own = smooth.sum(axis=1, keepdims=True) * _STEP_S
        mixed = (smooth + _PRIOR_GAPS * common) / (own + _PRIOR_GAPS)
        tail = self._expected * _TAIL
        self._density = np.asarray((1.0 - _TAIL) * mixed + tail)

    def _learn_places(self, claim: Floats) -> None:
        """Each till's part of each zone as a bell of places; where places are not known, only the zone."""
        people = self._people
        zones = int(people.zone.max()) + 1
        known = np.isfinite(people.x) & np.isfinite(people.y)
        spots = np.column_stack([np.where(known, people.x, 0.0), np.where(known, people.y, 0.0)])
        place = np.full((len(people), self._tills), 1e-9)
        for zone in range(zones):
            here = people.zone == zone
            mine = here & known
            if mine.any():
                middle, width = spots[mine].mean(axis=0), spots[mine].var(axis=0) + 1e-4
            for till in range(self._tills):
                pairs = (self._till == till) & here[self._person]
                at_till = self._till == till
                share = (float(claim[pairs].sum()) + 1.0) / (float(claim[at_till].sum()) + zones)
                density = np.ones(len(people))
                if mine.any():
                    use = pairs & known[self._person]
                    weight, at = claim[use], spots[self._person[use]]
                    total = float(weight.sum()) + _PRIOR_PLACE
                    centre = ((weight[:, None] * at).sum(axis=0) + _PRIOR_PLACE * middle) / total
                    spread = ((weight[:, None] * (at - centre) ** 2).sum(axis=0) + _PRIOR_PLACE * width) / total
                    bell = np.exp(-0.5 * ((spots - centre) ** 2 / spread).sum(axis=1)) / np.sqrt(spread.prod())
                    ground = np.exp(-0.5 * ((spots - middle) ** 2 / width).sum(axis=1)) / np.sqrt(width.prod())
                    density = np.where(known, (1.0 - _STRANGER) * bell + _STRANGER * ground, 1.0)
                place[here, till] = share * density[here]
        self._place = place

    def _kinds(self) -> Ints:
        """Kinds of people: alone, or when they came relative to their company; here for a short time or longer."""
        chance = self._place * self._rate
        chance = chance / np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
        accompanied, after_s = company(self._people, chance)
        kind = np.where(accompanied, 1, 0)
        known = np.isfinite(after_s)
        kind[known] = 2 + np.searchsorted(_CAME_AFTER_S, after_s[known], side="right")
        short = (self._people.left_s - self._people.entered_s < _SHORT_S).astype(np.int64)
        return np.asarray(2 * kind + short, dtype=np.int64)

    def _learn_service(self, claim: Floats) -> None:
        """Logarithm of the time from coming to paying as a line in that of the articles; a return takes a form."""
        sold, people = self._sold, self._people
        took = sold.at_s[self._receipt] - people.entered_s[self._person]
        usable = people.came[self._person] & (took > 3.0) & (sold.units[self._receipt] >= 0)
        teaches = usable & (claim > 0.5)
        if teaches.sum() < _LEAST_TO_LEARN:
            return
        log = np.log(np.maximum(took, 3.0))
        kinds, which = np.unique(np.column_stack([np.maximum(sold.units, 0), sold.back]), axis=0, return_inverse=True)
        design = np.column_stack([np.ones(len(kinds)), np.log1p(kinds[:, 0]), kinds[:, 1]])
        rows, weight = design[which[self._receipt]], claim * teaches
        ridge = np.diag([1e-6, 0.5, 0.5])
        line = np.linalg.solve((rows * weight[:, None]).T @ rows + ridge, rows.T @ (weight * log))
        rest = log - rows @ line
        total = float(weight.sum())
        spread = float(np.sqrt(((weight * rest**2).sum() + _PRIOR_SERVICE * 0.25) / (total + _PRIOR_SERVICE)))
        shares = np.bincount(which, minlength=len(kinds)) / len(which)
        means = design @ line
        ground = (shares * np.exp(-0.5 * ((log[:, None] - means) / spread) ** 2)).sum(axis=1)
        own = np.exp(-0.5 * (rest / spread) ** 2)
        # A few services take any time: nothing is ruled out by this alone.
        self._service = np.where(usable, np.log((0.95 * own + 0.05 * ground + 1e-12) / (ground + 1e-12)), 0.0)


def _rates(sold: Sold, at_s: Floats, tills: int) -> Floats:
    """Receipts per second of each till in the hour around each moment, (N, tills); never quite none."""
    found = np.empty((len(at_s), tills))
    for till in range(tills):
        mine = sold.at_s[sold.till == till]
        inside = np.searchsorted(mine, at_s + _HALF_HOUR_S) - np.searchsorted(mine, at_s - _HALF_HOUR_S)
        found[:, till] = np.maximum(inside, 0.2) / (2.0 * _HALF_HOUR_S)
    return found
