"""Short ways of reading give what the long ways give."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics.frames import VISITS, FrameError, in_order
from analytics.metrics import Sales, Traffic, hourly
from analytics.results import open_results, store
from analytics.sources import open_facts
from analytics.visits import VisitRules, visits

from .small_shop import MONDAY, clock, open_shop
from .store_days import lines, opening, receipts

if TYPE_CHECKING:
    from pathlib import Path

DAY = clock(MONDAY, 0), clock(MONDAY + timedelta(days=1), 0)


def test_rows_in_order_of_time_are_sorted_as_any_others() -> None:
    rng = np.random.default_rng(3)
    for count in (0, 1, 2, 40, 200):
        at = pd.to_datetime(np.sort(rng.integers(0, 60, count)), unit="ms", utc=True)
        frame = pd.DataFrame({"at": at, "run": rng.choice(["b", "a"], count), "n": rng.integers(0, 3, count)})
        frame["row"] = np.arange(count)
        for rows in (frame, frame.sample(frac=1.0, random_state=1)):
            found = in_order(rows, ["at", "run", "n", "row"])
            pd.testing.assert_frame_equal(found, rows.sort_values(["at", "run", "n", "row"], ignore_index=True))


def test_crossings_without_their_places_are_the_same_crossings(tmp_path: Path) -> None:
    with open_facts(open_shop(tmp_path / "footfall.sqlite")) as facts, facts.remembering():
        whole, bare = facts.crossings(*DAY), facts.crossings(*DAY, placed=False)
        again = facts.crossings(*DAY)
    places = ["confidence", "x", "y", "box_width", "box_height"]
    assert len(whole) == 24
    assert bare[places].isna().all(axis=None)
    assert whole[places].notna().all(axis=None)
    assert bare.drop(columns=places).equals(whole.drop(columns=places))
    assert again.equals(whole)
    with pytest.raises(FrameError, match="groups need to know where people crossed"):
        visits(bare, opening(), VisitRules(group_s=2.0))
    assert visits(bare, opening()).equals(visits(whole, opening()))


def test_watches_of_some_cameras_are_those_of_all_without_the_others(tmp_path: Path) -> None:
    with open_facts(open_shop(tmp_path / "footfall.sqlite")) as facts:
        every = facts.all_watches()
        for window in (DAY, (clock(MONDAY, 12), clock(MONDAY, 13)), (DAY[0] - timedelta(days=30), DAY[0])):
            whole, door = facts.watches_around(*window), facts.watches_around(*window, frozenset({"door"}))
            assert door.equals(whole[whole["camera_id"] == "door"].reset_index(drop=True))
            assert not whole.duplicated().any()
            assert len(whole.merge(every)) == len(whole)
            assert set(whole["camera_id"]) == {"door", "floor"}


def test_hours_from_short_frames_are_those_from_whole_ones(tmp_path: Path) -> None:
    database, calendar = open_shop(tmp_path / "footfall.sqlite"), opening()
    sold = receipts(("2026-03-02 10:20", 5000), ("2026-03-02 12:20", 1000))
    with open_facts(database) as facts:
        crossings, watches = facts.crossings(*DAY), facts.all_watches()
    judged = visits(crossings, calendar)
    assert judged["counted"].any()
    results = open_results(database)
    try:
        results.replace_window(VISITS, judged, *DAY)
        short = results.read_entered(*DAY)
    finally:
        results.close()
    assert short["entered"].tolist() == judged["entered"].tolist()
    whole, few = (Traffic(crossings, rows, watches, frozenset({"door"})) for rows in (judged, short))
    units = pd.Series([3, 2])
    brief = sold[["till_id", "sold_at", "kind", "total_minor"]].assign(units=units)
    long = hourly(whole, Sales(sold, lines(R1=3, R2=2)), calendar, *DAY)
    assert hourly(few, brief, calendar, *DAY).equals(long)
    assert long["visits"].sum() > 0
    with pytest.raises(FrameError, match="entered: column entered is missing"):
        hourly(Traffic(crossings, short.drop(columns="entered"), watches, frozenset()), brief, calendar, *DAY)


def test_reading_in_pieces_is_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = open_results(open_shop(tmp_path / "footfall.sqlite"))
    with open_facts(tmp_path / "footfall.sqlite") as facts:
        results.replace_window(VISITS, visits(facts.crossings(*DAY), opening(), VisitRules()))
    whole = results.read(VISITS)
    assert len(whole) == 12
    for rows in (1, 5, 12, 13):
        monkeypatch.setattr(store, "READ_ROWS", rows)
        pd.testing.assert_frame_equal(results.read(VISITS), whole)
    results.close()
