"""Stories of receipts: what they add to an hour, and who stood at the till when they were printed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, joins

from .store_days import at, lines, receipts, stays

DAY = "2026-01-05"
# Pairing alone: the clocks of these few receipts are too little evidence, so they are taken as right.
NOBODY: dict[str, object] = {"role": "product", "zone_id": "shoes"}


def pairs_of(rows: pd.DataFrame, sold: pd.DataFrame, **rules: float) -> Any:
    return joins.match_receipts(rows, sold, joins.PairRules(**rules)).pairs.set_index("receipt_id")  # type: ignore[arg-type]


def test_a_sale_counts_a_return_takes_back_and_the_rest_is_left_out() -> None:
    sold = receipts(
        (f"{DAY} 10:00", 5000),
        (f"{DAY} 10:10", 2000, {"kind": "return", "return_of": "R1"}),
        (f"{DAY} 10:20", 9900, {"kind": "void"}),
        (f"{DAY} 10:30", 100, {"kind": "training"}),
        (f"{DAY} 10:40", 0),
        (f"{DAY} 11:00", 700),
    )
    hours = joins.sales_by_hour(sold, lines(R1=3, R2=1, R3=7, R4=7, R5=7, R9=50), "Europe/Berlin")
    ten, eleven = hours.loc[pd.Timestamp(at(f"{DAY} 10:00"))], hours.loc[pd.Timestamp(at(f"{DAY} 11:00"))]
    assert (ten["receipts"], ten["units"], ten["sales_minor"]) == (1, 2, 3000)
    assert (eleven["receipts"], eleven["units"], eleven["sales_minor"]) == (1, 0, 700)


def test_nothing_sold_is_no_hour() -> None:
    assert joins.sales_by_hour(receipts(), lines(), "Europe/Berlin").empty


def test_the_one_person_at_the_till_is_the_buyer_almost_for_sure() -> None:
    pairs = pairs_of(stays((f"{DAY} 10:00:00", 60.0)), receipts((f"{DAY} 10:00:55", 5000)))
    assert (pairs.loc["R1", "track_id"], pairs.loc["R1", "candidates"]) == (1, 1)
    assert pairs.loc["R1", "probability"] > 0.6
    assert pairs.loc["R1", "gap_s"] == -5


def test_without_a_till_zone_nobody_is_paired_although_people_were_near() -> None:
    pairs = pairs_of(stays((f"{DAY} 10:00:00", 60.0, NOBODY)), receipts((f"{DAY} 10:00:55", 5000)))
    assert pd.isna(pairs.loc["R1", "track_id"])
    assert pairs.loc["R1", "reason"] == "no till zone"


@pytest.mark.parametrize(
    ("sold", "reason"),
    [
        ((f"{DAY} 10:00:55", 5000, {"kind": "void"}), "not a sale"),
        ((f"{DAY} 12:00:00", 5000), "nobody at the till"),
        ((f"{DAY} 10:02:50", 5000), "too far from any stay"),
    ],
)
def test_a_receipt_without_a_person_says_why(sold: tuple[str, int], reason: str) -> None:
    assert pairs_of(stays((f"{DAY} 10:00:00", 60.0)), receipts(sold)).loc["R1", "reason"] == reason


def test_someone_who_only_passed_the_till_bought_nothing() -> None:
    pairs = pairs_of(stays((f"{DAY} 10:00:57", 3.0)), receipts((f"{DAY} 10:00:55", 5000)))
    assert pairs.loc["R1", "reason"] == "nobody at the till"


def test_the_best_pairing_of_all_beats_the_best_of_each() -> None:
    """R1 is nearest to the second person, but R2 has nobody else: each gets one."""
    rows = stays((f"{DAY} 10:00:00", 40.0), (f"{DAY} 10:00:10", 50.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:46", 100), (f"{DAY} 10:01:09", 100)))
    assert list(pairs["track_id"]) == [1, 2]


def test_two_who_leave_together_are_one_even_chance() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0), (f"{DAY} 10:00:10", 50.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 5000)))
    assert pairs.loc["R1", "candidates"] == 2
    assert 0.3 < pairs.loc["R1", "probability"] <= 0.5


def test_one_person_is_not_two_buyers() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 100), (f"{DAY} 10:00:40", 100)))
    assert pairs.loc["R1", "track_id"] == 1
    assert pairs.loc["R2", "reason"] == "another receipt fits better"


def busy_days(
    rng: np.random.Generator, days: int, error_s: float
) -> tuple[pd.DataFrame, pd.DataFrame, list[int | None]]:
    """Two hundred people a day at one till; most pay, 4 to 8 s before they leave; the till's clock is wrong."""
    people, sold, buyer = [], [], []
    for day in range(days):
        moment = pd.Timestamp(at(f"{DAY} 09:00")) + timedelta(days=day)
        for _ in range(200):
            moment += pd.Timedelta(seconds=float(rng.exponential(150)))
            entered, dwell = (
                moment.tz_convert("Europe/Berlin").strftime("%Y-%m-%d %H:%M:%S"),
                round(float(rng.uniform(40, 150)), 3),
            )
            followed = rng.random() < 0.95
            if followed:
                people.append((entered, dwell))
            if rng.random() < 0.7:
                printed = moment.floor("s") + pd.Timedelta(seconds=dwell - float(rng.uniform(4, 8)) + error_s)
                sold.append((printed.tz_convert("Europe/Berlin").strftime("%Y-%m-%d %H:%M:%S"), 1000))
                buyer.append(len(people) if followed else None)
    return stays(*people), receipts(*sold), buyer


def test_a_till_83_seconds_behind_is_found_out_and_its_buyers_are_found() -> None:
    rows, sold, buyer = busy_days(np.random.default_rng(1), 4, -83.0)
    found = joins.match_receipts(rows, sold)
    (clock,) = found.clocks
    assert clock.identified
    # The true gap between paying and leaving is 6 s and the receipt's seconds are cut off: 1.5 s cannot be seen.
    assert clock.offset_s == pytest.approx(-83, abs=2.5)
    pairs = found.pairs[found.pairs["track_id"].notna()]
    right = [
        buyer[int(receipt[1:]) - 1] == track
        for receipt, track in zip(pairs["receipt_id"], pairs["track_id"], strict=True)
    ]
    assert len(pairs) > 0.9 * len(sold)
    assert np.mean(right) > 0.93
    # The stated probability is neither boast nor modesty: pairs are right about as often as they say, or more.
    assert np.mean(right) >= pairs["probability"].mean() - 0.02
    sure = (pairs["probability"] > 0.95).to_numpy()
    assert np.mean(np.array(right)[sure]) > 0.95
    put_right = joins.correct_clocks(sold, found.clocks)
    assert (put_right["sold_at"] - sold["sold_at"]).dt.total_seconds().median() == pytest.approx(83, abs=2.5)


def test_a_clock_that_was_set_by_hand_is_two_clocks() -> None:
    before, sold_before, _ = busy_days(np.random.default_rng(2), 3, 47.0)
    after, sold_after, _ = busy_days(np.random.default_rng(3), 3, -19.0)
    later = pd.Timedelta(days=3)
    rows = pd.concat(
        [before, after.assign(entered=after["entered"] + later, left=after["left"] + later, run_id="run-3")]
    )
    sold = pd.concat([sold_before, sold_after.assign(sold_at=sold_after["sold_at"] + later)]).reset_index(drop=True)
    sold["receipt_id"] = [f"R{n + 1}" for n in range(len(sold))]
    first, second = joins.match_receipts(rows, sold).clocks
    assert [first.offset_s, second.offset_s] == pytest.approx([47, -19], abs=2.5)
    assert second.since == pd.Timestamp("2026-01-08", tz="UTC")


def test_a_clock_that_runs_fast_is_one_clock_with_a_drift() -> None:
    rows, sold, _ = busy_days(np.random.default_rng(4), 8, 30.0)
    gone = (sold["sold_at"] - sold["sold_at"].iloc[0]).dt.total_seconds() / 86_400
    fast = sold.assign(
        sold_at=sold["sold_at"] + pd.to_timedelta(2.0 * gone, unit="s").dt.round("s").astype("timedelta64[ms]")
    )
    (clock,) = joins.match_receipts(rows, frames.check(fast, frames.RECEIPTS)).clocks
    assert clock.drift_s_per_day == pytest.approx(2.0, abs=0.3)
    assert clock.offset_s == pytest.approx(30, abs=4)


def test_receipts_at_random_times_tell_nothing_about_a_clock() -> None:
    rng = np.random.default_rng(6)
    rows, sold, _ = busy_days(rng, 3, 0.0)
    shuffled = sold.assign(
        sold_at=sold["sold_at"]
        + pd.to_timedelta(rng.integers(-5000, 5000, len(sold)), unit="s").astype("timedelta64[ms]")
    )
    (clock,) = joins.match_receipts(rows, frames.check(shuffled, frames.RECEIPTS)).clocks
    assert (clock.identified, clock.offset_s) == (False, 0.0)


def test_no_receipts_are_no_pairs_and_no_clocks() -> None:
    found = joins.match_receipts(stays((f"{DAY} 10:00:00", 60.0)), receipts())
    assert found.pairs.empty
    assert found.clocks == ()
