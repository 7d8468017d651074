"""Stories of the page: what it says, what it must not say, and that a browser can show it."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import forecast, frames, joins, metrics, report
from analytics.accuracy import accuracy
from analytics.report import words
from analytics.segments import segments
from analytics.visits import VisitRules, visits, waterfall_days

from .store_days import at, crossings, lines, opening, receipts, stays, watches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, END = date(2025, 12, 1), date(2026, 1, 26)  # eight weeks, the last four against the four before
BLIND = date(2026, 1, 14)  # a Wednesday without a camera
DOORS = frozenset({"door"})
CALENDAR = opening(closed_days=frozenset({date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)}))


def small_shop(name: str = "Corner Shop") -> report.ReportData:
    """Eight weeks: some thirty people a day, every third buys, one blind day, one till, a few members."""
    rng = np.random.default_rng(8)
    people: list[tuple[str, str]] = []
    sold: list[tuple[str, int, dict[str, object]]] = []
    served: list[tuple[str, float]] = []
    seen: list[tuple[str, str]] = []
    for day in (FIRST + timedelta(days=n) for n in range((END - FIRST).days)):
        if day.weekday() == 6 or day in CALENDAR.closed_days:
            continue
        if day != BLIND:
            seen.append((f"{day} 08:30", f"{day} 20:30"))
        for second in np.sort(rng.choice(39_000, int(rng.poisson(30 + 3 * day.weekday())), replace=False)):
            moment = datetime(day.year, day.month, day.day, 9) + timedelta(seconds=int(second))  # noqa: DTZ001 - local
            if day != BLIND:
                people.append((f"{moment}", "in"))
            if rng.random() < 0.33:
                pays = moment + timedelta(seconds=600)
                served.append((f"{pays - timedelta(seconds=50)}", 55.0))
                member = {"member_id": f"M{rng.integers(40)}"} if rng.random() < 0.5 else {}
                sold.append((f"{pays}", int(rng.integers(900, 9000)), {**member}))
    doors, at_till, shop_sees = crossings(*people), stays(*served), watches(*seen)
    floor = shop_sees.assign(camera_id="sales-floor")
    all_watches = pd.concat([shop_sees, floor], ignore_index=True)
    bought = receipts(*sold)
    since, until = at(FIRST.isoformat()), at(END.isoformat())
    judged = visits(doors, CALENDAR)
    sales = metrics.Sales(bought, lines(**{f"R{n + 1}": 2 for n in range(len(sold))}))
    hours = metrics.hourly(metrics.Traffic(doors, judged, shop_sees, DOORS), sales, CALENDAR, since, until)
    zone_hours = metrics.zones(at_till, all_watches, CALENDAR, since, until)
    ahead, tested = forecast.forecast(hours, CALENDAR)
    matched = joins.match_receipts(at_till, bought)
    cards = pd.DataFrame([(f"M{n}", pd.Timestamp("2025-01-01"), None, None, None, True) for n in range(40)])
    members = frames.check(cards.set_axis(frames.MEMBERS.names, axis=1), frames.MEMBERS)
    return report.ReportData(
        store_id="corner",
        store_name=name,
        currency="EUR",
        opening=CALENDAR,
        since=FIRST,
        until=END,
        made_at=datetime(2026, 1, 26, 3, 15, tzinfo=UTC),
        version="0.1.0",
        entrance_cameras=DOORS,
        hourly=hours,
        visits=judged,
        watches=all_watches,
        zone_hourly=zone_hours,
        zones=metrics.zone_totals(at_till, zone_hours, hours),
        segments=segments(bought, members, END - timedelta(days=1), CALENDAR.time_zone),
        forecast=ahead,
        backtest=tested,
        pairs=matched.pairs,
        clocks=matched.clocks,
        rejects=(report.Rejects("receipts.csv", "total: must not be negative", 2),),
    )


def audited(data: report.ReportData, *windows: tuple[str, int, int, int | None]) -> report.ReportData:
    """The same shop, its door audited in windows of five minutes: (local begin, manual, counted, matched)."""
    came = ((f"{entered.tz_convert(CALENDAR.time_zone):%Y-%m-%d %H:%M:%S}", "in") for entered in data.visits["entered"])
    counted = metrics.line_hours(crossings(*came), data.visits, data.hourly, CALENDAR.time_zone)
    rows = [
        {
            "camera_id": "door", "line_id": "entrance", "geometry_version": "v1", "direction": "in",
            "begins": pd.Timestamp(at(begins)), "ends": pd.Timestamp(at(begins)) + pd.Timedelta(minutes=5),
            "manual": manual, "counted": seen, "matched": matched, "audited": pd.Timestamp(at(begins)),
        }
        for begins, manual, seen, matched in windows
    ]  # fmt: skip
    by_hand = frames.check(pd.DataFrame(rows), frames.AUDITS) if rows else frames.empty(frames.AUDITS)
    return replace(data, audited=metrics.Audited(counted, accuracy(by_hand, CALENDAR.time_zone)))


def new_shop() -> report.ReportData:
    """Opened today: nothing was seen, nothing sold."""
    traffic = metrics.Traffic(crossings(), visits(crossings(), CALENDAR), watches(), DOORS)
    first, end = at("2026-01-05"), at("2026-01-06")
    hours = metrics.hourly(traffic, metrics.Sales(receipts(), lines()), CALENDAR, first, end)
    return replace(
        small_shop(),
        since=date(2026, 1, 5),
        until=date(2026, 1, 6),
        hourly=hours,
        visits=frames.empty(frames.VISITS),
        watches=watches(),
        zone_hourly=frames.empty(frames.ZONE_HOURLY),
        zones=(),
        segments=frames.empty(frames.SEGMENTS),
        forecast=frames.empty(frames.FORECAST),
        backtest=frames.empty(frames.BACKTEST),
        pairs=frames.empty(frames.RECEIPT_VISITS),
        clocks=(),
        rejects=(),
    )


@pytest.fixture(scope="module")
def data() -> report.ReportData:
    return small_shop()


@pytest.fixture(scope="module")
def page(data: report.ReportData) -> str:
    return report.render(data)


class _Text(HTMLParser):
    """What a person reads: the text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def text_of(page: str) -> str:
    reader = _Text()
    reader.feed(page)
    return " ".join(" ".join(reader.words).split())


def figures_of(page: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="figure-(\w+)">(.*?)</script>', page, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


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
    assert f"95 % sure: {100 * low:.1f} to {100 * high:.1f} %" in text


GOOD_AUDIT = (("2026-01-12 10:00", 80, 80, 79), ("2026-01-12 17:00", 90, 89, 88))
POOR_AUDIT = (("2025-05-12 10:00", 80, 70, 70), ("2025-05-12 17:00", 90, 78, 77))


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
    for name, bar in (("traffic", len(figures_of(page)["traffic"]["data"][0]["x"])), ("conversion", 8)):
        audit = [trace for trace in figures_of(page)[name]["data"] if trace.get("name") == "audit"][-1]
        assert len(audit["x"]) == 3 * bar, name
    first = metrics.with_bars(metrics.daily(shop.hourly), shop.hourly, shop.audited).iloc[0]
    assert f"95 % sure: {first['visits_low']:.0f} to {first['visits_high']:.0f}" in page


def test_a_count_that_is_wrong_for_sure_and_an_old_audit_are_named(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, *POOR_AUDIT)))
    assert "entrance, in 12 May 2025, 170 by hand 23 1" in text
    assert "counts too few, about 12.9 %; more than 180 days old: audit again" in text
    assert "That is more than 180 days ago: audit again. The count of entrance is biased" in text
    assert f"Visits {metrics.totals(data.hourly).visits:,} (" in text, "the count itself is not put right"


def test_a_shop_that_was_not_audited_says_so_and_shows_no_bar(data: report.ReportData, page: str) -> None:
    text = text_of(report.render(audited(data)))
    assert "of opening time seen; not audited yet" in text
    assert "No error bars: the line entrance was not audited yet: run footfall-edge audit." in text
    assert "entrance, in – – – – not audited yet: run footfall-edge audit" in text
    for figure in figures_of(page).values():
        assert not [trace for trace in figure["data"] if trace.get("name") == "audit"]
    moved = audited(data, *GOOD_AUDIT)
    lines = moved.audited.lines.assign(geometry_version="v2")
    text = text_of(report.render(replace(moved, audited=metrics.Audited(lines, moved.audited.known))))
    assert "the line was moved since its audit: run footfall-edge audit" in text
    assert "by the last audit of the entrance" not in text


def test_too_few_crossings_by_hand_make_no_bar(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, ("2026-01-12 10:00", 2, 2, 2))))
    assert "too few crossings counted by hand: audit more, 30 or better 150" in text
    assert "No error bars: the line entrance was audited with too few crossings: run footfall-edge audit." in text
    assert re.search(r"Visits [\d,]+ [+−]", text), "no bracket between the number and its change"


def test_totals_alone_are_named(data: report.ReportData) -> None:
    text = text_of(report.render(audited(data, ("2026-01-12 10:00", 80, 80, None), ("2026-01-12 11:00", 60, 61, None))))
    assert "at least 0 at least 1" in text
    assert "some windows have totals only" in text


def test_eight_weeks_without_a_past_compare_their_halves(data: report.ReportData, page: str) -> None:
    now = metrics.totals(data.hourly[data.hourly["local_date"] >= pd.Timestamp("2025-12-29")])
    before = metrics.totals(data.hourly[data.hourly["local_date"] < pd.Timestamp("2025-12-29")])
    change = words.signed_percent((now.visits or 0) / (before.visits or 1) - 1)
    assert f"Visits {metrics.totals(data.hourly).visits:,} {change}" in text_of(page)
    assert "the last 4 weeks (29 December 2025 to 25 January 2026) with the 4 weeks before" in text_of(page)


def test_a_period_with_a_past_is_compared_with_it(data: report.ReportData) -> None:
    later = replace(data, since=date(2026, 1, 19), until=date(2026, 1, 26))
    assert "this period (19 to 25 January 2026) with the 1 week before" in text_of(report.render(later))


def test_a_day_that_nobody_saw_is_grey_and_named_and_no_bar(data: report.ReportData, page: str) -> None:
    assert "Wed 14 Jan 09:00 Wed 14 Jan 20:00 11 h 00 min no data: camera or computer off" in text_of(page)
    assert "Wed 14 Jan: not seen, 0.0 % of opening time" in page
    chart = figures_of(page)["traffic"]
    assert "2026-01-14" not in chart["data"][0]["x"]
    (grey,) = chart["layout"]["shapes"]
    assert (grey["x0"], grey["x1"]) == ("2026-01-13 12:00", "2026-01-14 12:00")
    days = metrics.daily(data.hourly)
    assert len(chart["data"][0]["x"]) == int((days["status"] == "ok").sum())
    assert sum(chart["data"][0]["y"]) == days["visits"].sum()


def test_the_waterfall_adds_up_on_the_page(data: report.ReportData, page: str) -> None:
    text = text_of(page)
    numbers = re.search(r"Walked in over the line ([\d,]+) .*? Visits ([\d,]+) All entries", text)
    assert numbers is not None
    assert int(numbers[1].replace(",", "")) == len(data.visits)
    assert int(numbers[2].replace(",", "")) == int(data.visits["counted"].sum())


def with_inside(data: report.ReportData) -> report.ReportData:
    """The same shop with a queue, a line outside, a mannequin, and visits grouped into buying units."""
    day, since, until = "2026-01-20", at(FIRST.isoformat()), at(END.isoformat())
    floor: dict[str, object] = {"zone_id": "queue", "role": "queue"}
    rows = stays(
        (f"{day} 10:00", 120.0, floor | {"track_id": 1}),
        (f"{day} 10:02:02", 60.0, {"track_id": 1}),
        (f"{day} 10:01", 240.0, floor | {"track_id": 2}),
        (f"{day} 11:00", 30.0, floor | {"track_id": 3, "end_cause": "lost"}),
        (f"{day} 11:00", 3000.0, {"zone_id": "shoes", "role": "product", "end_cause": "fixed"}),
        (f"{day} 11:10", 2.0, {"zone_id": "shoes", "role": "product"}),
    )
    street: dict[str, object] = {"role": "outside", "line_id": "street"}
    doors = crossings(
        *[(f"{day} 10:00:{n:02}", "in", street | {"track_id": n}) for n in range(50)],
        *[(f"{day} 10:01:{n:02}", "in", {"track_id": n, "cause": "merged" if n else "ended"}) for n in range(5)],
        *[(f"{day} 10:11:{n:02}", "out", {"track_id": n}) for n in range(5)],
    )
    drawn = [("sales-floor", "zone", "queue", "queue"), ("sales-floor", "zone", "shoes", "product")]
    drawn += [("sales-floor", "zone", "till", "till"), ("door", "line", "street", "outside")]
    places = frames.check(pd.DataFrame(drawn, columns=frames.PLACES.names), frames.PLACES)
    rules = VisitRules(group_s=2.0)
    judged = visits(doors, CALENDAR, rules)
    traffic = metrics.Traffic(doors, judged, data.watches, DOORS, grouped=True)
    waited = metrics.waits(rows)
    queues = metrics.queues(waited, data.watches, CALENDAR, since, until, places=places)
    zone_hours = metrics.zones(rows, data.watches, CALENDAR, since, until, rules=metrics.ZoneRules(places))
    return replace(
        data,
        visits=judged,
        zone_hourly=zone_hours,
        zones=metrics.zone_totals(rows, zone_hours, data.hourly, metrics.ZoneRules(places)),
        inside=report.Inside(
            rules=rules,
            waterfall=waterfall_days(judged, CALENDAR.time_zone),
            dwell=metrics.store_dwell(traffic, CALENDAR, since, until),
            drift=metrics.drift_days(traffic, CALENDAR, since, until),
            queues=metrics.queue_totals(waited, queues, data.hourly),
            queue_hourly=queues,
            passers=metrics.passers(doors, data.watches, CALENDAR, since, until, places=places),
            capture=metrics.capture(traffic, CALENDAR, since, until, places=places),
        ),
    )


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
    assert re.search(r"queue 3 0\.00 2 2 min 00 s \S.* 50\.0 % 33 %", text)
    assert re.search(r"shoes products 0 .* 1 ", text)
    files = {name: pd.read_csv(io.StringIO(content)) for name, content in report.csvs(made).items()}
    assert files["waterfall.csv"].set_index("step")["entries"].to_dict() == {
        "entries": 5, **dict.fromkeys(frames.LEFT_OUT, 0), "visits": 5, "buying_units": 1
    }  # fmt: skip
    assert files["queues_hourly.csv"]["arrivals"].sum() == 3
    assert files["passers_hourly.csv"]["passers"].sum() == 50


def test_the_forecast_says_whether_it_beats_last_week(data: report.ReportData, page: str) -> None:
    longest = data.backtest[data.backtest["horizon_h"] == 336].set_index("model")
    gain = 1 - longest["mae"].min() / longest.loc[forecast.NAIVE, "mae"]
    assert f"Beats “same hour last week” by {100 * gain:.0f} %" in text_of(page)
    assert len(figures_of(page)["forecast"]["layout"]["annotations"]) == 12
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


def test_a_single_day_is_named_once_and_its_bar_is_as_wide_as_a_day() -> None:
    charts = figures_of(report.render(new_shop()))
    for name in ("traffic", "conversion"):
        assert charts[name]["layout"]["xaxis"]["ticktext"] == ["5 Jan"]
    assert charts["traffic"]["data"][0]["width"] > 12 * 3600 * 1000


def test_a_forecast_that_was_not_tested_and_pieces_that_nobody_handed_in_are_no_headline(
    data: report.ReportData, page: str
) -> None:
    assert "pieces on average" in text_of(page)
    assert "visits are expected in the next" in text_of(page)
    bare = replace(data, hourly=data.hourly.assign(units=0), backtest=frames.empty(frames.BACKTEST))
    text = text_of(report.render(bare))
    assert "pieces on average" not in text
    assert "visits are expected in the next" not in text


def test_names_of_the_shop_cannot_become_code(data: report.ReportData) -> None:
    nasty = "</title><script>alert('x')</script>"
    page = report.render(replace(data, store_name=nasty, rejects=(report.Rejects("<img src=x>.csv", "<b>", 1),)))
    assert nasty not in page
    assert "<img src=x>" not in page
    assert nasty in text_of(page)


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    assert "default-src 'none'" in page
    head = page.split("<script>", 1)[0]
    assert not re.search(r"\b(?:src|href|action)\s*=|@import|url\((?!#)", head)
    assert 4_000_000 < len(page) < 6_000_000, "the chart library is in it once"


def test_the_same_data_make_the_same_page(data: report.ReportData, page: str) -> None:
    assert report.render(data) == page


def test_csvs_hold_the_tables_with_gaps_left_empty(data: report.ReportData) -> None:
    files = report.csvs(data)
    assert set(files) == {
        "daily.csv", "hourly.csv", "lines_hourly.csv", "accuracy.csv", "zones_hourly.csv", "segments.csv",
        "forecast.csv", "backtest.csv",
        "receipt_visits.csv", "heat.csv", "moves.csv", "occupancy_drift.csv", "queues_hourly.csv",
        "store_dwell.csv", "capture_hourly.csv", "passers_hourly.csv", "waterfall.csv",
    }  # fmt: skip
    days = pd.read_csv(io.StringIO(files["daily.csv"]), dtype={"local_date": str})
    blind = days[days["local_date"].str.startswith("2026-01-14")].iloc[0]
    assert (blind["status"], np.isnan(blind["visits"]), np.isnan(blind["conversion"])) == ("missing", True, True)
    assert blind["sales_minor"] > 0
    assert len(files["hourly.csv"].splitlines()) == 1 + 56 * 24


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.count(12345.4), "12,345"),
        (words.count(None), "–"),
        (words.percent(0.2794), "27.9 %"),
        (words.signed_percent(-0.036), "−3.6 %"),
        (words.points(0.012), "+1.2 points"),
        (words.money(11703.06, "EUR"), "117.03 EUR"),
        (words.money(174328834, "EUR"), "1,743,288 EUR"),
        (words.money(980, "JPY"), "980 JPY"),
        (words.duration(59.6), "1 min 00 s"),
        (words.duration(3900), "1 h 05 min"),
        (words.length(182), "26 weeks"),
        (words.length(1), "1 day"),
        (words.span(date(2026, 3, 9), date(2026, 4, 5)), "9 March to 5 April 2026"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
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
def test_a_browser_draws_every_chart_and_asks_the_network_for_nothing(browser: Any, page: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    browser.set_window_size(1200, 900)
    browser.get(file.as_uri())
    assert browser.execute_script("return document.documentElement.dataset.drawn") == "3"
    bars = browser.execute_script(
        "return document.querySelectorAll('[data-figure=figure-traffic] .bars .point').length"
    )
    assert bars == len(figures_of(page)["traffic"]["data"][0]["x"])
    for name in ("conversion", "forecast"):
        drawn = f"return document.querySelectorAll('[data-figure=figure-{name}] .scatterlayer .js-line').length"
        assert browser.execute_script(drawn) > 0, name
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("file:", "data:"))} == set()


@pytest.mark.slow
@pytest.mark.parametrize("width", [420, 760, 1400])
def test_no_chart_is_wider_than_the_window(browser: Any, page: str, tmp_path: Path, width: int) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    metric = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metric)
    browser.get(file.as_uri())
    widest = """
        const over = svg => svg.getBoundingClientRect().width - svg.closest('.chart').clientWidth;
        return Math.max(...[...document.querySelectorAll('.chart .main-svg')].map(over));
    """
    assert browser.execute_script(widest) <= 1
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
