"""Groups of members through the database, the command and the page."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import frames, report
from analytics.cli import main
from analytics.cli.opening import opened
from analytics.frames import (
    ANSWERS,
    LINES,
    MEMBERS,
    PRODUCTS,
    RECEIPTS,
    SEGMENT_CHOICE,
    SEGMENT_GROUPS,
    SEGMENT_MOVES,
    SEGMENTS,
    Window,
    answer_rows,
)
from analytics.jobs import JOBS, run_jobs
from analytics.report.language import LANGUAGES, Language
from analytics.report.tables import segment_rows
from analytics.report.topics.segments import sections
from analytics.segments import QUESTIONS, SegmentRules, customers
from analytics.settings import load

from .grouped_members import AS_OF, FIRST, Kind, shop
from .report_shop import new_shop, small_shop, text_of
from .small_shop import open_shop, settings

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.purchases import Purchases

KINDS = (
    Kind("often", 60, receipts=20, cents=4_000, goods=range(10)),
    Kind("big", 60, receipts=4, cents=40_000, goods=range(10, 20)),
    Kind("gone", 60, receipts=4, cents=3_000, last=70),
)
CLOSES = AS_OF + timedelta(days=1)


def fill(config: Path, sales: Purchases) -> None:
    """What was imported."""
    rows = sales.receipts
    slips = rows[["receipt_id", "member_id", "sold_at", "kind"]].assign(
        till_id="T1", total_minor=rows["amount_minor"].abs(), currency="EUR", return_of=None
    )
    goods = sales.lines[["receipt_id", "product_id", "quantity"]].assign(
        line_no=sales.lines.groupby("receipt_id").cumcount() + 1,
        unit_price_minor=sales.lines["amount_minor"],
        discount_minor=0,
        line_total_minor=sales.lines["amount_minor"],
    )
    tables = ((RECEIPTS, slips), (LINES, goods), (MEMBERS, sales.members), (PRODUCTS, sales.products))
    with opened(load(config)) as context:
        for contract, frame in tables:
            context.results.replace_window(contract, frames.check(frame, contract))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with planted members."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(folder / "footfall.sqlite")
    (folder / "sales").mkdir()
    path = settings(folder)
    fill(path, shop(*KINDS))
    return path


def run(config: Path, last: date) -> dict[str, pd.DataFrame]:
    """The tables after the job."""
    job = next(replace(job, needs=(), uses=()) for job in JOBS if job.name == "segments")
    with opened(load(config)) as context:
        window = Window.of(last, last + timedelta(days=1), context.time)
        assert [done.status for done in run_jobs(context, [job], window)] == ["ok"]
        tables = (SEGMENTS, SEGMENT_GROUPS, SEGMENT_MOVES, SEGMENT_CHOICE, ANSWERS)
        return {table.name: context.results.read(table) for table in tables}


@pytest.mark.slow
def test_the_job_writes_what_the_room_says_and_the_next_night_replaces_it(config: Path) -> None:
    stored = run(config, AS_OF)
    made = customers(shop(*KINDS), frames.empty(frames.MEMBER_DWELL), SegmentRules())
    for name, frame in (("segment", made.segments), ("segment_group", made.groups), ("segment_move", made.moves)):
        key = list({"segment": SEGMENTS, "segment_group": SEGMENT_GROUPS, "segment_move": SEGMENT_MOVES}[name].key)
        mine, theirs = (one.sort_values(key, ignore_index=True) for one in (frame, stored[name]))
        pd.testing.assert_frame_equal(mine, theirs)
    assert sorted(stored["answer"]["question"]) == sorted(QUESTIONS)
    assert stored["answer"]["answered"].all()
    again = run(config, AS_OF + timedelta(days=1))
    assert again["segment"]["as_of"].unique().tolist() == [pd.Timestamp(CLOSES)]
    assert len(again["answer"]) == len(QUESTIONS)


@pytest.mark.slow
def test_a_member_who_takes_back_the_consent_is_in_no_group(tmp_path: Path) -> None:
    open_shop(tmp_path / "footfall.sqlite")
    path, sales = settings(tmp_path), shop(*KINDS)
    (tmp_path / "sales").mkdir()
    fill(path, replace(sales, members=sales.members.assign(consent=sales.members["member_id"] != "big007")))
    found = run(path, AS_OF)["segment"]
    assert len(found) == 179
    assert "big007" not in set(found["member_id"])


@pytest.mark.slow
def test_the_command_shows_groups_how_sure_they_are_and_who_moved(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["segments", "--config", str(config), "--as-of", f"{AS_OF}"]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "180 members who agreed to it have bought something" in shown
    for words in (
        "Lost",
        "Important, to be",
        "General, to be",
        "found on 2025-12-31",
        "silhouette",
        "who fit no group",
    ):
        assert words in shown
    assert "_" not in shown, "codes are for programs"
    assert main(["segments", "--config", str(config), "--as-of", "2100-01-01"]) == 2
    assert "--as-of 2100-01-01: this day is not over yet" in capsys.readouterr().err
    assert main([*asked, "--moves", "--by", "clusters"]) == 0
    assert "from 2025-12-12 (rows) to 2026-01-12 (columns)" in " ".join(capsys.readouterr().out.split())
    assert main([*asked, "--csv"]) == 0
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out), dtype={"cluster": "str"})
    assert list(rows) == SEGMENTS.names
    assert len(rows) == 180
    assert main([*asked, "--moves", "--by", "rfm", "--csv"]) == 0
    assert pd.read_csv(io.StringIO(capsys.readouterr().out))["members"].sum() == 180


def test_the_command_says_why_there_is_nothing_and_refuses_what_makes_no_sense(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    early = ["segments", "--config", str(config), "--as-of", f"{FIRST + timedelta(days=2)}"]
    assert main(early) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "0 members had bought something when the last month ended; it takes 50" in shown
    assert main(["segments", "--config", str(config), "--as-of", "2025-01-01", "--moves"]) == 0
    assert "no member who agreed to it has bought anything" in capsys.readouterr().out
    assert main(["segments", "--config", str(config), "--moves", "--by", "odd"]) == 2
    assert "--moves: not for --by odd" in capsys.readouterr().err


def shown(sales: Purchases, **rules: int) -> report.ReportData:
    """A report with the groups."""
    made = customers(sales, frames.empty(frames.MEMBER_DWELL), SegmentRules(**rules))
    answers = answer_rows("segments", sales.as_of, made.answers)
    found = {"segment_group": made.groups, "segment_move": made.moves, "segment_choice": made.choice, "answer": answers}
    return replace(small_shop(), found=found)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_groups_and_no_member(language: str) -> None:
    data = shown(shop(*KINDS, Kind("whale", 2, receipts=150)))
    page = text_of(report.render(data, language))
    say = Language(language)
    for name in ("segments_ratio", "segments_clusters", "segments_tastes", "segments_moves"):
        assert say(f"{name}.title") in page
    for word in {"en": ("buy often", "Important, to be valued"), "zh": ("经常购买", "重要价值客户")}[language]:
        assert word in page
    assert "whale00" not in page
    assert "big00" not in page
    for part in sections(data, say).values():
        assert not isinstance(part, str)
        assert 1 <= len(part.rows) <= 12
        assert all(len(row.cells) == len(part.heads) for row in part.rows)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_group_of_four_the_page_says_no_habit_and_no_amount(language: str) -> None:
    data, say = shown(shop(*KINDS), clusters=3), Language(language)
    plain = sections(data, say)
    groups = data.of(SEGMENT_GROUPS).assign(members=4, net_minor=987_654_321)
    odd = groups[groups["grouping"] == "cluster"].head(1).assign(grouping="odd", name="dwell_high", members=1)
    moves = data.of(SEGMENT_MOVES).assign(members=4)
    told = {**data.found, "segment_group": pd.concat([groups, odd]), "segment_move": moves}
    few = sections(replace(data, found=told), say)
    for name in ("segments_ratio", "segments_clusters", "segments_tastes"):
        part, whole = few[name], plain[name]
        assert not isinstance(part, str)
        assert not isinstance(whole, str)
        assert {cell for row in part.rows for cell in row.cells[4:]} == {say.number(None)}
        assert say.number(None) not in {cell for row in whole.rows for cell in row.cells[4:]}
    clusters, moved = few["segments_clusters"], few["segments_moves"]
    assert not isinstance(clusters, str)
    assert not isinstance(moved, str)
    assert {row.cells[1] for row in clusters.rows} == {say.number(None)}
    assert say("segments_clusters.other_ways", n=1) in clusters.lines[-1]
    assert say("segments.dwell_high") not in clusters.lines[-1]
    assert moved.lines == ()


@pytest.mark.slow
def test_of_a_named_segment_of_four_the_page_says_only_how_many_they_are() -> None:
    data, say = small_shop(), Language("en")
    some = data.segments.head(9).assign(segment=["Lost"] * 4 + ["Promising"] * 5)
    told = {row.name: row for row in segment_rows(replace(data, segments=some), say)}
    few, more = told[say("segment.lost")], told[say("segment.promising")]
    assert (few.members, more.members) == ("4", "5")
    assert {few.recency, few.frequency, few.sales, few.sales_share} == {say.number(None)}
    assert say.number(None) not in {more.recency, more.frequency, more.sales, more.sales_share}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_why_there_are_no_groups(language: str) -> None:
    data = shown(shop(Kind("few", 5)))
    found = sections(data, Language(language))
    told = [name for name, part in found.items() if isinstance(part, str)]
    assert told == ["segments_clusters", "segments_tastes"]
    assert all("50" in str(found[name]) for name in told)
    assert Language(language)("segments_clusters.title") in text_of(report.render(data, language))
    assert sections(new_shop(), Language(language)) == {}


def test_a_reason_of_every_answer_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        say = Language(language)
        for why in ("no_members", "few_members", "few_purchases", "few_products", "few_days", "no_variation",
                    "not_identified"):  # fmt: skip
            assert say(f"segments_why.{why}", have="1", need="2")
