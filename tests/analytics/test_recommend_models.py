"""Models against slow twins, measures worked by hand, and blends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.sparse import csr_array

from analytics.recommend import (
    history,
    tf_idf,
)
from analytics.recommend.blending import weights
from analytics.recommend.fitting import als, cosine, ease, fitted
from analytics.recommend.measures import best, differences, judged, lowest
from analytics.recommend.models import Blend, folded

from .recommend_shop import sold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.purchases import Purchases


def random_table(seed: int, people: int = 30, goods: int = 12) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.poisson(0.5, (people, goods)).astype(np.float64)


def sales_of(table: NDArray[np.float64]) -> Purchases:
    """One receipt for each unit, all on the first days."""
    sales = [
        (unit % 20, f"m{who:03}", (f"P{what:02}",))
        for who, what in zip(*np.nonzero(table), strict=True)
        for unit in range(int(table[who, what]))
    ]
    return sold(sorted(sales), 30, people=[f"m{n:03}" for n in range(len(table))])


def test_every_model_equals_its_slow_twin_whole_and_in_blocks() -> None:
    table = random_table(3)
    sales = sales_of(table)
    rows = history(sales).rows()
    assert (rows.counts.toarray() == table).all()
    log = np.log1p(table)
    texts = [f"thing {'red' if n % 2 else 'blue'} number{n % 3}" for n in range(table.shape[1])]
    terms = tf_idf(texts)
    models = fitted(
        rows, terms, ("popular", "recent", "item_knn", "user_knn", "ease", "als", "content", "own", "own_due")
    )
    long = np.linalg.norm(log, axis=0)
    near = (log.T @ log) / np.outer(long, long)
    np.fill_diagonal(near, 0)
    left = np.linalg.inv(log.T @ log + 3000 * np.eye(len(long)))
    linear = -left / np.diag(left)
    np.fill_diagonal(linear, 0)
    length = np.linalg.norm(log, axis=1)
    people = (log @ log.T) / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(people, 0)
    dense = terms.toarray()
    popular = (table > 0).sum(axis=0)
    slow = {
        "popular": np.tile(popular, (len(table), 1)),
        "item_knn": log @ near,
        "ease": log @ linear,
        "user_knn": people @ log,
        "content": log @ dense @ dense.T,
        "own": table + 1e-3 * popular / popular.max(),
    }
    for name, model in models.items():
        whole = model.scores(rows)
        blocks = np.concatenate([model.scores(rows[slice(at, at + 7)]) for at in range(0, len(table), 7)])
        np.testing.assert_allclose(blocks, whole, rtol=1e-5, atol=1e-6, err_msg=name)
        if name in slow:
            np.testing.assert_allclose(whole, slow[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_alternating_least_squares_solves_each_row_and_lowers_its_loss() -> None:
    table = np.log1p(random_table(8))
    items = np.random.default_rng(0).normal(0, 0.3, (table.shape[1], 3))
    found = folded(csr_array(table), items, 5.0, 2.0)
    for row, point in zip(table, found, strict=True):
        weight = np.diag(1 + 5.0 * row)
        slow = np.linalg.solve(items.T @ weight @ items + 2.0 * np.eye(3), items.T @ weight @ (row > 0))
        np.testing.assert_allclose(point, slow, atol=1e-10)
    rows = history(sales_of(random_table(8))).rows()
    points = als(rows)
    again = als(rows)
    assert (points.items == again.items).all()


def test_likeness_and_linear_weights_have_nothing_on_the_diagonal() -> None:
    table = csr_array(random_table(5))
    assert not np.diag(cosine(table)).any()
    assert not np.diag(ease(table, 10.0)).any()


def test_lists_hold_the_highest_scores_and_the_first_of_equal_ones() -> None:
    scores = np.array([[1, 3, 3, 2], [0, 0, 0, 0], [5, 1, 5, 5]], dtype=np.float32)
    assert best(scores, 2).tolist() == [[1, 2], [0, 1], [0, 2]]
    rng = np.random.default_rng(0)
    many = rng.integers(0, 6, (40, 300)).astype(np.float32)
    assert (best(many, 10) == np.argsort(-many, axis=1, kind="stable")[:, :10]).all()
    assert best(scores[:0], 2).shape == (0, 2)


def test_of_scores_that_are_mostly_nothing_the_highest_are_sought_as_quickly_as_of_others() -> None:
    rng = np.random.default_rng(0)
    scores = np.where(rng.random((2000, 2000)) < 0.05, rng.random((2000, 2000)), 0.0).astype(np.float32)
    began = time.process_time()
    found = lowest(scores, 50)
    assert time.process_time() - began < 0.15, "from above numpy needs 0.25 s"
    assert (found == np.sort(scores, axis=1)[:, [-50]]).all()


def test_measures_of_a_list_worked_by_hand() -> None:
    """Offered c, a, b of five; bought a, b, e: hits at ranks 2 and 3."""
    bought = np.array([[True, True, False, False, True]])
    one = judged(np.array([[2, 0, 1]]), bought, np.array([3.0, 1.0, 0.0, 0.0, 0.0]), 3)
    gains = 1 / np.log2([2, 3, 4])
    assert one.precision == pytest.approx(2 / 3)
    assert one.recall == pytest.approx(2 / 3)
    assert one.ndcg[0] == pytest.approx((gains[1] + gains[2]) / gains.sum())
    assert one.average == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert one.hit_rate == 1
    assert one.coverage == pytest.approx(3 / 5)
    assert one.novelty == pytest.approx(-np.log2([1 / 9, 4 / 9, 2 / 9]).mean())


def test_the_interval_of_a_difference_holds_it_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(5)
    other = rng.random(400)
    ours = np.stack([other + rng.normal(0.1, 0.3, 400), other], axis=1)
    (better, same), again = differences(ours, other), differences(ours, other)
    assert again == [better, same]
    assert 0 < better[1] < better[0] < better[2] < 0.2
    assert not any(same)
    half = 1.96 * (ours[:, 0] - other).std() / 20
    assert better[2] - better[1] == pytest.approx(2 * half, rel=0.15)
    assert differences(ours[:1], other[:1])[0][1:] == (-1, 1)


def test_weights_of_a_blend_leave_out_noise() -> None:
    rng = np.random.default_rng(2)
    bought = rng.random((300, 50)) < 0.06
    good = (bought * 0.6 + rng.random((300, 50))).astype(np.float32)
    noise = rng.random((300, 50)).astype(np.float32)
    found = weights({"noise": noise, "good": good}, np.zeros(bought.shape, dtype=bool), bought & True, "noise")
    assert found["good"] > 2 * found.get("noise", 0.0)


def test_a_blend_of_one_keeps_its_order_and_bars_what_was_bought() -> None:
    rows = history(sales_of(random_table(3))).rows()
    model = fitted(rows, csr_array((12, 1)), ("item_knn",))["item_knn"]
    alone, blended = model.scores(rows), Blend(((model, 0.7),), new=True).scores(rows)
    owned = rows.counts.toarray() > 0
    for mine, theirs, own in zip(alone, blended, owned, strict=True):
        assert (np.argsort(-mine[~own], kind="stable") == np.argsort(-theirs[~own], kind="stable")).all()
        assert not theirs[own].any()
