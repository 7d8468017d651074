"""Which days a report is about, what it is compared with, and what it says of that."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from analytics import metrics, report
from analytics.kpis import change_split
from analytics.report import tables
from analytics.report.language import Language
from analytics.report.periods import month_of, retail_month_of, week_of

from .report_shop import BLIND, FIRST, audited, small_shop, text_of

EN = Language("en")


@pytest.fixture(scope="module")
def shop() -> report.ReportData:
    return small_shop()


def of(shop: report.ReportData, kind: str, first: date, end: date) -> report.ReportData:
    return replace(shop, kind=kind, since=first, until=end)


def test_a_week_begins_on_monday_or_with_retail_weeks_on_sunday() -> None:
    assert week_of(date(2026, 3, 4)) == (date(2026, 3, 2), date(2026, 3, 9))
    assert week_of(date(2026, 3, 2)) == week_of(date(2026, 3, 8))
    assert report.period_of("week", date(2026, 3, 4), retail=True) == (date(2026, 3, 1), date(2026, 3, 8))


@pytest.mark.parametrize(
    ("day", "first", "end"),
    [
        (date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        (date(2025, 12, 31), date(2025, 12, 1), date(2026, 1, 1)),
        (date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_months_of_the_calendar(day: date, first: date, end: date) -> None:
    assert month_of(day) == (first, end)


def test_months_of_the_retail_calendar_are_four_or_five_weeks_and_tile_a_year_of_53() -> None:
    first = date(2023, 1, 29)  # fiscal 2023 had 53 weeks
    lengths = []
    while first < date(2024, 2, 4):
        begin, end = retail_month_of(first + timedelta(days=3))
        assert begin == first
        lengths.append((end - begin).days // 7)
        first = end
    assert lengths == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]
    assert first == date(2024, 2, 4)


def test_only_what_is_over_is_reported_and_each_period_once() -> None:
    today = date(2026, 3, 4)  # a Wednesday
    assert report.ended("day", today, 2) == [(date(2026, 3, 2), date(2026, 3, 3)), (date(2026, 3, 3), today)]
    assert report.ended("week", today, 1) == [(date(2026, 2, 23), date(2026, 3, 2))]
    assert report.ended("month", date(2026, 3, 1), 2) == [
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 3, 1)),
    ]
    assert report.ended("month", date(2026, 3, 31), 1) == [(date(2026, 2, 1), date(2026, 3, 1))]
    whole = report.within("week", date(2026, 2, 23), today)
    assert whole == [(date(2026, 2, 23), date(2026, 3, 2))]
    assert report.within("week", date(2026, 3, 3), today) == []


def test_a_day_is_compared_with_its_weekday_and_a_week_and_a_month_with_the_one_before() -> None:
    weekdays, year = report.pasts("day", date(2026, 1, 20), date(2026, 1, 21))
    assert [first for first, _ in weekdays.spans] == [
        date(2026, 1, 13),
        date(2026, 1, 6),
        date(2025, 12, 30),
        date(2025, 12, 23),
    ]
    assert year.spans == ((date(2025, 1, 21), date(2025, 1, 22)),)
    assert year.spans[0][0].weekday() == date(2026, 1, 20).weekday()
    before, year = report.pasts("month", date(2024, 2, 1), date(2024, 3, 1))
    assert (before.spans, year.spans) == (
        ((date(2024, 1, 1), date(2024, 2, 1)),),
        ((date(2023, 2, 1), date(2023, 3, 1)),),
    )
    before, _ = report.pasts("month", *retail_month_of(date(2026, 3, 10)))
    assert before.spans == (retail_month_of(date(2026, 2, 10)),)
    leap = report.pasts("day", date(2024, 2, 29), date(2024, 3, 1))[1]
    assert leap.spans == ((date(2023, 3, 2), date(2023, 3, 3)),)


def test_a_day_against_the_mean_of_four_is_the_mean_of_four(shop: report.ReportData) -> None:
    day = date(2026, 1, 20)
    text = text_of(report.render(of(shop, "day", day, day + timedelta(days=1))))
    now = metrics.totals(shop.hours(day, day + timedelta(days=1)))
    parts = [shop.hours(day - timedelta(weeks=n), day - timedelta(weeks=n) + timedelta(days=1)) for n in range(1, 5)]
    before = [metrics.totals(part) for part in parts]
    mean = sum(t.visits or 0 for t in before) / 4
    assert f"Visits {now.visits} {EN.signed_percent((now.visits or 0) / mean - 1)}" in text
    rate = sum(t.rated_receipts for t in before) / sum(t.rated_visits for t in before)
    assert EN.points((now.conversion or 0) - rate) in text, "a rate is a ratio of sums"
    assert "this day with the mean of the last 4 days like it (Tuesday)" in text
    assert "a year ago" not in text, "nothing is stored of it"


@pytest.mark.slow
def test_a_day_that_nobody_saw_is_no_comparison(shop: report.ReportData) -> None:
    day = BLIND + timedelta(weeks=1)
    text = text_of(report.render(of(shop, "day", day, day + timedelta(days=1))))
    assert "this day with the mean of the last 3 days like it (Wednesday)" in text
    blind = text_of(report.render(of(shop, "day", BLIND, BLIND + timedelta(days=1))))
    assert "Visits – no comparison missing: only 0.0 % of opening time seen" in blind
    assert re.search(r"Net sales [\d,.]+ EUR", blind), "the tills sold all the same"


@pytest.mark.slow
def test_a_week_whose_past_is_stored_in_part_is_not_compared_with_it(shop: report.ReportData) -> None:
    first = FIRST + timedelta(days=7)
    week = of(shop, "week", first, first + timedelta(days=7))
    assert "this week with the week before" in text_of(report.render(week))
    cut = shop.hourly[shop.hourly["local_date"] >= pd.Timestamp(FIRST + timedelta(days=2))]
    assert "this week with the week before" not in text_of(report.render(replace(week, hourly=cut)))


@pytest.mark.slow
def test_the_parts_of_the_change_are_those_of_the_split_and_add_up(shop: report.ReportData) -> None:
    first, end = date(2026, 1, 19), date(2026, 1, 26)
    text = text_of(report.render(of(shop, "week", first, end)))
    found = change_split(shop.hourly, (date(2026, 1, 12), first), (first, end))
    for step, name in (("traffic", "Visits"), ("unit_price", "Average price of a piece")):
        part = found.steps.set_index("step")["contribution_minor"].to_dict()[step]
        assert re.search(
            rf"{name} [^A-Z]*(EUR [^A-Z]*EUR )?[^A-Z]*{re.escape(EN.money(part, 'EUR', signed=True, whole=True))}", text
        ), step
    whole = found.after_minor - found.before_minor
    assert abs(found.steps["contribution_minor"].sum() - whole) < 1e-6
    assert EN.money(whole, "EUR", signed=True, whole=True) in text


@pytest.mark.slow
def test_what_cannot_be_said_is_named_with_its_reason(shop: report.ReportData) -> None:
    text = text_of(report.render(of(shop, "week", FIRST, FIRST + timedelta(days=7))))
    assert "Why sales moved: nothing is known of as many days before." in text
    assert "When to have people on the floor: no rota is known" in text
    assert "Tried on, and bought: no tagged item was read" in text
    assert "How they queue: no zone is drawn as a queue" in text


@pytest.mark.slow
def test_every_headline_number_has_its_numerator_denominator_and_command(shop: report.ReportData) -> None:
    week = of(audited(shop), "week", date(2026, 1, 19), date(2026, 1, 26))
    page = report.render(week)
    found = metrics.totals(week.hours())
    text = text_of(page)
    assert f"{found.rated_receipts} receipts / {found.rated_visits} visits" in text
    for kpi in ("visits", "conversion", "sales_per_visitor", "net_sales", "transactions", "atv", "upt", "aur"):
        command = f"footfall-analytics trace {kpi} --since 2026-01-19 --until 2026-01-26"
        assert page.count(f"<code>{command}</code>") == 2, "beside the number, and in the table for paper"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["day", "week", "month"])
def test_the_pages_of_short_periods_are_small(shop: report.ReportData, kind: str) -> None:
    ends = {"day": date(2026, 1, 2), "week": date(2026, 1, 8), "month": date(2026, 2, 1)}
    page = report.render(of(shop, kind, date(2026, 1, 1), ends[kind]))
    assert len(page) < 100_000
    assert "nan" not in text_of(page).lower()
    assert "The next" not in text_of(page)


@pytest.mark.slow
def test_days_without_any_receipt_are_no_days_without_sales(shop: report.ReportData) -> None:
    day = date(2026, 1, 20)
    mine = shop.hourly["local_date"] == pd.Timestamp(day)
    silent = shop.hourly.copy()
    silent.loc[mine, ["receipts", "units", "sales_minor"]] = 0
    silent.loc[mine & silent["conversion"].notna(), "conversion"] = 0.0
    late = replace(shop, hourly=silent)
    text = text_of(report.render(of(late, "day", day, day + timedelta(days=1))))
    assert "Net sales – no comparison no receipts of 1 of 1 open days: are files missing?" in text
    assert "Conversion – no comparison" in text
    assert "0.00 EUR" not in text
    assert "ended at a till" not in text
    assert "No receipt was imported for 1 of 1 open days." in text
    week = text_of(report.render(of(late, "week", date(2026, 1, 19), date(2026, 1, 26))))
    assert "no receipts of 1 of 6 open days: are files missing?" in week
    assert "from the tills, complete" not in week
    assert "from the tills, complete" in text_of(report.render(of(shop, "day", day, day + timedelta(days=1))))


@pytest.mark.slow
def test_what_chance_alone_would_make_is_not_more_than_the_whole(shop: report.ReportData) -> None:
    first, end = date(2026, 1, 19), date(2026, 1, 26)
    beyond = text_of(report.render(of(shop, "week", first, end)))
    made = re.search(r"In all ([0-9,]+) EUR; chance alone would make ([0-9,]+) EUR of it", beyond)
    assert made
    assert int(made[2].replace(",", "")) < int(made[1].replace(",", ""))
    mine = (shop.hourly["local_date"] >= pd.Timestamp(first)) & (shop.hourly["conversion"] < 0.5)
    good = shop.hourly.copy()
    good.loc[mine, "receipts"] = good.loc[mine, "visits"].astype("int64")
    good.loc[mine, "conversion"] = 1.0
    text = text_of(report.render(of(replace(shop, hourly=good), "week", first, end)))
    assert "That is no more than chance alone would make" in text
    assert "worth a look" not in text


def test_hours_after_midnight_stand_at_the_end_of_their_evening(shop: report.ReportData) -> None:
    day = shop.hourly[shop.hourly["local_date"] == pd.Timestamp(date(2026, 1, 20))]
    evening = day[day["local_hour"].between(15, 18)].assign(local_hour=[22, 23, 0, 1])
    columns, rows, _ = tables.week(evening, shop.audited, EN, turns_h=3)
    assert columns == (22, 23, 0, 1)
    assert [cell.text for cell in rows[0][1]] == [EN.count(n) for n in evening["visits"]]
    assert tables.week(day, shop.audited, EN)[0] == tuple(range(9, 20))
