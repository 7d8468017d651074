"""Difference or chance: sizes, intervals, corrections, doubts, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics import comparisons
from analytics.comparisons import Finding, Group, Interval, Shares
from analytics.comparisons.finding import Doubt, Test
from analytics.comparisons.phrases import PHRASES
from analytics.frames import FINDINGS

from .comparison_days import calendar_of, shop_days

RNG = np.random.default_rng(4)


def test_too_few_values_give_no_number() -> None:
    for found in (
        comparisons.welch("visits", "q", ("a", np.arange(4.0)), ("b", np.arange(20.0))),
        comparisons.mann_whitney("visits", "q", ("a", np.arange(4.0)), ("b", np.arange(20.0))),
        comparisons.anova("visits", "q", {"a": np.arange(9.0), "b": np.arange(3.0)}),
        comparisons.kruskal("visits", "q", {"a": np.arange(9.0), "b": np.arange(3.0)}),
        comparisons.correlation("visits", "q", np.arange(9.0), np.arange(9.0) ** 2),
        comparisons.shares(
            "conversion", "q", [Shares("a", np.array([1]), np.array([3])), Shares("b", *[np.array([9])] * 2)]
        ),
    ):
        assert found.verdict == "too little"
        assert found.p is None
        assert "too little to compare" in comparisons.sentence(found)
        assert "数据太少" in comparisons.sentence(found, "zh")


@pytest.mark.parametrize("test", [comparisons.welch, comparisons.paired, comparisons.mann_whitney])
def test_values_that_never_vary_give_no_number(test: object) -> None:
    flat = ("a", np.full(10, 3.0)), ("b", np.full(10, 3.0))
    assert test("visits", "q", *flat).verdict == "too little"  # type: ignore[operator]


def test_a_missing_value_is_left_out_not_counted_as_zero() -> None:
    values = RNG.normal(100, 5, 20)
    gaps = np.concatenate([values, [np.nan] * 5])
    other = RNG.normal(90, 5, 20)
    assert comparisons.welch("v", "q", ("a", gaps), ("b", other)) == comparisons.welch(
        "v", "q", ("a", values), ("b", other)
    )


@pytest.mark.slow
def test_the_intervals_of_hedges_g_hold_what_they_promise() -> None:
    """True size 0.5 in 400 samples of 30: the 95 % interval holds it in 91 to 98.5 % of them."""
    held = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        effect = comparisons.welch("v", "q", ("a", rng.normal(0.5, 1, 30)), ("b", rng.normal(0, 1, 30))).effect
        assert effect is not None
        held += effect.low <= 0.5 <= effect.high
    assert 0.91 <= held / 400 <= 0.985


def test_holm_is_corrected_as_by_hand() -> None:
    plain = [Finding("v", str(p), "welch", (), p=p, p_corrected=p) for p in (0.01, 0.04, 0.03)]
    silent = Finding("v", "few", "welch", ())
    found = comparisons.corrected([*plain, silent])
    assert [f.p_corrected for f in found] == [pytest.approx(0.03), pytest.approx(0.06), pytest.approx(0.06), None]
    assert [f.family for f in found] == [3, 3, 3, 1]
    assert [f.verdict for f in found] == ["different", "not shown", "not shown", "too little"]


def test_shares_without_days_are_the_plain_chi_square() -> None:
    table = np.array([[30, 70], [45, 55], [50, 50]])
    groups = [Shares(str(n), np.array([row[0]]), np.array([row.sum()])) for n, row in enumerate(table)]
    found = comparisons.shares("conversion", "q", groups)
    plain = stats.chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(plain.statistic)
    assert found.p == pytest.approx(plain.pvalue)
    assert found.effect is not None
    assert found.effect.value == pytest.approx(float(stats.contingency.association(table, method="cramer")))
    assert found.effect.low < found.effect.value < found.effect.high


def test_days_that_differ_more_than_chance_widen_the_bounds() -> None:
    rng = np.random.default_rng(1)
    trials = np.full(30, 400)
    calm = rng.binomial(trials, 0.3)
    wild = rng.binomial(trials, np.clip(rng.normal(0.3, 0.08, 30), 0.05, 0.9))
    other = rng.binomial(trials, 0.32)
    sure = comparisons.shares("conversion", "q", [Shares("a", calm, trials), Shares("b", other, trials)])
    unsure = comparisons.shares("conversion", "q", [Shares("a", wild, trials), Shares("b", other, trials)])
    assert "overdispersed" in unsure.doubts
    assert "overdispersed" not in sure.doubts
    assert sure.difference is not None
    assert unsure.difference is not None
    assert (unsure.difference.high - unsure.difference.low) > 2 * (sure.difference.high - sure.difference.low)


@pytest.mark.slow
def test_equal_conversions_of_noisy_days_are_seldom_called_different() -> None:
    wrong = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        groups = []
        for name in "ab":
            trials = rng.poisson(300, 25) + 1
            groups.append(Shares(name, rng.binomial(trials, np.clip(rng.normal(0.3, 0.05, 25), 0, 1)), trials))
        wrong += comparisons.shares("conversion", "q", groups).verdict == "different"
    assert wrong / 300 < 0.09


def test_more_buyers_than_visitors_are_a_fault_of_counting_and_no_proportion() -> None:
    found = comparisons.shares(
        "conversion",
        "weekend",
        [Shares("weekend", np.array([30]), np.array([20])), Shares("working_week", *[np.array([9])] * 2)],
    )
    assert found.p is None
    assert "more transactions than visits" in comparisons.sentence(found)


@pytest.mark.slow
def test_rain_is_found_although_days_remember_one_another() -> None:
    rain = np.random.default_rng(2).random(120) < 0.3
    days = shop_days(3, factor=np.where(rain, 0.8, 1.0))
    wet = np.full(len(days), "sun", dtype=object)
    wet[(days["status"] == "ok").to_numpy()] = np.where(rain, "rain", "sun")
    found = comparisons.overview(days, calendar_of(days, weather=wet))
    visits = next(f for f in found if (f.measure, f.question) == ("visits", "weather:rain"))
    assert visits.ratio is not None
    assert visits.ratio.low <= 0.8 <= visits.ratio.high
    assert visits.verdict == "different"
    assert visits.left_out == 0
    assert visits.groups[0].n == int(rain.sum())
    assert {f.family for f in found if f.p is not None} == {sum(f.p is not None for f in found)}
    assert not any(f.question == "weather:sun" for f in found), "of two kinds of weather one says it all"


def test_a_period_without_weather_tills_or_weekend_asks_no_such_question() -> None:
    days = shop_days(5, days=5)
    found = comparisons.overview(days, calendar_of(days))
    assert {f.question for f in found} == {"weekday", "visits"}
    assert all(f.verdict == "too little" for f in found)
    assert comparisons.overview(days.iloc[:0], calendar_of(days.iloc[:0])) == ()


def test_the_export_holds_every_finding() -> None:
    days = shop_days(6)
    found = comparisons.overview(days, calendar_of(days))
    frame = comparisons.findings_frame(found)
    assert list(frame.columns) == FINDINGS.names
    assert len(frame) == len(found)
    assert list(frame["p"]) == pytest.approx([f.p for f in found])
    assert comparisons.findings_frame([]).empty


def test_a_difference_is_said_with_its_size_bounds_and_sample() -> None:
    found = Finding(
        "visits", "weather:rain", "ar1_regression",
        (Group("weather:rain", 24, 180.0), Group("other_weather", 61, 205.0)),
        statistic=-3.0, df=(80.0,), p=0.0004, p_corrected=0.004, family=9, ratio=Interval(0.88, 0.82, 0.95), left_out=2,
    )  # fmt: skip
    assert comparisons.sentence(found) == (
        "Rainy days: visits 12.0 % lower than on days of other weather (95 %: 5.0 to 18.0 % lower; 24 and 61 days; "
        "p = 0.004 after correction for 9 comparisons). Days left out because too little of them was seen: 2."
    )
    assert comparisons.sentence(found, "zh") == (
        "进店客流：雨天比其他天气的日子低 12.0%（95% 区间：低 5.0 至 18.0%；24 与 61 天；"
        "p = 0.004，已按 9 项比较校正）。"
        "因观测不足而未纳入的天数：2。"
    )
    one_of_many = comparisons.sentence(replace(found, p=0.01, p_corrected=0.09))
    assert "5.0 to 18.0 % lower; 24 and 61 days), but among so many comparisons chance makes one" in one_of_many
    assert "fits the data" not in one_of_many
    unsure = replace(found, p=0.1, p_corrected=0.3, ratio=Interval(0.97, 0.9, 1.05), left_out=0)
    assert "no difference of visits" in comparisons.sentence(unsure)
    assert "10.0 % lower to 5.0 % higher fits the data" in comparisons.sentence(unsure)
    assert "低 10.0%至高 5.0%均与数据相容" in comparisons.sentence(unsure, "zh")


def test_amounts_are_in_the_currency_of_the_store() -> None:
    groups = (Group("weekend", 13, 1_860_700.0), Group("working_week", 59, 1_258_600.0))
    gap = Interval(602_100.0, 387_400.0, 816_900.0)
    found = Finding("net_sales", "weekend", "welch", groups, p=0.0001, p_corrected=0.0001, difference=gap)
    assert (
        "net sales 6,021 EUR higher than on Monday to Friday (95 %: 3,874 to 8,169 EUR higher"
        in comparisons.sentence(found, currency="EUR")
    )
    assert "602,100 JPY higher" in comparisons.sentence(found, currency="JPY")  # a yen has no hundredths
    tills = (Group("till:T1", 60, 11_562.4), Group("till:T2", 60, 12_000.0))
    several = Finding("atv", "till", "kruskal", tills, p=0.01, p_corrected=0.01, effect=Interval(0.2, 0.1, 0.3),
                      effect_name="epsilon squared")  # fmt: skip
    assert "from till T1 115.62 EUR to till T2 120.00 EUR" in comparisons.sentence(several, currency="EUR")


def test_no_sentence_calls_anything_significant_or_equal() -> None:
    days = shop_days(7)
    for found in comparisons.overview(days, calendar_of(days)):
        text = comparisons.sentence(found)
        assert "significant" not in text
        assert "{" not in text + comparisons.sentence(found, "zh") + comparisons.question(found)
        assert comparisons.name_of_test(found)
        assert comparisons.name_of_test(found, "zh")


def test_both_languages_know_the_same_words() -> None:
    english, chinese = PHRASES["en"], PHRASES["zh"]
    for name in ("measures", "questions", "names", "weathers", "tests", "effects", "doubts"):
        assert getattr(english, name).keys() == getattr(chinese, name).keys(), name
    assert english.tests.keys() == set(get_args(Test))
    assert english.doubts.keys() | {"few", "no proportion"} == set(get_args(Doubt))
    for name in (
        "differs",
        "not_shown",
        "rises",
        "falls",
        "not_together",
        "groups_differ",
        "groups_not_shown",
        "too_little",
    ):
        fields = [sorted(part for part in json.dumps(getattr(p, name)).split("{")[1:]) for p in (english, chinese)]
        assert [{f.split("}")[0] for f in fields[0]}] == [{f.split("}")[0] for f in fields[1]}], name


def test_tills_are_compared_by_what_comes_back() -> None:
    days = shop_days(8, days=60)
    open_days = days[days["status"] == "ok"]
    rows = [
        {"hour_utc": day.tz_localize("UTC") + pd.Timedelta(hours=12), "local_date": day, "local_hour": 13,
         "till_id": till, "receipts": 100, "returns": back, "voids": 0, "training": 0, "zero": 0, "units": 200,
         "sales_minor": 1000,
         "returned_minor": 10, "discount_minor": 0, "tax_minor": None}
        for day in open_days["local_date"] for till, back in (("T1", 4), ("T2", 9))
    ]  # fmt: skip
    found = comparisons.overview(days, calendar_of(days), pd.DataFrame(rows))
    tills = next(f for f in found if f.question == "till")
    assert tills.verdict == "different"
    assert [round(g.mean or 0, 4) for g in tills.groups] == [round(4 / 104, 4), round(9 / 109, 4)]


@pytest.mark.parametrize("spread", [0.0, 1e-14])
def test_days_that_are_all_alike_are_no_difference_and_no_warning(spread: float) -> None:
    """Twelve visits on every Monday: sums in another order differ by rounding alone."""
    rng = np.random.default_rng(0)
    flat, other = 12 + spread * rng.random(8), 13 + spread * rng.random(8)
    usual = rng.normal(12, 2, 9)
    mixed = {"flat": flat, "other": other, "usual": usual}
    assert comparisons.welch("visits", "day", ("flat", flat), ("other", other)).doubts == ("few",)
    assert comparisons.welch("visits", "day", ("flat", flat), ("usual", usual)).p == pytest.approx(
        float(stats.ttest_1samp(usual, 12).pvalue), rel=1e-9
    )
    assert comparisons.anova("visits", "day", mixed).doubts == ("few",)
    assert comparisons.anova("visits", "day", mixed, equal_spread=True).p is not None
    assert [found.effect is None for found in comparisons.tukey("visits", "day", mixed)].count(True) == 1
    assert comparisons.mann_whitney("visits", "day", ("usual", usual + 20), ("flat", flat)).effect is not None
