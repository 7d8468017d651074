"""Stories of products that sell and members that buy, and of how much is known of it beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.demand import DemandRules, Draft, interval, outcome, panel, products_of, reach, span
from analytics.demand.features import features, last_period, mean_period
from analytics.demand.models import MODELS
from analytics.demand.trial import gain, luck_of, robust

from .buying_members import FIRST, Bought, bought, chance, shop

if TYPE_CHECKING:
    from analytics.demand import Outcome

RULES = DemandRules(days=14, least_units=5)
LAST = 167


def courses(many: int = 60, days: int = 168, seed: int = 1) -> list[Bought]:
    """Products of which half rise and half fall by a tenth a week, sold in whole units by chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(many):
        way = 1.1 if n % 2 else 1 / 1.1
        rate = rng.uniform(2, 6) * way ** ((np.arange(days) - days / 2) / 7) / 2
        rows += [bought(None, day, 100, f"P{n:03}", int(k)) for day, k in enumerate(rng.poisson(rate)) if k]
    return rows


def steady(many: int = 60, days: int = 168, seed: int = 2) -> list[Bought]:
    """Products that sell the same every day, but for chance: nothing is better than their mean."""
    rng = np.random.default_rng(seed)
    sold = rng.poisson(rng.uniform(0.3, 3, (many, 1)), (many, days))
    return [bought(None, int(d), 100, f"P{n:03}", int(sold[n, d])) for n, d in zip(*np.nonzero(sold), strict=True)]


@pytest.fixture(scope="module")
def moving() -> Outcome:
    return outcome(shop(courses(), last=LAST), RULES)


def test_sums_over_windows_are_those_counted_by_hand() -> None:
    rows = steady(8, 60)
    seen = products_of(shop(rows, last=59))
    cut = seen.first + 40
    for place, name in enumerate(seen.names):
        mine = [(day, units) for _, day, _, product, units, _ in rows if product == name]
        assert last_period(seen, cut, 14)[place] == sum(units for day, units in mine if 27 <= day <= 40)
        assert mean_period(seen, cut, 14)[place] == pytest.approx(sum(u for d, u in mine if d <= 40) * 14 / 41)
        ends = [day for day, _ in mine if day <= 40]
        assert [seen.ends(cut)[0][place], seen.ends(cut)[1][place]] == [40 - max(ends), 40 - min(ends)]


def test_what_comes_after_the_day_is_not_looked_at() -> None:
    rows = steady(8, 120)
    names = [f"P{n:03}" for n in range(8)]
    whole = products_of(shop(rows, last=119))
    early = products_of(shop([row for row in rows if row[1] <= 80], last=119))
    assert list(whole.names) == list(early.names) == names
    np.testing.assert_array_equal(features(whole, whole.first + 80, 14), features(early, early.first + 80, 14))


def test_no_period_begins_before_the_one_that_taught_it_is_over() -> None:
    seen = products_of(shop(steady(8), last=LAST))
    for days in (7, 14, 28):
        at = span(seen, days, seen.last - days)
        assert max(at.teach) + days <= min(at.calibrate)
        assert max(at.calibrate) + days <= at.judge
        assert at.judge + days <= seen.last


def test_with_a_course_a_model_serves_and_follows_it(moving: Outcome) -> None:
    (answer,) = (a for a in moving.answers if a.question == "products_period")
    assert answer.why is None
    trial = moving.trial[moving.trial["days"] == 14].set_index("model")
    (serves,) = trial.index[trial["serves"]]
    assert serves in MODELS
    assert trial.loc[serves, "over_last_low"] > 0
    assert trial.loc[serves, "over_mean_low"] > 0
    told = moving.products[moving.products["days"] == 14].set_index("product_id")
    rising = told.index.str[1:].astype(int) % 2 == 1
    assert told.loc[rising, "units"].sum() > 1.1 * told.loc[rising, "last_units"].sum()
    assert told.loc[~rising, "units"].sum() < 0.9 * told.loc[~rising, "mean_units"].sum()


@pytest.mark.slow
def test_with_nothing_but_chance_the_mean_serves_and_it_is_said() -> None:
    found = outcome(shop(steady(), last=LAST), RULES)
    for question in ("products_week", "products_period"):
        (answer,) = (a for a in found.answers if a.question == question)
        assert answer.why == "not_better"
    assert set(found.products["model"]) <= {"last", "mean"}


@pytest.mark.slow
def test_intervals_hold_what_they_promise() -> None:
    """Over three shops of sixty products each, judged on periods that nobody knew."""
    held = [outcome(shop(steady(60, 168, seed), last=LAST), RULES).trial for seed in range(3)]
    cover = pd.concat([trial[trial["serves"]] for trial in held])["cover"].mean()
    assert 0.76 <= cover <= 0.95


def test_the_ends_are_ranks_of_errors() -> None:
    """Nine errors of 0.1 to 0.9: 80 % reach to ranks 9 and 1; whole numbers, outward."""
    past = Draft(1.0, sound=True, predicted=np.zeros(9), bought=np.arange(1, 10) / 10)
    assert list(reach(past, 0.8)) == pytest.approx([0.1, 0.9])
    low, high = interval(np.array([3.0, 0.0]), (-0.6, 1.2))
    assert low.tolist() == [1.0, 0.0]
    assert high.tolist() == [6.0, 2.0]


def test_the_luck_of_a_whole_period_is_in_the_interval() -> None:
    """A thousand products share a period's luck: the errors of one period alone say nothing of the next one's."""
    rng = np.random.default_rng(5)
    base = np.full(1000, 100.0)
    past = Draft(1.0, sound=True, predicted=base, bought=rng.poisson(base).astype(float))
    weeks = np.exp(rng.normal(0, 0.15, 300))
    came = rng.poisson(base[None, :] * weeks[:, None])

    def inside(luck: float) -> float:
        low, high = interval(base, reach(past, 0.8, luck))
        return float(np.mean((came >= low) & (came <= high)))

    assert inside(0.0) < 0.65
    assert 0.78 <= inside(0.15) <= 0.88


def test_luck_is_told_from_the_sums_of_periods_that_are_over() -> None:
    day = np.arange(140)
    sold = np.where(day // 14 % 2, 11, 10) * 1.02 ** (day // 14)
    rows = pd.DataFrame({"name": "P1", "local_date": pd.Timestamp(FIRST) + pd.to_timedelta(day, unit="D")})
    seen = panel(rows.assign(much=sold), 20_000, 20_000)
    seen = replace(seen, first=int(seen.day[0]), last=int(seen.day[-1]))
    at = span(seen, 14, seen.last - 14)
    steps = np.log(1.1) * np.where(np.arange(8) % 2, -1, 1)
    assert luck_of(seen, at) == pytest.approx(np.std(steps, ddof=1) / np.sqrt(2))
    later = replace(seen, much=np.where(seen.day > at.judge, 1000.0, seen.much))
    assert luck_of(later, at) == luck_of(seen, at), "what the judge's period brings is not known"
    growing = replace(seen, much=1.02 ** (seen.day // 14 * 14 / 14.0))
    assert luck_of(growing, at) < 0.01


def test_better_by_the_luck_of_one_period_is_not_better() -> None:
    """One says a tenth more than the mean and a tenth more came: it was near in that period alone."""
    came = np.full(50, 110.0)
    finals = {"last": np.full(50, 95.0), "mean": np.full(50, 100.0), "linear": np.full(50, 110.0)}
    assert robust(finals, "linear", came, 0.01)
    assert not robust(finals, "linear", came, 0.1)
    sharp = finals | {"last": came * np.tile([0.5, 1.5], 25), "mean": came * np.tile([0.6, 1.4], 25)}
    assert robust(sharp, "linear", came, 0.1)


def test_the_gain_is_none_against_oneself_and_sure_against_twice_the_error() -> None:
    errors = np.random.default_rng(4).exponential(1, 500)
    assert gain(errors, errors).value == 0
    found = gain(errors, 2 * errors)
    assert [found.value, found.low, found.high] == pytest.approx([0.5, 0.5, 0.5])
    assert gain(errors, np.zeros(500)).value == 0


def test_a_promotion_lifts_only_what_it_is_for() -> None:
    seen = products_of(
        shop(steady(3, 60), last=59, products=["P000", "P001", "P002"]),
        [
            (FIRST + timedelta(days=50), FIRST + timedelta(days=63), ("c1",)),
            (FIRST + timedelta(days=60), FIRST + timedelta(days=61), ("other",)),
        ],
    )
    assert seen.promotion(seen.last, seen.last + 8).tolist() == [0.5, 0.5, 0.5]
    assert seen.promotion(seen.first + 40, seen.first + 49).tolist() == [0, 0, 0]
    unknown = products_of(shop(steady(3, 60), last=59), [(FIRST, FIRST + timedelta(days=80), ("c1",))])
    assert unknown.promotion(unknown.last, unknown.last + 8).tolist() == [0, 0, 0], "not in the product master"


@pytest.mark.slow
def test_members_are_told_purchases_units_and_amounts_that_fit() -> None:
    found = outcome(shop(chance(150, 168, rate=1 / 10), last=LAST), RULES)
    rows = found.members
    assert len(rows) > 140
    assert rows["purchases"].mean() == pytest.approx(1.4, abs=0.35)
    assert (rows["amount_low_minor"] <= rows["amount_minor"]).all()
    assert (rows["amount_minor"] <= rows["amount_high_minor"]).all()
    assert (rows["next_days"].dropna() <= RULES.days).all()
    total = found.totals.set_index("days").loc[14]
    assert total["purchases"] == pytest.approx(rows["purchases"].sum())
    assert total["members"] == len(rows)


@pytest.mark.slow
def test_who_did_not_agree_is_not_told_of_but_their_purchases_count_for_products() -> None:
    rows = chance(150, 168, rate=1 / 10)
    found = outcome(shop(rows, last=LAST, unwilling=["M0003"]), RULES)
    assert "M0003" not in set(found.members["member_id"])
    assert products_of(shop(rows, last=LAST, unwilling=["M0003"])).much.sum() == len(rows)


@pytest.mark.slow
def test_where_most_buy_nothing_nothing_is_no_answer() -> None:
    """The nearest guess of each is none, and the sum of all would be none: such a model does not serve."""
    found = outcome(shop(chance(400, 168, rate=1 / 60), last=LAST), RULES)
    serves = found.trial[found.trial["serves"] & found.trial["demand_of"].str.startswith("member")]
    assert (serves["model"] != "svr").all()
    assert found.members["purchases"].sum() == pytest.approx(len(found.members) * 14 / 60, rel=0.3)


BAD: dict[str, tuple[list[Bought], int, dict[str, str]]] = {
    "nothing at all": ([], 100, {"products_period": "few_days", "members": "no_members"}),
    "one receipt": ([bought("A", 5)], 100, {"products_period": "few_products", "members": "few_members"}),
    "all the same product": (
        [bought(None, day) for day in range(150)],
        150,
        {"products_period": "few_products", "members": "no_members"},
    ),
    "ten items in the whole shop": (
        [bought("A", day, product=f"P{day}") for day in range(10)],
        100,
        {"products_period": "few_products", "members": "few_members"},
    ),
    "three days of data": (
        [bought("A", day, product=f"P{n:02}", units=9) for day in range(3) for n in range(30)],
        2,
        {"products_period": "few_days", "members": "few_members"},
    ),
    "closed for the last weeks": (
        [bought(None, day, product=f"P{n:02}") for day in range(140) for n in range(12)],
        168,
        {"products_period": "no_variation", "members": "no_members"},
    ),
    "only returns": (
        [("A", day, 100, f"P{n:02}", 1, "return") for day in range(100) for n in range(12)],
        100,
        {"products_period": "few_products", "members": "few_members"},
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_answered_says_why(name: str) -> None:
    rows, last, why = BAD[name]
    found = outcome(shop(rows, last=last), RULES)
    said = {answer.question: answer.why for answer in found.answers}
    assert {question: said[question] for question in why} == why
    assert frames.answer_rows("demand", date(2025, 6, 1), found.answers)["have"].notna().all()


def test_a_constant_series_is_told_as_it_is() -> None:
    rows = [bought(None, day, product=f"P{n:02}", units=n + 1) for day in range(150) for n in range(12)]
    found = outcome(shop(rows, last=149), RULES)
    told = found.products[found.products["days"] == 14].sort_values("product_id")
    assert told["units"].to_numpy() == pytest.approx(14 * np.arange(1, 13), rel=0.02)


@pytest.mark.slow
def test_the_order_of_the_receipts_changes_nothing(moving: Outcome) -> None:
    rows = courses()
    np.random.default_rng(3).shuffle(rows)
    again = outcome(shop(rows, last=LAST), RULES)
    pd.testing.assert_frame_equal(again.products, moving.products)
    pd.testing.assert_frame_equal(again.trial, moving.trial)


def test_a_panel_of_nothing_has_no_names() -> None:
    none = panel(pd.DataFrame({"name": [], "local_date": pd.to_datetime([]), "much": []}), 0, 10)
    assert none.total(0, 10).shape == (0,)
