"""Recommendations from the files to the tables, the command, the page, and the published figures."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics.cli import main
from analytics.frames import (
    ANSWERS,
    PRODUCT_SIMILAR,
    RECOMMEND_GROUP,
    RECOMMEND_TRIAL,
    answer_rows,
)
from analytics.recommend import RecommendRules, recommend
from analytics.report.language import LANGUAGES, Language
from analytics.report.sections import Section
from analytics.report.topics.recommend import sections

from .recommend_shop import few, sold, two_tastes
from .report_shop import small_shop
from .small_shop import LINE_HEADER, MONDAY, RECEIPT_HEADER, open_shop, settings
from .test_translation import chinese_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analytics.purchases import Purchases
    from analytics.report import ReportData

DAYS = 90
END = MONDAY + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety days of two tastes; one member did not agree."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite")
    (folder / "sales").mkdir()
    rng = np.random.default_rng(1)
    receipts, lines = [RECEIPT_HEADER], [LINE_HEADER]
    for day in range(DAYS):
        for n in range(6):
            who = (day * 6 + n) % 70
            name, moment = f"R{day:03}-{n}", pd.Timestamp(MONDAY) + pd.Timedelta(days=day, hours=10 + n)
            goods = [f"{'AB'[who % 2]}{one:02}" for one in rng.choice(20, 2, replace=False)]
            receipts.append(f"{name},T1,{moment:%Y-%m-%dT%H:%M:%S},sale,2.00,EUR,M{who:02},")
            lines += [f"{name},{at},{product},1,1.00,0.00,1.00" for at, product in enumerate(goods, start=1)]
    members = ["member_id,joined_on,age_band,gender,province,consent"]
    members += [f"M{n:02},2025-01-01,,,,{'false' if n == 69 else 'true'}" for n in range(70)]
    products = ["product_id,gtin,name,description,category,price,cost"]
    products += [
        f"{side}{n:02},9521101000016,Thing {side}{n},A thing,things,1.00,0.50" for side in "AB" for n in range(20)
    ]
    for kind, text in {"receipts": receipts, "receipt_lines": lines, "members": members, "products": products}.items():
        (folder / "sales" / f"{kind}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    path = settings(folder)
    for job in ("import", "recommend"):
        assert main(["run", job, "--config", str(path), "--since", f"{MONDAY}", "--until", f"{END}"]) == 0
    return path


def rows(config: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(config.parent / "footfall.sqlite")) as raw:
        return raw.execute(sql).fetchall()


def test_the_night_keeps_lists_of_those_who_agreed(config: Path) -> None:
    who = {row[0] for row in rows(config, "SELECT DISTINCT member_id FROM recommendation")}
    assert who == {f"M{n:02}" for n in range(69)}
    most = rows(config, "SELECT max(n) FROM (SELECT count(*) AS n FROM recommendation GROUP BY member_id, kind)")
    assert most == [(5,)]
    asked = rows(config, "SELECT question, answered FROM answer WHERE topic = 'recommend' ORDER BY question")
    assert asked == [("lists", 1), ("similar", asked[1][1]), ("trial", 1)]
    served = rows(config, "SELECT count(DISTINCT model) FROM recommend_trial WHERE serves AND kind = 'new'")
    assert served == [(1,)]


def test_a_night_run_again_finds_the_same(config: Path) -> None:
    tables = ("recommendation", "recommend_trial", "product_similar", "recommend_group")
    before = {table: rows(config, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    window = ["--since", f"{END - timedelta(days=1)}", "--until", f"{END}"]
    assert main(["run", "recommend", "--config", str(config), *window]) == 0
    assert {table: rows(config, f"SELECT * FROM {table}") for table in tables} == before  # noqa: S608


@pytest.mark.slow
def test_the_command_answers_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["recommend", "--config", str(config), "--as-of", f"{END - timedelta(days=1)}"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "serves" in told
    assert "M00" not in told
    assert main([*asked, "--member", "M01", "--top", "3"]) == 0
    told = capsys.readouterr().out
    assert "Thing B" in told
    assert "Thing A" not in told
    assert main([*asked, "--trial"]) == 0
    told = capsys.readouterr().out
    assert "popular" in told
    assert "last_receipt" in told
    assert main([*asked, "--member", "M00", "--csv"]) == 0
    first, *more = capsys.readouterr().out.splitlines()
    assert first == "member_id,kind,rank,product_id,score,why,because"
    assert all(line.startswith("M00,") for line in more)
    assert main([*asked, "--product", "A00"]) == 0
    assert main([*asked, "--basket", "A00, A01"]) == 0
    assert "goes with A00, A01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (["--member", "M69"], "--member M69: not among the 69 members who agreed"),
        (["--product", "A0"], "A0: unknown product; did you mean"),
        (["--basket", "A00,Q"], "Q: unknown product"),
        (["--basket", ","], "--basket: names no product"),
    ],
)
def test_what_does_not_exist_is_named(
    config: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], line: str
) -> None:
    assert main(["recommend", "--config", str(config), "--as-of", f"{END - timedelta(days=1)}", *wrong]) == 2
    assert line in capsys.readouterr().err


def test_the_command_says_what_is_missing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--config", str(config), "--as-of", f"{MONDAY}"]) == 0
    assert "6 members bought something, and it takes 50" in capsys.readouterr().out.replace(" \n", " ").replace(
        "\n", " "
    )
    day = f"{MONDAY + timedelta(days=20)}"
    assert main(["recommend", "--config", str(config), "--as-of", day]) == 0
    told = capsys.readouterr().out.replace(" \n", " ").replace("\n", " ")
    assert "Not tried out, popularity serves: the receipts span 21 days, and it takes 84" in told


@pytest.fixture(scope="module")
def shown() -> Callable[[Purchases], ReportData]:
    """A report's data with what the room found."""
    shop = small_shop()

    def made(sales: Purchases) -> ReportData:
        found = recommend(sales, RecommendRules())
        tables = {
            ANSWERS.name: answer_rows("recommend", sales.as_of, found.answers),
            RECOMMEND_TRIAL.name: found.trial,
            RECOMMEND_GROUP.name: found.groups,
            PRODUCT_SIMILAR.name: found.similar,
        }
        return replace(shop, products=sales.products, found=tables)

    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_it_in_both_languages(language: str, shown: Callable[[Purchases], ReportData]) -> None:
    say = Language(language)
    parts = sections(shown(two_tastes(people=110)), say)
    assert set(parts) == {"recommend", "recommend_trial"}
    for name, part in parts.items():
        assert isinstance(part, Section), name
        assert 0 < len(part.rows) <= 10, name
        assert all(len(row.cells) == len(part.heads) for row in part.rows)
        assert part.how is not None
        assert part.how.command.startswith("footfall-analytics recommend")
        assert "m0" not in str(part)
        if language == "zh":
            for text in (part.title, part.lead, *part.heads, *part.lines):
                assert not set(chinese_words(text)) - {"A", "B"}, text
    trial = parts["recommend_trial"]
    assert isinstance(trial, Section)
    assert sum(row.strong for row in trial.rows) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_why_there_is_nothing(language: str, shown: Callable[[Purchases], ReportData]) -> None:
    say = Language(language)
    parts = sections(shown(few()), say)
    assert list(parts) == ["recommend"]
    assert "1" in str(parts["recommend"])
    assert "50" in str(parts["recommend"])
    assert sections(replace(shown(few()), found={}), say) == {}
    three = sold([(n % 3, f"m{n % 80:03}", (f"P{n % 37:02}",)) for n in range(400)], 3)
    parts = sections(shown(three), say)
    assert "84" in str(parts["recommend_trial"])
    assert isinstance(parts["recommend"], Section)


def test_where_popularity_serves_the_page_says_so(shown: Callable[[Purchases], ReportData]) -> None:
    rng = np.random.default_rng(1)
    goods = [f"P{n:02}" for n in range(40)]
    sales = [
        (int(day), f"m{rng.integers(120):03}", tuple(sorted(rng.choice(goods, 2, replace=False))))
        for day in np.sort(rng.integers(0, 120, 900))
    ]
    part = sections(shown(sold(sales, 120)), Language("en"))["recommend_trial"]
    assert isinstance(part, Section)
    assert sum("no model is surely better" in line for line in part.lines) == 2
