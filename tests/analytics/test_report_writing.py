"""Reports as files: written when a period has ended, once, as a whole, printed, sent, and traceable."""

from __future__ import annotations

import html
import json
import re
import shutil
import socket
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from aiosmtpd.controller import Controller
from pypdf import PdfReader

from analytics.cli import main
from analytics.cli.opening import opened
from analytics.frames import HOURLY, Window
from analytics.jobs import JOBS, JobError, printing, report_data, run_jobs, write_report
from analytics.jobs.reporting import period_report
from analytics.kpis import KPIS
from analytics.report import ReportRules
from analytics.settings import load

from .audited_shop import audit_shop
from .small_shop import MONDAY, open_shop, sell, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from analytics.jobs import Context

DAYS = 9


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of nine days, Monday to Tuesday, all jobs but the report done."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite", days=DAYS)
    sell(folder / "sales", days=6)  # none on Sunday, and none of the second week yet
    settings(folder)
    with opened(load(folder / "analytics.toml")) as context:
        done = list(run_jobs(context, [job for job in JOBS if job.name != "report"], window(context, 0, DAYS)))
    assert {outcome.status for outcome in done} == {"ok"}
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(template, folder)
    return folder


def window(context: Context, first: int, end: int) -> Window:
    return Window.of(MONDAY + timedelta(days=first), MONDAY + timedelta(days=end), context.time)


def with_rules(context: Context, **rules: Any) -> Context:
    return replace(context, plan=replace(context.plan, reports=ReportRules(**rules)))


@contextmanager
def opened_shop(folder: Path, **rules: Any) -> Iterator[Context]:
    with opened(load(folder / "analytics.toml")) as context:
        yield with_rules(context, **rules) if rules else context


def report_job(context: Context, end: int) -> Any:
    (outcome,) = run_jobs(context, [job for job in JOBS if job.name == "report"], window(context, 0, end))
    return outcome


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
def test_a_night_writes_what_has_ended_and_nothing_of_what_has_not(shop: Path) -> None:
    with opened_shop(shop) as context:
        outcome = report_job(context, 8)
        assert (outcome.status, outcome.message) == ("ok", None)
    made = {path.relative_to(shop / "report").parent.as_posix() for path in (shop / "report").rglob("report.html")}
    days = {f"daily/{MONDAY + timedelta(days=n)}" for n in (4, 5, 7)}  # the seventh is a Sunday
    assert made == {".", *days, f"weekly/{MONDAY}"}, "the month is not over"
    assert not list((shop / "report").rglob("*.part"))
    folder = shop / "report" / f"weekly/{MONDAY}"
    days_csv = pd.read_csv(folder / "daily.csv")
    assert (len(days_csv), days_csv["visits"].sum()) == (7, 72)
    assert openpyxl.load_workbook(folder / "report.xlsx")["daily"].max_row == 8
    assert not (folder / "forecast.csv").exists(), "of a week that is over an empty table is no file"


@pytest.mark.slow
def test_the_same_night_again_touches_nothing_and_late_receipts_write_it_again(shop: Path) -> None:
    with opened_shop(shop) as context:
        report_job(context, 8)
        folder = shop / "report"
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
        contents = files_of(folder)
        outcome = report_job(context, 8)
        assert outcome.rows == 0
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before
        hours = context.results.read(HOURLY)
        late = MONDAY + timedelta(days=5)
        there = (hours["local_date"] == pd.Timestamp(late)) & (hours["local_hour"] == 10)
        hours.loc[there, "sales_minor"] += 500
        context.results.replace_window(HOURLY, hours)
        report_job(context, 8)
    changed = {name.rsplit("/", 1)[0] for name, text in files_of(folder).items() if contents[name] != text}
    pages = {name.removesuffix("/report.html") for name in changed}
    assert f"daily/{late}" in pages
    assert f"weekly/{MONDAY}" in pages
    assert f"daily/{MONDAY + timedelta(days=4)}" not in pages, "days before it do not know it"


@pytest.mark.slow
def test_missed_nights_are_made_up_for_but_a_new_shop_does_not_report_its_whole_past(shop: Path) -> None:
    with opened_shop(shop, kinds=("day",), formats=()) as context:
        report_job(context, 2)
        assert len(list((shop / "report" / "daily").iterdir())) == 2
        report_job(context, 9)
    made = sorted(path.name for path in (shop / "report" / "daily").iterdir())
    assert made == [f"{MONDAY + timedelta(days=n)}" for n in (0, 1, 2, 3, 4, 5, 7, 8)]


@pytest.mark.slow
def test_both_languages_lie_side_by_side(shop: Path) -> None:
    with opened_shop(shop, languages=("zh", "en"), kinds=("day",), formats=()) as context:
        report_job(context, 3)
    folder = shop / "report" / "daily" / f"{MONDAY}"
    assert {path.name for path in folder.iterdir()} == {"report.html", "report.en.html"}
    assert "门店日报" in (folder / "report.html").read_text(encoding="utf-8")
    assert "Report of Monday 2 March 2026" in (folder / "report.en.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_table_that_is_empty_now_does_not_stay(shop: Path) -> None:
    with opened_shop(shop) as context:
        report_job(context, 2)
        folder = shop / "report" / "daily" / f"{MONDAY}"
        (folder / "moves.csv").write_text("old\n", encoding="utf-8")
        report_job(with_rules(context, formats=("csv",)), 2)
        assert not (folder / "moves.csv").exists()
        assert (folder / "hourly.csv").is_file()


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(shop: Path) -> None:
    (shop / "report").write_text("a file", encoding="utf-8")
    with opened_shop(shop) as context:
        outcome = report_job(context, 2)
    assert outcome.status == "failed"
    assert f"{shop / 'report'}" in outcome.message
    assert (shop / "report").read_text(encoding="utf-8") == "a file"


def command(shop: Path, *words: str) -> int:
    return main(["report", *words, "--config", str(shop / "analytics.toml")])


@pytest.mark.slow
def test_the_command_writes_each_day_that_ends_in_the_window(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(shop, "daily", "--since", "2026-03-02", "--until", "2026-03-09") == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [line.split("/")[-2] for line in told] == [f"2026-03-0{n}" for n in range(2, 8)], "closed on Sunday"
    assert command(shop, "weekly", "--since", "2026-03-02", "--until", "2026-03-11", "--language", "zh") == 0
    page = (shop / "report" / "weekly" / "2026-03-02" / "report.html").read_text(encoding="utf-8")
    assert "门店周报" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("daily", "--since", "2026-03-08", "--until", "2026-03-09"), "2026-03-08 to 2026-03-08: nothing is known"),
        (("monthly", "--since", "2026-03-02", "--until", "2026-03-09"), "no such period ends between"),
        (("weekly", "--since", "2030-01-07", "--until", "2030-01-14"), "nothing is known of these days"),
    ],
)
def test_a_period_of_which_nothing_is_known_is_named(
    shop: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert command(shop, *words) == 1
    assert said in capsys.readouterr().err
    assert not (shop / "report").exists()


def test_nonsense_on_the_command_line_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(shop, "--since", "2026-03-09", "--until", "2026-03-02") == 2
    assert "must be after --since" in capsys.readouterr().err
    for words in (("yearly",), ("--language", "de")):
        with pytest.raises(SystemExit) as error:
            command(shop, *words)
        assert error.value.code == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('language = "fr"', "report.language"),
        ('formats = ["docx"]', "report.formats[0]"),
        ('periods = ["year"]', "report.periods[0]"),
        ('months = "lunar"', "report.months"),
    ],
)
def test_settings_that_do_not_exist_are_named(
    shop: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    with (shop / "analytics.toml").open("a", encoding="utf-8") as file:
        file.write(f"[report]\n{line}\n")
    assert command(shop) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_without_a_browser_the_pdf_says_what_is_missing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(shop))
    with pytest.raises(JobError, match=r"no PDF: none of the browsers chromium, .* is on the PATH; install Chromium"):
        printing.print_pdf(shop / "page.html")
    with opened_shop(shop, kinds=("day",), formats=("pdf", "csv")) as context:
        outcome = report_job(context, 2)
    assert outcome.status == "ok", "the rest is written"
    assert "no PDF: none of the browsers" in outcome.message
    folder = shop / "report" / "daily" / f"{MONDAY}"
    assert {"report.html", "hourly.csv"} <= {path.name for path in folder.iterdir()}
    assert not [path.name for path in folder.iterdir() if "draft" in path.name or path.suffix == ".pdf"]


def test_a_browser_that_fails_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = shop / "chromium"
    fake.write_text("#!/bin/sh\necho 'out of paper' >&2\nexit 3\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shop}:/usr/bin:/bin")
    with pytest.raises(JobError, match=r"chromium could not print page\.html: out of paper"):
        printing.print_pdf(shop / "page.html")


needs_browser = pytest.mark.skipif(
    not any(shutil.which(name) for name in printing.BROWSERS), reason="no Chromium is installed"
)


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_week_prints_to_a_pdf_with_everything_that_is_on_the_page(shop: Path, language: str) -> None:
    with opened_shop(shop, languages=(language,), formats=("pdf",), kinds=("week",)) as context:
        found = period_report(context, "week", (MONDAY, MONDAY + timedelta(days=7)))
        assert found is not None
        pdf = found.page.with_suffix(".pdf")
        printed = PdfReader(pdf)
        text = " ".join(" ".join(page.extract_text() for page in printed.pages).split())
        page = found.page.read_text(encoding="utf-8")
    assert 3 <= len(printed.pages) <= 9
    sizes = {(round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in printed.pages}
    assert sizes == {(595, 842)}, "A4"
    squeezed = re.sub(r"\s", "", text)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, flags=re.DOTALL)
    shown = [re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]+>", "", cell))) for cell in cells]
    # Also the last column of every table is on the paper: nothing is cut off at the margin.
    missing = [cell for cell in shown if cell and cell.replace("−", "") not in squeezed.replace("−", "")]
    assert missing == []
    assert ("周报" if language == "zh" else "Report of the week") in text
    assert f"1/{len(printed.pages)}" in squeezed


@needs_browser
@pytest.mark.slow
def test_the_command_prints(shop: Path) -> None:
    assert command(shop, "daily", "--since", "2026-03-02", "--until", "2026-03-03", "--pdf") == 0
    assert (shop / "report" / "daily" / "2026-03-02" / "report.pdf").read_bytes().startswith(b"%PDF-")


class Box:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - the server's own name
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    kept = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    yield kept, port
    server.stop()


def mailing(shop: Path, port: int) -> None:
    with (shop / "analytics.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[report]\nsend = ["week"]\nlanguage = "zh"\n[email]\nhost = "127.0.0.1"\n'
            f'port = {port}\nsecurity = "none"\nsender = "shop@example.org"\nto = ["owner@example.org"]\n'
        )


@pytest.mark.slow
def test_a_new_week_is_mailed_once_in_the_language_of_the_shop(shop: Path, box: tuple[Box, int]) -> None:
    kept, port = box
    mailing(shop, port)
    with opened_shop(shop) as context:
        assert report_job(context, 8).message is None
        report_job(context, 8)
    (message,) = kept.messages
    assert str(message["Subject"]) == "Corner Shop: 门店周报：2026年3月2日至8日"
    body = message.get_body(("plain",))
    assert body is not None
    assert "共统计进店客流 72 人次" in body.get_content()
    names = [part.get_filename() for part in message.iter_attachments()]
    assert sorted(str(name) for name in names) == ["report.html", "report.xlsx"]
    page = next(part for part in message.iter_attachments() if part.get_filename() == "report.html")
    sent = page.get_payload(decode=True)
    assert sent == (shop / "report" / "weekly" / f"{MONDAY}" / "report.html").read_bytes()


@pytest.mark.slow
def test_a_mail_that_cannot_be_sent_is_told_and_the_report_is_there(shop: Path, box: tuple[Box, int]) -> None:
    kept, port = box
    mailing(shop, port)
    text = (shop / "analytics.toml").read_text(encoding="utf-8").replace(f"port = {port}", "port = 1")
    (shop / "analytics.toml").write_text(text, encoding="utf-8")
    with opened_shop(shop) as context:
        outcome = report_job(context, 8)
    assert outcome.status == "ok"
    assert outcome.message
    assert kept.messages == []
    assert (shop / "report" / "weekly" / f"{MONDAY}" / "report.html").is_file()


@pytest.mark.slow
def test_every_command_on_a_page_gives_the_number_beside_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit_shop(shop / "footfall.sqlite", (40, 40, 40), (50, 49, 49))
    with opened_shop(shop, formats=(), kinds=()) as context:
        done = list(run_jobs(context, [job for job in JOBS if job.name == "accuracy"], window(context, 0, DAYS)))
        assert done[0].status == "ok"
        data = report_data(context, window(context, 0, 7), "week")
        page = write_report(context, data, shop / "out").page.read_text(encoding="utf-8")
    tiles = dict(re.findall(r'<div class="name">(.*?)</div>\s*<div class="value">(.*?)</div>', page))
    rows = re.findall(r"<tr><td>([^<]*)</td><td>[^<]*</td><td><code>(.*?)</code></td></tr>", page)
    assert len(rows) >= 8
    traced = 0
    for name, told in rows:
        words = html.unescape(told).split()
        assert words[0] == "footfall-analytics"
        capsys.readouterr()
        assert (
            main([*words[1:], "--config", str(shop / "analytics.toml"), *(["--json"] if words[1] == "trace" else [])])
            == 0
        ), told
        printed = capsys.readouterr().out
        if words[1] == "trace" and words[2] in KPIS and "--by" not in words and "2026-03-02" in words:
            value = json.loads(printed)
            found = value[0]["value"] if isinstance(value, list) else value["value"]
            shown = float(re.sub(r"[^0-9.]", "", tiles[name]))
            scale = {"%": 100.0, "EUR": 0.01}.get(tiles[name].split()[-1], 1.0)
            assert shown == pytest.approx(found * scale, abs=0.06), told
            traced += 1
    assert traced == 8
