"""The dynamic programme of the pairing against the plain way: trying every pairing there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from analytics.joins.ordering import Candidates, best_pairing


def candidates(rng: np.random.Generator, receipts: int, people: int, tills: int, overtaking: float) -> Candidates:
    """Random weights, some pairs impossible."""
    rows = [(r, p) for r in range(receipts) for p in range(people) if rng.random() < 0.7]
    return Candidates(
        np.array([r for r, _ in rows], dtype=np.int64),
        np.array([p for _, p in rows], dtype=np.int64),
        np.exp(rng.normal(0.5, 2.0, len(rows))),
        rng.integers(0, tills, receipts),
        overtaking,
    )


def every_pairing(found: Candidates, receipts: int) -> tuple[dict[int, float], float, frozenset[int]]:
    """Weight of all pairings through each candidate, of all pairings, and the likeliest one."""
    offers = [[-1, *np.flatnonzero(found.receipt == r).tolist()] for r in range(receipts)]
    through = dict.fromkeys(range(len(found.receipt)), 0.0)
    total, best, likeliest = 0.0, -1.0, frozenset[int]()
    left = found.person if found.left is None else found.left
    for way in product(*offers):
        picked = [n for n in way if n >= 0]
        people = [int(found.person[n]) for n in picked]
        if len(set(people)) < len(people):
            continue
        weight = float(np.prod([found.weight[n] for n in picked])) if picked else 1.0
        last: dict[int, int] = {}
        for receipt, n in enumerate(way):
            if n >= 0:
                till = int(found.till[receipt])
                weight *= found.overtaking if left[n] < last.get(till, -1) else 1.0
                last[till] = int(left[n])
        total += weight
        for n in picked:
            through[n] += weight
        if weight > best:
            best, likeliest = weight, frozenset(picked)
    return through, total, likeliest


@pytest.mark.parametrize("overtaking", [1.0, 0.2, 0.0])
@pytest.mark.parametrize("tills", [1, 2])
def test_pairing_and_probabilities_are_those_of_all_pairings(overtaking: float, tills: int) -> None:
    for seed in range(25):
        rng = np.random.default_rng([seed, tills])
        receipts = int(rng.integers(1, 6))
        found = candidates(rng, receipts, int(rng.integers(1, 6)), tills, overtaking)
        chosen, probability = best_pairing(found)
        through, total, likeliest = every_pairing(found, receipts)
        assert frozenset(chosen.tolist()) == likeliest
        assert probability == pytest.approx([through[n] / total for n in range(len(found.receipt))])


def test_people_of_one_moment_among_others_are_gone_through_as_all_pairings_are() -> None:
    for seed in range(40):
        rng = np.random.default_rng([seed, 77])
        receipts = int(rng.integers(2, 6))
        found = candidates(rng, receipts, 5, 1, 0.2)
        found = replace(found, left=np.array([3, 3, 5, 5, 9])[found.person])
        chosen, probability = best_pairing(found)
        through, total, likeliest = every_pairing(found, receipts)
        assert frozenset(chosen.tolist()) == likeliest
        assert probability == pytest.approx([through[n] / total for n in range(len(found.receipt))])


@pytest.mark.slow
def test_without_a_price_for_overtaking_it_is_the_optimal_assignment() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = candidates(rng, 9, 9, 2, 1.0)
        chosen, _ = best_pairing(found)
        gain = np.zeros((9, 18))
        gain[found.receipt, found.person] = np.log(found.weight)
        # A receipt may stay alone, which gains nothing.
        gain[:, :9][gain[:, :9] == 0.0] = -1e9
        rows, columns = linear_sum_assignment(gain, maximize=True)
        assert np.log(found.weight[chosen]).sum() == pytest.approx(gain[rows, columns].sum())


def test_hundreds_in_one_row_stay_within_numbers() -> None:
    receipt = np.repeat(np.arange(400), 2)
    person = receipt + np.tile([0, 1], 400)
    weight = np.tile([1e6, 2e5], 400)
    chosen, probability = best_pairing(Candidates(receipt, person, weight, np.zeros(400, dtype=np.int64), 0.05))
    assert len(chosen) == 400
    assert np.isfinite(probability).all()
    shares = np.bincount(receipt, weights=probability)
    assert ((shares > 0.99) & (shares <= 1.0 + 1e-9)).all()
    assert (np.bincount(person, weights=probability) <= 1.0 + 1e-9).all()


def test_of_people_who_left_at_the_same_moment_none_overtakes() -> None:
    """As when the camera stops: their numbers say nothing."""
    receipt, person, moment = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([7, 7, 7, 7])
    told = Candidates(receipt, person, np.full(4, 1e6), np.zeros(2, dtype=np.int64), 0.05, moment)
    chosen, probability = best_pairing(told)
    assert len(chosen) == 2
    assert probability == pytest.approx(0.5, abs=1e-3)
    _, ordered = best_pairing(replace(told, left=None))
    assert ordered[[0, 3]] == pytest.approx(0.95, abs=0.01)


@pytest.mark.slow
def test_more_ways_than_can_be_gone_through_make_nobody_sure() -> None:
    """Forty receipts and forty people of one moment: each pair is one in forty, however it is looked at."""
    receipt, person = np.repeat(np.arange(40), 40), np.tile(np.arange(40), 40)
    moment = np.zeros(1600, dtype=np.int64)
    till = np.zeros(40, dtype=np.int64)
    chosen, probability = best_pairing(Candidates(receipt, person, np.full(1600, 20.0), till, 0.05, moment))
    assert len(chosen) == 40
    assert probability.max() <= 1.0 / 40.0 + 1e-9


def test_nobody_there_is_no_pairing() -> None:
    none = np.zeros(0, dtype=np.int64)
    chosen, probability = best_pairing(Candidates(none, none, np.zeros(0), np.zeros(3, dtype=np.int64)))
    assert (len(chosen), len(probability)) == (0, 0)
