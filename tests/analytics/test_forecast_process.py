"""The process of whole days against plain formulas, and what it makes of days that are alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from analytics.forecast.process import _by_mixture, _mixtures, _parts, day_process

from .gridded_shop import OPEN, shop


def test_what_every_mixture_says_is_the_textbook_formula() -> None:
    """Of two origins: the second knows two days more, which say nothing of how likely a mixture is."""
    grid = shop(40, ahead=6, holidays=(5, 19, 41))
    rows, asked = np.arange(40), np.arange(38, 44)
    kinds = np.where(grid.holiday >= 0, 7, grid.weekday)
    parts, ahead = _parts(grid, kinds, rows, rows), _parts(grid, kinds, rows, asked)[:-1]
    scores = np.random.default_rng(1).normal(size=(40, 3))
    days = [(38, np.array([0, 1, 2])), (40, np.array([2, 3]))]
    weight, said = _by_mixture(parts, ahead, scores, 38, days)
    likely = np.zeros((64, 3))
    for number, shares in enumerate(_mixtures()):
        whole = np.tensordot(shares, parts, 1) + 1e-6 * np.eye(40)
        side = np.tensordot(shares[:-1], ahead, 1)
        for which in range(3):
            likely[number, which] = multivariate_normal.logpdf(scores[:38, which], np.zeros(38), whole[:38, :38])
        for (known, places), told in zip(days, said[number], strict=True):
            plain = side[:known, places].T @ np.linalg.solve(whole[:known, :known], scores[:known])
            assert told == pytest.approx(plain, abs=1e-6)
    plain_weight = np.exp(likely - likely.max(axis=0))
    assert weight == pytest.approx(plain_weight / plain_weight.sum(axis=0), abs=1e-6)


def test_days_are_alike_as_it_is_said() -> None:
    grid = shop(60, ahead=3, holidays=(10, 40))
    days = np.arange(60)
    kinds = np.where(grid.holiday >= 0, 7, grid.weekday)
    parts = _parts(grid, kinds, days, days)
    for part in parts:
        assert part == pytest.approx(part.T)
        assert np.linalg.eigvalsh(part).min() > -1e-6, "a likeness that is none breaks every mixture"
    same, same_week, kind, *_, season, _, feast, noise = parts
    assert (same[0, 7], same[0, 1], same[10, 40], same[3, 10]) == (1, 0, 1, 0)
    assert same_week[0, 7] > same_week[0, 14] > 0 == same_week[0, 8]
    assert (kind[0, 1] > 0, kind[4, 5]) == (True, 0)
    assert season[0, 0] == 1 > season[0, 20]
    assert (feast[10, 40], feast[9, 39], feast[11, 41], feast[9, 41], feast[9, 10]) == (1, 0.5, 0.5, 0, 0)
    assert np.array_equal(noise, np.eye(60))


def test_the_same_days_of_the_year_before_are_remembered_and_believed_when_they_begin_again() -> None:
    plain = shop(415)
    once, twice = plain.values.copy(), plain.values.copy()
    once[30:40] *= 2.0
    twice[30:40] *= 2.0
    twice[395:405] *= 2.0
    origins = np.array([395, 398])
    usual, remembered, begun = (
        day_process(replace(plain, values=values), origins, 3)[:, :, OPEN].sum(axis=(1, 2))
        for values in (plain.values, once, twice)
    )
    assert remembered[0] > 1.03 * usual[0], "a little, for it came but once"
    assert begun[0] == remembered[0], "nothing later is known"
    assert begun[1] > 1.15 * remembered[1]


def test_too_few_days_are_left_to_others() -> None:
    assert np.isnan(day_process(shop(41), np.array([41]), 14)).all()
    assert np.isfinite(day_process(shop(43), np.array([43]), 14)[0][:, OPEN]).all()
