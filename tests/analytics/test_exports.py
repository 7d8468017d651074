"""The tables behind a report: CSV, Parquet and a workbook that says the same and calculates nothing by itself."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analytics import frames, report

from .report_shop import new_shop, small_shop, with_inside

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HOSTILE = '=HYPERLINK("http://x.example","click")'


@pytest.fixture(scope="module")
def data() -> report.ReportData:
    return with_inside(small_shop())


@pytest.fixture(scope="module")
def tables(data: report.ReportData) -> dict[str, pd.DataFrame]:
    return report.export_tables(data)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_csvs_hold_the_tables_with_gaps_left_empty(tables: dict[str, pd.DataFrame]) -> None:
    days = pd.read_csv(io.StringIO(report.csv_text(tables["daily"])), dtype={"local_date": str})
    blind = days[days["local_date"].str.startswith("2026-01-14")].iloc[0]
    assert (blind["status"], np.isnan(blind["visits"]), np.isnan(blind["conversion"])) == ("missing", True, True)
    assert blind["sales_minor"] > 0
    assert len(report.csv_text(tables["hourly"]).splitlines()) == 1 + 56 * 24
    steps = tables["waterfall"].set_index("step")["entries"]
    assert (steps["entries"], steps["visits"], steps["buying_units"]) == (5, 5, 1)
    assert tables["queues_hourly"]["arrivals"].sum() == 3
    assert tables["passers_hourly"]["passers"].sum() == 50


def test_parquet_keeps_every_value_and_type(tables: dict[str, pd.DataFrame]) -> None:
    for name, frame in tables.items():
        back = pd.read_parquet(io.BytesIO(report.parquet_bytes(frame)))
        pd.testing.assert_frame_equal(back, frame.reset_index(drop=True), obj=name)


@pytest.mark.slow
def test_a_workbook_has_numbers_as_numbers_and_days_as_days(
    data: report.ReportData, tables: dict[str, pd.DataFrame]
) -> None:
    book = opened(report.workbook(data, tables))
    assert set(book.sheetnames) == {"What every number means", *(name for name, f in tables.items() if len(f))}
    first = rows_of(book["daily"])[0]
    row = tables["daily"].iloc[0]
    assert first["local_date"] == datetime(2025, 12, 1)  # noqa: DTZ001 - Excel knows no zones
    assert (first["visits"], first["receipts"], first["coverage"]) == (row["visits"], row["receipts"], 1.0)
    assert first["sales"] == pytest.approx(row["sales_minor"] / 100)
    assert first["sales_per_visitor"] == pytest.approx(row["sales_per_visitor_minor"] / 100)
    blind = next(day for day in rows_of(book["daily"]) if day["local_date"].date() == date(2026, 1, 14))
    assert (blind["visits"], blind["conversion"]) == (None, None), "a gap is an empty cell, never zero"
    hour = rows_of(book["hourly"])[0]
    assert hour["hour_utc"] == datetime(2025, 11, 30, 23)  # noqa: DTZ001 - UTC, as the first sheet says
    clock = rows_of(book["till_clocks"])[0]
    assert (clock["till_id"], clock["offset_s"], clock["identified"]) == ("T1", 1.0, True)
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")


@pytest.mark.slow
def test_sums_of_the_workbook_are_those_of_the_tables(data: report.ReportData, tables: dict[str, pd.DataFrame]) -> None:
    book = opened(report.workbook(data, tables))
    hours = rows_of(book["hourly"])
    assert sum(row["visits"] or 0 for row in hours) == tables["hourly"]["visits"].sum()
    assert round(100 * sum(row["sales"] for row in hours)) == tables["hourly"]["sales_minor"].sum()


@pytest.mark.slow
def test_a_currency_without_decimals_is_not_divided(data: report.ReportData) -> None:
    yen = replace(data, currency="JPY")
    found = report.export_tables(yen)
    sold = rows_of(opened(report.workbook(yen, found))["daily"])[0]["sales"]
    assert sold == found["daily"]["sales_minor"].iloc[0]


@pytest.mark.slow
def test_no_name_becomes_a_formula(data: report.ReportData) -> None:
    names = [HOSTILE, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "#REF!"]
    days = data.zone_days.drop_duplicates("local_date").head(2)
    shown = replace(data, zone_days=pd.concat([days.assign(zone_id=name) for name in names], ignore_index=True))
    found = report.export_tables(shown)
    book = opened(report.workbook(shown, found))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in {"f", "e"}]
    zones = {str(row["zone_id"]).strip() for row in rows_of(book["zones_daily"])}
    assert zones == {name.strip() for name in names}, "the name itself stays"
    text = report.csv_text(found["zones_daily"])
    values = set(pd.read_csv(io.StringIO(text), keep_default_na=False)["zone_id"])
    assert len(values) == len(names)
    assert {value for value in values if value[:1] != "'"} == {"#REF!"}
    back = pd.read_parquet(io.BytesIO(report.parquet_bytes(found["zones_daily"])))
    assert set(back["zone_id"]) == set(names), "no program calculates in Parquet"


def test_negative_numbers_are_no_formulas(data: report.ReportData) -> None:
    clocks = data.clocks.assign(offset_s=-61.5)
    text = report.csv_text(report.export_tables(replace(data, clocks=clocks))["till_clocks"])
    assert ",-61.5," in text


@pytest.mark.slow
def test_control_characters_and_very_long_names_do_not_break_a_workbook(data: report.ReportData) -> None:
    days = data.zone_days.assign(zone_id="x\x00\x0by" + "z" * 40_000).drop_duplicates(["local_date", "zone_id"])
    shown = replace(data, zone_days=days, store_name="Laden\x07")
    value = opened(report.workbook(shown, report.export_tables(shown)))["zones_daily"].cell(2, 3).value
    assert value.startswith("xyzzz")
    assert len(value) <= 32_767


@pytest.mark.slow
def test_a_chinese_workbook_explains_itself_in_chinese(
    data: report.ReportData, tables: dict[str, pd.DataFrame]
) -> None:
    book = opened(report.workbook(data, tables, "zh"))
    words = book[book.sheetnames[0]]
    assert book.sheetnames[0] == "指标说明"
    names = [row[0] for row in words.iter_rows(values_only=True)]
    assert {"成交率", "客单价", "连带率"} <= set(names)


def test_a_shop_without_a_single_number_has_a_workbook() -> None:
    shop = new_shop()
    found = report.export_tables(shop)
    book = opened(report.workbook(shop, found))
    assert "hourly" in book.sheetnames
    assert "heat" not in book.sheetnames
    assert rows_of(book["daily"])[0]["visits"] is None
    for frame in found.values():
        assert report.csv_text(frame).count("\n") == len(frame) + 1


def test_the_calendar_of_the_export_is_that_of_the_period(data: report.ReportData) -> None:
    days = pd.date_range("2025-10-01", "2026-01-31", unit="ms")
    calendar = pd.DataFrame({"local_date": days, "weekday": days.day_of_week})
    calendar = calendar.assign(retail_year=2025, retail_period=11, retail_week=45)
    for name in ("holiday", "event", "promotion", "weather", "temperature_c", "rain_mm"):
        calendar[name] = None
    found = report.export_tables(replace(data, calendar=frames.check(calendar, frames.CALENDAR_DAYS)))["calendar"]
    assert (found["local_date"].iloc[0], len(found)) == (pd.Timestamp("2025-12-01"), 56)
