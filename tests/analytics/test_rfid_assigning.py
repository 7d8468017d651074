"""Candidates near in time and the best one-to-one pairing, against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from analytics.joins.assigning import best_pairs, within


@pytest.mark.parametrize("seed", range(30))
def test_partners_in_time_are_those_that_comparing_all_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    at, other = (1_767_600_000_000 + rng.integers(0, 60_000, n) for n in (40, 30))
    group, other_group = rng.integers(-1, 4, 40), rng.integers(0, 4, 30)
    span = (-5.0, 12.5)
    found = within(at, group, other, other_group, span)
    expected = {
        (i, j)
        for i, j in itertools.product(range(40), range(30))
        if group[i] == other_group[j] and -5_000 <= at[i] - other[j] <= 12_500
    }
    assert set(zip(*(side.tolist() for side in found), strict=True)) == expected
    assert len(found[0]) == len(expected) > 0


def test_groups_far_apart_in_number_and_time_never_touch() -> None:
    at = np.array([0, 4_102_444_800_000])
    left, right = within(at, np.array([0, 0]), at[::-1].copy(), np.array([1, 1]), (-1e9, 1e9))
    assert len(left) == len(right) == 0


@pytest.mark.parametrize("seed", range(30))
def test_the_pairing_is_the_best_of_all_that_there_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (side.ravel() for side in np.meshgrid(np.arange(5), np.arange(4), indexing="ij"))
    use = rng.random(20) < 0.6
    left, right, weight = left[use], right[use], rng.exponential(3.0, 20)[use]
    gains = {(int(i), int(j)): np.log(w) for i, j, w in zip(left, right, weight, strict=True)}
    best = 0.0
    for choice in itertools.product((None, 0, 1, 2, 3), repeat=5):
        taken = [(i, j) for i, j in enumerate(choice) if j is not None]
        if len({j for _, j in taken}) == len(taken) and all(pair in gains for pair in taken):
            best = max(best, sum(gains[pair] for pair in taken))
    chosen = best_pairs(left, right, weight)
    assert len(set(left[chosen])) == len(set(right[chosen])) == len(chosen)
    assert np.log(weight[chosen]).sum() == pytest.approx(best)


def test_nothing_fits_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(best_pairs(none, none, np.zeros(0))) == 0
    assert len(within(none, none, none, none, (0.0, 1.0))[0]) == 0
