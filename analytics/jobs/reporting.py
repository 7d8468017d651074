"""The job that writes reports: of the last weeks or months every night, of a day, week or month when it has ended."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from .. import report
from ..frames import HOURLY, RECEIPT_VISITS, ZONE_HOURLY, Window
from .context import Context, Done, JobError
from .printing import print_pdf
from .reportdata import report_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

FOLDERS = {report.DAY: "daily", report.WEEK: "weekly", report.MONTH: "monthly"}
# So many are looked at every night, and written again where sales came late.
LOOKED_AT = {report.DAY: 4, report.WEEK: 1, report.MONTH: 1}
# So many are made up for after nights that were missed.
MADE_UP = {report.DAY: 62, report.WEEK: 9, report.MONTH: 3}
_MADE = re.compile(r'<meta name="digest" content="(\w+)">')


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one report.

    Attributes:
        page: The page in the main language.
        files: Everything that was written; empty: nothing had changed.
        first: There was no such report before.
        errors: What could not be done besides, one line each: no PDF, a mail that was not sent.
    """

    page: Path
    files: tuple[Path, ...]
    first: bool
    errors: tuple[str, ...] = ()


def run_report(context: Context, window: Window) -> Done:
    """The page of the window, and the reports of days, weeks and months that have ended."""
    data = report_data(context, window)
    written = [write_report(context, data, context.plan.report)]
    rules = context.plan.reports
    for kind in rules.kinds:
        for days in _due(context, kind, window.end):
            found = period_report(context, kind, days)
            if found is not None:
                written.append(found)
    notes = ["no day of this window was computed yet: run all first"] if data.hours().empty else []
    notes += dict.fromkeys(error for one in written for error in one.errors)
    return Done(rows=sum(len(one.files) for one in written), note="; ".join(notes) or None)


def _due(context: Context, kind: str, today: date) -> list[tuple[date, date]]:
    """The periods to look at: the last few, and those after the newest that has a report."""
    ended = report.ended(kind, today, MADE_UP[kind], retail=context.plan.reports.retail)
    folder = context.plan.report / FOLDERS[kind]
    newest = max((days[0] for days in ended if (folder / f"{days[0]}" / "report.html").is_file()), default=today)
    late = len(ended) - LOOKED_AT[kind]
    return [days for place, days in enumerate(ended) if place >= late or days[0] > newest]


def period_report(context: Context, kind: str, days: tuple[date, date]) -> Written | None:
    """Writes the report of a day, week or month, and sends it when it is the first of its period.

    Returns:
        None where nothing is known of these days, or the store was closed on all of them and sold nothing.
    """
    window = Window.of(*days, context.time)
    hours = context.results.read(HOURLY, window.since, window.until)
    if hours.empty or not (hours["open_s"].sum() or hours["receipts"].sum()):
        return None
    data = report_data(context, window, kind)
    written = write_report(context, data, context.plan.report / FOLDERS[kind] / f"{days[0]}")
    if not written.first or kind not in context.plan.reports.send:
        return written
    return replace(written, errors=(*written.errors, *send(context, data, written)))


def send(context: Context, data: report.ReportData, written: Written) -> list[str]:
    """Sends a report by e-mail with its page, and its PDF or workbook where there are some, in the main language.

    Returns:
        What could not be sent, one line each.
    """
    language = context.plan.reports.languages[0]
    wanted = [path for path in written.files if path.suffix in {".html", ".pdf", ".xlsx"}]
    text = report.brief(data, language)
    return context.notifier.send_report(report.subject(data, language), text, wanted)


def write_report(context: Context, data: report.ReportData, folder: Path) -> Written:
    """Writes the pages and tables of a report, unless those that are there say the same.

    Every file is put in its place as a whole, the page last: who opens it finds all that belongs to it.

    Raises:
        JobError: A file cannot be written.
    """
    rules = context.plan.reports
    page = folder / "report.html"
    found = report.export_tables(data)
    pages = {language: report.render(data, language) for language in rules.languages}
    digest = _digest(context, data, pages, found)
    first = not page.is_file()
    printed = "pdf" not in rules.formats or page.with_suffix(".pdf").is_file()
    if not first and printed and _digest_in(page) == digest:
        return Written(page, (), first=False)
    files = _tables(context, data, found)
    written = [_write(folder / name, content) for name, content in files.items() if content]
    for name, content in files.items():
        if not content:  # what was there before is no longer so
            (folder / name).unlink(missing_ok=True)
    errors: dict[str, None] = {}
    for place, language in reversed(list(enumerate(rules.languages))):
        path = page if place == 0 else folder / f"report.{language}.html"
        text = pages[language].replace("<title>", f'<meta name="digest" content="{digest}">\n<title>', 1).encode()
        if "pdf" in rules.formats:
            try:
                written.append(_print(path, text))
            except JobError as error:
                errors[str(error)] = None
        written.append(_write(path, text))
    return Written(page, tuple(written), first, tuple(errors))


def _print(page: Path, text: bytes) -> Path:
    """Prints a page that is not in its place yet."""
    draft = _write(page.with_suffix(".draft.html"), text)
    try:
        return _write(page.with_suffix(".pdf"), print_pdf(draft))
    finally:
        draft.unlink(missing_ok=True)


def _digest(
    context: Context, data: report.ReportData, pages: Mapping[str, str], found: Mapping[str, pd.DataFrame]
) -> str:
    """The same for the same numbers, whenever they were computed; another for other formats."""
    made = hashlib.blake2b(" ".join(context.plan.reports.formats).encode(), digest_size=16)
    for language, text in pages.items():
        made.update(text.replace(report.made(data, language), "").encode())
    for frame in found.values():
        made.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return made.hexdigest()


def _tables(context: Context, data: report.ReportData, found: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """The tables of a report as files by name; of a day, week or month a table without rows has no contents."""
    formats, files = context.plan.reports.formats, {}
    if "xlsx" in formats:
        files["report.xlsx"] = report.workbook(data, found, context.plan.reports.languages[0])
    if {"csv", "parquet"} & set(formats):
        # For other programs also what no page shows: hours of zones, and who may have paid which receipt.
        window = Window.of(data.since, data.until, context.time)
        for name, contract in (("zones_hourly", ZONE_HOURLY), ("receipt_visits", RECEIPT_VISITS)):
            found = found | {name: context.results.read(contract, window.since, window.until)}
    for name, frame in found.items():
        kept = len(frame) > 0 or data.kind == report.SPAN
        if "csv" in formats:
            files[f"{name}.csv"] = report.csv_text(frame).encode() if kept else b""
        if "parquet" in formats:
            files[f"{name}.parquet"] = report.parquet_bytes(frame) if kept else b""
    return files


def _digest_in(page: Path) -> str | None:
    with page.open(encoding="utf-8", errors="replace") as file:
        found = _MADE.search(file.read(2000))
    return None if found is None else found[1]


def _write(path: Path, content: bytes) -> Path:
    """Puts a file in its place as a whole: who reads it meanwhile sees the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise JobError(f"{path}: cannot be written: {error.strerror}") from error
    return path
