"""Days and hours that do not fit, and those that do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.anomalies import AnomalyRules, Judged, judge, series
from analytics.anomalies.noise import chance, midmean, spread, strangeness, usual
from analytics.anomalies.shifting import shifts
from analytics.frames import local_hour

RULES = AnomalyRules()
SHAPE = np.array([6, 12, 18, 24, 30, 26, 22, 28, 34, 26, 10], dtype=np.float64)


def counts(days: int = 70, *, seed: int = 1, size: float = 1.0, noise: float = 0.08) -> np.ndarray:
    """Counts of a shop that is open from nine to eight: (days, 11), Saturdays stronger."""
    rng = np.random.default_rng(seed)
    week = np.array([0.9, 0.9, 1.0, 1.0, 1.1, 1.4, 0.6])[np.arange(days) % 7]
    mean = size * np.outer(week * np.exp(noise * rng.standard_normal(days)), SHAPE)
    return rng.poisson(mean).astype(np.float64)


def judged(table: np.ndarray, ordinary: pd.Series | None = None, shares: np.ndarray | None = None) -> Judged:
    days = pd.Series(pd.date_range("2026-01-05", periods=len(table)).repeat(table.shape[1]))
    slots = pd.Series(np.tile(np.arange(table.shape[1]) + 9, len(table)))
    part = None if shares is None else pd.Series(shares.ravel())
    return judge(series(days, slots, pd.Series(table.ravel()), part, ordinary), RULES.weeks, RULES.alarm)


def test_a_usual_shop_has_no_alarms_and_five_weeks_are_enough_to_begin() -> None:
    calm = judged(counts())
    assert calm.odd == ()
    assert calm.days == 70 - 35 + 1
    assert judged(counts(34)).days == 0


def test_nothing_for_four_hours_is_found_with_its_hours_and_what_was_expected() -> None:
    table = counts()
    table[60, 3:7] = 0
    (odd,) = judged(table).odd
    assert (odd.at, odd.first, odd.last, odd.whole, odd.observed) == (60, 3, 6, False, 0)
    assert odd.silent
    assert odd.low
    assert odd.expected == pytest.approx(SHAPE[3:7].sum() * 1.0, rel=0.25)
    assert odd.least > 0
    assert odd.told < RULES.alarm / 2


def test_a_day_of_a_third_more_in_all_hours_is_no_alarm_but_one_of_three_times_as_many_is() -> None:
    table = counts(noise=0.12)
    table[55] = np.round(1.3 * table[55])
    assert judged(table).odd == ()
    table[60] = 3.3 * SHAPE
    (odd,) = judged(table).odd
    assert (odd.at, odd.whole, odd.low) == (60, True, False)
    assert odd.observed > odd.most > odd.expected > odd.least


def test_a_flagged_day_teaches_nothing() -> None:
    table = counts()
    clean = judged(table)
    table[44] = 0
    spoiled = judged(table)
    assert [odd.at for odd in spoiled.odd] == [44]
    # The same weekday a week later expects what it would have expected without that day, but for its chance.
    assert spoiled.expected[51].sum() == pytest.approx(clean.expected[51].sum(), rel=0.06)
    table[44] = SHAPE
    assert spoiled.expected[51].sum() == pytest.approx(judged(table).expected[51].sum(), rel=0.06)


def test_what_is_said_of_a_day_does_not_change_when_later_days_come() -> None:
    table = counts(90)
    table[50, 2:6] = 0
    table[70] *= 3
    short, whole = judged(table[:75]), judged(table)
    assert whole.odd[: len(short.odd)] == short.odd
    np.testing.assert_array_equal(whole.expected[:75], short.expected)


def test_hours_that_were_not_seen_are_unknown_and_half_an_hour_is_half() -> None:
    table, shares = counts(), np.ones((70, 11))
    table[60, 2:8] = np.nan
    shares[62] = 0.5
    table[62] = np.round(table[62] / 2)
    found = judged(table, shares=shares)
    assert found.odd == ()
    assert np.isnan(found.expected[60, 2:8]).all()
    assert found.rates[60, 4] > 0  # what would have been seen is known all the same
    assert found.expected[62].sum() == pytest.approx(0.5 * found.rates[62].sum())


def test_a_day_that_goes_on_as_strange_as_the_one_before_is_no_news() -> None:
    table = counts()
    table[60:63] = np.round(np.array([[0.2], [0.35], [0.35]]) * table[60:63])
    odd = judged(table).odd
    assert [one.at for one in odd] == [60, 61, 62]
    assert [one.lingers for one in odd] == [False, True, True]


def test_what_stays_is_the_new_level_and_no_alarm_any_more() -> None:
    table = counts(100)
    table[60:] = np.round(0.4 * table[60:])
    found = judged(table)
    (shift,) = [odd for odd in found.odd if odd.shift]
    assert 64 <= shift.at <= 68
    assert shift.shift == shift.at - 59
    assert max(odd.at for odd in found.odd) <= 70


def test_holidays_teach_nothing() -> None:
    table = counts()
    plain = pd.Series(data=True, index=pd.date_range("2026-01-05", periods=70))
    table[36], plain.iloc[36] = 0, False
    found = judged(table, plain)
    assert found.expected[43].sum() > 150


def test_the_two_clock_changes_are_no_anomalies() -> None:
    utc = pd.Series(pd.date_range("2025-08-01", "2026-04-20", freq="h", tz="Europe/Berlin").tz_convert("UTC"))
    hours = local_hour(utc, "Europe/Berlin")
    # A kiosk that never closes: an hour that is there twice brings twice as many.
    rng = np.random.default_rng(3)
    sold = pd.Series(rng.poisson(40.0, len(utc)).astype(float))
    found = judge(series(hours["local_date"], hours["local_hour"], sold), RULES.weeks, RULES.alarm)
    days = [found.series.days[odd.at].astype(object) for odd in found.odd]
    assert date(2025, 10, 26) not in days
    assert date(2026, 3, 29) not in days
    autumn = int((np.datetime64("2025-10-26") - found.series.days[0]).astype(int))
    assert found.expected[autumn, 2] == pytest.approx(80.0, rel=0.15)
    assert np.isnan(found.expected[autumn + 154, 2])  # the hour that is skipped in spring


@pytest.mark.parametrize(
    "table",
    [
        np.zeros((60, 11)),
        np.full((60, 11), 5.0),
        np.full((60, 11), np.nan),
        np.zeros((1, 1)),
        np.ones((3, 11)),
        np.zeros((0, 11)),
    ],
    ids=["never anybody", "always the same", "never seen", "one hour", "three days", "no day"],
)
def test_poor_series_have_no_alarms_and_no_warnings(table: np.ndarray) -> None:
    assert judged(table).odd == ()


def test_a_constant_series_that_stops_is_found() -> None:
    table = np.full((60, 11), 5.0)
    table[50, 4:9] = 0
    (odd,) = judged(table).odd
    assert (odd.first, odd.last) == (4, 8)


def test_the_midmean_is_the_mean_of_the_middle_half() -> None:
    column = np.array([[9.0], [1.0], [100.0], [3.0], [5.0], [7.0], [np.nan], [0.0], [8.0]])
    middle, many = midmean(column)
    assert (middle[0], many[0]) == (np.mean([3.0, 5.0, 7.0, 8.0]), 8)
    assert np.isnan(midmean(np.full((3, 1), np.nan))[0][0])


def test_the_spread_is_the_variance_of_normal_deviations_whatever_a_few_do() -> None:
    values = np.random.default_rng(5).normal(0.0, 3.0, 20_001)
    values[:500] = 1e6
    assert spread(values[:, None])[0] == pytest.approx(9.0, rel=0.1)
    assert np.isnan(spread(np.full((4, 1), np.nan))[0])
    assert np.isnan(spread(np.empty((0, 1)))[0])


@pytest.mark.parametrize(("mean", "excess"), [(8.0, 0.0), (40.0, 0.05), (300.0, 0.02), (5000.0, 0.1)])
def test_counts_of_gamma_days_stray_by_one_on_the_scale(mean: float, excess: float) -> None:
    rng = np.random.default_rng(9)
    days = rng.gamma(1.0 / excess, mean * excess, 100_000) if excess else mean
    many = rng.poisson(days, 100_000)
    strange = strangeness(many, np.full(100_000, mean), np.full(100_000, excess))
    assert np.std(strange) == pytest.approx(1.0, abs=0.06)


def test_the_interval_is_the_scale_turned_round_and_chance_has_heavy_tails() -> None:
    low, high = usual(200.0, 0.02)
    for end in (low, high):
        assert chance(float(strangeness(end, 200.0, 0.02))) == pytest.approx(0.05)
    assert usual(0.2, 0.5)[0] == 0.0
    assert chance(5.0) > 1e-3  # a normal curve says one in two millions


def test_a_rate_that_steps_by_a_third_is_told_once_and_a_season_is_not_told() -> None:
    rng = np.random.default_rng(11)
    visits = np.round(300.0 * np.exp(np.linspace(0.0, 0.5, 120) + 0.1 * rng.standard_normal(120)))
    rate = np.where(np.arange(120) < 80, 0.3, 0.4)
    day = pd.Series(pd.date_range("2026-01-05", periods=120))
    slot = pd.Series(0, index=day.index)
    for share, steps in ((rate, 1), (np.full(120, 0.3), 0)):
        bought = rng.binomial(visits.astype(int), share).astype(float)
        one = judge(series(day, slot, pd.Series(bought), pd.Series(visits)), RULES.weeks, RULES.alarm)
        found = [odd for odd in (*one.odd, *shifts(one, RULES.alarm)) if odd.shift]
        assert len(found) == steps
        assert all(80 < odd.at <= 95 and odd.observed > odd.expected for odd in found)


def test_a_slot_that_nobody_ever_saw_changes_nothing() -> None:
    table = counts()
    table[60, 3:7] = 0
    table[65, 4:6] *= 4
    for place in (0, 5, table.shape[1]):
        wider = np.insert(table, place, np.nan, axis=1)
        told = [(odd.at, odd.whole, odd.observed, odd.p) for odd in judged(wider).odd]
        assert told == [(odd.at, odd.whole, odd.observed, odd.p) for odd in judged(table).odd]
        assert len(told) == 2


def test_an_hour_within_that_was_not_seen_makes_no_run_longer() -> None:
    table = counts()
    table[60, 3:7] = 0
    (whole,) = judged(table).odd
    holed = np.insert(table, 5, np.nan, axis=1)
    (odd,) = judged(holed).odd
    assert (odd.first, odd.last) == (3, 7)
    assert odd.p == whole.p


def test_a_level_that_was_told_day_by_day_is_no_step_ten_days_later() -> None:
    rng = np.random.default_rng(5)
    table = rng.poisson(60.0, (112, 1)).astype(np.float64)
    table[70:] = rng.poisson(150.0, (42, 1))
    found = judged(table)
    assert [odd.at for odd in found.odd if odd.shift] == [75]
    assert shifts(found, RULES.alarm) == ()
