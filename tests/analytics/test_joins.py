"""Stories of receipts: what they add to an hour, and who stood at the till when they were printed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analytics import joins
from analytics.joins.standing import standing

from .store_days import at, clocks, lines, receipts, stays

DAY = "2026-01-05"
NOBODY: dict[str, object] = {"role": "product", "zone_id": "shoes"}


def pairs_of(rows: pd.DataFrame, sold: pd.DataFrame, bought: pd.DataFrame | None = None) -> Any:
    """Pairing alone: the tills' clocks are known to be right."""
    found = joins.match_receipts(rows, sold, lines=bought, clocks=clocks(T1=0.0, T2=0.0), time_zone="Europe/Berlin")
    return found.pairs.set_index("receipt_id")


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
    assert pairs.loc["R1", "probability"] > 0.9
    # The receipt of 10:00:55 was printed at some time in that second.
    assert pairs.loc["R1", "gap_s"] == -4.5
    assert pairs.loc["R1", "way"] == "till"


def test_without_a_till_zone_nobody_is_paired_although_people_were_near() -> None:
    pairs = pairs_of(stays((f"{DAY} 10:00:00", 60.0, NOBODY)), receipts((f"{DAY} 10:00:55", 5000)))
    assert pd.isna(pairs.loc["R1", "track_id"])
    assert pairs.loc["R1", "reason"] == "no till zone"
    assert pd.isna(pairs.loc["R1", "way"])


def test_without_a_clock_that_is_known_a_pair_is_less_sure() -> None:
    rows, sold = stays((f"{DAY} 10:00:00", 60.0)), receipts((f"{DAY} 10:00:55", 5000))
    unsure = joins.match_receipts(rows, sold, time_zone="Europe/Berlin")
    assert not unsure.clocks["identified"].any()
    sure = pairs_of(rows, sold).loc["R1", "probability"]
    assert unsure.pairs["probability"].fillna(0.0).item() < sure


@pytest.mark.parametrize(
    ("sold", "reason"),
    [
        ((f"{DAY} 10:00:55", 5000, {"kind": "void"}), "not a sale"),
        ((f"{DAY} 12:00:00", 5000), "nobody at the till"),
        ((f"{DAY} 10:02:30", 5000), "too far from any stay"),
        ((f"{DAY} 10:00:55", 0), "nothing sold"),
    ],
)
def test_a_receipt_without_a_person_says_why(sold: tuple[str, int], reason: str) -> None:
    bought = lines() if reason == "nothing sold" else lines(R1=1)
    assert pairs_of(stays((f"{DAY} 10:00:00", 60.0)), receipts(sold), bought).loc["R1", "reason"] == reason


def test_someone_who_only_passed_the_till_bought_nothing() -> None:
    pairs = pairs_of(stays((f"{DAY} 10:00:57", 3.0)), receipts((f"{DAY} 10:00:55", 5000)))
    assert pairs.loc["R1", "reason"] == "nobody at the till"


def test_the_best_pairing_of_all_beats_the_best_of_each() -> None:
    """R1 is nearest to the second person, but R2 has nobody else: each gets one."""
    rows = stays((f"{DAY} 10:00:00", 40.0), (f"{DAY} 10:00:10", 50.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:46", 100), (f"{DAY} 10:01:09", 100)))
    assert list(pairs["track_id"]) == [1, 2]


def test_of_two_who_come_and_leave_together_each_may_have_paid() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0), (f"{DAY} 10:00:00", 60.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 5000)))
    assert pairs.loc["R1", "candidates"] == 2
    assert 0.3 < pairs.loc["R1", "probability"] <= 0.5


def test_of_two_who_leave_together_the_first_to_come_paid_more_likely() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0), (f"{DAY} 10:00:05", 55.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 5000)))
    assert pairs.loc["R1", "track_id"] == 1
    assert 0.5 < pairs.loc["R1", "probability"] < 0.9


def test_who_is_lost_at_the_till_and_seen_again_is_one_person() -> None:
    rows = stays(
        (f"{DAY} 10:00:00", 30.0, {"end_cause": "lost"}), (f"{DAY} 10:00:32", 28.0, {"start_cause": "appeared"})
    )
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 100), (f"{DAY} 10:00:25", 100)))
    assert pairs.loc["R1", "track_id"] == 2
    assert pairs.loc["R1", "candidates"] == 1
    assert pd.isna(pairs.loc["R2", "track_id"])


def test_a_mended_stay_begins_where_its_first_piece_did_and_a_short_one_where_the_queue_ended() -> None:
    rows = stays(
        (f"{DAY} 10:00:00", 30.0, {"end_cause": "lost"}),
        (f"{DAY} 10:00:32", 8.0, {"start_cause": "appeared", "end_cause": "lost"}),
        (f"{DAY} 10:00:43", 17.0, {"start_cause": "appeared"}),
        (f"{DAY} 11:00:00", 60.0, {"role": "queue", "zone_id": "queue", "track_id": 9}),
        (f"{DAY} 11:01:04", 50.0, {"start_cause": "appeared", "track_id": 9}),
        (f"{DAY} 12:00:00", 50.0, {"start_cause": "appeared"}),
    )
    people = standing(rows, 5.0)
    begun = pd.to_datetime(people.entered_s, unit="s", utc=True).tz_convert("Europe/Berlin").strftime("%H:%M:%S")
    assert begun.tolist() == ["10:00:00", "11:01:00", "12:00:00"]
    assert people.came.tolist() == [True, True, False]
    assert people.went.tolist() == [True, True, True]
    assert people.track["track_id"].tolist() == [3, 9, 6]


def test_who_is_lost_at_the_till_may_have_paid_a_little_later() -> None:
    rows = stays((f"{DAY} 10:00:00", 30.0, {"end_cause": "lost"}))
    later = pairs_of(rows, receipts((f"{DAY} 10:00:50", 5000)))
    assert later.loc["R1", "track_id"] == 1
    before = pairs_of(rows, receipts((f"{DAY} 10:00:05", 5000)))
    assert pd.isna(before.loc["R1", "track_id"])


def test_an_exchange_is_one_persons_two_receipts() -> None:
    rows = stays((f"{DAY} 10:00:00", 90.0))
    sold = receipts((f"{DAY} 10:00:50", 2000, {"kind": "return"}), (f"{DAY} 10:01:25", 3000))
    pairs = pairs_of(rows, sold)
    assert list(pairs["track_id"]) == [1, 1]
    assert pairs.loc["R1", "probability"] < pairs.loc["R2", "probability"]
    other_till = sold.assign(till_id=["T2", "T1"])
    assert pd.isna(pairs_of(rows, other_till).loc["R1", "track_id"])


def test_receipts_of_one_minute_keep_the_order_in_which_people_leave() -> None:
    """A till that prints minutes: only the order tells who paid with which receipt."""
    rows = stays(*((f"{DAY} 10:{n:02d}:00", 70.0 + 20.0 * (n % 3)) for n in range(9)))
    minutes = rows["left"].dt.tz_convert("Europe/Berlin").dt.strftime("%Y-%m-%d %H:%M")
    several = receipts(*((minute, 100) for minute in minutes))
    vague = clocks(T1=0.0).assign(spread_s=17.0)
    pairs = joins.match_receipts(rows, several, clocks=vague, time_zone="Europe/Berlin").pairs
    tracks = pairs["track_id"].dropna().astype(int).tolist()
    assert tracks == sorted(tracks)
    assert len(tracks) >= 8


def test_one_person_is_not_two_buyers() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0))
    pairs = pairs_of(rows, receipts((f"{DAY} 10:00:55", 100), (f"{DAY} 10:00:40", 100)))
    assert pairs.loc["R1", "track_id"] == 1
    assert pairs.loc["R2", "reason"] == "another receipt fits better"


def test_no_receipts_are_no_pairs_and_no_clocks() -> None:
    found = joins.match_receipts(stays((f"{DAY} 10:00:00", 60.0)), receipts())
    assert found.pairs.empty
    assert found.clocks.empty


def test_receipts_before_the_day_asked_about_only_teach() -> None:
    rows = stays((f"{DAY} 10:00:00", 60.0), ("2026-01-06 10:00:00", 60.0))
    sold = receipts((f"{DAY} 10:00:55", 100), ("2026-01-06 10:00:55", 100))
    found = joins.match_receipts(
        rows, sold, clocks=clocks(T1=0.0), time_zone="Europe/Berlin", since=at("2026-01-06 00:00")
    )
    assert found.pairs["receipt_id"].tolist() == ["R2"]
    assert found.pairs["track_id"].tolist() == [2]


def test_who_stands_where_two_till_zones_overlap_is_one_person() -> None:
    """One track in both zones at once gets one sale; in one after the other it is who stood at both."""
    both = stays(
        ("2026-01-05 10:00:00", 60.0, {"track_id": 1, "zone_id": "till-1"}),
        ("2026-01-05 10:00:05", 50.0, {"track_id": 1, "zone_id": "till-2"}),
    )
    sold = receipts(("2026-01-05 10:00:50", 100), ("2026-01-05 10:00:55", 100, {"till_id": "T2"}))
    pairs = joins.match_receipts(both, sold, time_zone="Europe/Berlin").pairs
    assert pairs["track_id"].notna().sum() == 1
    assert pairs["zone_id"].dropna().tolist() == ["till-1"]
    after = both.assign(entered=both["entered"] + pd.to_timedelta([0, 90], unit="s").as_unit("ms"))
    after["left"] = after["entered"] + pd.to_timedelta(after["dwell_s"], unit="s").dt.as_unit("ms")
    late = receipts(("2026-01-05 10:00:55", 100), ("2026-01-05 10:02:20", 100, {"till_id": "T2"}))
    pairs = joins.match_receipts(after, late, time_zone="Europe/Berlin").pairs
    assert pairs["zone_id"].tolist() == ["till-1", "till-2"]
