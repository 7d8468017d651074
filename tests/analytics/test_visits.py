"""Stories of people at the door, and which of them are visits."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.visits import VisitRules, visits, waterfall

from .store_days import BERLIN, at, crossings, opening, rows_of

MONDAY = "2026-01-05"
THE_SAME_PERSON: dict[str, object] = {"track_id": 7}


def reasons(rows: pd.DataFrame, rules: VisitRules | None = None, **calendar: object) -> list[str]:
    return list(visits(rows, opening(**calendar), rules)["reason"])  # type: ignore[arg-type]


def test_someone_who_walks_in_is_a_visit_and_someone_who_walks_out_is_no_row() -> None:
    judged = visits(crossings((f"{MONDAY} 10:00:00", "in"), (f"{MONDAY} 10:20:00", "out")), opening())
    assert list(judged["reason"]) == ["visit"]
    assert list(judged["counted"]) == [True]
    assert judged["entered"].iloc[0] == pd.Timestamp(at(f"{MONDAY} 10:00:00"))


def test_a_u_turn_in_the_doorway_is_no_visit_unless_the_hold_rule_is_off() -> None:
    turn = crossings((f"{MONDAY} 10:00:00", "in", {"held": False}), (f"{MONDAY} 10:00:01", "out"))
    assert reasons(turn) == ["not_held"]
    assert reasons(turn, VisitRules(hold=False)) == ["visit"]


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("08:59:59", "closed_hours"),
        ("09:00:00", "visit"),
        ("19:59:59", "visit"),
        ("20:00:00", "closed_hours"),
    ],
)
def test_the_store_opens_at_nine_sharp_and_closes_at_eight_sharp(time: str, reason: str) -> None:
    assert reasons(crossings((f"{MONDAY} {time}", "in"))) == [reason]


def test_staff_on_a_sunday_and_on_a_holiday_are_no_visits() -> None:
    sunday, new_year = crossings(("2026-01-04 11:00:00", "in")), crossings(("2026-01-01 11:00:00", "in"))
    assert reasons(sunday) == ["closed_hours"]
    assert reasons(new_year) == ["visit"]
    assert reasons(new_year, closed_days=frozenset({date(2026, 1, 1)})) == ["closed_hours"]
    assert reasons(sunday, VisitRules(open_hours_only=False)) == ["visit"]


def test_hours_are_the_shop_clock_on_both_sides_of_a_clock_change() -> None:
    always = dict.fromkeys(range(7), ("10:00", "11:00"))
    for day in ("2026-03-28", "2026-03-29", "2025-10-25", "2025-10-26"):
        rows = crossings((f"{day} 09:59:59", "in"), (f"{day} 10:00:00", "in"), (f"{day} 10:59:59", "in"))
        assert reasons(rows, hours=always) == ["closed_hours", "visit", "visit"], day


def test_who_steps_out_for_a_minute_comes_back_as_the_same_visit_where_the_rule_is_on() -> None:
    rows = crossings(
        (f"{MONDAY} 10:00:00", "in", THE_SAME_PERSON),
        (f"{MONDAY} 10:10:00", "out", THE_SAME_PERSON),
        (f"{MONDAY} 10:11:00", "in", THE_SAME_PERSON),
        (f"{MONDAY} 10:11:30", "in"),
    )
    assert reasons(rows) == ["visit", "visit", "visit"]
    assert reasons(rows, VisitRules(re_entry_s=60)) == ["visit", "re_entry", "visit"]
    assert reasons(rows, VisitRules(re_entry_s=59)) == ["visit", "visit", "visit"]


def test_track_seven_of_another_camera_is_another_person() -> None:
    rows = crossings(
        (f"{MONDAY} 10:10:00", "out", THE_SAME_PERSON),
        (f"{MONDAY} 10:10:10", "in", THE_SAME_PERSON | {"camera_id": "back", "run_id": "run-9"}),
    )
    assert reasons(rows, VisitRules(re_entry_s=60)) == ["visit"]


def test_a_re_entry_does_not_reach_over_midnight() -> None:
    nights = dict.fromkeys(range(7), ("00:00", "24:00"))
    rows = crossings(
        ("2026-01-05 23:59:50", "out", THE_SAME_PERSON),
        ("2026-01-06 00:00:10", "in", THE_SAME_PERSON),
    )
    assert list(visits(rows, opening(nights), VisitRules(re_entry_s=60))["reason"]) == ["visit"]


def test_people_who_pass_by_outside_are_nobodys_visits() -> None:
    assert reasons(crossings((f"{MONDAY} 10:00:00", "in", {"role": "outside"}))) == []


def test_an_entry_that_breaks_two_rules_is_named_once_so_the_waterfall_adds_up() -> None:
    rows = crossings(
        (f"{MONDAY} 08:00:00", "in", {"held": False}),
        (f"{MONDAY} 08:10:00", "in"),
        (f"{MONDAY} 10:00:00", "in", {"held": False}),
        (f"{MONDAY} 10:00:05", "in"),
        (f"{MONDAY} 10:00:09", "out"),
    )
    steps = {step.reason: step.count for step in waterfall(visits(rows, opening()))}
    assert steps == {"entries": 4, "not_held": 2, "closed_hours": 1, "re_entry": 0, "visits": 1}


def test_a_random_week_agrees_with_a_slow_and_simple_judge() -> None:
    rng = np.random.default_rng(5)
    seconds = np.sort(rng.integers(0, 7 * 86_400, 800))
    start = pd.Timestamp("2026-03-26", tz=BERLIN).tz_convert("UTC")  # the clocks change on the 29th
    rows = pd.DataFrame(
        {
            "camera_id": "door",
            "line_id": "entrance",
            "role": rng.choice(["entrance", "outside"], 800, p=[0.9, 0.1]),
            "run_id": "run-1",
            "track_id": rng.integers(1, 40, 800),
            "direction": rng.choice(["in", "out"], 800),
            "at": (start + pd.to_timedelta(seconds, unit="s")).as_unit("ms"),
            "confidence": 0.5,
            "held": rng.random(800) < 0.8,
        }
    )
    judged = visits(rows, opening(), VisitRules(re_entry_s=3600))
    expected: list[str] = []
    last: dict[int, Any] = {}
    for row in rows_of(frames.check(rows, frames.CROSSINGS)):
        if row.role != "entrance":
            continue
        wall = row.at.tz_convert(BERLIN)
        before = last.get(row.track_id)
        last[row.track_id] = (row.direction, row.at, wall.date())
        if row.direction == "out":
            continue
        if not row.held:
            expected.append("not_held")
        elif wall.weekday() == 6 or not 9 <= wall.hour < 20:
            expected.append("closed_hours")
        elif (
            before and before[0] == "out" and (row.at - before[1]).total_seconds() <= 3600 and before[2] == wall.date()
        ):
            expected.append("re_entry")
        else:
            expected.append("visit")
    assert list(judged["reason"]) == expected
    assert set(expected) == set(frames.REASONS)
    steps = waterfall(judged)
    assert steps[0].count - sum(step.count for step in steps[1:-1]) == steps[-1].count == expected.count("visit")


def test_no_crossings_are_no_visits_and_a_waterfall_of_zeros() -> None:
    judged = visits(crossings(), opening())
    assert judged.empty
    assert [step.count for step in waterfall(judged)] == [0, 0, 0, 0, 0]
