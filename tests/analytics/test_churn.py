"""Stories of members who come again, and of those who do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import churn, frames
from analytics.churn import ChurnRules, auc, auc_gain, calibration_error, days_of, history_of, known, split
from analytics.churn.calibrating import calibrated
from analytics.churn.features import NAMES
from analytics.churn.reasons import REASONS, effects
from analytics.frames import day_number, day_of
from analytics.jobs.churn import bought_again, churn_of

from .buying_members import FIRST, Bought, bought, chance, habits, shop

if TYPE_CHECKING:
    from analytics.purchases import Purchases

RULES = ChurnRules(days=30)
LAST = 239


@pytest.fixture(scope="module")
def rhythmic() -> churn.Outcome:
    return churn.outcome(churn.plan(shop(habits(), last=LAST), RULES), RULES)


def slow_features(sales: Purchases, who: str, cut: int, days: int) -> dict[str, float]:
    """Some of the features, counted by hand."""
    rows = sales.of_members()
    rows = rows[(rows["member_id"] == who) & (rows["kind"] == "sale") & (rows["amount_minor"] > 0)]
    dates = sorted({(day.date() - FIRST).days for day in rows["local_date"]})
    past = [day for day in dates if day <= cut]
    gaps = [after - before for before, after in pairwise(past)]
    return {
        "recency": np.log1p(cut - past[-1]),
        "tenure": np.log1p(cut - past[0]),
        "count": np.log(len(past)),
        "gap_mean": np.log1p(sum(gaps) / len(gaps)) if gaps else 0.0,
        "gap_last": np.log1p(gaps[-1]) if gaps else 0.0,
        "window": np.log1p(sum(cut - day < days for day in past)),
        "window_before": np.log1p(sum(days <= cut - day < 2 * days for day in past)),
        "decay_mid": np.log(max(sum(np.exp(-(cut - day) / (days * 2 / 3)) for day in past), 1e-4)),
    }


def test_features_are_those_counted_by_hand() -> None:
    sales = shop([*habits(25), bought("M0003", 100, 0), ("M0003", 101, 900, "P1", 1, "return")], last=LAST)
    seen = history_of(sales)
    found = known(seen, seen.first + 150, 30)
    for row, place in enumerate(found.rows):
        slow = slow_features(sales, str(seen.names[place]), 150 + (day_of(seen.first) - FIRST).days, 30)
        for name, value in slow.items():
            assert found.values[row, NAMES.index(name)] == pytest.approx(value), (seen.names[place], name)


def test_what_comes_after_the_day_is_not_looked_at() -> None:
    rows = habits(60)
    whole, early = (history_of(shop(part, last=LAST)) for part in (rows, [row for row in rows if row[1] <= 120]))
    cut = whole.first + 120
    ours, theirs = known(whole, cut, 30), known(early, cut, 30)
    assert list(whole.names[ours.rows]) == list(early.names[theirs.rows])
    np.testing.assert_array_equal(ours.values, theirs.values)


def test_no_window_begins_before_the_one_that_taught_it_is_over() -> None:
    seen = history_of(shop(chance(50), last=LAST))
    for days in (14, 21, 30, 45):
        at = split(seen, days, seen.last - days)
        assert max(at.teach) + days <= at.calibrate
        assert at.calibrate + days <= at.judge
        assert at.judge + days <= seen.last
        assert min(at.teach) >= seen.first


def test_auc_is_the_share_of_right_pairs_and_its_variance_that_of_the_placements() -> None:
    rng = np.random.default_rng(5)
    score = rng.integers(0, 12, 90).astype(float)
    hit = rng.random(90) < score / 14
    pairs = (score[hit][:, None] > score[~hit]) + 0.5 * (score[hit][:, None] == score[~hit])
    found = auc(hit, score)
    assert found.value == pytest.approx(pairs.mean())
    variance = pairs.mean(axis=1).var(ddof=1) / hit.sum() + pairs.mean(axis=0).var(ddof=1) / (~hit).sum()
    assert found.high - found.low == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-5)
    assert auc_gain(hit, score, score).value == 0
    assert auc_gain(hit, score, -score).low > 0


def test_calibration_error_by_hand_in_both_ways() -> None:
    hit = np.array([True, False, True, True])
    probability = np.array([0.12, 0.18, 0.85, 0.95])
    # Bins 0.1-0.2: 0.15 told, 0.5 came; 0.8-0.9: 0.15 off; 0.9-1.0: 0.05 off.
    assert calibration_error(hit, probability) == pytest.approx((2 * 0.35 + 0.15 + 0.05) / 4)
    assert calibration_error(hit, probability, equal_counts=True) == pytest.approx((0.88 + 0.18 + 0.15 + 0.05) / 4)


def test_the_curve_is_found_again_and_never_turned_round() -> None:
    rng = np.random.default_rng(6)
    score = rng.normal(3, 2, 20_000)
    hit = rng.random(20_000) < 1 / (1 + np.exp(-(0.8 * score - 3)))
    told = calibrated(score, hit).probability(np.array([1.0, 4.0]))
    assert told == pytest.approx(1 / (1 + np.exp(-(0.8 * np.array([1.0, 4.0]) - 3))), abs=0.02)
    upside = calibrated(-score, hit)
    assert upside.slope == 0
    assert upside.probability(np.zeros(1)) == pytest.approx(hit.mean(), abs=0.01)


def test_the_time_is_that_in_which_four_of_five_have_come_again() -> None:
    """Half of the members come every 10 days, half every 20: after 20 days all have, in whole weeks 21."""
    rows = [bought(f"M{n:03}", day) for n in range(100) for day in range(n % 7, 240, 10 if n % 2 else 20)]
    seen = history_of(shop(rows, last=LAST))
    assert days_of(seen, ChurnRules()) == 21
    assert days_of(seen, ChurnRules(days=50)) == 50


def test_with_a_rhythm_a_model_serves_and_says_why(rhythmic: churn.Outcome) -> None:
    assert [answer.why for answer in rhythmic.answers] == [None, None]
    (serves,) = rhythmic.trial[rhythmic.trial["serves"]].to_dict("records")
    assert not serves["baseline"]
    assert serves["over_recency_low"] > 0.02
    assert serves["ece"] < 0.08
    rows = rhythmic.members
    # Of members with a weekly rhythm, silent for more than a month: gone, because of how long ago it was.
    late = rows[(rows["gap_days"] < 8) & (rows["days_since"] > 40) & (rows["purchases"] > 4)]
    fresh = rows[(rows["gap_days"] < 8) & (rows["days_since"] < 8) & (rows["purchases"] > 4)]
    assert len(late) > 5
    assert late["p_leave"].mean() > 0.8
    assert fresh["p_leave"].mean() < 0.2
    assert set(late["reason_1"]) == set(fresh["reason_1"]) == {"recency"}
    assert (late["effect_1"] < -1).all()
    assert (fresh["effect_1"] > 1).all()
    assert rhythmic.groups["explained"].iloc[0] > 0.8


def test_effects_are_those_of_a_line_where_the_model_is_one() -> None:
    rng = np.random.default_rng(8)
    values = rng.normal(size=(4000, len(NAMES)))
    recency, count = NAMES.index("recency"), NAMES.index("count")
    told = 1 / (1 + np.exp(0.7 * values[:, recency] - 0.4 * values[:, count]))
    found, explained = effects(told, values)
    assert explained > 0.99
    centred = values - np.median(values, axis=0)
    np.testing.assert_allclose(found[:, 0], -0.7 * centred[:, recency], atol=0.05)
    np.testing.assert_allclose(found[:, 1], 0.4 * centred[:, count], atol=0.05)
    assert np.abs(found[:, 2:]).max() < 0.05
    assert effects(np.full(4000, 0.3), values)[1] == 0


def test_a_reason_never_points_against_what_its_words_say() -> None:
    """What goes with another number must not speak the other way: more often than before is no sign of leaving."""
    rng = np.random.default_rng(9)
    values = rng.normal(size=(3000, len(NAMES)))
    recency, trend = NAMES.index("recency"), NAMES.index("trend")
    values[:, trend] = 0.3 * values[:, trend] - values[:, recency]
    found, _ = effects(1 / (1 + np.exp(2 * values[:, recency] + 0.6 * values[:, trend])), values)
    place = list(REASONS).index("lately")
    assert (found[:, place] == 0).all()
    assert np.corrcoef(found[:, 0], values[:, recency])[0, 1] < -0.9


def test_groups_add_up_and_the_range_holds_the_sum(rhythmic: churn.Outcome) -> None:
    groups = rhythmic.groups.set_index("standing")
    assert groups.loc["all", "members"] == len(rhythmic.members) == groups["members"].drop("all").sum()
    assert groups.loc["all", "expected"] == pytest.approx(rhythmic.members["p_buy_again"].sum())
    assert (groups["low"] <= groups["expected"]).all()
    assert (groups["expected"] <= groups["high"]).all()
    good = rhythmic.members[rhythmic.members["standing"].str.startswith("good")]
    assert 0.1 < len(good) / len(rhythmic.members) <= 0.21
    assert rhythmic.bins["members"].sum() == rhythmic.trial["members"].iloc[0]


@pytest.mark.slow
def test_where_nothing_says_who_comes_the_plain_way_serves_and_it_is_said() -> None:
    sales = shop(chance(), last=LAST)
    found = churn_of(sales, RULES)
    (model,) = (answer for answer in found.answers if answer.question == "model")
    assert model.why == "not_better"
    (serves,) = found.trial[found.trial["serves"]]["model"]
    assert serves in ("recency", "bgnbd")
    assert set(found.members["model"]) == {serves}
    assert abs(found.members["p_buy_again"].mean() - (1 - (24 / 25) ** 30)) < 0.08


@pytest.mark.slow
def test_bgnbd_serves_where_it_is_handed_in_and_no_model_is_better() -> None:
    """A rival that knows the truth is better than any model; then it serves."""
    sales = shop(habits(), last=LAST)
    plan = churn.plan(sales, RULES)
    truth = {
        day: pd.Series(
            np.where(plan.seen.bought(day_number(day), day_number(day) + 30), 0.9, 0.1), index=plan.seen.names
        )
        for day in plan.asks
    }
    found = churn.outcome(plan, RULES, truth)
    assert found.trial.set_index("model")["serves"]["bgnbd"]
    assert set(found.members["model"]) == {"bgnbd"}
    silent = {day: series for day, series in truth.items() if day != plan.asks[-1]}
    assert set(churn.outcome(plan, RULES, silent).members["model"]) == {"recency"}


def test_bgnbd_is_asked_only_where_its_parameters_can_be_told() -> None:
    said = bought_again(shop(habits(), last=LAST), 30)
    assert said is None or said.between(0, 1).all()
    assert bought_again(shop([bought("A", 1)], last=2), 30) is None


@pytest.mark.slow
def test_the_order_of_the_receipts_and_the_time_of_day_change_nothing(rhythmic: churn.Outcome) -> None:
    rows = habits()
    np.random.default_rng(3).shuffle(rows)
    again = churn.outcome(churn.plan(shop(rows, last=LAST), RULES), RULES)
    pd.testing.assert_frame_equal(again.members, rhythmic.members)
    pd.testing.assert_frame_equal(again.trial, rhythmic.trial)


@pytest.mark.slow
def test_who_did_not_agree_is_not_judged() -> None:
    found = churn_of(shop(habits(), last=LAST, unwilling=["M0001", "M0002"]), RULES)
    assert not set(found.members["member_id"]) & {"M0001", "M0002"}


BAD: dict[str, tuple[list[Bought], int, str]] = {
    "no members": ([bought(None, day) for day in range(100)], 150, "no_members"),
    "nothing at all": ([], 150, "no_members"),
    "one member": ([bought("A", day) for day in range(0, 150, 3)], 150, "few_members"),
    "one receipt": ([bought("A", 5)], 150, "few_members"),
    "three days of data": (chance(days=3, rate=0.9), 2, "few_days"),
    "everybody comes every week": (
        [bought(f"M{n:03}", d) for n in range(150) for d in range(0, 240, 6)],
        239,
        "one_class",
    ),
    "nobody ever comes again": ([bought(f"M{n:03}", n % 20) for n in range(150)], 239, "one_class"),
    "hardly anybody comes again": (
        [bought(f"M{n:03}", n % 20) for n in range(150)] + [bought("M001", day) for day in range(20, 240, 5)],
        239,
        "few_purchases",
    ),
    "only receipts over nothing": ([bought("A", day, 0) for day in range(100)], 150, "few_purchases"),
    "only returns": ([("A", day, 500, "P1", 1, "return") for day in range(100)], 150, "few_purchases"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_answered_says_why(name: str) -> None:
    rows, last, why = BAD[name]
    for rules in (RULES, ChurnRules()):
        found = churn_of(shop(rows, last=last), rules)
        (answer,) = found.answers
        assert answer.why == why
        assert found.members.empty
        assert found.trial.empty
        assert frames.answer_rows("churn", date(2025, 6, 1), found.answers)["have"].notna().all()


@pytest.mark.slow
def test_members_who_never_bought_are_not_said_to_leave() -> None:
    found = churn_of(shop(habits(), last=LAST, more=30), RULES)
    assert not found.members["member_id"].str.startswith("Z").any()


@pytest.mark.slow
def test_a_longer_time_brings_more_members_back() -> None:
    sales = shop(habits(), last=LAST)
    short, long = (churn_of(sales, replace(RULES, days=days)).groups for days in (14, 45))
    assert short["expected"].iloc[0] < long["expected"].iloc[0]
