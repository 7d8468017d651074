"""The jobs, the commands and the sections of ``churn`` and ``demand``, on one shop with members of a rhythm each."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import frames, report
from analytics.cli import main
from analytics.report import topics
from analytics.report.language import LANGUAGES, Language
from analytics.report.sections import Section
from analytics.results import open_results

from .buying_members import FIRST, habits
from .report_shop import small_shop
from .small_shop import LINE_HEADER, RECEIPT_HEADER, open_shop, settings
from .test_translation import chinese_words

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 168
LAST = FIRST + timedelta(days=DAYS - 1)
TABLES = (
    frames.MEMBER_CHURN,
    frames.CHURN_GROUP,
    frames.CHURN_TRIAL,
    frames.CHURN_BINS,
    frames.PRODUCT_DEMAND,
    frames.MEMBER_DEMAND,
    frames.DEMAND_TRIAL,
    frames.DEMAND_TOTAL,
    frames.ANSWERS,
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with half a year of sales, computed as of their last day."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite")
    (folder / "sales").mkdir()
    receipts, lines, names = [RECEIPT_HEADER], [LINE_HEADER], set()
    for n, (who, day, cents, _, units, _) in enumerate(habits(200, DAYS)):
        price = cents // units
        at = f"{FIRST + timedelta(days=day)}T12:{n % 60:02}:{n // 60 % 60:02}"
        receipts.append(f"R{n},T1,{at},sale,{price * units / 100:.2f},EUR,{who},")
        lines.append(f"R{n},1,P{n % 12},{units},{price / 100:.2f},0.00,{price * units / 100:.2f}")
        names.add(who)
    members = ["member_id,joined_on,age_band,gender,province,consent"]
    members += [f"{who},{FIRST},,,,true" for who in sorted(map(str, names))]
    products = ["product_id,gtin,name,description,category,price,cost"]
    products += [f"P{n},9521101000016,布鞋 {n},a shoe,shoes,10.00,4.00" for n in range(11)]  # P11 is in no master
    texts = {"receipts": receipts, "receipt_lines": lines, "members": members, "products": products}
    for name, text in texts.items():
        (folder / "sales" / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    path = settings(folder)
    rules = "[churn]\ndays = 30\n[demand]\ndays = 14\nleast_units = 5\n"
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    assert main(["import", "--config", str(path)]) == 0
    compute(path)
    return path


@pytest.fixture(scope="module")
def plain() -> report.ReportData:
    return small_shop()


def compute(config: Path) -> None:
    span = ["--since", str(LAST), "--until", str(LAST + timedelta(days=1))]
    for job in ("churn", "demand"):
        assert main(["run", job, "--config", str(config), *span]) == 0


def stored(config: Path) -> dict[str, pd.DataFrame]:
    results = open_results(config.parent / "footfall.sqlite")
    try:
        return {contract.name: results.read(contract) for contract in TABLES}
    finally:
        results.close()


def said(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main([*words, "--config", str(config), "--as-of", str(LAST)]) == 0
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_night_writes_every_table_and_twice_the_same(config: Path) -> None:
    first = stored(config)
    assert all(len(rows) for rows in first.values())
    assert set(first["answer"]["topic"]) == {"churn", "demand"}
    compute(config)
    for name, rows in stored(config).items():
        pd.testing.assert_frame_equal(rows, first[name])


@pytest.mark.slow
def test_the_commands_compute_what_the_night_stored(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = stored(config)
    members = pd.read_csv(io.StringIO(said(config, capsys, "churn", "--members", "--csv")))
    assert members["p_leave"].tolist() == pytest.approx(kept["member_churn"]["p_leave"].tolist())
    products = pd.read_csv(io.StringIO(said(config, capsys, "demand", "--csv")))
    assert sorted(products["units"]) == pytest.approx(sorted(kept["product_demand"]["units"]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("churn",), "Expected to buy in the 30 days after 2025-06-17"),
        (("churn", "--members"), "last purchase"),
        (("churn", "--trial"), "* serves"),
        (("churn", "--days", "20"), "Expected to buy in the 20 days"),
        (("demand",), "布鞋"),
        (("demand", "--members"), "next in days"),
        (("demand", "--trial"), "units of a product"),
        (("demand", "--product", "P11"), "P11"),
    ],
)
def test_every_command_answers(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    assert expected in said(config, capsys, *words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["churn", "--days", "3"], "--days 3: must be from 7 to 730"),
        (["demand", "--days", "3"], "--days 3: must be from 7 to 182"),
        (["demand", "--product", "P99", "--as-of", str(LAST)], "--product P99: sold too little, or is unknown"),
        (["churn", "--as-of", "2999-01-01"], "--as-of 2999-01-01: this day is not over yet"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    assert main([*words, "--config", str(config)]) == 2
    assert complaint in capsys.readouterr().err


def test_before_the_data_the_commands_say_why_there_is_no_answer(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("churn", "demand"):
        capsys.readouterr()
        assert main([command, "--config", str(config), "--as-of", "2025-01-20"]) == 0
        assert "the sales span too few days (20, and it takes" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_the_page_shows_groups_and_nobody(config: Path, plain: report.ReportData, language: str) -> None:
    shop = replace(plain, found=stored(config) | {"product": goods(config)})
    say = Language(language)
    parts = topics.churn.sections(shop, say) | topics.demand.sections(shop, say)
    assert list(parts) == ["churn", "churn_trial", "demand", "demand_trial"]
    assert all(isinstance(part, Section) for part in parts.values())
    page = report.render(shop, language)
    for name in parts:
        assert say(f"{name}.title") in page
    assert not re.search(r"M\d{4}", page)
    if language == "zh":
        assert chinese_words(" ".join(words_of(part) for part in parts.values() if isinstance(part, Section))) <= {"P"}


def words_of(part: Section) -> str:
    rows = [cell for row in part.rows for cell in row.cells]
    how = [part.how.name, part.how.parts] if part.how else []
    return " ".join(
        [
            part.title,
            part.lead,
            *part.heads,
            *rows,
            *part.lines,
            *how,
            *(f"{one.drawing} {one.caption}" for one in part.charts),
        ]
    )


def goods(config: Path) -> pd.DataFrame:
    results = open_results(config.parent / "footfall.sqlite")
    try:
        return results.read(frames.PRODUCTS)
    finally:
        results.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_not_to_answer_has_words(plain: report.ReportData, language: str) -> None:
    say = Language(language)
    asked = {
        "churn": ("buy_again", ("no_members", "few_members", "few_purchases", "few_days", "one_class")),
        "demand": ("products_period", ("few_days", "few_products", "no_variation")),
    }
    for topic, (question, reasons) in asked.items():
        for why in reasons:
            answers = frames.answer_rows(topic, LAST, [frames.Answer(question, why, 1, 2)])
            shop = replace(plain, found={"answer": answers})
            (line,) = getattr(topics, topic).sections(shop, say).values()
            assert isinstance(line, str)
            assert say("absent.line", part=say(f"{topic}.title"), why=line) in topics.told(shop, say)[1]
