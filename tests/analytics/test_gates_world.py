"""Three simulated weeks of a store whose cameras see no till: who left with what, held against what truly happened."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from history_calendar import Span
from make_history import make_history

from .test_rfid_world import END, FIRST, KINDS, SETTINGS, World

pytestmark = pytest.mark.slow

NAMES = ("import", "clocks", "rfid", "match", "members")
WHO = ["camera_id", "run_id", "track_id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The fixture world without its till zone and queue."""
    folder = tmp_path_factory.mktemp("gates")
    make_history(folder, Span(FIRST, 3, 7))
    sources = "\n".join(f'{kind} = ["sales/{kind}.csv"]' for kind in KINDS)
    (folder / "analytics.toml").write_text(SETTINGS.format(sources=sources), encoding="utf-8")
    found = World(folder)
    found.execute("DELETE FROM stay WHERE zone_id IN ('till', 'queue')")
    found.execute("DELETE FROM geometry WHERE geometry_id IN ('till', 'queue')")
    found.run(NAMES)
    return found


@pytest.fixture(scope="module")
def judged(world: World) -> pd.DataFrame:
    """Every sale with its true visitor, and the one that the pair says."""
    pairs = world.table("receipt_visit")
    whose = world.truth("tracks").rename(columns={"visit_id": "said"})
    visits = world.truth("visits").dropna(subset="receipt_id")[["visit_id", "receipt_id"]]
    visits = visits.assign(receipt_id=visits["receipt_id"].str.split()).explode("receipt_id")
    return pairs.merge(whose, on=WHO, how="left").merge(visits, on="receipt_id")


def test_most_receipts_find_who_left_with_their_items_and_say_how_sure(judged: pd.DataFrame) -> None:
    given = judged[judged["way"] == "gate"]
    right = given["said"] == given["visit_id"]
    assert set(judged["way"].dropna()) == {"gate"}
    assert len(given) >= 0.75 * len(judged)
    assert right.mean() >= 0.88
    assert abs(given["probability"].mean() - right.mean()) <= 0.05
    assert (given["probability"] >= 0.5).all()
    sure = given["probability"] >= 0.95
    assert sure.sum() > 0.4 * len(judged)
    assert right[sure].mean() >= 0.97
    assert abs(right[~sure].mean() - given.loc[~sure, "probability"].mean()) <= 0.08


def test_members_are_linked_through_the_gate(world: World, judged: pd.DataFrame) -> None:
    links = world.table("member_visit").dropna(subset="track_id")
    assert len(links) > 150
    assert set(links["camera_id"]) == {"door"}
    both = links.merge(judged[["receipt_id", "said", "visit_id"]], on="receipt_id")
    right = (both["said"] == both["visit_id"]).mean()
    assert right >= 0.85
    assert abs(right - both["probability"].mean()) <= 0.06


def test_no_text_of_the_report_calls_them_pairs_at_the_till(world: World) -> None:
    world.run(("visits", "clocks", "hourly", "zones", "rollups"))
    days = world.table("pair_day")
    assert days["receipts"].sum() > 1000
    assert days[["paired", "sure"]].sum().sum() == 0


def test_days_in_any_order_give_the_rows_of_the_whole(world: World) -> None:
    before = world.table("receipt_visit").sort_values("receipt_id", ignore_index=True)
    for number in (5, 3, 20, 4):
        day = FIRST + timedelta(days=number)
        world.run(("rfid", "match", "members"), day, day + timedelta(days=1))
    after = world.table("receipt_visit").sort_values("receipt_id", ignore_index=True)
    pd.testing.assert_frame_equal(after, before)


def test_reads_that_come_late_are_made_up_for(world: World) -> None:
    day = date(2025, 10, 22)
    before = world.table("receipt_visit").sort_values("receipt_id", ignore_index=True)
    world.execute("CREATE TABLE kept AS SELECT * FROM rfid_read WHERE reader_id = 'exit_gate'")
    world.execute("DELETE FROM rfid_read WHERE reader_id = 'exit_gate'")
    world.run(("rfid", "match"), day, END)
    without = world.table("receipt_visit").sort_values("receipt_id", ignore_index=True)
    world.execute("INSERT INTO rfid_read SELECT * FROM kept")
    world.execute("DROP TABLE kept")
    world.run(("rfid", "match"), day, END)
    pd.testing.assert_frame_equal(world.table("receipt_visit").sort_values("receipt_id", ignore_index=True), before)
    gone = before["way"].notna() & without["way"].isna()
    days = pd.to_datetime(before.loc[gone, "sold_at_utc_ms"], unit="ms", utc=True).dt.tz_convert("Europe/Berlin")
    assert gone.sum() > 100
    assert days.dt.date.min() == day
