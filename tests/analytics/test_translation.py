"""Both languages say the same, and a Chinese page says nothing in English."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics import frames, report
from analytics.frames import CAUSES, LEFT_OUT, ROLES
from analytics.report.definitions import NAMES
from analytics.report.language import LANGUAGES, Language, catalogue
from analytics.segments import NAMED, OTHERS

from .report_shop import MADE_AT, audited, new_shop, small_shop, text_of, with_inside

GOOD_AUDIT = (("2026-01-12 10:00", 80, 80, 79), ("2026-01-12 17:00", 90, 89, 88))
# Letters that are no words: names that the shop gave, and what is written so in Chinese, too.
ALLOWED = {
    "footfall", "Europe", "Berlin", "MASE", "UTC", "T", "entrance", "till", "queue", "shoes", "street", "door",
    "sales-floor", "csv", "receipts", "Corner", "Shop", "m", "C", "Sale", "p", "r", "rho", "EUR", "total",
    "kpis", "zone", "categories",  # a key of the settings
}  # fmt: skip
ZH, EN = Language("zh"), Language("en")


def test_the_sign_of_an_amount_stands_before_its_symbol() -> None:
    assert ZH.money(-2_174_300, "EUR", signed=True, whole=True) == "−€21,743"
    assert ZH.money(308_600, "CNY", signed=True, whole=True) == "+¥3,086"
    assert ZH.amounts((310, 332), "EUR") == "€3.10–3.32"


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def test_every_message_is_in_both_languages_with_the_same_values() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    # Chinese has no plural: a message for one thing is needed in English alone.
    plural = {key for key in english if key.endswith("_one") and key.removesuffix("_one") in english}
    assert set(english) - plural == set(chinese) - plural
    for key in chinese:
        if key != "number.money":  # the code of a currency there, its sign here
            assert fields(english[key]) == fields(chinese[key]), key
    for key in plural:
        assert fields(english[key]) <= fields(english[key.removesuffix("_one")]), key


def test_every_message_is_used_and_every_message_that_is_used_exists() -> None:
    from analytics.report import language as module

    folder = __import__("pathlib").Path(module.__file__).parent
    files = [*folder.rglob("*.py"), *(folder.parent / "templates").glob("*.html")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r'\bsay(?:\.has)?\(\s*"([a-z_0-9]+\.[a-z_0-9]+)"', sources))
    named |= {
        key
        for pair in re.findall(r'"([a-z_]+\.[a-z_0-9]+)" if .*? else "([a-z_]+\.[a-z_0-9]+)"', sources)
        for key in pair
    }
    assert {key for key in named if "." in key} <= set(catalogue("en"))
    tables = {key.split(".", 1)[0] for key in catalogue("en")}
    built = set(re.findall(r'say(?:\.has|\.word)?\(\s*f?"([a-z_]+)(?:\.[a-z_]*)?(?:\{|")', sources))
    built |= {"number", "date", "unit", "absent", "rule", "steps", "audit"}
    for key in catalogue("en"):
        table = key.split(".", 1)[0]
        assert f'"{key.removesuffix("_one")}"' in sources or table in built, key
    assert tables


def test_no_chinese_message_holds_an_english_word() -> None:
    for key, message in catalogue("zh").items():
        if not key.startswith("date."):  # patterns of dates are letters
            words = set(re.findall(r"[A-Za-z][A-Za-z-]*", re.sub(r"\{\w+\}", "", message)))
            assert words <= ALLOWED | {"local_date", "local", "date", "hour"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_that_the_product_uses_has_a_word(language: str) -> None:
    words = catalogue(language)
    for key in (
        *(f"role.{role}" for role in ROLES),
        *(f"steps.{step}" for step in ("entries", *LEFT_OUT, "visits", "buying_units")),
        *(f"define.{name}" for name in NAMES),
        *(f"define.{name}_name" for name in NAMES),
        *(f"calendar.{status}" for status in frames.STATUSES),
        *(f"dwell.{method}_why" for method in frames.DWELL_METHODS),
        *(
            f"segment.{name.lower().replace(' ', '_').replace(chr(39), '')}_who"
            for name in (*(s.name for s in NAMED), OTHERS)
        ),
        *(f"page.title_{kind}" for kind in report.KINDS),
    ):
        assert key in words, key
    assert CAUSES


def chinese_words(page: str) -> set[str]:
    """Latin words of a page outside of commands, without those that are names."""
    text = re.sub(r"footfall-\w+(?: \w+)*", "", text_of(page, "code"))
    return set(re.findall(r"[A-Za-z][A-Za-z-]*", text)) - ALLOWED


def full_shop(kind: str = "span") -> report.ReportData:
    """A shop with everything in it."""
    shop = audited(with_inside(small_shop()), *GOOD_AUDIT)
    days = pd.DataFrame(
        {
            "local_date": pd.date_range("2025-12-01", "2026-01-25", unit="ms"),
            "holiday": None, "event": None, "promotion": None, "weather": "sun", "temperature_c": 4.0, "rain_mm": 0.0,
        }
    )  # fmt: skip
    days["weekday"] = days["local_date"].dt.day_of_week
    days = days.assign(retail_year=2025, retail_period=11, retail_week=45)
    days.loc[days["local_date"].between("2026-01-12", "2026-01-24"), "promotion"] = "Sale"
    days.loc[days["local_date"].dt.day % 3 == 0, "weather"] = "rain"
    shop = replace(shop, calendar=frames.check(days, frames.CALENDAR_DAYS))
    spans = {"day": (date(2026, 1, 20), date(2026, 1, 21)), "week": (date(2026, 1, 19), date(2026, 1, 26))}
    spans["month"] = (date(2025, 12, 1), date(2026, 1, 1))
    if kind in spans:
        shop = replace(shop, kind=kind, since=spans[kind][0], until=spans[kind][1])
    return shop


@pytest.mark.slow
@pytest.mark.parametrize("kind", report.KINDS)
def test_no_english_word_is_left_on_a_chinese_page(kind: str) -> None:
    page = report.render(full_shop(kind), "zh")
    assert chinese_words(page) == set()
    assert 'lang="zh-Hans"' in page
    for word in ("成交率", "客单价", "连带率", "件单价", "净销售额", "监测覆盖率"):
        assert word in page, word


@pytest.mark.slow
def test_a_new_shop_and_one_without_audit_are_chinese_too() -> None:
    assert chinese_words(report.render(new_shop(), "zh")) == set()
    assert chinese_words(report.render(audited(small_shop()), "zh")) == set()
    poor = audited(small_shop(), ("2025-05-12 10:00", 80, 70, None), ("2025-05-12 17:00", 90, 78, 77))
    assert chinese_words(report.render(poor, "zh")) == set()


@pytest.mark.slow
def test_both_languages_show_the_same_numbers() -> None:
    def tiles(page: str) -> list[str]:
        values = re.findall(r'<div class="value">(.*?)</div>', page)
        return [re.sub(r"[^0-9.,–]", "", value) for value in values]

    shop = full_shop()
    assert tiles(report.render(shop, "en")) == tiles(report.render(shop, "zh"))
    assert len(tiles(report.render(shop))) == 8


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (ZH.count(12345), "12,345"),
        (ZH.percent(0.2794), "27.9%"),
        (ZH.signed_percent(-0.036), "−3.6%"),
        (ZH.points(0.012), "+1.2 个百分点"),
        (ZH.money(11703, "CNY"), "¥117.03"),
        (ZH.money(174328834, "EUR"), "€1,743,288"),
        (ZH.money(980, "JPY"), "JP¥980"),
        (ZH.money(None, "CNY"), "–"),
        (ZH.duration(3900), "1 小时 05 分"),
        (ZH.duration(130), "2 分 10 秒"),
        (ZH.day(date(2026, 4, 5)), "2026年4月5日"),
        (ZH.short_day(date(2026, 4, 7)), "4月7日周二"),
        (ZH.full_day(date(2026, 4, 7)), "2026年4月7日星期二"),
        (ZH.span(date(2026, 3, 9), date(2026, 4, 5)), "2026年3月9日至4月5日"),
        (ZH.span(date(2026, 3, 2), date(2026, 3, 8)), "2026年3月2日至8日"),
        (ZH.span(date(2025, 12, 1), date(2026, 1, 25)), "2025年12月1日至2026年1月25日"),
        (ZH.length(14), "2 周"),
        (ZH.listed(["甲", "乙", "丙"]), "甲、乙和丙"),
        (EN.full_day(date(2026, 4, 7)), "Tuesday 7 April 2026"),
        (EN.month(date(2026, 4, 7)), "April 2026"),
        (EN.some(1, "visit"), "1 visit"),
        (EN.some(0, "visit"), "0 visits"),
    ],
)
def test_numbers_and_dates_are_written_as_people_of_the_language_do(said: str, expected: str) -> None:
    assert said == expected


def test_a_message_that_lacks_a_value_or_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        EN("tile.seen")
    with pytest.raises(KeyError):
        EN("tile.nothing")
    assert EN.word("role", "{n}") == "{n}", "a name of the shop is no template"


@pytest.mark.slow
def test_the_message_of_a_report_is_in_its_language() -> None:
    shop = replace(full_shop("day"), made_at=MADE_AT)
    assert report.subject(shop, "zh") == "Corner Shop: 门店日报：2026年1月20日星期二"
    assert report.subject(shop, "en") == "Corner Shop: Report of Tuesday 20 January 2026"
    assert "人次" in report.brief(shop, "zh")
    assert re.search(r"\d+ visits were counted\.", report.brief(shop, "en"))
