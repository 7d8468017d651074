"""Baskets and networks from the files to the tables, the commands and the page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import report
from analytics.baskets import BasketRules, bought_together
from analytics.cli import main
from analytics.frames import (
    ANSWERS,
    BASKET_LEVELS,
    BASKET_RULES,
    NETWORK_GROUPS,
    NETWORK_MEASURES,
    answer_rows,
    empty,
)
from analytics.network import NetworkRules, member_network, product_network
from analytics.report.language import LANGUAGES, Language
from analytics.report.sections import Section
from analytics.report.topics import baskets as basket_topic
from analytics.report.topics import network as network_topic

from .bought_days import bought
from .report_shop import small_shop
from .small_shop import LINE_HEADER, MONDAY, RECEIPT_HEADER, open_shop, settings
from .test_baskets import planted
from .test_network import circle, strangers, tastes
from .test_translation import chinese_words

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 20
THINGS = [(f"P{n}", f"Thing {n}", "things") for n in range(8)]
GOODS = [("BOOT", "Winter Boot", "boots"), ("WAX", "Wax", "care"), *THINGS]
END = MONDAY + timedelta(days=DAYS)


def gtin(number: int) -> str:
    """Thirteen digits, the last of which checks the others."""
    body = f"95211010{number:04}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty days: boots draw wax, six friends come together every other day; all jobs that matter were run."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite")
    (folder / "sales").mkdir()
    rng = np.random.default_rng(1)
    receipts, lines = [RECEIPT_HEADER], [LINE_HEADER]

    def sell(day: int, second: int, who: str, products: list[str]) -> None:
        name = f"R{len(receipts)}"
        moment = pd.Timestamp(MONDAY) + pd.Timedelta(days=day, seconds=9 * 3600 + second)
        receipts.append(f"{name},T1,{moment:%Y-%m-%dT%H:%M:%S},sale,{len(products)}.00,EUR,{who},")
        lines.extend(f"{name},{n},{product},1,1.00,0.00,1.00" for n, product in enumerate(products, start=1))

    for day in range(DAYS):
        for _ in range(40):
            chosen = {f"P{int(8 * rng.random() ** 1.5)}" for _ in range(int(rng.integers(1, 4)))}
            if rng.random() < 0.15:
                chosen |= {"BOOT", *(["WAX"] if rng.random() < 0.6 else [])}
            sell(day, int(rng.integers(0, 36_000)), rng.choice(["", f"M{rng.integers(60)}"]), sorted(chosen))
        if day % 2:
            second = int(rng.integers(0, 35_000))
            for friend in range(6):
                sell(day, second + 15 * friend, f"F{friend}", ["P0"])
    names = [*(f"M{n}" for n in range(60)), *(f"F{n}" for n in range(6))]
    members = ["member_id,joined_on,age_band,gender,province,consent", *(f"{n},2025-01-01,,,,true" for n in names)]
    products = ["product_id,gtin,name,description,category,price,cost"]
    products += [f"{name},{gtin(n)},{title},{title},{group},1.00,0.50" for n, (name, title, group) in enumerate(GOODS)]
    for kind, text in {"receipts": receipts, "receipt_lines": lines, "members": members, "products": products}.items():
        (folder / "sales" / f"{kind}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    path = settings(folder)
    for job in ("import", "baskets", "network"):
        assert main(["run", job, "--config", str(path), "--since", f"{MONDAY}", "--until", f"{END}"]) == 0
    return path


def rows(config: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(config.parent / "footfall.sqlite")) as raw:
        return raw.execute(sql).fetchall()


def test_the_night_keeps_what_it_found_and_nobodys_ties(config: Path) -> None:
    top = rows(config, "SELECT given, bought FROM basket_rule WHERE level = 'product' ORDER BY rank LIMIT 2")
    assert {frozenset(row) for row in top} == {frozenset(("BOOT", "WAX"))}
    assert rows(config, "SELECT level FROM basket_level ORDER BY level") == [("category",), ("product",)]
    asked = rows(config, "SELECT topic, question, answered FROM answer ORDER BY topic, question")
    assert ("baskets", "product_rules", 1) in asked
    assert ("network", "member_network", 1) in asked
    assert rows(config, "SELECT nodes, edges FROM network_measure WHERE graph = 'members'") == [(6, 15)]
    assert rows(config, "SELECT nodes FROM network_group WHERE graph = 'members'") == [(6,)]
    for table in ("network_measure", "network_group", "network_product"):
        assert "F0" not in str(rows(config, f"SELECT * FROM {table}")), table  # noqa: S608


@pytest.mark.slow
def test_a_night_run_again_finds_the_same(config: Path) -> None:
    tables = ("basket_rule", "basket_set", "basket_level", "network_measure", "network_group", "network_product")
    before = {table: rows(config, f"SELECT * FROM {table}") for table in tables}  # noqa: S608
    window = ["--since", f"{END - timedelta(days=1)}", "--until", f"{END}"]
    for job in ("baskets", "network"):
        assert main(["run", job, "--config", str(config), *window]) == 0
    assert {table: rows(config, f"SELECT * FROM {table}") for table in tables} == before  # noqa: S608


@pytest.mark.slow
def test_the_command_answers_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["baskets", "--config", str(config), "--until", f"{END}"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "Winter Boot" in told
    assert "Wax" in told
    assert main([*asked, "--csv"]) == 0
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("level,rank,as_of,given,given_2,given_3,bought,receipts")
    assert len(more) >= 2
    assert main([*asked, "--level", "category", "--min-support", "0.01", "--min-confidence", "0.5"]) == 0
    assert "boots" in capsys.readouterr().out
    assert main([*asked, "--sets"]) == 0
    assert "Most frequent item sets" in capsys.readouterr().out
    assert main([*asked, "--all"]) == 0
    assert "Thing 0" in capsys.readouterr().out
    assert main([*asked, "--since", f"{END - timedelta(days=3)}"]) == 0
    assert "the receipts span 3 of the 14 days" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*asked, "--min-support", "6%"])


@pytest.mark.slow
def test_the_network_command_shows_groups_and_no_ties(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["network", "--config", str(config), "--as-of", f"{END - timedelta(days=1)}"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "15 ties among 6 of" in told
    assert "F0" not in told
    assert main([*asked, "--csv"]) == 0
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("member_id,group,degree")
    assert [line.split(",")[0] for line in more] == [f"F{n}" for n in range(6)]
    assert main([*asked, "--graph", "products"]) == 0
    assert capsys.readouterr().out
    assert main(["network", "--config", str(config), "--as-of", f"{MONDAY}"]) == 0
    assert "No network of members: the members' receipts span 1 of the 14 days" in capsys.readouterr().out


def test_who_does_not_want_it_switches_it_off(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    off = config.parent / "off.toml"
    off.write_text(config.read_text(encoding="utf-8") + "[network]\nenabled = false\n", encoding="utf-8")
    day = f"{END - timedelta(days=1)}"
    assert main(["network", "--config", str(off), "--as-of", day]) == 2
    assert "switched off in the settings" in capsys.readouterr().err
    assert main(["run", "network", "--config", str(off), "--since", day, "--until", f"{END}"]) == 0
    assert rows(config, "SELECT graph FROM network_measure WHERE graph = 'members'") == []
    assert main(["run", "network", "--config", str(config), "--since", day, "--until", f"{END}"]) == 0


@cache
def shop() -> report.ReportData:
    """A report's data with rules, tastes and a circle of friends."""
    sales = bought(planted())
    levels = bought_together(sales, BasketRules())
    people = bought(strangers(2, members=60) + circle("team", 6, 1))
    net, goods = member_network(people, NetworkRules()), product_network(bought(tastes(1, 0.9)), NetworkRules())
    day = date(2026, 3, 5)
    found = {
        ANSWERS.name: pd.concat(
            [
                answer_rows("baskets", day, [level.answer for level in levels]),
                answer_rows("network", day, [net.answer, goods.answer]),
            ]
        ),
        BASKET_RULES.name: pd.concat([level.rules for level in levels]),
        BASKET_LEVELS.name: pd.concat([level.summary for level in levels]),
        NETWORK_MEASURES.name: pd.concat([net.measures, goods.measures]),
        NETWORK_GROUPS.name: pd.concat([net.groups, goods.groups]),
    }
    return replace(small_shop(), products=sales.products, found=found)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_it_in_both_languages(language: str) -> None:
    say, data = Language(language), shop()
    parts = basket_topic.sections(data, say) | network_topic.sections(data, say)
    assert list(parts) == ["baskets", "tastes", "network"]
    for name, part in parts.items():
        assert isinstance(part, Section), name
        assert part.rows, name
        assert len(part.rows) <= 10
        assert all(len(row.cells) == len(part.heads) for row in part.rows)
        assert part.how is not None
        assert part.how.command.startswith("footfall-analytics ")
    text = report.render(data, language)
    assert "team0" not in text
    together = parts["baskets"]
    assert isinstance(together, Section)
    assert any("LACES" in row.cells and "SHOES" in row.cells for row in together.rows), "names of the product master"
    pair = [row for row in together.rows if {"LACES", "POLISH"} == set(row.cells[:2])]
    assert pair == [], "what a third product explains is not told"


@pytest.mark.slow
def test_a_chinese_page_has_no_english_word_of_ours() -> None:
    names = {"LACES", "SHOES", "POLISH", "SUGAR", "TEA", "MILK", "a", "b"}
    others = chinese_words(report.render(replace(shop(), found={}), "zh"))
    assert chinese_words(report.render(shop(), "zh")) - others <= names


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.slow
def test_every_reason_has_words(language: str) -> None:
    say, shop_data = Language(language), replace(shop(), found={})
    assert basket_topic.sections(shop_data, say) == network_topic.sections(shop_data, say) == {}
    for sales in (
        [],
        [(n % 3, 1.0, "anna", ["a", "b"]) for n in range(200)],
        [(n % 50, 1.0, f"M{n % 50}", ["a"]) for n in range(500)],
    ):
        data = bought(sales)
        levels = [level.answer for level in bought_together(data, BasketRules())]
        nets = [member_network(data, NetworkRules()).answer, product_network(data, NetworkRules()).answer]
        answers = [answer_rows("baskets", data.as_of, levels), answer_rows("network", data.as_of, nets)]
        told = replace(shop_data, found={ANSWERS.name: pd.concat(answers), BASKET_RULES.name: empty(BASKET_RULES)})
        parts = basket_topic.sections(told, say) | network_topic.sections(told, say)
        assert list(parts) == ["baskets", "tastes", "network"]
        assert all(isinstance(part, str) for part in parts.values())
    for topic, reasons in {
        "baskets": ("no_receipts", "few_days", "few_receipts", "few_products", "no_rule"),
        "network": ("no_members", "few_days", "few_purchases", "few_meetings"),
        "tastes": ("no_members", "few_days", "few_members", "few_products", "no_rule"),
    }.items():
        assert all(say.has(f"{topic}.why_{reason}") for reason in reasons)
