"""Stories of the gate: items of a receipt pass it, and somebody crosses the line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, joins
from analytics.joins import GateRules

from .store_days import at, crossings, receipts, rows_of, stays
from .test_members import members

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = "2026-01-05"
GATE = GateRules({"gate": None})


def items(*rows: tuple[str, str] | tuple[str, str, Mapping[str, object]]) -> pd.DataFrame:
    """Items sold, from (receipt, local time at the gate, what differs)."""
    found = []
    for number, row in enumerate(rows):
        differs: Mapping[str, object] = row[2] if len(row) == 3 else {}
        found.append(
            {
                "epc": f"E{number}",
                "reader_id": "gate",
                "first_at": pd.Timestamp(at(f"{DAY} {row[1]}")),
                "role": "exit",
                "product_id": "P1",
                "outcome": "sold",
                "probability": 0.99,
                "receipt_id": row[0],
                "reason": None,
                "camera_id": None,
                "run_id": None,
                "track_id": None,
                "stays": None,
                "stay_probability": None,
            }
            | dict(differs)
        )
    return frames.check(pd.DataFrame(found).astype({"stays": "Int64"}), frames.ITEM_OUTCOMES)


def gone(*times: str | tuple[str, Mapping[str, object]]) -> pd.DataFrame:
    """People who went out, from (local time, what differs)."""
    rows: list[Any] = [(t, "out") if isinstance(t, str) else (t[0], "out", t[1]) for t in times]
    return crossings(*((f"{DAY} {row[0]}", *row[1:]) for row in rows))


def sold(*times: str, **rest: object) -> pd.DataFrame:
    return receipts(*((f"{DAY} {time}", 1000, rest) for time in times))


def paired(
    rows: pd.DataFrame,
    carried: pd.DataFrame,
    out: pd.DataFrame,
    rules: GateRules = GATE,
    seen: pd.DataFrame | None = None,
) -> list[Any]:
    pairs = joins.match_receipts(stays() if seen is None else seen, rows, time_zone="Europe/Berlin").pairs
    return rows_of(joins.pair_by_gate(pairs, rows["sold_at"], carried, out, rules, "Europe/Berlin"))


def test_who_goes_out_while_the_items_pass_is_the_buyer() -> None:
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00")), gone("10:01:20", "10:02:02", "10:03:00"))
    assert (row.camera_id, row.run_id, row.track_id, row.way) == ("door", "run-1", 2, "gate")
    assert 0.9 < row.probability < 0.99
    assert (row.gap_s, row.candidates) == (-122.0, 1)
    assert pd.isna(row.zone_id)
    assert row.reason == "no till zone"


def test_nobody_at_the_door_then_and_items_that_nobody_bought_link_nobody() -> None:
    rows = sold("10:00:00", "10:10:00")
    back = {"outcome": "returned"}
    found = paired(rows, items(("R1", "10:02:00"), ("R2", "10:12:00", back)), gone("10:02:40", "10:12:01"))
    assert [(pd.isna(r.track_id), pd.isna(r.way), pd.isna(r.probability)) for r in found] == [(True, True, True)] * 2


@pytest.mark.parametrize(
    "differs",
    [{"direction": "in"}, {"role": "outside"}, {"held": False}, {"at": pd.Timestamp(at(f"{DAY} 10:02:16"))}],
)
def test_only_who_leaves_by_the_door_and_stays_out_counts(differs: dict[str, object]) -> None:
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00")), gone(("10:02:01", differs)))
    assert pd.isna(row.track_id)


def test_two_who_leave_together_are_one_in_two_and_three_are_nobody() -> None:
    rows, carried = sold("10:00:00"), items(("R1", "10:02:00"))
    (two,) = paired(rows, carried, gone("10:02:01", "10:02:01.100"))
    assert pd.isna(two.track_id) or 0.45 < two.probability < 0.6
    (three,) = paired(rows, carried, gone("10:02:01", "10:02:01.100", "10:02:01.200"))
    assert pd.isna(three.track_id)


def test_two_receipts_never_get_one_person_and_both_get_theirs() -> None:
    rows = sold("10:00:00", "10:00:30")
    both = paired(rows, items(("R1", "10:02:00"), ("R2", "10:02:03")), gone("10:02:02", "10:02:05"))
    assert [row.track_id for row in both] == [1, 2]
    one = paired(rows, items(("R1", "10:02:00"), ("R2", "10:02:00.100")), gone("10:02:00"))
    assert sum(not pd.isna(row.track_id) for row in one) <= 1


def test_a_track_that_crosses_the_line_twice_is_one_person() -> None:
    rows = sold("10:00:00", "10:00:30")
    twice = gone("10:02:01", ("10:02:11", {"track_id": 1}))
    found = paired(rows, items(("R1", "10:02:00"), ("R2", "10:02:10")), twice)
    assert sum(not pd.isna(row.track_id) for row in found) <= 1


def test_somebody_who_hovers_on_the_line_is_no_less_sure_for_it() -> None:
    hovers = gone("10:02:01", ("10:02:01.300", {"track_id": 1}), ("10:02:01.600", {"track_id": 1}))
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00")), hovers)
    assert row.track_id == 1
    assert row.probability > 0.9


def test_who_has_a_person_at_the_till_leaves_with_that_person_and_the_other_receipt_with_the_other() -> None:
    """One camera sees till and door; two go out together, and one of them is known."""
    rows = sold("10:00:00", "10:01:00")
    here = {"camera_id": "sales-floor", "run_id": "run-2"}
    together = gone(("10:02:01", here), ("10:02:01.100", here | {"track_id": 2}))
    seen = stays((f"{DAY} 09:59:00", 65.0))
    found = paired(rows, items(("R1", "10:02:00"), ("R2", "10:02:00.050")), together, seen=seen)
    assert [(row.way, row.track_id) for row in found] == [("till", 1), ("gate", 2)]
    assert found[1].probability > 0.8


def test_pairs_of_the_till_stay_and_their_people_are_nobody_elses() -> None:
    rows = sold("10:00:00", "10:01:00")
    # The camera that sees the till sees the door too: who paid R1 goes out while R2's items pass.
    one_camera = {"camera_id": "sales-floor", "run_id": "run-2"}
    seen = stays((f"{DAY} 09:59:00", 65.0))
    found = paired(rows, items(("R2", "10:02:00")), gone(("10:02:01", one_camera)), seen=seen)
    assert (found[0].way, found[0].track_id, found[0].zone_id) == ("till", 1, "till")
    assert pd.isna(found[1].way)
    # A receipt that has its person at the till takes its own exit, so the other gets the other.
    carried = items(("R1", "10:02:00"), ("R2", "10:02:02"))
    found = paired(rows, carried, gone("10:02:01", "10:02:03"), seen=seen)
    assert [(row.way, row.camera_id, row.track_id) for row in found] == [
        ("till", "sales-floor", 1),
        ("gate", "door", 2),
    ]


def test_a_gate_speaks_for_the_camera_at_its_own_door_only() -> None:
    rules = GateRules({"gate": "side", "main": "door"})
    out = gone("10:02:01", ("10:02:01.500", {"camera_id": "side", "track_id": 9}))
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00")), out, rules)
    assert (row.camera_id, row.track_id) == ("side", 9)
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00", {"reader_id": "main"})), out, rules)
    assert row.camera_id == "door"
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00", {"reader_id": "cellar"})), out, rules)
    assert pd.isna(row.track_id)


def test_of_several_times_the_one_with_most_items_counts() -> None:
    carried = items(("R1", "10:02:00"), ("R1", "10:05:00"), ("R1", "10:05:01"), ("R1", "10:05:00.500"))
    (row,) = paired(sold("10:00:00"), carried, gone("10:02:01", "10:05:02"))
    assert row.track_id == 2


def test_the_pair_is_no_surer_than_that_the_item_is_the_receipts() -> None:
    doubtful = {"probability": 0.6}
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00", doubtful)), gone("10:02:01"))
    assert 0.5 < row.probability <= 0.6
    unlikely = {"probability": 0.4}
    (row,) = paired(sold("10:00:00"), items(("R1", "10:02:00", unlikely)), gone("10:02:01"))
    assert pd.isna(row.track_id)


def test_how_far_the_line_is_from_the_gate_is_learned() -> None:
    """A line seven seconds beyond the gate, and somebody else at the gate each time."""
    rng = np.random.default_rng(3)
    minutes = range(80)
    times = [pd.Timestamp(at(f"{DAY} 09:00:00")) + pd.Timedelta(minutes=4 * n) for n in minutes]
    local = [t.tz_convert("Europe/Berlin") for t in times]
    rows = sold(*(f"{t:%H:%M:%S}" for t in local))
    carried = items(*((f"R{n + 1}", f"{local[n] + pd.Timedelta(seconds=60):%H:%M:%S}") for n in minutes))
    after = [67.0 + rng.normal(0, 0.5) for _ in minutes]
    others = [60.0 + rng.uniform(-14, 14) for _ in minutes]
    people = [(n, seconds, n + 1) for n in minutes for seconds in [after[n]]]
    people += [(n, seconds, 1000 + n) for n, seconds in enumerate(others)]
    out = gone(
        *(
            (
                f"{local[n] + pd.Timedelta(milliseconds=round(1000 * seconds)):%H:%M:%S.%f}"[:-3],
                {"track_id": track},
            )
            for n, seconds, track in people
        )
    )
    found = paired(rows, carried, out)
    right = [row.track_id == int(row.receipt_id[1:]) for row in found if not pd.isna(row.track_id)]
    assert len(right) >= 70
    assert np.mean(right) >= 0.9
    assert np.mean([row.probability for row in found if not pd.isna(row.track_id)]) == pytest.approx(
        np.mean(right), abs=0.06
    )


def test_a_day_alone_gives_the_pairs_that_the_whole_gives() -> None:
    rows = receipts((f"{DAY} 10:00:00", 1000), ("2026-01-06 10:00:00", 1000))
    carried = items(("R1", "10:02:00"), ("R2", "10:02:00", {"first_at": pd.Timestamp(at("2026-01-06 10:02:00"))}))
    out = crossings((f"{DAY} 10:02:01", "out"), ("2026-01-06 10:02:04", "out"))
    both = paired(rows, carried, out)
    alone = paired(rows.iloc[:1], carried, out)
    assert [row.track_id for row in both] == [1, 2]
    assert both[0] == alone[0]


def test_what_the_gate_reads_on_a_later_day_says_nothing_of_a_day_before() -> None:
    late = {"first_at": pd.Timestamp(at("2026-01-06 00:00:10"))}
    out = crossings(("2026-01-06 00:00:11", "out"))
    (row,) = paired(sold("23:59:00"), items(("R1", "10:00:00", late)), out)
    assert pd.isna(row.track_id)


def test_a_receipt_may_carry_the_wrong_date_by_a_day_ahead() -> None:
    rows = receipts(("2026-01-06 10:00:00", 1000))
    pairs = joins.match_receipts(stays(), rows, time_zone="Europe/Berlin").pairs
    right = rows["sold_at"] - pd.Timedelta(days=1)
    (row,) = rows_of(
        joins.pair_by_gate(pairs, right, items(("R1", "10:02:00")), gone("10:02:01"), GATE, "Europe/Berlin")
    )
    assert (row.way, row.gap_s) == ("gate", -121.0)


def test_empty_frames_change_nothing() -> None:
    rows = sold("10:00:00")
    pairs = joins.match_receipts(stays(), rows, time_zone="Europe/Berlin").pairs
    for carried, out in ((items(("R1", "10:02:00")), crossings()), (frames.empty(frames.ITEM_OUTCOMES), gone("10:02"))):
        same = joins.pair_by_gate(pairs, rows["sold_at"], carried, out, GATE, "Europe/Berlin")
        pd.testing.assert_frame_equal(same, pairs)
    none = frames.empty(frames.RECEIPT_VISITS)
    assert joins.pair_by_gate(
        none, rows["sold_at"].iloc[:0], items(("R1", "10:02:00")), gone("10:02"), GATE, "Europe/Berlin"
    ).empty


def test_members_are_linked_through_the_gate_as_surely_as_the_pair_and_only_with_consent() -> None:
    rows = sold("10:00:00", member_id="M1")
    pairs = joins.match_receipts(stays(), rows, time_zone="Europe/Berlin").pairs
    pairs = joins.pair_by_gate(
        pairs, rows["sold_at"], items(("R1", "10:02:00")), gone("10:02:01"), GATE, "Europe/Berlin"
    )
    cards = joins.Cards(rows, rows["sold_at"], frames.empty(frames.CARD_SWIPES), members(M1=True))
    (link,) = rows_of(joins.member_visits(cards, pairs).visits)
    assert (link.camera_id, link.track_id, link.probability) == ("door", 1, pairs["probability"].item())
    assert joins.member_visits(replace(cards, members=members(M1=False)), pairs).visits.empty
