"""The fixture world with one, two and four tills: clocks and pairs beside the truth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics import joins
from analytics.frames import CROSSINGS, check
from analytics.joins import Departures, till_clocks
from analytics.opening import ms
from analytics.sources import open_facts
from benchmarks.joining import World, clock_error_s, make_world, ours, plain

from .store_days import rows_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ZONE = "Europe/Berlin"


@pytest.fixture(scope="module", params=[1, 2, 4])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, World, Path]:
    """Five weeks of a store, and how many tills it has."""
    folder = tmp_path_factory.mktemp("world")
    return request.param, make_world(folder, request.param, 7, 5), folder


def test_pairs_are_right_as_often_as_promised_and_as_often_as_they_say(world: tuple[int, World, Path]) -> None:
    tills, shop, _ = world
    found, matches = ours(shop)
    assert found.right >= {1: 0.97, 2: 0.965, 4: 0.965}[tills]
    assert found.given >= 0.94
    assert abs(found.stated - found.right) <= 0.02
    assert found.off <= 0.03
    assert found.right > plain(shop, matches.clocks, greedy=False).right + 0.01
    assert found.right > plain(shop, matches.clocks, greedy=True).right + 0.01
    pairs = matches.pairs
    assert (pairs["track_id"].notna() == (pairs["way"] == "till")).all()
    assert (pairs["track_id"].notna() ^ pairs["reason"].notna()).all()


def test_clocks_are_known_to_five_seconds_and_the_jump_to_the_day(world: tuple[int, World, Path]) -> None:
    tills, shop, _ = world
    clocks = ours(shop)[1].clocks
    assert clocks["identified"].mean() > 0.97
    assert clock_error_s(shop, clocks) < 5.0
    jumps = clocks[clocks["jump_s"].notna()]
    assert jumps["till_id"].tolist() == ([] if tills == 1 else ["T2"])
    if tills > 1:
        assert jumps["jump_s"].item() == pytest.approx(102.0, abs=3.0)
        set_at = shop.clocks.loc[shop.clocks["till"] == "T2", "from"].max()
        assert jumps["local_date"].item().date() == set_at.tz_convert(ZONE).date()


def test_with_a_slow_jittery_camera_clocks_and_pairs_still_hold(world: tuple[int, World, Path]) -> None:
    _, shop, _ = world
    rng = np.random.default_rng(5)
    # Five pictures a second, and zone borders that are drawn half a second wrong.
    count = len(shop.stays)
    left = _shaken(shop.stays["left"], rng.uniform(-0.7, 0.7, count))
    stays = shop.stays.assign(left=np.maximum(left, shop.stays["entered"]))
    stays["dwell_s"] = (stays["left"] - stays["entered"]).dt.total_seconds()
    found, matches = ours(replace(shop, stays=stays))
    assert clock_error_s(shop, matches.clocks) < 5.0
    assert found.right >= 0.95
    assert found.off <= 0.05


def test_a_clock_that_missed_the_hour_change_pairs_as_well(world: tuple[int, World, Path]) -> None:
    _, shop, _ = world
    late = shop.receipts.assign(sold_at=shop.receipts["sold_at"] + pd.Timedelta(hours=1))
    before, _ = ours(shop)
    after, matches = ours(replace(shop, receipts=late))
    assert (matches.clocks.loc[matches.clocks["identified"], "offset_s"] > 3400).all()
    assert after.right >= before.right - 0.01
    assert after.given >= before.given - 0.03


def test_without_a_camera_at_the_tills_the_door_gives_the_clocks_coarsely(world: tuple[int, World, Path]) -> None:
    tills, shop, folder = world
    with open_facts(folder / "footfall.sqlite") as facts:
        begin, end = shop.stays["entered"].min(), shop.stays["left"].max()
        crossings = check(facts.crossings(begin.to_pydatetime(), end.to_pydatetime()), CROSSINGS)
    out = crossings[crossings["direction"] == "out"]
    paid = shop.receipts[shop.receipts["kind"].isin(["sale", "return"])]
    left = Departures(np.sort(ms(out["at"]) / 1000.0), "door")
    clocks = till_clocks(paid, left, begin.tz_convert(ZONE).date(), ZONE)
    sure = clocks[clocks["identified"]]
    # The more tills share the receipts, the longer it takes at the door.
    assert sure.groupby("till_id").size().get("T1", 0) >= {1: 20, 2: 10, 4: 1}[tills]
    for row in rows_of(sure):
        noon = row.local_date.tz_localize(ZONE) + pd.Timedelta(hours=12)
        assert abs(row.offset_s - shop.ahead_s(row.till_id, noon)) <= row.error_s


def test_without_places_and_lines_pairs_are_still_nearly_as_good(world: tuple[int, World, Path]) -> None:
    _, shop, _ = world
    blind = shop.stays.assign(x=np.nan, y=np.nan)
    pairs = joins.match_receipts(blind, shop.receipts, time_zone=ZONE).pairs
    given = pairs[pairs["track_id"].notna()]
    right = np.array(
        [
            shop.who.get((run, track)) == shop.buyer.get(receipt, "nobody")
            for receipt, run, track in zip(given["receipt_id"], given["run_id"], given["track_id"], strict=True)
        ]
    )
    assert right.mean() >= 0.95
    assert abs(given["probability"].mean() - right.mean()) <= 0.05


def _shaken(times: pd.Series, by_s: np.ndarray) -> pd.Series:
    shaken: pd.Series = times + pd.to_timedelta(np.rint(by_s * 1000), unit="ms").astype("timedelta64[ms]")
    return shaken
