"""Stories of the page: what it says, what it must not say, and that a browser can show it."""

from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analytics import forecast, frames, metrics, report
from analytics.report.language import Language
from analytics.report.svg import Panel, drawing

from .report_shop import audited, new_shop, small_shop, text_of, with_inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EN = Language("en")


@pytest.fixture(scope="module")
def data() -> report.ReportData:
    return small_shop()


@pytest.fixture(scope="module")
def page(data: report.ReportData) -> str:
    return report.render(data)


def titles_of(page: str) -> list[str]:
    """What the drawings say when pointed at."""
    return [html.unescape(found) for found in re.findall(r"<title>(.*?)</title>", page)]


def test_the_headline_numbers_are_those_of_the_hours(data: report.ReportData, page: str) -> None:
    found, text = metrics.totals(data.hourly), text_of(page)
    assert found.visits is not None
    for shown in (
        f"Visits {found.visits:,}",
        f"Conversion {100 * (found.conversion or 0):.1f}",
        f"Net sales {found.sales_minor / 100:,.0f} EUR",
        f"Sales per visitor {(found.sales_per_visitor_minor or 0) / 100:.2f} EUR",
        f"Average receipt {(found.atv_minor or 0) / 100:.2f} EUR",
        f"{100 * (found.coverage or 0):.1f} % of opening time seen",
    ):
        assert shown in text, shown
    low, high = metrics.wilson(found.rated_receipts, found.rated_visits) or (0, 0)
    assert f"95 % sure: {100 * low:.1f}–{100 * high:.1f} %" in text


GOOD_AUDIT = (("2026-01-12 10:00", 80, 80, 79), ("2026-01-12 17:00", 90, 89, 88))
POOR_AUDIT = (("2025-05-12 10:00", 80, 70, 70), ("2025-05-12 17:00", 90, 78, 77))


@pytest.mark.slow
def test_an_audited_shop_shows_where_the_true_numbers_lie(data: report.ReportData) -> None:
    shop = audited(data, *GOOD_AUDIT)
    found, bars = metrics.totals(shop.hourly), metrics.total_bars(shop.hourly, shop.audited)
    page = report.render(shop)
    text = text_of(page)
    low, high = bars["visits"]
    assert low < (found.visits or 0) < high
    assert f"Visits {found.visits:,} ({low:,.0f}–{high:,.0f})" in text
    low, high = bars["conversion"]
    assert f"Conversion {100 * (found.conversion or 0):.1f} % ({100 * low:.1f}–{100 * high:.1f} %)" in text
    low, high = bars["sales_per_visitor_minor"]
    assert f"({low / 100:.2f}–{high / 100:.2f} EUR)" in text
    assert "by the last audit of the entrance (12 January 2026, 170 crossings counted by hand)." in text
    assert "biased" not in text
    assert "not audited yet" not in text
    days = metrics.with_bars(metrics.daily(shop.hourly), shop.hourly, shop.audited)
    first = days.iloc[0]
    sure = f"95 % sure: {first['visits_low']:.0f} to {first['visits_high']:.0f}"
    assert any(said.startswith("Mon 1 Dec") and said.endswith(sure) for said in titles_of(page))
    seen = int((days["status"] == "ok").sum())
    assert page.count('stroke="#22303c" stroke-width="1.5"') == seen, "an upright line on every bar"
    assert page.count('stroke="#ecd9b9"') == 8, "and on every week's conversion"


@pytest.mark.slow
def test_a_count_that_is_wrong_for_sure_and_an_old_audit_are_named(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, *POOR_AUDIT)))
    assert "entrance, in 12 May 2025, 170 by hand 23 1" in text
    assert "counts too few, about 12.9 %; more than 180 days old: audit again" in text
    assert "That is more than 180 days ago: audit again. The count of entrance is biased" in text
    assert f"Visits {metrics.totals(data.hourly).visits:,} (" in text, "the count itself is not put right"


@pytest.mark.slow
def test_a_shop_that_was_not_audited_says_so_and_shows_no_bar(data: report.ReportData, page: str) -> None:
    text = text_of(report.render(audited(data)))
    assert "of opening time seen; not audited yet" in text
    assert "No error bars: the line entrance was not audited yet: run footfall-edge audit." in text
    assert "entrance, in – – – – not audited yet: run footfall-edge audit" in text
    assert 'stroke="#22303c" stroke-width="1.5"' not in page
    moved = audited(data, *GOOD_AUDIT)
    lines = moved.audited.lines.assign(geometry_version="v2")
    text = text_of(report.render(replace(moved, audited=metrics.Audited(lines, moved.audited.known))))
    assert "the line was moved since its audit: run footfall-edge audit" in text
    assert "by the last audit of the entrance" not in text


@pytest.mark.slow
def test_too_few_crossings_by_hand_make_no_bar(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, ("2026-01-12 10:00", 2, 2, 2))))
    assert "too few crossings counted by hand: audit more, 30 or better 150" in text
    assert "No error bars: the line entrance was audited with too few crossings: run footfall-edge audit." in text
    assert re.search(r"Visits [\d,]+ [+−]", text), "no bracket between the number and its change"


@pytest.mark.slow
def test_totals_alone_are_named(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, ("2026-01-12 10:00", 80, 80, None), ("2026-01-12 11:00", 60, 61, None))))
    assert "at least 0 at least 1" in text
    assert "some windows have totals only" in text


def test_eight_weeks_without_a_past_compare_their_halves(data: report.ReportData, page: str) -> None:
    now = metrics.totals(data.hourly[data.hourly["local_date"] >= pd.Timestamp("2025-12-29")])
    before = metrics.totals(data.hourly[data.hourly["local_date"] < pd.Timestamp("2025-12-29")])
    change = EN.signed_percent((now.visits or 0) / (before.visits or 1) - 1)
    assert f"Visits {metrics.totals(data.hourly).visits:,} {change}" in text_of(page)
    assert "the last 4 weeks (29 December 2025 to 25 January 2026) with the 4 weeks before" in text_of(page)


@pytest.mark.slow
def test_a_period_with_a_past_is_compared_with_it(data: report.ReportData) -> None:
    later = replace(data, since=date(2026, 1, 19), until=date(2026, 1, 26))
    assert "this period (19 to 25 January 2026) with the 1 week before" in text_of(report.render(later))


def test_a_day_that_nobody_saw_is_grey_and_named_and_no_bar(data: report.ReportData, page: str) -> None:
    assert "Wed 14 Jan 09:00 Wed 14 Jan 20:00 11 h 00 min no data: camera or computer off" in text_of(page)
    assert "Wed 14 Jan: not seen, 0.0 % of opening time" in page
    assert page.count('fill="#dcdfe2"><title>Wed 14 Jan: not seen</title>') == 1
    bars = [said for said in titles_of(page) if re.match(r"\w{3} \d+ \w{3}: \d+ visits", said)]
    days = metrics.daily(data.hourly)
    assert len(bars) == int((days["status"] == "ok").sum())
    assert sum(int(said.split()[3]) for said in bars) == days["visits"].sum()
    assert not [said for said in bars if said.startswith("Wed 14 Jan")]


def test_the_waterfall_adds_up_on_the_page(data: report.ReportData, page: str) -> None:
    text = text_of(page)
    numbers = re.search(r"Walked in over the line ([\d,]+) .*? Visits ([\d,]+) All entries", text)
    assert numbers is not None
    steps = data.inside.waterfall.groupby("step")["entries"].sum()
    assert int(numbers[1].replace(",", "")) == steps["entries"]
    assert int(numbers[2].replace(",", "")) == steps["visits"] == data.hourly["visits"].sum()


@pytest.mark.slow
def test_queues_passers_by_and_the_time_in_the_store_are_on_the_page(data: report.ReportData) -> None:
    made = with_inside(data)
    page = report.render(made)
    text = text_of(page)
    for shown in (
        "Of these entries 0 were seen on both sides of the line, 1 were last seen just past it, and 4 were lost",
        "stepped out and came back off",
        "Visits 5 Buying units: who came in together 1",
        "Left out: 1 stay of mannequins, posters or mirrors.",
        "Little's law estimated people inside on average / people coming in per second; the mean only 10 min 00 s – –",
        "Followed from door to door exact people whom one camera saw go in and out 10 min 00 s",
        "off by 0.0 on an average day that was seen well, 0.0 % of entries",
        "Passed by Came in Capture rate 50 5 10.0 %",
        "Everyone who entered is among the passers-by",
    ):
        assert shown in text, shown
    assert re.search(r"queue 3 0\.00 2 (2 min 01 s|2 min 00 s|1 min 5\d s) \S.* 50\.0 % 33 %", text)
    assert re.search(r"shoes products 0 .* 1 ", text)


@pytest.mark.slow
def test_the_forecast_says_whether_it_beats_last_week(data: report.ReportData, page: str) -> None:
    longest = data.backtest[data.backtest["horizon_h"] == 336].set_index("model")
    gain = 1 - longest["mae"].min() / longest.loc[forecast.NAIVE, "mae"]
    assert f"Beats “same hour last week” by {100 * gain:.0f} %" in text_of(page)
    assert page.count('<text class="strong"') == 12
    only_naive = data.backtest.assign(chosen=data.backtest["model"] == forecast.NAIVE)
    assert "No model beat the same hour last week" in text_of(report.render(replace(data, backtest=only_naive)))


def test_what_was_left_out_on_import_is_said(page: str) -> None:
    assert "receipts.csv: 2 rows left out total: must not be negative" in text_of(page)


def test_a_new_shop_has_a_page_without_a_single_invented_number() -> None:
    text = text_of(report.render(new_shop()))
    assert "missing: only 0.0 % of opening time seen" in text
    assert "Visits – no comparison" in text
    assert "Conversion – no comparison" in text
    assert "There is no forecast" in text
    assert "nan" not in text.lower().replace("finance", "")


@pytest.mark.slow
def test_a_forecast_that_was_not_tested_and_pieces_that_nobody_handed_in_are_no_headline(
    data: report.ReportData, page: str
) -> None:
    assert "pieces on average" in text_of(page)
    assert "visits are expected in the next" in text_of(page)
    bare = replace(data, hourly=data.hourly.assign(units=0), backtest=frames.empty(frames.BACKTEST))
    text = text_of(report.render(bare))
    assert "pieces on average" not in text
    assert "visits are expected in the next" not in text


@pytest.mark.slow
def test_names_of_the_shop_cannot_become_code(data: report.ReportData) -> None:
    nasty = "</title><script>alert('x')</script>"
    zones = tuple(replace(zone, zone_id=nasty) for zone in data.zones)
    clocks = data.clocks.assign(till_id='" onmouseover="x')
    shown = replace(data, store_name=nasty, zones=zones, clocks=clocks, currency="EUR")
    page = report.render(replace(shown, rejects=(report.Rejects("<img src=x>.csv", "<b>{n}</b>", 1),)))
    assert nasty not in page
    assert "<img src=x>" not in page
    assert 'onmouseover="x' not in page
    assert text_of(page).count(nasty) == 2 + 1, "title, head and zone"
    assert "<b>{n}</b>" in text_of(page), "names are not templates"


def test_no_text_of_a_drawing_becomes_markup() -> None:
    panel = Panel(1, 10)
    panel.bar(0, 5, "#000", "<script>&")
    panel.names(["<b>"])
    drawn = str(drawing([panel], '"><script>'))
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert "&lt;script&gt;&amp;" in drawn


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"<script|\b(?:src|action)\s*=|\bhref\s*=(?!\"#)|@import|url\((?!#)", page)
    assert len(page) < 250_000


@pytest.mark.slow
def test_the_same_data_make_the_same_page(data: report.ReportData, page: str) -> None:
    assert report.render(data) == page


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (EN.count(12345.4), "12,345"),
        (EN.count(None), "–"),
        (EN.percent(0.2794), "27.9 %"),
        (EN.signed_percent(-0.036), "−3.6 %"),
        (EN.points(0.012), "+1.2 points"),
        (EN.money(11703.06, "EUR"), "117.03 EUR"),
        (EN.money(174328834, "EUR"), "1,743,288 EUR"),
        (EN.money(980, "JPY"), "980 JPY"),
        (EN.duration(59.6), "1 min 00 s"),
        (EN.duration(3900), "1 h 05 min"),
        (EN.length(182), "26 weeks"),
        (EN.length(1), "1 day"),
        (EN.span(date(2026, 3, 9), date(2026, 4, 5)), "9 March to 5 April 2026"),
        (EN.listed(["a", "b", "c"]), "a, b and c"),
        (EN.listed([]), ""),
        (EN.amounts((310.0, 332.0), "EUR"), "3.10–3.32 EUR"),
        (EN.money(-91631, "EUR", signed=True, whole=True), "−916 EUR"),
    ],
)
def test_numbers_are_written_as_people_read_them(said: str, expected: str) -> None:
    assert said == expected


@pytest.fixture
def browser() -> Iterator[Any]:
    """A Chromium without a window; skipped where it is not installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(flag)
    for flag in ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.mark.slow
def test_a_browser_shows_every_drawing_and_asks_the_network_for_nothing(
    browser: Any, page: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    browser.set_window_size(1200, 900)
    browser.get(file.as_uri())
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('svg.chart')].map(s => s.getBoundingClientRect().height)"
    )
    assert len(sizes) == 3
    assert min(sizes) > 150
    # The way to a number opens without a script.
    mark = browser.find_element("css selector", "details.how summary")
    mark.click()
    assert "footfall-analytics trace visits" in browser.find_element("css selector", "details.how[open] code").text
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("file:", "data:"))} == set()


@pytest.mark.slow
@pytest.mark.parametrize("language", report.LANGUAGES)
@pytest.mark.parametrize("width", [420, 760, 1400])
def test_nothing_is_wider_than_the_window(
    browser: Any, data: report.ReportData, tmp_path: Path, width: int, language: str
) -> None:
    long = replace(data, store_name="Warenhaus" * 12, zones=tuple(replace(z, zone_id="z" * 90) for z in data.zones))
    file = tmp_path / "report.html"
    file.write_text(report.render(long, language), encoding="utf-8")
    metric = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metric)
    browser.get(file.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
