"""Stories of people at the door, and which of them are visits."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames
from analytics.visits import VisitRules, visits, waterfall, waterfall_days

from .store_days import BERLIN, at, crossings, opening, rows_of, stays

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
    off = dict.fromkeys(("re_entry", "short", "staff_zone", "staff_long", "staff_hours"), 0)
    assert steps == {"entries": 4, "not_held": 2, "closed_hours": 1, **off, "visits": 1}


def test_a_random_week_agrees_with_a_slow_and_simple_judge() -> None:
    rng = np.random.default_rng(5)
    seconds = np.sort(rng.integers(0, 7 * 86_400, 800))
    start = pd.Timestamp("2026-03-26", tz=BERLIN).tz_convert("UTC")  # the clocks change on the 29th
    rows = pd.DataFrame(
        {
            "camera_id": "door",
            "line_id": "entrance",
            "geometry_version": "v1",
            "role": rng.choice(["entrance", "outside"], 800, p=[0.9, 0.1]),
            "run_id": "run-1",
            "track_id": rng.integers(1, 40, 800),
            "direction": rng.choice(["in", "out"], 800),
            "at": (start + pd.to_timedelta(seconds, unit="s")).as_unit("ms"),
            "confidence": 0.5,
            "held": rng.random(800) < 0.8,
            "cause": rng.choice(frames.CAUSES, 800),
            "x": 0.5,
            "y": 0.6,
            "box_width": 0.09,
            "box_height": 0.4,
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
    assert set(expected) == {"visit", "not_held", "closed_hours", "re_entry"}
    steps = waterfall(judged)
    assert steps[0].count - sum(step.count for step in steps[1:-1]) == steps[-1].count == expected.count("visit")


def test_no_crossings_are_no_visits_and_a_waterfall_of_zeros() -> None:
    judged = visits(crossings(), opening())
    assert judged.empty
    assert [step.count for step in waterfall(judged)] == [0] * (len(frames.LEFT_OUT) + 2)


def test_who_goes_out_again_at_once_has_bounced_where_the_rule_is_on() -> None:
    rows = crossings(
        (f"{MONDAY} 10:00:00", "in", THE_SAME_PERSON),
        (f"{MONDAY} 10:00:30", "out", THE_SAME_PERSON),
        (f"{MONDAY} 10:05:00", "in"),
        (f"{MONDAY} 10:05:10", "out"),  # somebody else
    )
    assert reasons(rows) == ["visit", "visit"]
    assert reasons(rows, VisitRules(short_visit_s=30)) == ["short", "visit"]
    assert reasons(rows, VisitRules(short_visit_s=29)) == ["visit", "visit"]


def test_the_time_inside_is_known_where_the_same_track_went_out() -> None:
    rows = crossings(
        (f"{MONDAY} 10:00:00", "in", THE_SAME_PERSON),
        (f"{MONDAY} 10:00:01", "in"),
        (f"{MONDAY} 10:08:20.500", "out", THE_SAME_PERSON),
        (f"{MONDAY} 10:09:00", "in", THE_SAME_PERSON),
        (f"{MONDAY} 10:10:00", "out", THE_SAME_PERSON | {"camera_id": "back", "run_id": "run-9"}),
    )
    judged = visits(rows, opening())
    assert judged["dwell_s"].tolist()[0] == 500.5
    assert judged["dwell_s"].isna().tolist() == [False, True, True]


def test_a_pair_does_not_reach_over_midnight() -> None:
    nights = dict.fromkeys(range(7), ("00:00", "24:00"))
    rows = crossings(("2026-01-05 23:59:50", "in", THE_SAME_PERSON), ("2026-01-06 00:00:10", "out", THE_SAME_PERSON))
    assert visits(rows, opening(nights))["dwell_s"].isna().all()


BEHIND_THE_COUNTER: dict[str, object] = {
    "camera_id": "door",
    "run_id": "run-1",
    "zone_id": "counter",
    "role": "product",
}
ONE_CAMERA = [
    (f"{MONDAY} 10:00:00", "in"),  # 1: serves customers
    (f"{MONDAY} 10:01:00", "in"),  # 2: leans on the counter for a moment
    (f"{MONDAY} 10:02:00", "in"),  # 3: a customer
]


def test_who_stands_behind_the_counter_for_long_enough_is_staff() -> None:
    at_counter = stays(
        (f"{MONDAY} 10:05", 40.0, BEHIND_THE_COUNTER | {"track_id": 1}),
        (f"{MONDAY} 10:15", 30.0, BEHIND_THE_COUNTER | {"track_id": 1}),
        (f"{MONDAY} 10:05", 20.0, BEHIND_THE_COUNTER | {"track_id": 2}),
        (f"{MONDAY} 10:05", 900.0, BEHIND_THE_COUNTER | {"track_id": 3, "end_cause": "fixed"}),  # a poster
        (f"{MONDAY} 10:05", 900.0, BEHIND_THE_COUNTER | {"track_id": 2, "zone_id": "shoes"}),
        (f"{MONDAY} 10:05", 900.0, BEHIND_THE_COUNTER | {"track_id": 3, "run_id": "run-2"}),  # another camera's three
    )
    rules = VisitRules(staff_zones=frozenset({"counter"}), staff_zone_s=60)
    rows = crossings(*ONE_CAMERA)
    assert list(visits(rows, opening(), rules, at_counter)["reason"]) == ["staff_zone", "visit", "visit"]
    assert list(visits(rows, opening(), None, at_counter)["reason"]) == ["visit"] * 3


def test_who_is_in_view_all_morning_is_staff() -> None:
    shelves = BEHIND_THE_COUNTER | {"zone_id": "shoes"}
    in_view = stays(
        (f"{MONDAY} 11:00", 3600.0, shelves | {"track_id": 1}), (f"{MONDAY} 10:30", 900.0, shelves | {"track_id": 3})
    )
    rows = crossings(*ONE_CAMERA)
    rules = VisitRules(staff_after_s=7200)
    assert list(visits(rows, opening(), rules, in_view)["reason"]) == ["staff_long", "visit", "visit"]
    longer = VisitRules(staff_after_s=7201)
    assert list(visits(rows, opening(), longer, in_view)["reason"]) == ["visit"] * 3


@pytest.mark.parametrize(
    ("time", "hours", "reason"),
    [
        ("09:14:59", (9 * 60, 9 * 60 + 15), "staff_hours"),
        ("09:15:00", (9 * 60, 9 * 60 + 15), "visit"),
        ("19:30:00", (19 * 60 + 30, 60), "staff_hours"),  # goes over midnight
        ("10:00:00", (19 * 60 + 30, 60), "visit"),
    ],
)
def test_entries_in_the_hours_of_staff_are_no_visits(time: str, hours: tuple[int, int], reason: str) -> None:
    assert reasons(crossings((f"{MONDAY} {time}", "in")), VisitRules(staff_hours=(hours,))) == [reason]


def group(*entries: tuple[str, float, float], rules: VisitRules | None = None) -> list[int]:
    """For (second after ten, x, y) of each entry: which entry heads its group, 0-based."""
    rows = crossings(*[(f"{MONDAY} 10:00:{second}", "in", {"x": x, "y": y}) for second, x, y in entries])
    judged = visits(rows, opening(), rules or VisitRules(group_s=2.0))
    names = judged["visit_id"].tolist()
    return [names.index(unit) for unit in judged["unit_id"]]


def test_a_couple_is_one_buying_unit_and_a_follower_is_another() -> None:
    assert group(("01", 0.5, 0.6), ("02", 0.55, 0.6), ("09", 0.5, 0.6)) == [0, 0, 2]


def test_who_enters_at_once_through_the_other_end_of_a_wide_door_is_no_companion() -> None:
    """A box 0.09 wide is a person 0.41 times as wide as high: 0.3 of the picture is 1.4 body heights."""
    assert group(("01", 0.3, 0.6), ("01.5", 0.6, 0.6)) == [0, 1]
    assert group(("01", 0.3, 0.6), ("01.5", 0.6, 0.6), rules=VisitRules(group_s=2.0, group_reach=1.4)) == [0, 0]


def test_a_family_is_a_chain_although_its_ends_are_far_apart() -> None:
    assert group(("01", 0.3, 0.6), ("02", 0.5, 0.6), ("03.5", 0.7, 0.6)) == [0, 0, 0]


def test_at_a_crowded_door_strangers_become_one_unit() -> None:
    """The limit that the rule's description names: nothing in the picture tells them apart."""
    assert group(*[(f"{n:02}", 0.5, 0.6) for n in range(30)]) == [0] * 30


def test_buying_units_are_counted_of_visits_alone_and_only_where_the_rule_is_on() -> None:
    rows = crossings(
        (f"{MONDAY} 10:00:00", "in"),
        (f"{MONDAY} 10:00:01", "in"),
        (f"{MONDAY} 10:00:01", "in", {"held": False}),
        (f"{MONDAY} 10:09:00", "in"),
    )
    assert "buying_units" not in {step.reason for step in waterfall(visits(rows, opening()))}
    judged = visits(rows, opening(), VisitRules(group_s=2.0))
    assert judged["unit_id"].isna().tolist() == [False, False, True, False]
    assert [(s.reason, s.count) for s in waterfall(judged)[-2:]] == [("visits", 3), ("buying_units", 2)]


def test_two_lines_are_two_doors_for_groups() -> None:
    rows = crossings((f"{MONDAY} 10:00:00", "in"), (f"{MONDAY} 10:00:01", "in", {"line_id": "side"}))
    assert visits(rows, opening(), VisitRules(group_s=2.0))["unit_id"].nunique() == 2


@pytest.mark.slow
def test_random_groups_agree_with_a_slow_search_through_all_pairs() -> None:
    rng = np.random.default_rng(9)
    seconds, xs = np.sort(rng.random(150) * 400), rng.random(150)
    rows = crossings(*[(f"{MONDAY} 10:00", "in", {"x": float(x)}) for x in xs])
    start = pd.Timestamp(at(f"{MONDAY} 10:00"))
    rows["at"] = (start + pd.to_timedelta(np.round(1000 * seconds), unit="ms")).as_unit("ms")
    judged = visits(rows, opening(), VisitRules(group_s=3.0, group_reach=1.2))
    moments, places = rows["at"].tolist(), rows["x"].tolist()
    head = list(range(150))
    for _ in range(150):
        for one in range(150):
            for other in range(one):
                near = 0.41 * abs(places[one] - places[other]) / 0.09 <= 1.2
                if near and (moments[one] - moments[other]).total_seconds() <= 3.0:
                    head[one] = head[other] = min(head[one], head[other])
    names = judged["visit_id"].tolist()
    assert [names.index(unit) for unit in judged["unit_id"]] == head
    assert 5 < len(set(head)) < 140


def test_every_step_of_the_waterfall_adds_up_by_cause_and_by_day() -> None:
    rng = np.random.default_rng(2)
    rows = crossings(*[(f"2026-01-0{5 + n % 3} 10:00", str(rng.choice(["in", "out"]))) for n in range(600)])
    rows = rows.assign(
        at=rows["at"] + pd.to_timedelta(rng.integers(0, 43_200, 600), unit="s"),
        track_id=rng.integers(1, 60, 600) + 100 * (np.arange(600) % 3),  # the tracks of three days
        held=rng.random(600) < 0.8,
        cause=rng.choice(frames.CAUSES, 600),
    )
    rules = VisitRules(
        re_entry_s=600, short_visit_s=600, staff_after_s=30_000, staff_hours=((720, 780),), group_s=60, group_reach=9
    )
    judged = visits(rows, opening(), rules)
    steps = waterfall(judged)
    assert [s.reason for s in steps] == list(frames.STEPS)
    for count in ("count", *frames.CAUSES):
        numbers = [getattr(step, count) for step in steps]
        assert numbers[0] - sum(numbers[1:-2]) == numbers[-2], count
    assert sum(s.count > 0 for s in steps) == len(steps) - 1  # no zones, so nobody is staff by zone
    days = waterfall_days(judged, "Europe/Berlin")
    assert days["local_date"].nunique() == 3
    summed = days.groupby("step")["entries"].sum()
    assert {s.reason: s.count for s in steps} == summed.to_dict()
    for step in steps:
        mine = days[days["step"] == step.reason]
        assert [int(mine[cause].sum()) for cause in frames.CAUSES] == [step.crossed, step.ended, step.merged]
