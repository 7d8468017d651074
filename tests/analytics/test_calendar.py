"""What is known of days: retail weeks, public holidays, events, promotions, weather."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from analytics.calendar import (
    CalendarError,
    Dated,
    KnownDays,
    RetailWeek,
    calendar_days,
    ordinary,
    public_holidays,
    retail_week,
    retail_weeks,
    retail_year,
    weeks_in,
)
from analytics.frames import WEATHER, check

MAY = date(2026, 5, 1)
FAIR = Dated("street fair", date(2026, 5, 9), date(2026, 5, 10))
KNIT = Dated("knitwear -25 %", date(2026, 5, 10), date(2026, 5, 12), ("knitwear",))


@pytest.mark.parametrize(
    ("year", "begins"),
    [
        (2012, date(2012, 1, 29)),
        (2013, date(2013, 2, 3)),
        (2017, date(2017, 1, 29)),
        (2018, date(2018, 2, 4)),
        (2022, date(2022, 1, 30)),
        (2023, date(2023, 1, 29)),
        (2024, date(2024, 2, 4)),
        (2025, date(2025, 2, 2)),
        (2026, date(2026, 2, 1)),
    ],
)
def test_retail_years_begin_when_the_federation_says(year: int, begins: date) -> None:
    assert retail_year(year) == begins
    assert retail_week(begins) == RetailWeek(year, 1)
    assert retail_week(begins - timedelta(days=1)).year == year - 1


def test_the_years_of_53_weeks_are_those_that_were_published() -> None:
    assert [year for year in range(2001, 2027) if weeks_in(year) == 53] == [2006, 2012, 2017, 2023]


def test_periods_are_four_five_and_four_weeks() -> None:
    weeks = [RetailWeek(2024, week) for week in range(1, 53)]
    assert [sum(week.period == period for week in weeks) for period in range(1, 13)] == [4, 5, 4] * 4
    assert [sum(week.quarter == quarter for week in weeks) for quarter in range(1, 5)] == [13] * 4
    extra = RetailWeek(2023, 53)
    assert (extra.quarter, extra.period, extra.first) == (4, 12, date(2024, 1, 28))
    march = [day for n in range(371) if retail_week(day := date(2023, 1, 29) + timedelta(days=n)).period == 2]
    assert (march[0], march[-1]) == (date(2023, 2, 26), date(2023, 4, 1))


def test_retail_weeks_tile_seventy_years() -> None:
    before = retail_week(date(1990, 1, 1))
    for n in range(1, 70 * 366):
        day = date(1990, 1, 1) + timedelta(days=n)
        now = retail_week(day)
        if day.weekday() != 6:
            assert now == before
            continue
        assert now.first == day
        assert now.week == 1 or (now.year, now.week) == (before.year, before.week + 1)
        if now.week == 1:
            assert (now.year, before.week) == (before.year + 1, weeks_in(before.year))
            assert abs((day - timedelta(days=1) - date(day.year, 1, 31)).days) <= 3, "the Saturday nearest to the 31st"
        before = now


def test_retail_weeks_of_many_days_are_a_frame() -> None:
    found = retail_weeks([date(2024, 2, 3), date(2024, 2, 4)])
    assert found.to_numpy().tolist() == [[2023, 4, 12, 53], [2024, 1, 1, 1]]
    assert retail_weeks([]).empty


def test_holidays_of_a_country_and_of_a_part_of_it() -> None:
    germany, berlin = public_holidays("DE"), public_holidays("DE", "BE")
    assert germany[date(2026, 12, 25)] == "Christmas Day"
    assert date(2026, 3, 8) not in germany
    assert berlin[date(2026, 3, 8)] == "Women's Day"
    assert list(germany) == sorted(germany)
    assert sum(day.year == 2026 for day in germany) == 9
    assert public_holidays("CN")[date(2025, 10, 1)] == "National Day"
    assert date(2026, 11, 26) in public_holidays("US")


@pytest.mark.parametrize(
    ("country", "part", "message"),
    [
        ("XX", None, "'XX': no holidays are known of this country"),
        ("Germany", None, "'Germany': no holidays are known"),
        ("DE", "XX", "'XX': DE has no such part; known are BB, BE"),
        ("de", None, "'de': no holidays are known"),
        ("AX", "BE", "'BE': AX has no such part; known are none"),
    ],
)
def test_a_country_that_is_not_known_is_named(country: str, part: str | None, message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        public_holidays(country, part)


def weather() -> pd.DataFrame:
    return check(
        pd.DataFrame(
            {
                "local_date": [date(2026, 5, 2), date(2026, 5, 3)],
                "condition": ["rain", None],
                "temperature_c": [11.5, 20.0],
                "rain_mm": [4.0, None],
            }
        ),
        WEATHER,
    )


def test_a_day_has_all_that_is_known_of_it() -> None:
    known = KnownDays(public_holidays("DE"), (FAIR, Dated("market", FAIR.last, FAIR.last)), (KNIT,))
    days = calendar_days(MAY, date(2026, 6, 1), known, weather()).set_index("local_date")
    assert len(days) == 31
    assert days.loc["2026-05-01", "holiday"] == "Labor Day"
    assert days["holiday"].notna().sum() == 3
    assert days.loc["2026-05-10", "event"] == "street fair; market"
    assert [f"{day:%d}" for day in days.index[days["promotion"].notna()]] == ["10", "11", "12"]
    assert days.loc["2026-05-02", "weather"] == "rain"
    assert days.loc["2026-05-03", "temperature_c"] == 20
    assert days["weather"].notna().sum() == 1, "a day without a word on the weather has none"
    assert (days.loc["2026-05-02", "retail_week"], days.loc["2026-05-03", "retail_week"]) == (13, 14)
    assert days.loc["2026-05-02", "weekday"] == 5


def test_nothing_known_is_a_calendar_all_the_same() -> None:
    days = calendar_days(date(2028, 2, 28), date(2028, 3, 2), KnownDays())
    assert [f"{day:%m-%d}" for day in days["local_date"]] == ["02-28", "02-29", "03-01"]
    assert days[["holiday", "event", "promotion", "weather", "rain_mm"]].isna().all().all()
    assert calendar_days(MAY, MAY, KnownDays()).empty


def test_days_that_can_be_compared_are_ordinary() -> None:
    known = KnownDays({date(2026, 5, 14): "Ascension Day"}, (FAIR,), (KNIT,))
    days = calendar_days(MAY, date(2026, 6, 1), known)
    special = [day.day for day in days.loc[~ordinary(days), "local_date"]]
    assert special == [9, 10, 11, 12, 14]
