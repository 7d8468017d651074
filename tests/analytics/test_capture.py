"""Stories of the street: who passes by, who of them comes in, and when nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics import frames, metrics
from analytics.visits import visits

from .store_days import at, crossings, opening, rows_of, watches

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY, NEXT = "2026-01-05", "2026-01-06"
STREET: dict[str, object] = {"role": "outside", "line_id": "street"}
FAR: dict[str, object] = {"role": "outside", "line_id": "far"}
SEEN = watches((f"{DAY} 09:00", f"{DAY} 20:00"))


def places(*lines: tuple[str, str, str]) -> pd.DataFrame:
    """Lines as (camera, id, role)."""
    rows = [(camera, "line", name, role) for camera, name, role in lines]
    return frames.check(pd.DataFrame(rows, columns=frames.PLACES.names), frames.PLACES)


ONE_CAMERA = places(("door", "entrance", "entrance"), ("door", "far", "outside"), ("door", "street", "outside"))
TWO_CAMERAS = places(("door", "entrance", "entrance"), ("front", "street", "outside"))


def who(track: int, role: Mapping[str, object] | None = None) -> dict[str, object]:
    """A crossing of this track, over the entrance unless another line is named."""
    return {"track_id": track} | dict(role or {})


def capture_of(rows: pd.DataFrame, drawn: pd.DataFrame = ONE_CAMERA, seen: pd.DataFrame = SEEN) -> Any:
    """The hours of the capture rate by local hour."""
    traffic = metrics.Traffic(rows, visits(rows, opening()), seen, frozenset({"door"}))
    found = metrics.capture(traffic, opening(), at(DAY), at(NEXT), places=drawn)
    return found.assign(hour=found["hour_utc"].dt.tz_convert("Europe/Berlin").dt.hour).set_index("hour")


def passers_of(rows: pd.DataFrame, drawn: pd.DataFrame = ONE_CAMERA, seen: pd.DataFrame = SEEN) -> Any:
    """The hours of the outside lines by line and local hour."""
    found = metrics.passers(rows, seen, opening(), at(DAY), at(NEXT), places=drawn)
    hour = found["hour_utc"].dt.tz_convert("Europe/Berlin").dt.hour
    return found.assign(hour=hour).set_index(["line_id", "hour"])


def test_of_four_who_pass_by_one_comes_in() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "in", who(1, STREET)),
        (f"{DAY} 10:01:00", "out", who(2, STREET)),
        (f"{DAY} 10:02:00", "out", who(3, STREET)),
        (f"{DAY} 10:03:00", "in", who(4, STREET)),
        (f"{DAY} 10:03:04", "in", who(4)),
    )
    ten = capture_of(rows).loc[10]
    assert (ten["passers"], ten["entries"], ten["capture"], ten["base"]) == (4, 1, 0.25, "by track")
    street = passers_of(rows).loc[("street", 10)]
    assert street[["crossings_in", "crossings_out", "passers", "leaving"]].tolist() == [2, 2, 4, 0]


def test_who_enters_without_crossing_the_line_outside_passed_by_all_the_same() -> None:
    rows = crossings((f"{DAY} 10:00:00", "in", who(1, STREET)), (f"{DAY} 10:03:04", "in", who(2)))
    ten = capture_of(rows).loc[10]
    assert (ten["passers"], ten["entries"], ten["capture"]) == (2, 1, 0.5)


def test_who_strolls_up_and_down_over_two_lines_passed_by_once() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "in", who(1, STREET)),
        (f"{DAY} 10:00:05", "in", who(1, FAR)),
        (f"{DAY} 10:00:15", "out", who(1, FAR)),
        (f"{DAY} 11:00:20", "out", who(1, STREET)),
    )
    hours = capture_of(rows)
    assert hours.loc[[10, 11], "passers"].tolist() == [1, 0]
    lines = passers_of(rows)
    assert (lines.loc[("street", 10), "passers"], lines.loc[("far", 10), "passers"]) == (1, 0)
    assert lines.loc[("far", 10), ["crossings_in", "crossings_out"]].tolist() == [1, 1]


def test_who_comes_out_of_the_store_is_no_passer_by() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "out", who(1)), (f"{DAY} 10:00:05", "out", who(1, STREET)),
        (f"{DAY} 10:10:00", "in", who(2, STREET)), (f"{DAY} 10:10:05", "in", who(2)),
        (f"{DAY} 10:15:00", "out", who(2)), (f"{DAY} 10:15:05", "in", who(2, STREET)),
    )  # fmt: skip
    assert capture_of(rows).loc[10, ["passers", "entries"]].tolist() == [1, 1]
    assert passers_of(rows).loc[("street", 10), ["passers", "leaving"]].tolist() == [1, 1]


def test_who_turns_round_in_the_doorway_passed_by_and_did_not_enter() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "in", who(1, STREET)), (f"{DAY} 10:00:05", "in", who(1) | {"held": False})
    )  # fmt: skip
    assert capture_of(rows).loc[10, ["passers", "entries"]].tolist() == [1, 0]


def test_a_door_with_a_camera_of_its_own_is_said_to_be_counted_by_line() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "in", who(1, STREET) | {"camera_id": "front", "run_id": "run-9"}),
        (f"{DAY} 10:00:30", "in", who(2, STREET) | {"camera_id": "front", "run_id": "run-9"}),
        (f"{DAY} 10:00:05", "in", who(1)),
    )
    both = pd.concat([SEEN, SEEN.assign(camera_id="front")], ignore_index=True)
    ten = capture_of(rows, TWO_CAMERAS, both).loc[10]
    assert (ten["passers"], ten["entries"], ten["capture"], ten["base"]) == (2, 1, 0.5, "by line")


def test_more_entries_than_passers_are_shown_as_they_are() -> None:
    rows = crossings(
        (f"{DAY} 10:00:00", "in", who(1, STREET) | {"camera_id": "front"}),
        (f"{DAY} 10:00:05", "in", who(1)),
        (f"{DAY} 10:00:05", "in", who(2)),
    )
    both = pd.concat([SEEN, SEEN.assign(camera_id="front")], ignore_index=True)
    assert capture_of(rows, TWO_CAMERAS, both).loc[10, "capture"] == 2.0


def test_while_the_street_was_not_seen_nothing_is_known_and_while_nobody_passed_it_is_zero() -> None:
    front = watches((f"{DAY} 09:00", f"{DAY} 12:00", {"camera_id": "front"}))
    hours = capture_of(crossings(), TWO_CAMERAS, pd.concat([SEEN, front], ignore_index=True))
    assert hours.loc[11, ["passers", "entries"]].tolist() == [0, 0]
    assert pd.isna(hours.loc[11, "capture"])
    assert hours.loc[12, ["passers", "entries", "capture"]].isna().all()
    assert list(passers_of(crossings(), TWO_CAMERAS, front).loc["street"].index) == [9, 10, 11]


def test_without_a_line_outside_there_is_no_capture_rate() -> None:
    drawn = places(("door", "entrance", "entrance"))
    assert capture_of(crossings((f"{DAY} 10:00:00", "in", who(1))), drawn).empty
    assert metrics.capture_totals(frames.empty(frames.CAPTURE_HOURLY)) is None


def test_who_passes_a_closed_store_is_nobody_it_could_have_caught() -> None:
    rows = crossings((f"{DAY} 08:00:00", "in", who(1, STREET)), (f"{DAY} 20:00:00", "in", who(2, STREET)))
    assert capture_of(rows)["passers"].sum() == 0


def test_the_rate_of_a_period_is_a_ratio_of_sums_over_the_hours_that_were_seen() -> None:
    rows = crossings(
        *[(f"{DAY} 10:00:{n:02}", "in", who(n, STREET)) for n in range(9)],
        (f"{DAY} 10:00:05", "in", who(1)),
        (f"{DAY} 11:00:00", "in", who(20, STREET)),
        (f"{DAY} 11:00:05", "in", who(20)),
        (f"{DAY} 15:00:05", "in", who(21)),  # the camera was blind: this row must not count
    )
    seen = watches((f"{DAY} 09:00", f"{DAY} 14:00"))
    total = metrics.capture_totals(capture_of(rows, seen=seen).reset_index(drop=True))
    assert total == metrics.CaptureTotals(10, 2, 0.2, "by track", 5)


def test_random_streets_agree_with_a_slow_count_track_by_track() -> None:
    rng = np.random.default_rng(6)
    made = []
    for _ in range(2000):
        second = int(rng.integers(0, 45_000))
        where = [STREET, FAR, {}][int(rng.integers(3))]
        direction = str(rng.choice(["in", "out"]))
        moment = f"{DAY} {8 + second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
        made.append((moment, direction, who(int(rng.integers(600)), where) | {"held": bool(rng.random() < 0.9)}))
    rows = crossings(*sorted(made, key=lambda row: row[0]))
    hours = capture_of(rows)
    slow = {hour: [0, 0] for hour in range(9, 20)}
    tracks: dict[int, list[Any]] = {}
    for row in rows_of(rows):
        local = row.at.tz_convert("Europe/Berlin")
        if 9 <= local.hour < 20:
            tracks.setdefault(row.track_id, []).append((row.at, local.hour, row))
    for mine in tracks.values():
        mine.sort(key=lambda item: (item[0], item[2].line_id))
        outside = [n for n, (_, _, row) in enumerate(mine) if row.role == "outside"]
        entered = [
            n for n, (_, _, row) in enumerate(mine) if row.role == "entrance" and row.direction == "in" and row.held
        ]
        left = [n for n, (_, _, row) in enumerate(mine) if row.role == "entrance" and row.direction == "out"]
        for n in entered:
            slow[mine[n][1]][1] += 1
        if outside and not any(n < outside[0] for n in left):
            slow[mine[outside[0]][1]][0] += 1
        elif entered:
            slow[mine[entered[0]][1]][0] += 1
    assert {hour: [int(row["passers"]), int(row["entries"])] for hour, row in hours.iterrows()} == slow
