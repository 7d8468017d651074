"""Of all pairings of receipts and people the likeliest, and how sure each pair of it is.

Every receipt goes to one of its candidates or to nobody, and nobody gets two. Receipts of a till come in the order in
which their buyers leave; an overtaking costs. Under these rules the number of pairings is large but what the next
receipt may choose depends only on who is taken and on who left last: a dynamic programme over the receipts in order of
time goes through all of them, once forwards for the likeliest, and once back for the probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from .measuring import Floats, Ints

# Beyond so many ways to have come here the unlikeliest are let go: a till zone never holds that many people.
_MOST_STATES = 1000
_NOBODY = 1 << 30
_State = tuple[int, tuple[int, ...]]
# Position, person, rank of the person's leaving, weight.
_Offer = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs that may be, sorted by receipt; receipts are numbered in order of time.

    Attributes:
        receipt: Number of the receipt.
        person: Number of the person, in the order in which they left.
        weight: How many times likelier the pair is than that the buyer was not seen.
        till: Number of the till of each receipt (not of each pair).
        overtaking: Factor on a pairing for every receipt whose buyer left before that of the till's receipt before.
        left: When the person of each pair left, as any number; of two who left at the same moment nobody overtakes.
            None: in the order of their numbers.
    """

    receipt: Ints
    person: Ints
    weight: Floats
    till: Ints
    overtaking: float = 1.0
    left: Ints | None = None


def best_pairing(found: Candidates) -> tuple[Ints, Floats]:
    """The likeliest pairing and the probability of every candidate.

    Returns:
        Positions of the chosen candidates, and for each candidate the share of all pairings, by weight, that hold it.
    """
    probability = np.zeros(len(found.receipt))
    chosen: list[int] = []
    for part in _clusters(found):
        if len(part) == 1:
            n = int(part[0])
            weight = float(found.weight[n])
            probability[n] = weight / (1.0 + weight)
            if weight > 1.0:
                chosen.append(n)
            continue
        picked, shares = _solve(found, part)
        probability[part] = shares
        chosen += picked
    return np.array(sorted(chosen), dtype=np.int64), probability


def _clusters(found: Candidates) -> list[Ints]:
    """Positions of the candidates that have receipts or people in common, cluster by cluster."""
    if not len(found.receipt):
        return []
    receipts, row = np.unique(found.receipt, return_inverse=True)
    people, column = np.unique(found.person, return_inverse=True)
    size = len(receipts) + len(people)
    links = coo_array((np.ones(len(row)), (row, len(receipts) + column)), shape=(size, size))
    cluster = connected_components(links, directed=False)[1][row]
    order = np.argsort(cluster, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)


@dataclass(slots=True)
class _Layer:
    """After one receipt: where one may stand, and the steps that lead there (from, to, candidate or -1, weight)."""

    states: list[_State]
    total: list[float]
    best: list[float]
    came: list[tuple[int, int]]
    steps: list[tuple[int, int, int, float]]
    pruned: bool = False


def _solve(found: Candidates, part: Ints) -> tuple[list[int], Floats]:
    receipts = np.unique(found.receipt[part])
    tills = {till: n for n, till in enumerate(dict.fromkeys(found.till[receipts].tolist()))}
    people = {person: n for n, person in enumerate(np.unique(found.person[part]).tolist())}
    left = np.unique((found.person if found.left is None else found.left)[part], return_inverse=True)[1].tolist()
    offers: dict[int, list[_Offer]] = {int(r): [] for r in receipts}
    for n, rank in zip(part.tolist(), left, strict=True):
        offers[int(found.receipt[n])].append((n, people[int(found.person[n])], rank, float(found.weight[n])))
    at_till = [tills[int(found.till[r])] for r in receipts]
    layers = [_Layer([(0, (-1,) * len(tills))], [1.0], [1.0], [(-1, -1)], [])]
    for step in _steps(list(offers.values()), at_till, len(tills)):
        layers.append(_next(layers[-1], step, found.overtaking))
    shares = np.array(_shares(layers, part))
    if any(layer.pruned for layer in layers):
        # The ways that were let go are missing from the shares: nobody is surer than the receipt is by itself.
        weight, row = found.weight[part], np.unique(found.receipt[part], return_inverse=True)[1]
        shares = np.minimum(shares, weight / (1.0 + np.bincount(row, weights=weight))[row])
    return _way_back(layers), shares


@dataclass(frozen=True, slots=True)
class _Step:
    """One receipt: its candidates, its till, and what later receipts still ask about.

    Attributes:
        offers: Its candidates.
        till: Number of its till.
        wanted: The people whom some later receipt could choose, as bits.
        first: For each till the rank of the first to leave whom a later receipt of it could choose.
    """

    offers: list[_Offer]
    till: int
    wanted: int
    first: tuple[int, ...]


def _steps(offers: list[list[_Offer]], till: list[int], tills: int) -> list[_Step]:
    steps: list[_Step] = []
    wanted, first = 0, (_NOBODY,) * tills
    for mine, at in zip(reversed(offers), reversed(till), strict=True):
        steps.append(_Step(mine, at, wanted, first))
        for _, person, _, _ in mine:
            wanted |= 1 << person
        earliest = min(first[at], *(rank for _, _, rank, _ in mine))
        first = (*first[:at], earliest, *first[at + 1 :])
    return steps[::-1]


def _next(before: _Layer, step: _Step, overtaking: float) -> _Layer:
    till = step.till
    index: dict[_State, int] = {}
    layer = _Layer([], [], [], [], [])
    for number, (taken, last) in enumerate(before.states):
        total, best = before.total[number], before.best[number]
        for candidate, person, rank, weight in [(-1, -1, -1, 1.0), *step.offers]:
            factor, now_taken, now_last = weight, taken, last
            if candidate >= 0:
                if taken >> person & 1:
                    continue
                if rank < last[till]:
                    factor *= overtaking
                now_taken = taken | 1 << person
                now_last = (*last[:till], rank, *last[till + 1 :])
            if factor <= 0.0:
                continue
            # What no later receipt asks about makes no difference: two ways that differ only in that become one.
            state = (
                now_taken & step.wanted,
                tuple([p if p > f else -1 for p, f in zip(now_last, step.first, strict=True)]),
            )
            at = index.setdefault(state, len(layer.states))
            if at == len(layer.states):
                layer.states.append(state)
                layer.total.append(0.0)
                layer.best.append(-1.0)
                layer.came.append((-1, -1))
            layer.total[at] += total * factor
            if best * factor > layer.best[at]:
                layer.best[at], layer.came[at] = best * factor, (number, candidate)
            layer.steps.append((number, at, candidate, factor))
    return _scaled(_pruned(layer))


def _pruned(layer: _Layer) -> _Layer:
    if len(layer.states) <= _MOST_STATES:
        return layer
    kept = sorted(range(len(layer.states)), key=lambda n: -layer.total[n])[:_MOST_STATES]
    place = {old: new for new, old in enumerate(kept)}
    return _Layer(
        [layer.states[n] for n in kept],
        [layer.total[n] for n in kept],
        [layer.best[n] for n in kept],
        [layer.came[n] for n in kept],
        [(a, place[b], candidate, factor) for a, b, candidate, factor in layer.steps if b in place],
        pruned=True,
    )


def _scaled(layer: _Layer) -> _Layer:
    """Hundreds of weights multiplied leave the range of numbers; only their ratios matter."""
    most = max(layer.total)
    layer.total = [value / most for value in layer.total]
    best = max(layer.best)
    layer.best = [value / best for value in layer.best]
    return layer


def _way_back(layers: list[_Layer]) -> list[int]:
    last = layers[-1]
    at = max(range(len(last.states)), key=lambda n: last.best[n])
    picked: list[int] = []
    for layer in reversed(layers[1:]):
        at, candidate = layer.came[at]
        if candidate >= 0:
            picked.append(candidate)
    return picked


def _shares(layers: list[_Layer], part: Ints) -> list[float]:
    """The share of each candidate: weight of all ways up to a step, times the step, times all ways after it."""
    shares = dict.fromkeys(part.tolist(), 0.0)
    after = [1.0] * len(layers[-1].states)
    for before, layer in zip(reversed(layers[:-1]), reversed(layers[1:]), strict=True):
        through: dict[int, float] = {}
        mine = [0.0] * len(before.states)
        total = 0.0
        for a, b, candidate, factor in layer.steps:
            onward = factor * after[b]
            mine[a] += onward
            weight = before.total[a] * onward
            total += weight
            if candidate >= 0:
                through[candidate] = through.get(candidate, 0.0) + weight
        for candidate, weight in through.items():
            shares[candidate] = min(1.0, weight / total)
        most = max(mine)
        after = [value / most for value in mine]
    return [shares[n] for n in part.tolist()]
