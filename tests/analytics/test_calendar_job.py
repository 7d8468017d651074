"""The calendar in the settings, in the night, and in the hours of the store."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from analytics.cli import main
from analytics.cli.opening import opened
from analytics.frames import CALENDAR_DAYS, HOURLY, Window
from analytics.settings import SettingsError, load
from edge.contract import OpenHours, Site, Store, open_store

from .small_shop import DOOR, FLOOR, HOURS, MONDAY, open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
BERLIN = '[calendar]\ncountry = "DE"\nsubdivision = "BE"\nholidays_closed = true\n'
FAIR = f'[[calendar.events]]\nname = "street fair"\nfirst = {TUESDAY}\nlast = {WEDNESDAY}\n'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The settings file of a shop with two days of facts and sales."""
    open_shop(tmp_path / "footfall.sqlite", days=2)
    sell(tmp_path / "sales", days=2)
    return settings(tmp_path)


def with_lines(shop: Path, text: str) -> Path:
    """The same settings and some more."""
    path = shop.with_name("more.toml")
    path.write_text(shop.read_text(encoding="utf-8") + text, encoding="utf-8")
    return path


def run(config: Path, job: str = "calendar", first: date = MONDAY, end: date = WEDNESDAY) -> int:
    return main(["run", job, "--config", str(config), "--since", str(first), "--until", str(end)])


def stored(config: Path) -> pd.DataFrame:
    with opened(load(config)) as context:
        return context.results.read(CALENDAR_DAYS)


@pytest.mark.slow
def test_the_job_keeps_a_row_for_every_day(shop: Path) -> None:
    config = with_lines(shop, BERLIN + FAIR)
    assert run(config) == 0
    days = stored(config)
    assert list(days["local_date"].dt.date) == [MONDAY, TUESDAY]
    assert days["event"].isna().tolist() == [True, False]
    assert run(config, first=date(2026, 3, 8), end=date(2026, 3, 9)) == 0
    days = stored(config)
    assert len(days) == 7, "the days in between are known, too"
    assert days["holiday"].tolist()[-1] == "Women's Day"


@pytest.mark.slow
def test_what_is_said_later_of_a_day_before_is_taken_in_and_nothing_else_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shop)
    assert stored(shop)["event"].isna().all()
    config = with_lines(shop, FAIR)
    assert run(config, first=WEDNESDAY, end=WEDNESDAY + timedelta(days=1)) == 0
    assert stored(config)["event"].isna().tolist() == [True, False, False]
    capsys.readouterr()
    run(config)
    assert "as it was" in capsys.readouterr().out


@pytest.mark.slow
def test_weather_comes_from_its_file(shop: Path) -> None:
    (shop.parent / "sales" / "weather.csv").write_text(
        f"local_date,condition,temperature_c,rain_mm\n{MONDAY},rain,8.5,3.0\n", encoding="utf-8"
    )
    config = shop.with_name("more.toml")
    text = shop.read_text(encoding="utf-8").replace("[sources]\n", '[sources]\nweather = ["sales/weather.csv"]\n')
    config.write_text(text, encoding="utf-8")
    assert main(["import", "--config", str(config)]) == 0
    run(config)
    days = stored(config)
    assert days["weather"].fillna("").tolist() == ["rain", ""]
    assert days["rain_mm"].fillna(-1).tolist() == [3.0, -1.0]


def test_holidays_shut_the_store_but_hours_of_their_own_open_it(shop: Path) -> None:
    settings_ = load(with_lines(shop, BERLIN + "[calendar.hours]\n2026-12-26 = '10:00-16:00'\n"))
    assert date(2026, 12, 25) in settings_.calendar.closed_days
    with opened(settings_) as context:
        window = Window.of(date(2026, 12, 24), date(2026, 12, 28), context.time)
        days = context.opening.spans(window.since, window.until)["local_date"]
    assert [f"{day:%d}" for day in days] == ["24", "26"], "the 27th is a Sunday"


def test_holidays_of_a_store_that_opens_on_them_are_named_all_the_same(shop: Path) -> None:
    calendar = load(with_lines(shop, BERLIN.replace("true", "false"))).calendar
    assert calendar.closed_days == frozenset()
    assert calendar.known.holidays[date(2026, 12, 25)] == "Christmas Day"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[calendar]\ncountry = "DE"\n', "a country needs holidays_closed = true or false"),
        ("[calendar]\nholidays_closed = true\n", "holidays_closed needs a country"),
        ('[calendar]\nsubdivision = "BE"\n', "subdivision needs a country"),
        (BERLIN.replace('"BE"', '"XX"'), "'XX': DE has no such part; known are BB"),
        (BERLIN.replace('"DE"', '"Deutschland"'), "'Deutschland': no holidays are known of this country"),
        (FAIR.replace(f"last = {WEDNESDAY}", f"last = {MONDAY}"), f"last = {MONDAY} must not be before first"),
        (FAIR.replace("street fair", "a; b"), "calendar.events\\[0\\].name: 'a; b'"),
        (FAIR.replace(str(TUESDAY), f'"{TUESDAY}"'), "calendar.events\\[0\\].first: .*must be a date such as"),
        (FAIR + 'categories = ["knitwear"]\n', "categories: .*unknown key"),
        ("[calendar.hours]\n2026-12-31 = '24:00-02:00'\n", "'24:00-02:00' must open before 24:00"),
        ("[calendar.hours]\n2026-12-31 = '20:00-20:00'\n", "'20:00-20:00' must open before it closes"),
        ("[calendar.hours]\n2026-12-31 = '20:00'\n", "'20:00' must be like 2025-12-24 = '09:00-14:00'"),
        ("[calendar.hours]\n2026-02-29 = '09:00-14:00'\n", "must be like 2025-12-24 = '09:00-14:00'"),
    ],
)
def test_each_mistake_is_named(shop: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load(with_lines(shop, text))


def test_special_hours_must_leave_an_end_of_the_day(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = with_lines(shop, "[calendar.hours]\n2026-12-31 = '20:00-09:30'\n")
    assert main(["check", "--config", str(config)]) == 2
    assert "more.toml: calendar.hours: the store closes at 09:30 past midnight" in capsys.readouterr().err


def test_the_night_waits_for_the_end_of_the_business_day(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = with_lines(shop, "[calendar.hours]\n2026-12-31 = '20:00-04:00'\n")
    assert main(["check", "--config", str(config)]) == 2
    assert "schedule.at: '04:15': must not be before 05:00, when this store's business day ends" in (
        capsys.readouterr().err
    )
    config.write_text(config.read_text(encoding="utf-8") + '[schedule]\nat = "05:00"\n', encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 0


@pytest.mark.slow
def test_a_bar_is_computed_by_business_days(tmp_path: Path) -> None:
    open_shop(tmp_path / "footfall.sqlite", days=2)
    store = open_store(tmp_path / "footfall.sqlite")
    late = tuple(OpenHours(hours.weekday, 9 * 60, 26 * 60) for hours in HOURS)
    store.register(Site(Store("corner", "Corner Shop", "Europe/Berlin", "EUR"), late, (DOOR, FLOOR)))
    store.close()
    sell(tmp_path / "sales", days=2)
    sales = tmp_path / "sales" / "receipts.csv"
    sales.write_text(sales.read_text(encoding="utf-8") + f"LATE,T1,{TUESDAY}T01:30:00,sale,50.00,EUR,,\n", "utf-8")
    config = settings(tmp_path)
    assert main(["import", "--config", str(config)]) == 0
    assert run(config, "visits") == run(config, "hourly") == 0
    with opened(load(config)) as context:
        assert context.time.turns_min == 180
        hours = context.results.read(HOURLY)
    assert len(hours) == 48
    by_day = hours.groupby("local_date")[["receipts", "sales_minor"]].sum()
    assert by_day.to_numpy().tolist() == [[4, 11_000], [3, 6_000]]
    eve = hours[hours["local_date"].dt.date == MONDAY]
    assert eve["local_hour"].tolist() == [*range(3, 24), 0, 1, 2]
