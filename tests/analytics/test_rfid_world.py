"""Tags and cards of three simulated weeks, through files, clocks and jobs, held against what truly happened."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analytics.cli.opening import opened
from analytics.frames import Window
from analytics.jobs import JOBS, run_jobs
from analytics.settings import load
from history_calendar import Span
from make_history import make_history

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FIRST, END = date(2025, 10, 6), date(2025, 10, 27)
TABLES = ("rfid_passage", "item_outcome", "item_daily", "member_visit")
KINDS = ("products", "members", "receipts", "receipt_lines", "rfid_reads", "card_swipes")
SETTINGS = """
[database]
path = "footfall.sqlite"
[sources]
{sources}
[rfid.readers]
exit_gate = "exit"
fitting_room = {{ role = "fitting_room", camera = "sales-floor", zone = "fitting" }}
"""


@dataclass(frozen=True, slots=True)
class World:
    """A history whose jobs have run."""

    folder: Path

    def run(self, names: tuple[str, ...], first: date = FIRST, end: date = END) -> list[str | None]:
        """Runs some jobs over a window; what they have to say."""
        with opened(load(self.folder / "analytics.toml")) as context:
            jobs = [job for job in JOBS if job.name in names]
            done = list(run_jobs(context, jobs, Window.of(first, end, context.time)))
        assert [outcome.status for outcome in done] == ["ok"] * len(names), done
        return [outcome.message for outcome in done]

    def table(self, name: str) -> pd.DataFrame:
        with sqlite3.connect(self.folder / "footfall.sqlite") as database:
            return pd.read_sql(f"SELECT * FROM {name}", database)  # noqa: S608 - the name is ours

    def execute(self, statement: str, *values: str) -> None:
        with sqlite3.connect(self.folder / "footfall.sqlite") as database:
            database.execute(statement, values)

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "truth" / f"{name}.csv", dtype={"member_id": "str"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("tags")
    make_history(folder, Span(FIRST, 3, 7))
    sources = "\n".join(f'{kind} = ["sales/{kind}.csv"]' for kind in KINDS)
    (folder / "analytics.toml").write_text(SETTINGS.format(sources=sources), encoding="utf-8")
    found = World(folder)
    found.run(("import", "clocks", "match", "rfid", "members"))
    return found


@pytest.fixture(scope="module")
def judged(world: World) -> pd.DataFrame:
    """Every outcome with the true passage that it speaks of."""
    told = world.table("item_outcome")
    told["first_at"] = pd.to_datetime(told["first_at_utc_ms"], unit="ms", utc=True).dt.as_unit("ms")
    true = world.truth("rfid_passages").rename(columns={"receipt_id": "true_receipt", "first_at": "truly_at"})
    true["truly_at"] = pd.to_datetime(true["truly_at"], format="ISO8601").dt.as_unit("ms")
    return pd.merge_asof(
        told.sort_values("first_at"),
        true.drop(columns="product_id").sort_values("truly_at"),
        left_on="first_at",
        right_on="truly_at",
        by=["epc", "reader_id"],
    )


def test_passages_are_those_that_the_readers_noticed(world: World) -> None:
    """Gates are exact; in the fitting rooms an item that nobody reads for five minutes is a new passage."""
    true = world.truth("rfid_passages")
    noticed = true[true["reads"] > 0]["reader_id"].value_counts()
    found = world.table("rfid_passage")["reader_id"].value_counts()
    assert found["exit_gate"] == noticed["exit_gate"]
    assert abs(found["fitting_room"] - noticed["fitting_room"]) <= 0.005 * noticed["fitting_room"]


def test_of_what_is_called_sold_or_returned_hardly_any_is_wrong(judged: pd.DataFrame) -> None:
    for outcome in ("sold", "returned"):
        called, truly = judged["outcome"] == outcome, judged["kind"] == outcome
        both = (called & truly).sum()
        assert both >= 0.99 * called.sum()
        assert both >= 0.97 * truly.sum()
        assert truly.sum() >= 30


def test_the_receipt_that_paid_is_found(judged: pd.DataFrame) -> None:
    sold = judged[(judged["outcome"] == "sold") & (judged["kind"] == "sold")]
    assert (sold["receipt_id"] == sold["true_receipt"]).mean() >= 0.98


def test_the_list_to_check_holds_what_left_unpaid_and_nothing_that_was_paid(judged: pd.DataFrame) -> None:
    listed, truly = judged["outcome"] == "left_unpaid", judged["kind"] == "unpaid"
    assert truly.sum() >= 2
    assert (listed & truly).sum() >= 0.6 * truly.sum()
    assert (listed & ~truly).sum() <= 1
    assert judged.loc[truly, "outcome"].isin(["left_unpaid", "unknown"]).all()


def test_what_is_called_tried_and_bought_was(judged: pd.DataFrame, world: World) -> None:
    true = world.truth("rfid_passages")
    bought = set(true.loc[true["kind"] == "sold", ["epc", "visit_id"]].itertuples(index=False, name=None))
    tries = judged[judged["kind"] == "tried"]
    truly = pd.Series(list(zip(tries["epc"], tries["visit_id"], strict=True)), index=tries.index).isin(bought)
    called = tries["outcome"] == "tried_bought"
    assert (called & truly).sum() >= 0.97 * called.sum()
    assert (called & truly).sum() >= 0.98 * truly.sum()
    assert 0.3 < truly.mean() < 0.9


def test_the_stay_that_held_an_item_is_right_as_often_as_it_says(judged: pd.DataFrame, world: World) -> None:
    place = ["camera_id", "run_id", "track_id"]
    tries = judged[(judged["kind"] == "tried") & judged["track_id"].notna()]
    whose = world.truth("tracks").set_index(place)["visit_id"]
    held = tries.merge(whose.rename("holder").reset_index(), on=place, how="left")
    right = (held["holder"] == held["visit_id"]).mean()
    assert len(tries) >= 0.85 * (judged["kind"] == "tried").sum()
    assert right >= 0.95
    assert abs(right - held["stay_probability"].mean()) <= 0.05


def test_the_days_add_up_to_the_items(world: World) -> None:
    items, days = world.table("item_outcome"), world.table("item_daily")
    counts = items["outcome"].value_counts()
    for outcome in ("sold", "left_unpaid", "returned", "tried_bought", "tried_not_bought"):
        assert days[outcome].sum() == counts[outcome]
    assert days[["tried_unknown", "exit_unknown"]].sum().sum() == counts.get("unknown", 0)


def test_members_are_linked_as_surely_as_their_receipts_and_only_with_consent(world: World) -> None:
    links = world.table("member_visit")
    consent = pd.read_csv(world.folder / "sales" / "members.csv").set_index("member_id")["consent"]
    assert consent[links["member_id"]].all()
    assert len(links) > 200
    place = ["camera_id", "run_id", "track_id"]
    whose = world.truth("tracks").merge(world.truth("visits")[["visit_id", "member_id"]], on="visit_id")
    known = links.merge(whose[[*place, "member_id"]].rename(columns={"member_id": "truly"}), on=place, how="left")
    right = (known["truly"] == known["member_id"]).mean()
    assert right >= 0.93
    assert abs(right - links["probability"].mean()) <= 0.05


def test_a_night_computed_again_gives_the_rows_of_the_whole(world: World) -> None:
    before = {name: world.table(name) for name in TABLES}
    for day in (date(2025, 10, 11), date(2025, 10, 12), date(2025, 10, 20)):
        world.run(("rfid", "members"), day, date.fromordinal(day.toordinal() + 1))
    for name in TABLES:
        key: Any = list(before[name].columns[:4])
        again = world.table(name).sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(again, before[name].sort_values(key, ignore_index=True))


def test_consent_withdrawn_deletes_every_link_at_the_next_run(world: World) -> None:
    first = world.table("member_visit").sort_values("sold_at_utc_ms")["member_id"].iloc[0]
    others = (world.table("member_visit")["member_id"] != first).sum()
    world.execute("UPDATE member SET consent = 0 WHERE member_id = ?", first)
    (note,) = world.run(("members",), date(2025, 10, 25), END)
    assert note is not None
    assert "without consent deleted" in note
    left = world.table("member_visit")
    assert (left["member_id"] != first).all()
    assert len(left) == others
