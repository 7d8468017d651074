"""Stories of tagged items: what was tried, bought, brought back, and what no receipt explains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, joins
from analytics.opening import ms

from .store_days import at, receipts, stays

DAY = "2026-01-05"
CABIN: dict[str, object] = {"role": "fitting_room", "zone_id": "cabins"}
ALL_DAY = pd.DataFrame(
    {
        "camera_id": "sales-floor",
        "begins": [pd.Timestamp(at(f"{DAY} 08:00"))],
        "ends": [pd.Timestamp(at(f"{DAY} 21:00"))],
    }
)


def passages(*rows: tuple[str, str, str, str | None] | tuple[str, str, str, str | None, float]) -> pd.DataFrame:
    """Passages from (EPC, role, local time, product, length in seconds)."""
    found = []
    for row in rows:
        first = pd.Timestamp(at(f"{DAY} {row[2]}"))
        found.append(
            {
                "epc": row[0],
                "reader_id": "gate" if row[1] == "exit" else "cabin",
                "role": row[1],
                "first_at": first,
                "last_at": first + pd.Timedelta(seconds=row[4] if len(row) == 5 else 1),
                "reads": 3,
                "rssi_max": -50.0,
                "gtin": None,
                "product_id": row[3],
                "problem": None if row[3] else "no product has this GTIN",
            }
        )
    return frames.check(pd.DataFrame(found), frames.RFID_PASSAGES)


def till(*rows: tuple[str, str, str, int] | tuple[str, str, str, int, str]) -> joins.Sold:
    """Receipts of one line from (id, local time, product, quantity, kind); a till that prints all day besides."""
    alive = [(f"{DAY} {9 + n // 6:02}:{n % 6}5:00", 0, {"receipt_id": f"A{n}", "kind": "void"}) for n in range(66)]
    told = [
        (f"{DAY} {row[1]}", 100, {"receipt_id": row[0], "kind": row[4] if len(row) == 5 else "sale"}) for row in rows
    ]
    printed = receipts(*alive, *told)
    lines = [
        {
            "receipt_id": row[0],
            "line_no": 1,
            "product_id": row[2],
            "quantity": row[3],
            "unit_price_minor": 100,
            "discount_minor": 0,
            "line_total_minor": 100 * row[3],
        }
        for row in rows
    ]
    frame = frames.check(pd.DataFrame(lines), frames.LINES) if lines else frames.empty(frames.LINES)
    return joins.Sold(joins.units_of(printed, frame), np.sort(ms(printed["sold_at"])))


def outcomes(rows: pd.DataFrame, sold: joins.Sold, before: dict[str, int] | None = None, **rest: Any) -> Any:
    left_before = pd.Series(before or {}, dtype="int64")
    seen = joins.Rooms(rest.get("stays", stays()), rest.get("watched", ALL_DAY), rest.get("places", {}))
    found = joins.item_outcomes(rows, sold, left_before, seen)
    return found.set_index("epc")


def test_an_item_sold_shortly_before_is_sold_almost_for_sure() -> None:
    found = outcomes(passages(("E1", "exit", "10:01:00", "P1")), till(("R1", "10:00:30", "P1", 1))).loc["E1"]
    assert (found["outcome"], found["receipt_id"]) == ("sold", "R1")
    assert 0.99 < found["probability"] < 1


@pytest.mark.parametrize(
    "sold",
    [
        ("R1", "10:00:30", "P2", 1),  # another product
        ("R1", "09:20:00", "P1", 1),  # too long ago
        ("R1", "10:05:00", "P1", 1),  # after the item had left
    ],
)
def test_an_item_that_no_receipt_explains_is_on_the_list_with_its_reason(sold: tuple[str, str, str, int]) -> None:
    found = outcomes(passages(("E1", "exit", "10:01:00", "P1")), till(sold)).loc["E1"]
    assert (found["outcome"], found["reason"]) == ("left_unpaid", "no receipt of this product is near")
    assert pd.isna(found["receipt_id"])
    assert found["probability"] > 0.8


def test_one_unit_pays_for_one_item() -> None:
    rows = passages(*((f"E{n}", "exit", f"10:01:0{n}", "P1") for n in range(3)))
    found = outcomes(rows, till(("R1", "10:00:30", "P1", 2)))
    assert sorted(found["outcome"]) == ["left_unpaid", "sold", "sold"]
    # Nobody can say which of the three it was.
    assert found.loc[found["outcome"] == "left_unpaid", "probability"].item() < 0.6


def test_two_items_of_a_product_and_two_units_leave_no_doubt() -> None:
    rows = passages(("E1", "exit", "10:01:00", "P1"), ("E2", "exit", "10:01:01", "P1"))
    found = outcomes(rows, till(("R1", "10:00:30", "P1", 2)))
    assert list(found["outcome"]) == ["sold", "sold"]
    assert (found["probability"] > 0.99).all()


def test_each_item_takes_the_receipt_that_leaves_one_for_the_others() -> None:
    """E1 could be of both receipts, E2 only of the later one."""
    rows = passages(("E1", "exit", "10:10:00", "P1"), ("E2", "exit", "10:38:00", "P1"))
    found = outcomes(rows, till(("R1", "09:50:00", "P1", 1), ("R2", "10:09:30", "P1", 1)))
    assert list(found.loc[["E1", "E2"], "receipt_id"]) == ["R1", "R2"]


def test_voids_and_training_pay_for_nothing() -> None:
    for kind in ("void", "training"):
        sold = till(("R1", "10:00:30", "P1", 1, kind))
        assert outcomes(passages(("E1", "exit", "10:01:00", "P1")), sold).loc["E1", "outcome"] == "left_unpaid"


def test_a_unit_booked_as_another_product_makes_the_list_doubt() -> None:
    """A receipt seconds before has a tagged item of which no tag was read: more likely a slip at the till."""
    rows = passages(("E1", "exit", "10:01:00", "P1"), ("E0", "exit", "09:31:00", "P2"))
    found = outcomes(rows, till(("R0", "09:30:30", "P2", 1), ("R1", "10:00:40", "P2", 1))).loc["E1"]
    assert (found["outcome"], found["receipt_id"]) == ("unknown", None) or pd.isna(found["receipt_id"])
    assert found["outcome"] == "unknown"
    assert "R1" in found["reason"]


def test_an_item_that_was_out_before_and_is_taken_back_is_returned() -> None:
    rows = passages(("E1", "exit", "10:01:00", "P1"))
    sold = till(("R1", "10:05:00", "P1", 1, "return"))
    found = outcomes(rows, sold, {"E1": 0}).loc["E1"]
    assert (found["outcome"], found["receipt_id"]) == ("returned", "R1")
    unseen = outcomes(rows, sold).loc["E1"]
    assert unseen["outcome"] == "returned"
    assert unseen["probability"] < found["probability"]


def test_an_item_that_was_out_before_is_never_called_unpaid() -> None:
    found = outcomes(passages(("E1", "exit", "10:01:00", "P1")), till(), {"E1": 0}).loc["E1"]
    assert found["outcome"] == "brought_in"
    twice = passages(("E1", "exit", "10:01:00", "P1"), ("E1", "exit", "15:00:00", "P1"))
    assert list(outcomes(twice, till(("R1", "10:00:30", "P1", 1)))["outcome"]) == ["sold", "brought_in"]


def test_someone_who_lingers_at_the_exit_carries_one_item_once() -> None:
    rows = passages(*(("E1", "exit", f"10:0{n}:00", "P1") for n in range(1, 5)))
    assert list(outcomes(rows, till(("R1", "10:00:30", "P1", 1)))["outcome"]) == ["sold"]


def test_a_tag_without_a_product_is_unknown_with_the_tags_own_problem() -> None:
    found = outcomes(passages(("E1", "exit", "10:01:00", None), ("E2", "fitting_room", "10:01:00", None)), till())
    assert list(found["outcome"]) == ["unknown", "unknown"]
    assert list(found["reason"]) == ["no product has this GTIN"] * 2
    assert found["probability"].isna().all()


def test_while_no_till_prints_nothing_is_called_unpaid() -> None:
    silent = replace(till(), printed_ms=np.array([], dtype=np.int64))
    found = outcomes(passages(("E1", "exit", "10:01:00", "P1")), silent).loc["E1"]
    assert found["outcome"] == "unknown"
    assert "no till printed" in found["reason"]


def test_a_try_is_bought_when_the_very_item_goes_out_paid() -> None:
    rows = passages(("E1", "fitting_room", "09:50:00", "P1", 240), ("E1", "exit", "10:01:00", "P1"))
    found = outcomes(rows, till(("R1", "10:00:30", "P1", 1))).set_index("role").loc["fitting_room"]
    assert (found["outcome"], found["receipt_id"]) == ("tried_bought", "R1")


def test_of_two_who_tried_an_item_the_last_bought_it() -> None:
    rows = passages(
        ("E1", "fitting_room", "09:30:00", "P1", 240),
        ("E1", "fitting_room", "09:50:00", "P1", 240),
        ("E1", "exit", "10:01:00", "P1"),
    )
    found = outcomes(rows, till(("R1", "10:00:30", "P1", 1)))
    assert list(found.loc[found["role"] == "fitting_room", "outcome"]) == ["tried_not_bought", "tried_bought"]


def test_a_buyer_who_steps_in_again_has_bought_all_the_same() -> None:
    rows = passages(
        ("E1", "fitting_room", "09:50:00", "P1", 240),
        ("E1", "exit", "10:01:00", "P1"),
        ("E1", "exit", "11:00:00", "P1"),
    )
    found = outcomes(rows, till(("R1", "10:00:30", "P1", 1))).set_index("role").loc["fitting_room"]
    assert found["outcome"] == "tried_bought"


def test_a_try_of_an_item_that_stays_or_goes_much_later_is_not_bought() -> None:
    rows = passages(("E1", "fitting_room", "09:50:00", "P1", 240), ("E1", "exit", "15:01:00", "P1"))
    found = outcomes(rows, till(("R1", "15:00:30", "P1", 1))).set_index("role").loc["fitting_room"]
    assert found["outcome"] == "tried_not_bought"


def test_a_unit_whose_tag_the_exit_missed_speaks_for_the_try_with_less_trust() -> None:
    rows = passages(("E1", "fitting_room", "09:50:00", "P1", 240), ("E9", "exit", "10:31:00", "P2"))
    sold = till(("R1", "10:00:30", "P1", 1), ("R2", "10:30:30", "P2", 1))
    found = outcomes(rows, sold).loc["E1"]
    assert (found["outcome"], found["receipt_id"]) == ("tried_bought", "R1")
    assert 0.5 < found["probability"] < 0.95
    assert "not read at the exit" in found["reason"]


def test_a_try_that_left_unpaid_is_not_bought_and_one_whose_payment_is_unknown_is_unknown() -> None:
    rows = passages(("E1", "fitting_room", "09:50:00", "P1", 240), ("E1", "exit", "10:01:00", "P1"))
    told = outcomes(rows, till()).set_index("role")
    assert told.loc["fitting_room", "outcome"] == "tried_not_bought"
    assert told.loc["fitting_room", "probability"] == told.loc["exit", "probability"]
    silent = replace(till(), printed_ms=np.array([], dtype=np.int64))
    assert outcomes(rows, silent).set_index("role").loc["fitting_room", "outcome"] == "unknown"


def test_without_any_sign_of_exit_and_tills_a_try_is_unknown() -> None:
    silent = replace(till(), printed_ms=np.array([], dtype=np.int64))
    found = outcomes(passages(("E1", "fitting_room", "09:50:00", "P1", 240)), silent).loc["E1"]
    assert found["outcome"] == "unknown"
    assert pd.isna(found["probability"])


def test_the_one_person_in_the_fitting_room_held_the_item() -> None:
    rows = passages(("E1", "fitting_room", "09:50:10", "P1", 200))
    found = outcomes(rows, till(), stays=stays((f"{DAY} 09:50:00", 240.0, CABIN))).loc["E1"]
    assert (found["track_id"], found["stays"]) == (1, 1)
    assert found["stay_probability"] > 0.9


def test_two_in_the_fitting_room_share_the_probability_and_a_short_stay_fits_better() -> None:
    rows = passages(("E1", "fitting_room", "09:50:10", "P1", 200))
    seen = stays((f"{DAY} 09:50:00", 240.0, CABIN), (f"{DAY} 09:40:00", 1200.0, CABIN))
    found = outcomes(rows, till(), stays=seen).loc["E1"]
    assert (found["track_id"], found["stays"]) == (1, 2)
    assert found["stay_probability"] > 0.8
    even = stays((f"{DAY} 09:50:00", 240.0, CABIN), (f"{DAY} 09:50:00", 240.0, CABIN))
    assert 0.4 < outcomes(rows, till(), stays=even).loc["E1", "stay_probability"] < 0.5


@pytest.mark.parametrize(
    "stay",
    [
        (f"{DAY} 09:51:00", 240.0, CABIN),  # came after the first read
        (f"{DAY} 09:50:00", 60.0, CABIN),  # gone before the last
        (f"{DAY} 09:50:00", 240.0, {"role": "product", "zone_id": "coats"}),
        (f"{DAY} 09:50:00", 240.0, CABIN | {"end_cause": "fixed"}),
        (f"{DAY} 09:50:00", 240.0, CABIN | {"zone_id": "staff"}),
        (f"{DAY} 09:50:00", 240.0, CABIN | {"camera_id": "other"}),
    ],
)
def test_a_stay_that_does_not_hold_the_passage_is_nobodys(stay: tuple[str, float, dict[str, object]]) -> None:
    rows = passages(("E1", "fitting_room", "09:50:10", "P1", 200))
    places = {"cabin": ("sales-floor", "cabins")}
    found = outcomes(rows, till(), stays=stays(stay), places=places).loc["E1"]
    assert pd.isna(found["track_id"])
    assert pd.isna(found["stay_probability"])
    assert found["stays"] == 0


def test_while_the_camera_sees_nothing_the_holder_is_not_known_rather_than_nobody() -> None:
    rows = passages(("E1", "fitting_room", "09:50:10", "P1", 200))
    found = outcomes(rows, till(), watched=ALL_DAY.iloc[:0]).loc["E1"]
    assert pd.isna(found["stays"])


def test_nothing_read_is_nothing_told() -> None:
    assert outcomes(frames.empty(frames.RFID_PASSAGES), till(("R1", "10:00:30", "P1", 1))).empty
