"""``value`` and ``describe`` as a shop meets them: the night, the commands, the page."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analytics import frames, report
from analytics.cli import main
from analytics.describe import Period, Seen, describe
from analytics.report.language import Language
from analytics.report.sections import Section
from analytics.report.topics import describe as describe_topic
from analytics.report.topics import value as value_topic
from analytics.value import worth

from .member_shop import FIRST, Story, shop, write_sales
from .report_shop import new_shop
from .small_shop import MONDAY, open_shop, sell, settings

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.frames import Answer

STORY = Story(members=160, days=170, joined_before=0.3)
LAST = FIRST + timedelta(days=STORY.days - 1)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a shop whose sales were imported, and whose night has described and valued its members."""
    folder = tmp_path_factory.mktemp("night")
    open_shop(folder / "footfall.sqlite")
    write_sales(folder / "sales", shop(STORY))
    config = settings(folder)
    window = ["--config", str(config), "--since", f"{FIRST}", "--until", f"{LAST + timedelta(days=1)}"]
    assert main(["run", "import", *window]) == 0
    for job in ("describe", "value"):
        assert main(["run", job, *window]) == 0
    return config


def query(config: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the shop's database."""
    with closing(sqlite3.connect(config.parent / "footfall.sqlite")) as raw:
        return raw.execute(sql).fetchall()


@pytest.mark.slow
def test_the_night_keeps_what_the_room_says_and_a_second_one_changes_nothing(night: Path, tmp_path: Path) -> None:
    room = worth(shop(STORY))
    assert query(night, "SELECT count(*) FROM member_value") == [(len(room.members),)]
    ((purchases, as_of),) = query(night, "SELECT purchases, as_of FROM value_total")
    assert purchases == pytest.approx(room.total["purchases"].item())
    assert str(as_of) == f"{LAST}"
    again = tmp_path / "again"
    shutil.copytree(night.parent, again)
    window = ["--since", f"{FIRST}", "--until", f"{LAST + timedelta(days=1)}"]
    for job in ("describe", "value"):
        assert main(["run", job, "--config", str(again / night.name), *window]) == 0
    for table in ("member_value", "value_fit", "value_holdout", "description", "description_bin", "answer"):
        asked = f"SELECT * FROM {table}"  # noqa: S608 - names of our own
        assert query(again / night.name, asked) == query(night, asked)


@pytest.mark.slow
def test_a_shop_of_one_day_is_answered_by_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_shop(tmp_path / "footfall.sqlite")
    sell(tmp_path / "sales")
    config = settings(tmp_path)
    window = ["--config", str(config), "--since", f"{MONDAY}", "--until", f"{MONDAY + timedelta(days=1)}"]
    for job in ("import", "describe", "value"):
        assert main(["run", job, *window]) == 0
    why = {f"{topic} {name}": said for topic, name, said in query(config, "SELECT topic, question, why FROM answer")}
    assert why["value purchases"] == "few_days"
    assert why["describe basket"] is None
    capsys.readouterr()
    assert main(["value", "--config", str(config), "--as-of", f"{MONDAY}"]) == 0
    assert "purchases: no answer: too few days (1 of 28 that it takes)" in capsys.readouterr().out


@pytest.mark.slow
def test_the_command_value(night: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    asked = ["value", "--config", str(night), "--as-of", f"{LAST}"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    for words in ("purchases in 90 days", "Members by worth", "Held out: 56 days", "joined before", "correlation"):
        assert words in said
    assert main([*asked, "--fit"]) == 0
    assert "log_likelihood" in capsys.readouterr().out
    assert main([*asked, "--members", "--csv"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("member_id,as_of,model")
    assert len(rows) == 1 + len(worth(shop(STORY)).members)
    assert main([*asked, "--members"]) == 0
    assert "The 20 members worth most" in capsys.readouterr().out
    assert main(["value", "--config", str(night), "--as-of", "2999-01-01"]) == 2
    assert "not over yet" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_describe(night: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    asked = ["describe", "--config", str(night), "--since", f"{LAST - timedelta(days=27)}"]
    asked += ["--until", f"{LAST + timedelta(days=1)}"]
    assert main([*asked, "--what", "frequency"]) == 0
    said = capsys.readouterr().out
    assert "days with a purchase, of a member who bought" in said
    assert "█" in said
    assert main([*asked, "--by", "age", "--what", "value"]) == 0
    assert "not given" in capsys.readouterr().out
    assert main([*asked, "--csv"]) == 0
    assert capsys.readouterr().out.startswith("measure,by,group,first_day")
    assert main([*asked, "--what", "dwell"]) == 0
    assert "no camera saw how long visitors stayed" in capsys.readouterr().out
    assert main([*asked, "--what", "dwell", "--by", "age"]) == 2
    assert main(["describe", "--config", str(night), "--since", "2026-01-02", "--until", "2026-01-01"]) == 2


@cache
def told(story: Story, consent: bool = True) -> report.ReportData:
    """A report of a shop, of which only members are known."""
    sales = shop(story, consent)
    found = worth(sales)
    last = pd.Timestamp(sales.as_of).date()
    period = Period(last - timedelta(days=27), last + timedelta(days=1))
    blind = Seen(frames.empty(frames.VISITS), frames.empty(frames.STORE_DWELL))
    described = describe(sales, blind, period)

    def rows(topic: str, answers: tuple[Answer, ...]) -> pd.DataFrame:
        return frames.answer_rows(topic, last, answers)

    tables = {
        frames.ANSWERS: pd.concat([rows("value", found.answers), rows("describe", described.answers)]),
        frames.VALUE_TOTAL: found.total,
        frames.VALUE_FIT: found.fit,
        frames.VALUE_DECILE: found.deciles,
        frames.VALUE_HOLDOUT: found.holdout,
        frames.DESCRIPTIONS: described.rows,
        frames.DESCRIPTION_BINS: described.bins,
        frames.DESCRIPTION_WEEK: described.week,
    }
    return replace(new_shop(), found={contract.name: frame for contract, frame in tables.items()})


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_tells_it_in_both_languages_and_names_nobody(language: str) -> None:
    data, say = told(STORY), Language(language)
    parts = value_topic.sections(data, say) | describe_topic.sections(data, say)
    assert list(parts) == ["value", "value_held", "describe", "describe_groups"]
    for part in parts.values():
        assert isinstance(part, Section)
        assert part.rows
        assert len(part.rows) <= 11
        assert part.charts
        assert all(len(row.cells) == len(part.heads) for row in part.rows)
        assert re.search(r"M0\d{4}", str(part)) is None
        assert "nan" not in str(part).lower()
    total = data.of(frames.VALUE_TOTAL).iloc[0]
    assert say.count(total["purchases"]) in str(parts["value"])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_there_is_no_answer_the_page_says_why(language: str) -> None:
    say = Language(language)
    none = told(STORY, consent=False)
    parts = value_topic.sections(none, say) | describe_topic.sections(none, say)
    assert parts["value"] == say("value.why_no_members")
    assert parts["describe_groups"] == say("describe.why_no_members")
    assert isinstance(parts["describe"], Section)
    assert value_topic.sections(new_shop(), say) == {}
    poisson = told(Story(members=200, r=5000.0, alpha=7000.0, b=float("inf")))
    part = value_topic.sections(poisson, say)["value"]
    assert isinstance(part, Section)
    assert any(say("value.why_not_identified") in line for line in part.lines)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_that_the_rooms_give_has_words(language: str) -> None:
    rooms = {"no_members", "no_receipts", "few_members", "few_purchases", "few_days", "not_identified", "not_better"}
    say = Language(language)
    assert {why for why in frames.WHY if say.has(f"value.why_{why}")} == rooms
    described = {"no_members", "no_receipts", "no_camera", "few_groups"}
    assert {why for why in frames.WHY if say.has(f"describe.why_{why}")} == described
