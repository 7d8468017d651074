"""Stories of a page that has grown long: its parts in groups, a list of them, and words where they belong."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pandas as pd
import pytest

from analytics import frames, report
from analytics.report.contents import by_group, grouped, is_long
from analytics.report.language import Language
from analytics.report.sections import Section
from analytics.report.topics import READS

from .report_shop import small_shop, with_inside

EN = Language("en")


def part(title: str) -> str:
    return f"<section>\n  <h2>{html.escape(title)}</h2>\n  <h3>More</h3>\n</section>\n"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [report.SPAN, report.DAY])
def test_every_part_of_a_page_has_a_place_of_its_own(kind: str) -> None:
    data = replace(with_inside(small_shop()), kind=kind)
    page = report.render(data)
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert len(re.findall(r"<section", page)) == len(re.findall(r'<section[^>]* id="', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


def test_a_long_page_lists_its_parts_in_order_and_a_short_one_needs_no_list() -> None:
    many = [f"Part {n} <b>" for n in range(20)]
    groups = grouped([("store", "".join(part(title) for title in many)), ("goods", ""), ("trust", part("Last"))], EN)
    assert [group.name for group in groups] == ["Visits and sales", "How far to trust it"]
    assert [title for _, title in groups[0].entries] == [html.escape(title) for title in many]
    for anchor, title in groups[0].entries:
        assert re.search(f'<section id="{anchor}">\\s*<h2>{re.escape(title)}</h2>', groups[0].body)
    assert is_long(groups)
    assert not is_long(groups[1:])


@pytest.mark.slow
def test_a_long_report_shows_its_list_and_a_short_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert '<nav class="contents"' not in report.render(replace(small_shop(), kind=report.DAY))
    monkeypatch.setattr("analytics.report.contents._LONG", 3)
    page = report.render(small_shop())
    linked = re.findall(r'<li><a href="#([^"]+)">', page)
    assert linked == re.findall(r'<section[^>]* id="([^"]+)"', page)


def test_what_customers_and_products_are_asked_stands_together() -> None:
    topics = {name: Section(name) for name in ("ahead", "describe", "demand", "segments_ratio", "baskets", "network")}
    found = {group: [one.title for one in parts] for group, parts in by_group(topics).items() if parts}
    assert found == {
        "ahead": ["ahead"],
        "customers": ["describe", "segments_ratio", "network"],
        "goods": ["demand", "baskets"],
    }


@pytest.mark.slow
def test_tables_of_the_topics_are_exported_and_the_master_of_products_is_not() -> None:
    found = {contract.name: frames.empty(contract) for contract in READS}
    rows = pd.DataFrame({name: ["x"] for name in ("given", "bought")})
    exported = report.export_tables(replace(small_shop(), found=found | {"basket_rule": rows}))
    assert set(found) - set(exported) == {frames.PRODUCTS.name}
    assert exported["basket_rule"] is rows
    assert not [name for name in exported if len(name) > 31], "a workbook cuts longer names of sheets"
