"""Stories of members and what they are worth; slow versions and planted truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics import frames, value
from analytics.purchases import Purchases, purchases
from analytics.value import BgNbd, Histories, coming, expected, fit, lives, multiple, posterior_alive, worth
from analytics.value.bgnbd import _slope, likelihood, posterior
from analytics.value.holdout import HeldOut, hold_out
from analytics.value.lives import Lives, purchase_days
from analytics.value.margin import margin_of
from analytics.value.spending import GammaGamma, expected_purchase, fit_spending
from analytics.value.totals import Spend, discounted, outlook, worth_of

from .member_shop import FIRST, Story, bought, shop
from .store_days import receipts, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = "Europe/Berlin"
AS_OF = date(2026, 1, 31)
Row = tuple[str, int] | tuple[str, int, dict[str, object]]


def members(joined: Mapping[str, str]) -> pd.DataFrame:
    rows = [(name, pd.Timestamp(day), None, None, None, True) for name, day in joined.items()]
    return frames.check(pd.DataFrame(rows, columns=frames.MEMBERS.names), frames.MEMBERS)


def sold(joined: Mapping[str, str], *rows: Row, as_of: date = AS_OF) -> Purchases:
    people = members(joined) if joined else frames.empty(frames.MEMBERS)
    nothing = (frames.empty(frames.LINES), people, frames.empty(frames.PRODUCTS))
    return purchases(receipts(*rows), *nothing, as_of=as_of, time=ZONE)


def by(day: str, cents: int, who: str | None = "anna", **differs: object) -> Row:
    return (f"{day} 10:00", cents, {"member_id": who, **differs})


def one(x: float, t_x: float, age: float, before: float = 0.0) -> Histories:
    return Histories(*(np.array([float(v)]) for v in (x, t_x, age, before)))


@cache
def usual() -> value.Worth:
    """The worth of the members of the usual story, for the tests that only look at it."""
    return worth(shop(Story(joined_before=0.4)))


# What is known of a member


def test_purchases_of_one_day_are_one_and_the_first_is_no_repeat() -> None:
    sales = sold(
        {"anna": "2026-01-01"},
        by("2026-01-01", 900, None),
        by("2026-01-03", 1000),
        by("2026-01-10", 2000),
        ("2026-01-10 18:00", 3000, {"member_id": "anna"}),
        by("2026-01-24", 7000),
    )
    anna = lives(sales)
    assert list(anna.member_id) == ["anna"]
    assert (anna.seen.x[0], anna.seen.t_x[0], anna.seen.age[0], anna.seen.before[0]) == (2, 3, 4, 0)
    assert anna.mean_minor[0] == 6000
    assert anna.sales_minor[0] == 13_000


def test_what_is_brought_back_takes_off_the_value_and_never_the_purchase() -> None:
    sales = sold(
        {"anna": "2026-01-02", "ben": "2026-01-02"},
        by("2026-01-02", 500, "ben", kind="return"),
        by("2026-01-03", 1000),
        by("2026-01-10", 5000),
        by("2026-01-12", 2000, kind="return"),
        by("2026-01-20", 0),
    )
    anna = lives(sales)
    assert (anna.seen.x[0], anna.mean_minor[0]) == (1, 3000)
    assert list(purchase_days(sales).amount_minor) == [1000, 3000]


def test_more_brought_back_than_bought_is_worth_nothing_and_no_error() -> None:
    sales = sold(
        {"anna": "2026-01-03"}, by("2026-01-03", 10), by("2026-01-10", 100), by("2026-01-11", 900, kind="return")
    )
    anna = lives(sales)
    assert (anna.seen.x[0], anna.mean_minor[0], anna.sales_minor[0]) == (1, 0, -790)


def test_of_who_joined_before_the_data_every_purchase_is_a_repeat_and_none_is_a_story_too() -> None:
    sales = sold({"anna": "2025-12-04", "ben": "2025-10-01"}, by("2026-01-01", 900, None), by("2026-01-07", 5000))
    anna, ben = (lives(sales).seen.take(np.array([n])) for n in (0, 1))
    assert (anna.x[0], anna.t_x[0], anna.age[0], anna.before[0]) == (1, 1, pytest.approx(31 / 7), 4)
    assert (ben.x[0], ben.t_x[0]) == (0, 0)
    assert ben.before[0] == pytest.approx(92 / 7)


def test_who_joined_since_and_never_bought_is_not_there() -> None:
    assert len(lives(sold({"anna": "2026-01-05"}, by("2026-01-01", 900, None)))) == 0


@pytest.mark.parametrize(
    ("retention", "discount", "times"),
    [(0.6, 0.1, 1.2), (0.7, 0.1, 1.75), (0.8, 0.1, 2.67), (0.9, 0.1, 4.5), (0.9, 0.12, 4.09), (0.9, 0.16, 3.46)],
)
def test_the_six_printed_multiples(retention: float, discount: float, times: float) -> None:
    assert multiple(retention, discount) == pytest.approx(times, abs=0.005)


# Against slow versions


def slow(model: BgNbd, seen: Histories, weeks: float) -> tuple[float, float, float]:
    """Log-likelihood, probability alive and expected purchases by adding up over many rates and probabilities."""
    middle = (np.arange(1500) + 0.5) / 1500
    rate = stats.gamma.ppf(middle, model.r, scale=1 / model.alpha)[:, None]
    leave = stats.beta.ppf(middle, model.a, model.b)[None, :]
    x, t_x, age, before = (float(v[0]) for v in (seen.x, seen.t_x, seen.age, seen.before))
    stayed_before = np.exp(-rate * leave * before)
    alive = stayed_before * (1 - leave) ** x * rate**x * np.exp(-rate * age)
    gone = 1 - stayed_before
    if x > 0:
        gone = stayed_before * leave * (1 - leave) ** (x - 1) * rate**x * np.exp(-rate * t_x)
    later = alive * -np.expm1(-rate * leave * weeks) / leave
    total = (alive + gone).mean()
    return float(np.log(total)), float(alive.mean() / total), float(later.mean() / total)


@pytest.mark.parametrize(
    "seen",
    [one(0, 0, 20), one(2, 8, 20), one(3, 20, 26, 20), one(0, 0, 26, 10), one(5, 9, 26, 100)],
    ids=["once", "twice more", "from before", "silent from before", "long ago"],
)
def test_likelihood_alive_and_expected_are_those_of_plain_integration(seen: Histories) -> None:
    model = BgNbd(1.3, 2.5, 1.7, 7.0)
    height, alive, later = slow(model, seen, 13.0)
    assert float(likelihood(model, seen)[0]) == pytest.approx(height, abs=2e-3)
    assert float(posterior_alive(model, seen)[0]) == pytest.approx(alive, rel=3e-3)
    assert float(posterior(model, seen).alive[0]) == pytest.approx(alive, rel=3e-3)
    assert float(expected(model, seen, 13.0)[0]) == pytest.approx(later, rel=3e-3)


def test_the_slope_is_that_of_the_likelihood() -> None:
    rng = np.random.default_rng(1)
    x = rng.poisson(2.0, 40).astype(float)
    seen = Histories(x, np.where(x > 0, rng.uniform(1, 20, 40), 0.0), np.full(40, 21.0), np.zeros(40))
    logs = np.log([0.7, 3.0, 0.9, 2.5])
    _, slope = _slope(np.exp(logs), seen, np.ones(40))
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-6
        up, down = (likelihood(BgNbd(*np.exp(logs + s * step)), seen).sum() for s in (1, -1))
        assert slope[place] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-5)


def test_the_mean_of_the_distribution_is_the_formula_and_its_parts_add_up() -> None:
    model = BgNbd(0.243, 4.414, 0.793, 2.426)
    seen = Histories(np.array([0.0, 2.0, 15.0]), np.array([0.0, 30.4, 37.0]), np.full(3, 38.9), np.zeros(3))
    counts = coming(model, seen, 39.0, 0.9)
    assert counts.mean == pytest.approx(expected(model, seen, 39.0), abs=1e-5)
    assert (counts.low <= counts.mean).all()
    assert (counts.high >= counts.mean).all()
    assert ((counts.none > 0) & (counts.none < 1)).all()


def test_the_distribution_is_that_of_members_who_live_on() -> None:
    """Members drawn from the posterior of one who bought five times, simulated week by week."""
    model, rng = BgNbd(1.2, 3.0, 0.8, 5.0), np.random.default_rng(6)
    seen, size = one(5, 18, 20), 40_000
    known = posterior(model, seen)
    rate = rng.gamma(known.shape[0], 1 / known.pace[0], size)
    leave = rng.beta(known.leaves[0], known.stays[0], size)
    alive, at, many = rng.random(size) < known.alive[0], np.zeros(size), np.zeros(size)
    while alive.any():
        at += rng.exponential(1 / rate)
        alive &= at < 13
        many += alive
        alive &= rng.random(size) > leave
    counts = coming(model, seen, 13.0, 0.8)
    assert counts.mean[0] == pytest.approx(many.mean(), rel=0.02)
    assert counts.variance[0] == pytest.approx(many.var(), rel=0.05)
    assert counts.none[0] == pytest.approx((many == 0).mean(), abs=0.01)
    assert [counts.low[0], counts.high[0]] == list(np.quantile(many, [0.1, 0.9], method="inverted_cdf"))


def test_thousands_of_purchases_neither_overflow_nor_lose_digits() -> None:
    model = BgNbd(0.243, 4.414, 0.793, 2.426)
    often = one(5000, 52, 52)
    assert float(expected(model, often, 1.0)[0]) == pytest.approx(5000 / 56.4, rel=0.02)
    assert 0.9 < float(posterior_alive(model, often)[0]) <= 1
    assert np.isfinite(likelihood(model, often)).all()


def test_at_a_equal_to_one_nothing_jumps() -> None:
    around = [float(expected(BgNbd(0.5, 4.0, a, 2.5), one(3, 20, 30), 13.0)[0]) for a in (0.999, 1.0, 1.001)]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-4)


def test_equal_members_are_counted_once_and_come_out_the_same() -> None:
    seen = Histories(*(np.tile(v, 50) for v in ([0.0, 1.0, 4.0], [0.0, 3.0, 9.0], [10.0, 10.0, 12.0], [0.0, 0.0, 5.0])))
    rows, group, many = seen.grouped()
    assert (len(rows), list(many)) == (3, [50, 50, 50])
    assert (rows.x[group] == seen.x).all()
    assert (rows.before[group] == seen.before).all()


# Planted truth


@pytest.mark.parametrize("before", [0.0, 0.6], ids=["all seen from the start", "most from before the data"])
@pytest.mark.slow
def test_planted_parameters_are_found_within_their_errors(before: float) -> None:
    story = Story(members=2500, joined_before=before, days=365)
    found = fit(lives(shop(story)).seen)
    truth = np.log([story.r, story.alpha, story.a, story.b])
    assert found.identified
    assert (np.abs(found.logs - truth) < 3.5 * found.errors).all()
    assert (found.errors < 0.4).all()


@pytest.mark.slow
def test_intervals_of_members_hold_what_comes_and_so_does_that_of_the_total() -> None:
    story = Story(members=1500, joined_before=0.5, days=420)
    sales = shop(story)
    found = worth(sales.until(FIRST + timedelta(days=329)))
    member, day, _ = bought(story)
    days = {(int(m), int(d)) for m, d in zip(member, day, strict=True) if 330 <= d < 420}
    came = pd.Series([f"M{m:05}" for m, _ in days]).value_counts()
    actual = found.members["member_id"].map(came).fillna(0)
    inside = actual.between(found.members["low_90d"], found.members["high_90d"])
    # Purchases are whole, so an interval of 80 % holds more than that.
    assert inside.mean() > 0.8
    total = found.total.iloc[0]
    assert total["purchases_low"] <= actual.sum() <= total["purchases_high"]
    assert total["purchases_high"] - total["purchases_low"] < 0.5 * total["purchases"]


def test_a_year_is_less_sure_than_ninety_days() -> None:
    """The interval of the worth is as wide as the parameters leave the year, not as they leave the 90 days."""
    rng = np.random.default_rng(8)
    age = rng.uniform(6, 26, 600)
    rate, drop = rng.gamma(1.2, 1 / 3, 600), rng.beta(0.8, 5, 600)
    x, t_x, at, there = np.zeros(600), np.zeros(600), np.zeros(600), np.ones(600, dtype=bool)
    while there.any():
        at = at + rng.exponential(1 / rate)
        there &= at < age
        x, t_x = x + there, np.where(there, at, t_x)
        there &= rng.random(600) > drop
    seen = Histories(x, t_x, age, np.zeros(600))
    fitted = fit(seen)
    model = BgNbd(*fitted.values)
    known = Lives(np.arange(600).astype(object), seen, (x > 0).astype(np.float64), x + 1)
    spend = Spend(None, None, 1.0, None)
    mine = worth_of(model, known, spend, 1.0, value.ValueRules())
    ahead = outlook(fitted, known, coming(model, seen, 90 / 7), spend, value=mine, missed=0.0)
    assert ahead.value is not None
    slope = np.zeros(4)
    for place in range(4):
        step = np.eye(4)[place] * 1e-3
        up, down = (discounted(BgNbd(*np.exp(fitted.logs + s * step)), seen, 0.01).sum() for s in (1, -1))
        slope[place] = (up - down) / 2e-3
    half = 1.96 * np.sqrt(mine.variance.sum() + slope @ fitted.covariance @ slope)
    assert ahead.value[2] - ahead.value[0] == pytest.approx(half, rel=0.03)


def test_members_who_never_leave_run_to_a_bound_and_recency_takes_over() -> None:
    """A Poisson process of one rate for all: neither the spread of rates nor any leaving is in the data."""
    story = Story(members=400, r=5000.0, alpha=5000.0 / 0.7, b=np.inf)
    found = worth(shop(story))
    told = {answer.question: answer.why for answer in found.answers}
    assert told["purchases"] == "not_identified"
    assert set(found.members["model"]) == {"recency"}
    assert found.members["p_alive"].isna().all()
    assert found.members["value_minor"].isna().all()
    expected_total = 400 * 0.7 * 90 / 7
    assert found.total["purchases"].item() == pytest.approx(expected_total, rel=0.2)
    assert found.deciles.empty


def test_the_correlation_of_how_often_and_how_much_is_said() -> None:
    assert abs(usual().total["correlation"].item()) < 0.2
    rng = np.random.default_rng(2)
    x = np.asarray(rng.poisson(6, 400), dtype=np.float64) + 1
    known = replace(
        lives(shop(Story(members=400))),
        seen=Histories(x, x, x + 1, np.zeros(400)),
        mean_minor=1000 * x + rng.random(400),
    )
    from analytics.value.worth import spend_of

    assert (spend_of(known).correlation or 0) > 0.95


def test_spending_without_a_finite_mean_is_not_identified() -> None:
    """A few members spend so much that the mean over members does not exist: q is 0.7."""
    rng = np.random.default_rng(3)
    x = np.asarray(rng.poisson(3, 2000), dtype=np.float64) + 1
    nu = rng.gamma(0.7, 1 / 1000, 2000)
    found = fit_spending(x, np.asarray(rng.gamma(6.0 * x)) / x / nu)
    assert found.values[1] == pytest.approx(0.7, rel=0.15)
    assert not found.identified


def test_a_member_of_many_purchases_is_expected_to_spend_as_before_and_one_of_none_as_all() -> None:
    model = GammaGamma(6.25, 3.74, 15.44)
    found = expected_purchase(model, np.array([0.0, 1.0, 1000.0]), np.array([0.0, 100.0, 100.0]))
    assert found[0] == pytest.approx(model.mean)
    assert model.mean < found[1] < found[2]
    assert found[2] == pytest.approx(100, rel=0.01)


# What is said of all


def test_deciles_add_up_to_the_total_and_go_downwards() -> None:
    found = usual()
    assert found.deciles["members"].sum() == len(found.members)
    assert found.deciles["value_minor"].sum() == pytest.approx(found.total["value_minor"].item())
    assert found.deciles["value_share"].is_monotonic_decreasing
    ordered = found.members[["value_low_minor", "value_minor", "value_high_minor"]].to_numpy()
    assert (ordered[:, 0] <= ordered[:, 2]).all()


def test_the_hold_out_adds_up_and_beats_going_on_as_before() -> None:
    rows = usual().holdout.set_index("group")
    parts = rows.loc[["joined_since", "joined_before"]]
    for name in ("members", "expected", "actual", "usual"):
        assert parts[name].sum() == pytest.approx(rows.loc["all", name])
    groups = rows.drop(["all", "joined_since", "joined_before"])
    assert groups["expected"].sum() == pytest.approx(rows.loc["joined_since", "expected"])
    (total,) = rows_of(rows.loc[["all"]])
    assert total.error < total.usual_error
    assert total.low < total.actual < total.high


def test_what_is_sold_later_changes_nothing_that_was_expected_then() -> None:
    sales = shop(Story(members=700))
    changed = sales.receipts.assign(
        amount_minor=sales.receipts["amount_minor"].where(sales.receipts["local_date"] < "2025-12-31", 7)
    )
    held = [hold_out(one_of, FIRST, 50) for one_of in (sales, replace(sales, receipts=changed))]
    first, second = (h for h in held if isinstance(h, HeldOut))
    assert first.first == date(2025, 12, 30)
    assert first.forecast is not None
    assert second.forecast is not None
    assert (first.forecast == second.forecast).all()


def test_the_order_of_receipts_and_members_does_not_matter() -> None:
    sales = shop(Story(members=200))
    mixed = replace(
        sales,
        receipts=sales.receipts.sample(frac=1, random_state=1).reset_index(drop=True),
        members=sales.members.sample(frac=1, random_state=2).reset_index(drop=True),
    )
    for ours, theirs in zip(
        (worth(sales).members, worth(sales).total), (worth(mixed).members, worth(mixed).total), strict=True
    ):
        pd.testing.assert_frame_equal(ours, theirs)


@pytest.mark.parametrize(
    ("costs", "expected_margin"),
    [({"P1": 400, "P2": 900}, 0.4), ({"P1": 400, "P2": 0}, 0.6), ({"P2": 900}, None), ({}, None)],
    ids=["all known", "a cost of nothing is not known", "most sales unknown", "no product known"],
)
def test_the_margin_comes_from_the_costs_that_are_known(costs: dict[str, int], expected_margin: float | None) -> None:
    rows = receipts(by("2026-01-02", 3000))
    items = [("R1", 1, "P1", 2, 1000, 0, 2000), ("R1", 2, "P2", 1, 1000, 0, 1000), ("R1", 3, "P9", 1, 0, 0, 0)]
    lines = frames.check(pd.DataFrame(items, columns=frames.LINES.names), frames.LINES)
    goods = [(name, "1", "thing", "", "things", 1000, cost) for name, cost in costs.items()]
    master = pd.DataFrame(goods, columns=frames.PRODUCTS.names) if goods else frames.empty(frames.PRODUCTS)
    sales = purchases(
        rows, lines, members({"anna": "2026-01-01"}), frames.check(master, frames.PRODUCTS), as_of=AS_OF, time=ZONE
    )
    found = margin_of(sales, 0.6)
    assert found == (None if expected_margin is None else pytest.approx(expected_margin, abs=0.04))


# Too little, and odd


SIXTY = [f"M{n}" for n in range(60)]


def days_in_a_row(count: int, who: str | None = "anna", cents: int = 1000) -> list[Row]:
    first = date(2025, 10, 1)
    return [by(f"{first + timedelta(days=n)}", cents, who) for n in range(count)]


@pytest.mark.parametrize(
    ("sales", "why"),
    [
        (sold({}, by("2026-01-02", 100, None)), "no_members"),
        (sold({"anna": "2026-01-01"}), "no_receipts"),
        (sold({"anna": "2026-01-01"}, by("2026-01-30", 100)), "few_days"),
        (sold({"anna": "2025-10-01"}, by("2025-10-01", 100)), "few_members"),
        (sold({"anna": "2025-10-01"}, *days_in_a_row(60)), "few_members"),
        (sold({"anna": "2025-10-01"}, *days_in_a_row(60, None)), "few_members"),
        (sold(dict.fromkeys(SIXTY, "2025-10-01"), *(r for w in SIXTY for r in days_in_a_row(1, w))), "few_purchases"),
    ],
    ids=["no members", "nothing sold", "three days", "one receipt", "one member", "no cards", "all once on one day"],
)  # fmt: skip
def test_too_little_says_so_and_gives_empty_frames(sales: Purchases, why: str) -> None:
    found = worth(sales)
    assert {answer.question for answer in found.answers} == {"purchases", "spending", "holdout", "simple"}
    assert next(a.why for a in found.answers if a.question == "purchases") == why
    for frame in (found.members, found.total, found.deciles, found.holdout):
        assert frame.empty


@pytest.mark.parametrize("cents", [1000, 0], ids=["a constant amount", "zero receipts only"])
def test_members_who_all_do_the_same(cents: int) -> None:
    names = {f"M{n}": "2025-10-01" for n in range(60)}
    rows = [by(f"{date(2025, 10, 1) + timedelta(days=7 * n)}", cents, who) for who in names for n in range(17)]
    found = worth(sold(names, *rows))
    why = {answer.question: answer.why for answer in found.answers}
    assert why["spending"] == ("few_members" if cents == 0 else "not_identified")
    assert why["purchases"] is not None


def test_everything_was_brought_back() -> None:
    sales = shop(Story(members=100))
    back = sales.receipts.assign(
        receipt_id="B" + sales.receipts["receipt_id"], kind="return", amount_minor=-sales.receipts["amount_minor"]
    )
    rows = pd.concat([sales.receipts, back]).sort_values(["sold_at", "receipt_id"], ignore_index=True)
    found = worth(replace(sales, receipts=rows))
    assert next(a.why for a in found.answers if a.question == "spending") == "not_identified"
    assert found.total["purchases"].item() > 0
    assert found.total["sales_minor"].isna().item()
    assert found.deciles.empty


def test_without_consent_there_are_no_members() -> None:
    found = worth(shop(Story(members=100), consent=False))
    assert {answer.why for answer in found.answers} == {"no_members"}
