"""Before and after: effects that are known are found, effects that are not there are not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from analytics import comparisons
from analytics.comparisons import Change

from .comparison_days import FIRST, calendar_of, shop_days

# The ninth and tenth week.
PROMOTION = Change("sale", FIRST + timedelta(weeks=8), FIRST + timedelta(weeks=10, days=-1))


def factor(size: float, days: int = 120) -> np.ndarray:
    effect = np.ones(days)
    effect[48:60] = size
    return effect


def test_a_promotion_is_found_against_the_weeks_around_it() -> None:
    days = shop_days(1, factor=factor(1.16))
    found = comparisons.before_after(days, calendar_of(days), "visits", PROMOTION)
    assert found.ratio is not None
    assert found.ratio.low <= 1.16 <= found.ratio.high
    assert found.groups[0].n == 12
    assert found.groups[1].n == 72, "six weeks on each side"
    assert "trend" not in found.doubts


@pytest.mark.slow
@pytest.mark.parametrize("memory", [0.0, 0.6])
def test_intervals_hold_the_truth_and_placebos_are_seldom_called_effects(memory: float) -> None:
    held = wrong = 0
    for seed in range(150):
        days = shop_days(seed, memory=memory, factor=factor(1.16))
        ratio = comparisons.before_after(days, calendar_of(days), "visits", PROMOTION).ratio
        assert ratio is not None
        held += ratio.low <= 1.16 <= ratio.high
        nothing = shop_days(1000 + seed, memory=memory)
        wrong += comparisons.before_after(nothing, calendar_of(nothing), "visits", PROMOTION).verdict == "different"
    assert held / 150 >= 0.90
    assert wrong / 150 <= 0.09


def test_a_rising_season_is_not_taken_for_an_effect() -> None:
    days = shop_days(2, memory=0.0, factor=np.exp(0.006 * np.arange(120)))
    both = comparisons.before_after(days, calendar_of(days), "visits", PROMOTION)
    assert both.ratio is not None
    assert both.ratio.low <= 1.0 <= both.ratio.high
    one_side = comparisons.before_after(
        days, calendar_of(days), "visits", Change("new shelves", PROMOTION.first, PROMOTION.last, lasting=True)
    )
    assert "trend" in one_side.doubts, "with days on one side only the season cannot be told apart, so it must say so"
    assert "season" in comparisons.sentence(one_side)


def test_holidays_and_other_promotions_are_not_matched() -> None:
    days = shop_days(3, factor=factor(1.16))
    plain = comparisons.before_after(days, calendar_of(days), "visits", PROMOTION)
    holiday = np.full(len(days), None, dtype=object)
    holiday[10:16] = "Fair"
    marked = comparisons.before_after(days, calendar_of(days, event=holiday), "visits", PROMOTION)
    # Of six days one is a Sunday, which is closed anyway, and the baseline begins on day 14.
    assert marked.groups[1].n < plain.groups[1].n


def test_days_that_were_hardly_seen_are_left_out_and_said() -> None:
    days = shop_days(4)
    days.loc[days["local_date"].dt.date == PROMOTION.first, "status"] = "partial"
    found = comparisons.before_after(days, calendar_of(days), "visits", PROMOTION)
    assert found.groups[0].n == 11
    assert found.left_out == 1
    assert comparisons.before_after(days, calendar_of(days), "net_sales", PROMOTION).groups[0].n == 12, "tills know"


def test_a_control_takes_its_own_change_off() -> None:
    days = shop_days(5, memory=0.3, factor=factor(1.4))
    plain = comparisons.before_after(days, calendar_of(days), "net_sales", PROMOTION)
    beside = comparisons.before_after(days, calendar_of(days), "net_sales", PROMOTION, control="visits")
    assert plain.verdict == "different"
    assert beside.verdict == "not shown", "sales rose with the traffic and by nothing else"


def test_a_change_of_three_days_says_that_it_is_too_little() -> None:
    days = shop_days(6)
    short = Change("sale", PROMOTION.first, PROMOTION.first + timedelta(days=2))
    assert comparisons.before_after(days, calendar_of(days), "visits", short).verdict == "too little"


def test_an_unknown_measure_is_an_error() -> None:
    days = shop_days(7)
    with pytest.raises(KeyError, match="love"):
        comparisons.before_after(days, calendar_of(days), "love", PROMOTION)


def test_a_season_is_told_apart_also_where_one_side_is_short() -> None:
    days = shop_days(8, memory=0.0, factor=np.exp(0.01 * np.arange(120)))
    early = Change("sale", FIRST + timedelta(weeks=2), FIRST + timedelta(weeks=4, days=-1))
    found = comparisons.before_after(days, calendar_of(days), "visits", early)
    assert found.groups[1].n == 48
    assert found.ratio is not None
    assert found.ratio.low <= 1.0 <= found.ratio.high
    assert found.ratio.high / found.ratio.low < 1.3, "and the season does not blur it"


def test_saturdays_are_not_held_against_other_days() -> None:
    days = shop_days(9)
    dates = days["local_date"]
    saturday = (dates.dt.day_of_week == 5).to_numpy()
    found = comparisons.level(
        "visits", "q", ("saturdays", "others"), comparisons.Days(dates, comparisons.values(days, "visits"), saturday)
    )
    assert found.verdict == "too little", "no Saturday is among the others"


def test_days_that_remember_count_for_fewer() -> None:
    forgetful, mindful = shop_days(10, memory=0.0), shop_days(10, memory=0.85)
    df = [comparisons.before_after(d, calendar_of(d), "visits", PROMOTION).df[0] for d in (forgetful, mindful)]
    assert df[1] < 0.5 * df[0]
