"""The tables behind a report for other programs: CSV and Parquet as they are, and a workbook for people.

Names come from the shop, and a name may begin with ``=``: no program that opens a file may take it for a formula.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ..frames import PRODUCTS
from ..metrics import daily, with_bars
from ..money import DECIMALS
from .definitions import definitions
from .headlines import title_of
from .language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .data import ReportData

# What spreadsheet programs take for the beginning of a formula in a CSV file.
_FORMULA = re.compile(r"^[=+\-@\t\r]")
# Characters that no workbook may hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL, _LONGEST_NAME, _MOST_ROWS = 32_767, 31, 1_048_576
_WIDEST, _NARROWEST, _WIDTH_OF_TIME = 40, 9, 18
_HEAD = PatternFill("solid", fgColor="E3E7EA")


def export_tables(data: ReportData) -> dict[str, pd.DataFrame]:
    """The tables of the report by name; times are UTC, amounts minor units."""
    hours = data.hours()
    lines, days = data.audited.lines, data.calendar
    first, end = pd.Timestamp(data.since), pd.Timestamp(data.until)
    return {
        "daily": with_bars(daily(hours), hours, data.audited),
        "hourly": with_bars(hours, hours, data.audited),
        "lines_hourly": lines[lines["hour_utc"].isin(hours["hour_utc"])],
        "accuracy": data.audited.known,
        "tills_hourly": data.tills,
        "till_clocks": data.clocks,
        "zones_daily": data.zone_days,
        "waterfall": data.inside.waterfall,
        "store_dwell": data.inside.dwell,
        "occupancy_drift": data.inside.drift,
        "queues_hourly": data.inside.queue_hourly,
        "passers_hourly": data.inside.passers,
        "capture_hourly": data.inside.capture,
        "pairs_daily": data.pairs,
        "calendar": days[(days["local_date"] >= first) & (days["local_date"] < end)],
        "segments": data.segments,
        "forecast": data.forecast,
        "backtest": data.backtest,
        "heat": data.heat,
        "moves": data.moves,
        # The master of the products is the shop's own file, and no result.
        **{name: frame for name, frame in data.found.items() if name != PRODUCTS.name},
    }


def csv_text(frame: pd.DataFrame) -> str:
    """A table as CSV; a missing value is empty, and text that a spreadsheet would calculate gets an apostrophe."""
    safe = frame.copy()
    for name in safe.columns:
        if pd.api.types.is_string_dtype(safe[name].dtype):
            risky = safe[name].str.match(_FORMULA).fillna(value=False).astype(bool)
            # A lone carriage return would end the line for some readers.
            safe[name] = safe[name].mask(risky, "'" + safe[name]).str.replace("\r", " ")
    return str(safe.to_csv(index=False, lineterminator="\n"))


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """A table as Parquet, its types kept."""
    made = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(made, engine="pyarrow", compression="zstd", index=False)
    return made.getvalue()


def workbook(data: ReportData, found: Mapping[str, pd.DataFrame], language: str = "en") -> bytes:
    """The tables as an Excel workbook: a sheet each, and one with what the numbers mean.

    Numbers are numbers, days are days, amounts are in whole units of the currency; times are UTC, for Excel knows no
    time zones. An empty table has no sheet.

    Args:
        data: Of the report.
        found: Tables by name.
        language: Of the words; columns are called as in the CSV files.
    """
    say = Language(language)
    book = Workbook(write_only=True)
    book.properties.creator = "footfall"
    book.properties.title = title_of(data.kind, data.since, data.until, say)
    book.properties.created = book.properties.modified = data.made_at.replace(tzinfo=None)
    scale = 10 ** DECIMALS.get(data.currency, 2)
    _definitions(book, data, say)
    for name, frame in found.items():
        if len(frame):
            _sheet(book, name, frame.head(_MOST_ROWS - 1), scale)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _definitions(book: Workbook, data: ReportData, say: Language) -> None:
    sheet = book.create_sheet(say("define.title")[:_LONGEST_NAME])
    for column, width in (("A", 28), ("B", 44), ("C", 110)):
        sheet.column_dimensions[column].width = width
    sheet.append([_text(sheet, f"{data.store_name}: {title_of(data.kind, data.since, data.until, say)}", head=True)])
    sheet.append([_text(sheet, say("sheet.note", currency=data.currency))])
    for item in definitions(data, say):
        sheet.append([_text(sheet, item.name, head=True), _text(sheet, item.formula), _text(sheet, item.text)])


def _sheet(book: Workbook, name: str, frame: pd.DataFrame, scale: int) -> None:
    sheet = book.create_sheet(name[:_LONGEST_NAME])
    sheet.freeze_panes = "A2"
    names = [str(column).replace("_minor", "") for column in frame.columns]
    for place, (title, column) in enumerate(zip(names, frame.columns, strict=True)):
        least = _WIDTH_OF_TIME if pd.api.types.is_datetime64_any_dtype(frame[column].dtype) else _NARROWEST
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(max(len(title) + 2, least), _WIDEST)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(frame) + 1}"
    sheet.append([_text(sheet, title, head=True) for title in names])
    for row in zip(*(_values(sheet, frame[column], str(column), scale) for column in frame.columns), strict=True):
        sheet.append(row)


def _values(sheet: Any, values: pd.Series, name: str, scale: int) -> list[Any]:
    """A column as cells: numbers, true and false, days, UTC times without a zone, text; None where it is missing."""
    kind = pd.api.types
    present = values.notna()
    if kind.is_datetime64_any_dtype(values.dtype):
        timed = isinstance(values.dtype, pd.DatetimeTZDtype)
        plain = values.dt.tz_convert("UTC").dt.tz_localize(None) if timed else values
        found = [moment.to_pydatetime() if timed else moment.date() for moment in plain[present]]
    elif kind.is_bool_dtype(values.dtype):
        found = values[present].astype("bool").tolist()
    elif kind.is_numeric_dtype(values.dtype):
        found = (values[present] / scale if _minor(name) else values[present]).tolist()
    else:
        found = [_plain(sheet, str(text)) for text in values[present]]
    rest = iter(found)
    return [next(rest) if there else None for there in present]


def _minor(name: str) -> bool:
    return "_minor" in name


def _plain(sheet: Any, value: str) -> Any:
    """Text as it is, but as a cell of its own where it would be taken for a formula or an error."""
    return _text(sheet, value) if value.startswith(("=", "#")) else _CONTROL.sub("", value)[:_LONGEST_CELL]


def _text(sheet: Any, value: str, *, head: bool = False) -> Any:
    """A cell of text, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=_CONTROL.sub("", value)[:_LONGEST_CELL])
    cell.data_type = "s"
    if head:
        cell.font, cell.fill = Font(bold=True), _HEAD
    if len(value) > _WIDEST:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell
