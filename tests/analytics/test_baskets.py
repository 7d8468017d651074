"""Stories of receipts: what belongs together, what only seems to, and what cannot be said."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from analytics import frames
from analytics.baskets import (
    BasketRules,
    Baskets,
    adjusted,
    bought_together,
    chances,
    count_sets,
    item_sets,
    level_of,
    lift_interval,
    measured,
    of_lines,
    of_sets,
    receipts_for,
    rules_of,
)
from analytics.baskets.itemsets import grown
from analytics.baskets.rows import one_way

from .bought_days import FIRST, bought, independent

RULES = BasketRules()


def random_baskets(seed: int, many: int = 400, items: int = 9) -> Baskets:
    rng = np.random.default_rng(seed)
    held = rng.random((many, items)) < rng.uniform(0.1, 0.5, items)
    held[:, 1] |= held[:, 0] & (rng.random(many) < 0.5)
    return of_sets([[f"i{i}" for i in np.flatnonzero(row)] or ["i0"] for row in held], FIRST)


def slow_sets(baskets: Baskets, least: int, longest: int) -> dict[tuple[int, ...], int]:
    dense = baskets.bought.toarray().astype(bool)
    found = {}
    for size in range(1, longest + 1):
        for items in combinations(range(dense.shape[1]), size):
            count = int(dense[:, items].all(axis=1).sum())
            if count >= least:
                found[items] = count
    return found


@pytest.mark.parametrize("longest", [1, 2, 3, 4, None])
def test_item_sets_are_those_that_plain_counting_finds(longest: int | None) -> None:
    baskets = random_baskets(3)
    assert dict(item_sets(baskets, 12, longest).counts) == slow_sets(baskets, 12, longest or 9)


def test_triples_by_algebra_are_those_of_fp_growth() -> None:
    baskets = random_baskets(4, many=600)
    mine = {items: n for items, n in item_sets(baskets, 8, 3).counts.items() if len(items) == 3}
    assert mine == grown(baskets.bought, 8, 3)
    wanted = list(mine)
    assert count_sets(baskets, wanted).tolist() == [mine[items] for items in wanted]


def test_the_longer_sets_of_a_huge_range_come_from_its_most_frequent_pairs() -> None:
    baskets = random_baskets(5)
    few, whole = item_sets(baskets, 5, 3, most_pairs=6), item_sets(baskets, 5, 3)
    assert few.of_size(2) == whole.of_size(2)
    often = sorted((whole.counts[pair] for pair in whole.of_size(2)), reverse=True)
    assert set(few.of_size(3)) < set(whole.of_size(3))
    assert all(few.counts[items] > often[5] for items in few.of_size(3))


def test_a_support_is_turned_into_whole_receipts_without_rounding() -> None:
    assert [receipts_for(s, 9835) for s in (0.006, 0.001, 0.01)] == [60, 10, 99]
    assert receipts_for(0.1, 30) == 3, "0.1 * 30 is 3.0000000000000004 in binary fractions"
    assert receipts_for(0.0, 100) == 1


def test_a_confidence_of_exactly_the_bound_is_kept() -> None:
    """Four of five receipts are 0.8: compared as fractions of whole numbers, not as binary ones."""
    sets = [["a", "b"]] * 4 + [["a"]] + [["c"]] * 5
    rules = rules_of(item_sets(of_sets(sets, FIRST), 1, 2), 0.8)
    assert set(rules["given"]) == {(0,), (1,)}
    for n in range(1, 60):
        share = Fraction(n, 60)
        sets = [["a", "b"]] * n + [["a"]] * (60 - n)
        if share.denominator in (1, 2, 4, 5, 10, 20):
            assert (0,) in rules_of(item_sets(of_sets(sets, FIRST), 1, 2), float(share))["given"].tolist()


def test_measures_of_a_rule_by_hand() -> None:
    """20 receipts: 8 with tea, 10 with cake, 6 with both."""
    sets = [["tea", "cake"]] * 6 + [["tea"]] * 2 + [["cake"]] * 4 + [["milk"]] * 8
    baskets = of_sets(sets, FIRST)
    rules = measured(rules_of(item_sets(baskets, 1, 2), 0.0), baskets.many)
    row = rules[rules["given"] == (baskets.items.index("tea"),)].iloc[0]
    assert [row[name] for name in ("support", "confidence", "lift", "leverage", "conviction")] == pytest.approx(
        [0.3, 0.75, 1.5, 0.1, 2.0]
    )
    both, given, then = row["both"], row["given_count"], row["then_count"]
    table = [[both, given - both], [then - both, baskets.many - given - then + both]]
    p = chances(rules, item_sets(baskets, 1, 2))
    assert p[rules.index.get_loc(row.name)] == pytest.approx(
        fisher_exact(np.array(table), alternative="greater").pvalue
    )


def test_a_rule_without_exception_has_no_conviction() -> None:
    baskets = of_sets([["a", "b"]] * 3 + [["c"]] * 3, FIRST)
    assert measured(rules_of(item_sets(baskets, 1, 2), 1.0), 6)["conviction"].isna().all()


def test_the_interval_of_lift_holds_the_truth_nineteen_times_of_twenty() -> None:
    rng, inside = np.random.default_rng(1), 0
    n, x, y, xy = 3000, 0.1, 0.05, 0.02
    for _ in range(400):
        both, left, right, _ = rng.multinomial(n, [xy, x - xy, y - xy, 1 - x - y + xy])
        row = pd.DataFrame({"both": [both], "given_count": [both + left], "then_count": [both + right]})
        row["lift"] = n * row["both"] / (row["given_count"] * row["then_count"])
        low, high = lift_interval(row, n)
        inside += bool(low[0] <= xy / (x * y) <= high[0])
    assert 0.92 <= inside / 400 <= 0.98


def test_correction_counts_every_rule_that_might_have_been_found() -> None:
    baskets = random_baskets(6)
    sets = item_sets(baskets, 10, 3)
    rules = measured(rules_of(sets, 0.0), baskets.many)
    p = chances(rules, sets)
    corrected = adjusted(rules, sets, p, 3)
    pairs = rules["items"].map(len).to_numpy() == 2
    items = len(sets.of_size(1))
    assert corrected[pairs].min() == pytest.approx(min(2 * p[pairs].min() * items * (items - 1) / 2, 1))
    triples = len(sets.of_size(2)) * (items - 2)
    assert corrected[~pairs].min() == pytest.approx(min(2 * p[~pairs].min() * triples, 1))
    assert (corrected >= p - 1e-15).all()


@pytest.mark.slow
def test_where_everything_is_bought_independently_hardly_any_run_shows_a_rule() -> None:
    """200 shops of pure chance, with popularities as in shops; min_lift is off so that only the test decides."""
    rules = replace(RULES, min_lift=1.0, min_confidence=0.0)
    shown = 0
    for seed in range(200):
        baskets = of_lines(bought(independent(700, 40, seed)).lines)
        shown += bool(len(level_of(baskets, "product", FIRST, rules).rules))
    assert shown <= 10


def planted(seed: int = 1) -> list[tuple[int, float, str | None, list[str]]]:
    """A shop of chance in which shoes draw laces and polish, each on its own, and tea with milk draws sugar."""
    rng = np.random.default_rng(seed)
    found = []
    for day, minute, who, products in independent(4000, 20, seed):
        items = set(products)
        if rng.random() < 0.05:
            items |= {"shoes"} | {name for name in ("laces", "polish") if rng.random() < 0.5}
        items |= {name for name in ("tea", "milk") if rng.random() < 0.12}
        if {"tea", "milk"} <= items and rng.random() < 0.8:
            items.add("sugar")
        items |= {name for name in ("laces", "polish", "sugar") if rng.random() < 0.01}
        found.append((day, minute, who, sorted(items)))
    return found


def test_what_was_planted_is_on_top_and_what_it_draws_along_is_explained() -> None:
    (products, _) = bought_together(bought(planted()), RULES)
    rules = products.rules
    shown = rules[rules["explained_by"].isna()]
    sets = {frozenset(x for x in row if isinstance(x, str)) for row in shown[["given", "given_2", "bought"]].to_numpy()}
    assert sets == {
        frozenset(("shoes", "laces")), frozenset(("shoes", "polish")), frozenset(("tea", "milk", "sugar")),
        frozenset(("tea", "sugar")), frozenset(("milk", "sugar")), frozenset(("shoes", "laces", "polish")),
    } & sets  # fmt: skip
    assert {frozenset(("shoes", "laces")), frozenset(("shoes", "polish")), frozenset(("tea", "milk", "sugar"))} <= sets
    aside = rules[rules["explained_by"].notna()]
    assert {frozenset(pair) for pair in aside[["given", "bought"]].to_numpy()} == {frozenset(("laces", "polish"))}
    assert set(aside["explained_by"]) == {"shoes"}
    assert aside["rank"].min() > shown["rank"].max()
    assert (rules["p_value"] <= 0.05).all()
    assert (rules["lift_low"] >= 1.2).all()
    one = shown[(shown["given"] == "shoes") & (shown["bought"] == "laces")].iloc[0]
    assert one["confidence_low"] <= 0.505 <= one["confidence_high"]
    assert one["lately"] == "holds"
    assert products.answer.why is None


def test_one_way_keeps_the_stronger_arrow_of_each_set() -> None:
    (products, _) = bought_together(bought(planted()), RULES)
    one = one_way(products.rules)
    columns = ["given", "given_2", "bought"]

    def sets(rules: pd.DataFrame) -> list[frozenset[str]]:
        return [frozenset(x for x in row if isinstance(x, str)) for row in rules[columns].to_numpy().tolist()]

    assert len(sets(one)) == len(set(sets(one)))
    assert set(sets(one)) == set(sets(products.rules))
    assert one["rank"].is_monotonic_increasing
    best: dict[frozenset[str], float] = {}
    for items, confidence in zip(sets(products.rules), products.rules["confidence"], strict=True):
        best[items] = max(best.get(items, 0.0), confidence)
    assert one["confidence"].tolist() == [best[items] for items in sets(one)]


def test_a_rule_that_ends_has_faded() -> None:
    sales = [
        (day, minute, who, [*products, *(["mitten", "hat"] if day < 40 and n % 12 == 0 else []),
                            *(["hat"] if n % 9 == 0 else []), *(["mitten"] if n % 10 == 0 else [])])
        for n, (day, minute, who, products) in enumerate(independent(3000, 5, 2))
    ]  # fmt: skip
    (products, _) = bought_together(bought(sales), RULES)
    pair = products.rules[products.rules[["given", "bought"]].isin(["hat", "mitten"]).all(axis=1)]
    assert set(pair["lately"]) == {"faded"}
    assert products.summary["late_faded"].iloc[0] >= 2


def test_two_lines_of_a_product_are_one_and_returns_are_no_purchase() -> None:
    sales = bought([(0, 1, None, ["a", "a", "b"]), (1, 1, None, ["a"])])
    lines = pd.concat([sales.lines, sales.lines.iloc[:1].assign(receipt_id="back", kind="return", quantity=-1)])
    baskets = of_lines(lines)
    assert (baskets.many, baskets.items, baskets.each().tolist()) == (2, ("a", "b"), [2, 1])


def test_a_product_that_the_master_does_not_know_has_no_category_but_its_receipt_counts() -> None:
    sales = bought([(0, 1, None, ["a", "new"]), (1, 1, None, ["new"])], categories={"a": "shoes"})
    baskets = of_lines(sales.lines, sales.products)
    assert (baskets.many, baskets.items, baskets.each().tolist()) == (2, ("shoes",), [1])


BAD = {
    "nothing": ([], "no_receipts"),
    "one receipt": ([(0, 1.0, None, ["a", "b"])], "few_days"),
    "three days": ([(n % 3, 1.0, None, ["a", "b"]) for n in range(500)], "few_days"),
    "ten items in the whole shop": ([(3 * n, 1.0, None, [f"p{n}"]) for n in range(10)], "few_receipts"),
    "always the same product": ([(n % 50, 1.0, None, ["a"]) for n in range(500)], "few_products"),
    "always the same two": ([(n % 50, 1.0, None, ["a", "b"]) for n in range(500)], "no_rule"),
    "one item on each receipt": ([(n % 50, 1.0, None, [f"p{n % 7}"]) for n in range(500)], "no_rule"),
}


@pytest.mark.parametrize("story", BAD)
def test_what_cannot_be_said_is_said_so(story: str) -> None:
    sales, why = BAD[story]
    for level in bought_together(bought(sales), RULES):
        expected = "few_products" if why == "no_rule" and level.answer.question == "category_rules" else why
        assert level.answer.why == expected
        assert level.rules.empty
        assert list(level.rules.columns) == frames.BASKET_RULES.names


def test_every_rule_and_its_chance_can_be_asked_for() -> None:
    baskets = of_lines(bought(independent(500, 8, 1)).lines)
    level = level_of(baskets, "product", FIRST, replace(RULES, min_confidence=0.0), 1, by_chance=True)
    assert (level.rules["p_value"] > 0.05).any()
    assert len(level.rules) == len(rules_of(item_sets(baskets, 1, 3), 0.0)[:500])
