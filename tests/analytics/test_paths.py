"""Stories of ways: a planted walk leaves its time where it was walked, and nobody's time is lost or counted twice."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.paths import FLOOR_CELL_M, PICTURE_CELLS, grid, heat, moves

from .store_days import crossings, rows_of, stays

DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
Sample = tuple[float, float, float]  # seconds after noon, x and y in metres


def trails(*people: list[Sample], camera: str = "floor", metres: bool = True) -> pd.DataFrame:
    """Positions of people; the picture shows 20 m by 20 m of the floor from right above."""
    rows = [
        {
            "camera_id": camera,
            "run_id": "run-1",
            "track_id": number,
            "at": pd.Timestamp(NOON + timedelta(seconds=second)),
            "x": min(x / 20, 1.0),
            "y": min(y / 20, 1.0),
            "x_m": x if metres else None,
            "y_m": y if metres else None,
        }
        for number, person in enumerate(people, start=1)
        for second, x, y in person
    ]
    return frames.check(pd.DataFrame(rows), frames.TRAILS) if rows else frames.empty(frames.TRAILS)


def floor_of(found: pd.DataFrame) -> dict[tuple[int, int], tuple[float, int]]:
    mine = found[found["space"] == "floor"]
    return {(r.ix, r.iy): (round(r.person_s, 6), r.people) for r in rows_of(mine)}


def test_a_straight_walk_leaves_half_a_second_in_every_half_metre() -> None:
    walk = [(float(t), 1.0 + t, 2.2) for t in range(5)]
    found = floor_of(heat(trails(walk), stays(), DAY))
    assert found == {(ix, 4): (0.5, 1) for ix in range(2, 10)}


def test_who_stands_and_then_leaves_is_counted_once_with_all_the_time() -> None:
    stands = [(0.0, 1.2, 1.2), (1.0, 1.2, 1.2), (2.0, 1.3, 1.2), (3.0, 1.3, 1.7)]
    found = floor_of(heat(trails(stands, [(10.0, 1.1, 1.1), (11.0, 1.4, 1.4)]), stays(), DAY))
    assert found == {(2, 2): (3.6, 2), (2, 3): (0.4, 1)}


@pytest.mark.slow
def test_the_time_agrees_with_a_slow_walk_in_tiny_steps() -> None:
    """Against an independent, slow way: every step is walked in 5000 pieces, each dropped into the cell it lies in."""
    rng = np.random.default_rng(11)
    people = [
        [(float(t), float(x), float(y)) for t, (x, y) in enumerate(np.cumsum(rng.normal(0, 0.8, (40, 2)), axis=0) + 10)]
        for _ in range(4)
    ]
    slow: dict[tuple[int, int], float] = {}
    for person in people:
        for (_, ax, ay), (_, bx, by) in itertools.pairwise(person):
            for share in (np.arange(5000) + 0.5) / 5000:
                x, y = ax + share * (bx - ax), ay + share * (by - ay)
                cell = int(np.floor(x / FLOOR_CELL_M)), int(np.floor(y / FLOOR_CELL_M))
                slow[cell] = slow.get(cell, 0.0) + 1 / 5000
    found = {cell: seconds for cell, (seconds, _) in floor_of(heat(trails(*people), stays(), DAY)).items()}
    assert sum(found.values()) == pytest.approx(4 * 39)
    for cell in set(slow) | set(found):
        assert found.get(cell, 0.0) == pytest.approx(slow.get(cell, 0.0), abs=2e-3)


def test_a_gap_is_not_walked_through() -> None:
    lost = [(0.0, 1.2, 1.2), (1.0, 1.2, 1.2), (60.0, 9.2, 1.2), (61.0, 9.2, 1.2)]
    assert floor_of(heat(trails(lost), stays(), DAY)) == {(2, 2): (1.0, 1), (18, 2): (1.0, 1)}


def test_rare_samples_are_joined_all_the_same() -> None:
    slow = [(5.0 * n, 1.1 + n, 1.2) for n in range(6)]
    assert sum(s for s, _ in floor_of(heat(trails(slow), stays(), DAY)).values()) == pytest.approx(25)


def test_a_mannequin_has_no_way_and_staff_behind_the_till_do() -> None:
    rng = np.random.default_rng(2)
    doll = [(float(t), 5.0 + float(rng.normal(0, 0.01)), 5.0) for t in range(700)]
    cashier = [(float(t), 9.0 + 0.5 * (t % 60 > 30), 9.0) for t in range(700)]
    found = floor_of(heat(trails(doll, cashier), stays(), DAY))
    assert all(cell[1] == 18 for cell in found)
    marked = stays(
        ("2026-01-05 12:00:00", 600, {"camera_id": "floor", "run_id": "run-1", "track_id": 2, "end_cause": "fixed"})
    )
    assert heat(trails(doll, cashier), marked, DAY).empty


def test_where_the_floor_is_not_known_there_is_the_picture_alone() -> None:
    found = heat(trails([(0.0, 1.0, 19.6), (1.0, 1.2, 19.6)], metres=False), stays(), DAY)
    assert set(found["space"]) == {"picture"}
    assert set(found["iy"]) == {PICTURE_CELLS - 1}
    assert grid(found, "floor") is None
    picture = grid(found, "picture")
    assert picture is not None
    assert picture.seconds.shape == (40, 40)
    assert picture.seconds.sum() == pytest.approx(1.0)


def test_feet_below_the_picture_stand_nobody_knows_where() -> None:
    leaves = [(0.0, 5.0, 19.0), (1.0, 5.0, 19.5), (2.0, 5.0, 20.0), (3.0, 8.0, 20.0), (4.0, 9.0, 20.0)]
    found = heat(trails(leaves), stays(), DAY)
    assert floor_of(found) == {(10, 38): (1.0, 1)}


def test_nobody_leaves_an_empty_frame() -> None:
    assert heat(trails(), stays(), DAY).empty
    assert moves(stays(), crossings(), "Europe/Berlin").empty
    assert heat(trails([(0.0, 1.0, 1.0)]), stays(), DAY).empty, "one sample lasts no time"


def test_a_large_floor_is_told_in_larger_cells_and_outliers_do_not_shrink_it() -> None:
    long_way = [(float(t), 0.25 + 0.5 * t, 1.2) for t in range(100)]
    found = heat(trails(long_way), stays(), DAY)
    whole = grid(found, "floor")
    assert whole is not None
    assert (whole.cell, whole.people) == (2.0, None)
    assert max(whole.seconds.shape) <= PICTURE_CELLS
    near = [(float(t), 1.0 + 0.01 * t, 1.2) for t in range(1000)]
    far = [(0.0, 90.0, 90.0), (1.0, 90.0, 90.0)]
    shop = grid(heat(trails(near, far), stays(), DAY), "floor")
    assert shop is not None
    assert shop.cell == FLOOR_CELL_M
    assert shop.people is not None
    assert shop.people.max() == 1


def test_moves_follow_each_person_from_place_to_place() -> None:
    def stay(clock: str, zone: str, track: int, **differs: object) -> tuple[str, float, dict[str, object]]:
        return f"2026-01-05 {clock}", 5.0, {"zone_id": zone, "track_id": track, **differs}

    seen = stays(
        stay("12:00:10", "shoes", 1),
        stay("12:00:30", "shoes", 1),
        stay("12:01:00", "till", 1),
        stay("12:00:20", "shoes", 2),
        stay("12:02:00", "till", 2),
        stay("12:00:25", "poster", 3, end_cause="fixed"),
        stay("12:00:40", "till", 3),
        stay("12:00:50", "till", 4, run_id="run-9"),
    )
    who = {"camera_id": "sales-floor", "run_id": "run-2", "track_id": 1}
    doors = crossings(
        ("2026-01-05 12:00:00", "in", who),
        ("2026-01-05 12:03:00", "out", who),
        ("2026-01-05 12:03:00", "out", {**who, "track_id": 2, "role": "outside"}),
    )
    found = {(r.from_place, r.to_place): r.moves for r in rows_of(moves(seen, doors, "Europe/Berlin"))}
    assert found == {("entrance in", "shoes"): 1, ("shoes", "till"): 2, ("till", "entrance out"): 1}


def test_a_move_belongs_to_the_local_day_on_which_it_began() -> None:
    seen = stays(
        ("2026-01-05 23:59:50", 5.0, {"zone_id": "shoes", "track_id": 1}),
        ("2026-01-06 00:00:10", 5.0, {"zone_id": "till", "track_id": 1}),
        ("2026-01-06 00:00:30", 5.0, {"zone_id": "exit", "track_id": 1}),
    )
    found = [(str(r.local_date)[:10], r.to_place) for r in rows_of(moves(seen, crossings(), "Europe/Berlin"))]
    assert found == [("2026-01-05", "till"), ("2026-01-06", "exit")]
