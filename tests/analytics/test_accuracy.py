"""What a few windows counted by hand say about every count, and what they do not say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, metrics
from analytics.accuracy import Z_95, accuracy, bounds, quotient, spread
from analytics.metrics import Audited, wilson
from analytics.visits import visits

from .store_days import at, crossings, lines, opening, receipts, watches

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = "Europe/Berlin"
Window = tuple[str, int, int, int | None]


def audits(*windows: Window | tuple[str, int, int, int | None, Mapping[str, object]]) -> pd.DataFrame:
    """Windows of five minutes at the entrance, inwards: (local begin, manual, counted, matched, what differs)."""
    if not windows:
        return frames.empty(frames.AUDITS)
    found = []
    for begins, manual, counted, matched, *rest in windows:
        first = pd.Timestamp(at(begins))
        row: dict[str, object] = {
            "camera_id": "door",
            "line_id": "entrance",
            "geometry_version": "v1",
            "direction": "in",
            "begins": first,
            "ends": first + pd.Timedelta(minutes=5),
            "manual": manual,
            "counted": counted,
            "matched": matched,
            "audited": first + pd.Timedelta(days=1),
        }
        found.append(row | dict(rest[0] if rest else {}))
    return frames.check(pd.DataFrame(found), frames.AUDITS)


def line_hours(*rows: tuple[str, int] | tuple[str, int, Mapping[str, object]]) -> pd.DataFrame:
    """Hours of the entrance, inwards: (local begin, crossings, what differs); every crossing is a visit."""
    found = []
    for begins, count, *rest in rows:
        row: dict[str, object] = {
            "hour_utc": pd.Timestamp(at(begins)),
            "local_hour": int(begins[11:13]),
            "camera_id": "door",
            "line_id": "entrance",
            "geometry_version": "v1",
            "role": "entrance",
            "direction": "in",
            "crossings": count,
            "visits": count,
        }
        found.append(row | dict(rest[0] if rest else {}))
    return frames.check(pd.DataFrame(found), frames.LINE_HOURLY)


def together(counted: pd.DataFrame, known: pd.DataFrame) -> Any:
    """The bounds of all rows as one period."""
    return next(iter(bounds(counted, known, pd.Series(0, index=counted.index), "crossings").itertuples()))


FIFTY_RIGHT = audits(("2026-01-05 10:00", 30, 30, 30), ("2026-01-05 10:10", 20, 20, 20))


def test_fifty_of_fifty_right_is_not_the_same_as_never_wrong() -> None:
    (whole, _) = accuracy(FIFTY_RIGHT, ZONE).to_dict("records")
    assert whole["ratio"] == 1.0
    wrong_at_most = Z_95**2 / (50 + Z_95**2)  # Wilson's upper end for none of fifty
    assert wilson(0, 50) == pytest.approx((0, wrong_at_most), rel=1e-5)
    assert whole["ratio_low"] == pytest.approx(1 - wrong_at_most, rel=1e-6)
    # The score interval of a negative binomial with none lost beside fifty: y <= z^2 / (50 - z^2).
    assert whole["ratio_high"] == pytest.approx(1 + Z_95**2 / (50 - Z_95**2), rel=1e-6)


def test_the_bounds_are_where_a_score_test_says_no() -> None:
    """The closed form against a slow search for the numbers of missed crossings that the audit does not exclude."""
    known = accuracy(audits(("2026-01-05 10:00", 106, 100, 100)), ZONE)
    found = together(line_hours(("2026-01-06 10:00", 400)), known)
    right, missed, ahead = 100, 6, 400

    def excluded(more: float) -> bool:
        rate = (missed + more) / (right + ahead)
        variance = right * ahead * (right + ahead) * rate * (1 + rate)
        return bool((ahead * missed - right * more) ** 2 > Z_95**2 * variance)

    kept = [y for y in np.arange(0, 200, 0.01) if not excluded(y)]
    # None of a hundred was invented; of four hundred so many may be (the same test with a binomial's variance).
    invented = max(y for y in np.arange(0, 200, 0.01) if (100 * y) ** 2 <= Z_95**2 * 400 * 100 * y * (1 - y / 500))
    assert found.expected == pytest.approx(424)
    assert found.high == math.ceil(400 + kept[-1])
    assert found.low == math.floor(424 - math.hypot(24 - kept[0], invented))


def test_more_counted_by_hand_makes_it_surer_and_a_month_is_surer_than_an_hour() -> None:
    widths = []
    for many in (1, 4, 16):
        known = accuracy(audits(*((f"2026-01-05 10:{n:02}", 25, 24, 24) for n in range(many))), ZONE)
        hour, month = (together(line_hours(("2026-01-06 10:00", n)), known) for n in (40, 40_000))
        widths.append((month.high - month.low) / 40_000)
        assert (hour.high - hour.low) / 40 > widths[-1]
    assert widths == sorted(widths, reverse=True)


def test_only_the_last_audit_speaks() -> None:
    known = accuracy(audits(("2025-06-02 10:00", 90, 45, 45), ("2026-01-05 10:00", 40, 40, 40)), ZONE)
    assert known["manual"].tolist() == [40, 40]
    near = accuracy(audits(("2025-12-15 10:00", 90, 90, 90), ("2026-01-05 10:00", 40, 40, 40)), ZONE)
    assert near["manual"].tolist() == [130, 130]


def test_an_audit_of_a_line_that_was_moved_says_nothing_about_its_new_place() -> None:
    known = accuracy(FIFTY_RIGHT, ZONE)
    moved = line_hours(("2026-01-06 10:00", 40, {"geometry_version": "v2"}))
    assert math.isnan(together(moved, known).low)
    assert not math.isnan(together(line_hours(("2026-01-06 10:00", 40)), known).low)


def test_one_door_without_an_audit_leaves_the_store_without_a_bar() -> None:
    known = accuracy(FIFTY_RIGHT, ZONE)
    doors = line_hours(("2026-01-06 10:00", 40), ("2026-01-06 10:00", 3, {"line_id": "back"}))
    found = together(doors, known)
    assert found.count == 43
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    nobody = line_hours(("2026-01-06 10:00", 40), ("2026-01-06 10:00", 0, {"line_id": "back"}))
    assert together(nobody, known).low == together(line_hours(("2026-01-06 10:00", 40)), known).low


def test_in_and_out_have_an_audit_each() -> None:
    known = accuracy(FIFTY_RIGHT, ZONE)
    assert math.isnan(together(line_hours(("2026-01-06 10:00", 40, {"direction": "out"})), known).low)


def test_a_band_with_enough_crossings_speaks_for_its_own_hours() -> None:
    known = accuracy(
        audits(("2026-01-05 10:00", 60, 60, 60), ("2026-01-05 18:00", 60, 48, 48), ("2026-01-05 14:00", 4, 4, 4)), ZONE
    )
    bands = known.set_index(["from_hour", "to_hour"])
    assert bands["own"].to_dict() == {(0, 24): True, (10, 12): True, (14, 16): False, (18, 20): True}
    morning, evening, noon = (together(line_hours((f"2026-01-06 {h}:00", 400)), known) for h in (11, 19, 14))
    assert morning.expected == pytest.approx(400)
    assert evening.expected == pytest.approx(500)
    assert noon.expected == pytest.approx(400 * 124 / 112)
    day = together(line_hours(*((f"2026-01-06 {h}:00", 400) for h in (11, 19, 14))), known)
    assert day.expected == pytest.approx(morning.expected + evening.expected + noon.expected)


def test_hours_of_one_audit_share_its_error_so_their_bars_do_not_add_up_to_less() -> None:
    known = accuracy(audits(("2026-01-05 10:00", 100, 97, 97)), ZONE)
    hours = line_hours(*((f"2026-01-{day:02} {hour}:00", 100) for day in range(6, 16) for hour in (10, 11)))
    found = together(hours, known)
    share = accuracy(audits(("2026-01-05 10:00", 100, 97, 97)), ZONE).iloc[0]
    assert found.high - found.low >= 2000 * (share["ratio_high"] - share["ratio_low"]) * 0.99


def test_a_window_in_which_nothing_was_counted_says_nothing() -> None:
    known = accuracy(audits(("2026-01-05 10:00", 0, 0, 0), ("2026-01-05 10:10", 2, 2, 2)), ZONE)
    assert known["ratio_low"].isna().all()
    assert not known["own"].any()
    assert math.isnan(together(line_hours(("2026-01-06 10:00", 40)), known).low)
    assert accuracy(audits(), ZONE).empty
    assert accuracy(audits(("2026-01-05 10:00", 3, 0, 0)), ZONE)["ratio"].isna().all()


def test_where_nobody_was_counted_there_is_nothing_to_put_a_bar_on() -> None:
    assert math.isnan(together(line_hours(("2026-01-06 10:00", 0)), accuracy(FIFTY_RIGHT, ZONE)).low)


def test_totals_alone_are_less_sure_than_crossings_one_by_one() -> None:
    one_by_one = audits(*((f"2026-01-05 10:{n:02}", 20, 20 + d, min(20, 20 + d)) for n, d in enumerate((2, -2, 3, -3))))
    totals = one_by_one.assign(matched=pd.Series([None] * 4, dtype="Int64"))
    found, guessed = (accuracy(frame, ZONE).iloc[0] for frame in (one_by_one, totals))
    assert (found["totals_only"], guessed["totals_only"]) == (False, True)
    single = audits(("2026-01-05 10:00", 100, 90, None)), audits(("2026-01-05 10:00", 100, 90, 90))
    least, sure = (accuracy(frame, ZONE).iloc[0] for frame in single)
    assert least["ratio_high"] - least["ratio_low"] > sure["ratio_high"] - sure["ratio_low"]
    assert guessed["ratio_high"] - guessed["ratio_low"] >= found["ratio_high"] - found["ratio_low"]


def test_windows_that_differ_more_than_by_chance_widen_the_bar() -> None:
    even = np.array([40, 40, 40, 40])
    assert spread(even, even, even, totals_only=True) == 1.0
    assert spread(even, even - 4, even - 4, totals_only=False) == 1.0
    worse = even - np.array([0, 0, 0, 16])
    assert spread(even, worse, worse, totals_only=False) > 4


def test_a_ratio_of_two_uncertain_counts() -> None:
    assert quotient((50, 40, 60), (100, 100, 100)) == pytest.approx((0.4, 0.6))
    assert quotient((50, 50, 50), (100, 80, 125)) == pytest.approx((0.4, 0.625))
    assert quotient((50, 0, 60), (100, 90, 110)) is None
    both = quotient((50, 40, 60), (100, 80, 125))
    assert both is not None
    assert both[0] < 0.4
    assert both[1] > 0.625


def simulated(
    rng: np.random.Generator, windows: int, size: float, wrong: tuple[float, float], uneven: float
) -> tuple[Any, Any, Any]:
    """Manual, counted and right crossings of some windows; ``uneven`` is the spread of the error rate between them."""
    real = rng.poisson(size, windows)
    factor = rng.gamma(1 / uneven**2, uneven**2, windows) if uneven else np.ones(windows)
    right = rng.binomial(real, 1 - np.minimum(1, wrong[0] * factor))
    return real, right + rng.poisson(real * wrong[1] * factor), right


@pytest.mark.slow
@pytest.mark.parametrize(
    ("windows", "size", "wrong", "uneven", "ahead"),
    [
        pytest.param(4, 15, (0.02, 0.01), 0.0, 1, id="sixty crossings, for one window more"),
        pytest.param(6, 25, (0.03, 0.02), 0.0, 40, id="a good camera, for a day"),
        pytest.param(5, 10, (0.0, 0.0), 0.0, 30, id="no error in fifty"),
        pytest.param(8, 20, (0.10, 0.05), 0.7, 40, id="a poor camera with bad hours"),
        pytest.param(12, 20, (0.05, 0.0), 0.5, 100, id="misses only, for a week"),
    ],
)
@pytest.mark.parametrize("totals_only", [False, True], ids=["one by one", "totals"])
def test_the_interval_holds_the_truth_as_often_as_it_says(
    windows: int, size: float, wrong: tuple[float, float], uneven: float, ahead: int, *, totals_only: bool
) -> None:
    rng = np.random.default_rng(20260302)
    many = 300
    begins = [pd.Timestamp(at("2026-01-05 10:00")) + pd.Timedelta(seconds=n) for n in range(windows)]
    by_hand, counted_ahead, truth = [], [], []
    for number in range(many):  # as many lines, each with an audit and a time after it
        line = f"line-{number:03}"
        manual, counted, right = simulated(rng, windows, size, wrong, uneven)
        by_hand.append(
            pd.DataFrame({"line_id": line, "begins": begins, "manual": manual, "counted": counted, "matched": right})
        )
        true, seen, _ = (int(values.sum()) for values in simulated(rng, ahead, size, wrong, uneven))
        counted_ahead.append(("2026-01-06 10:00", seen, {"line_id": line}))
        truth.append(true)
    rows = pd.concat(by_hand).assign(camera_id="door", geometry_version="v1", direction="in")
    rows = rows.assign(ends=rows["begins"], audited=rows["begins"])
    rows["matched"] = pd.NA if totals_only else rows["matched"]
    counts = line_hours(*counted_ahead)
    found = bounds(counts, accuracy(frames.check(rows, frames.AUDITS), ZONE), counts["line_id"], "crossings")
    assert (found["high"] > found["low"]).all(), "an interval never collapses"
    held = (found["low"] <= truth) & (found["high"] >= truth)
    assert held.mean() >= 0.93


def day_of_four() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four people come at ten, two leave at eleven, two at twelve; one buys. Hours and the lines' counts."""
    people = [("2026-01-05 10:00", "in")] * 4 + [("2026-01-05 11:00", "out")] * 2 + [("2026-01-05 12:00", "out")] * 2
    door = crossings(*people)
    judged = visits(door, opening())
    traffic = metrics.Traffic(door, judged, watches(("2026-01-05 08:00", "2026-01-05 21:00")), frozenset({"door"}))
    sales = metrics.Sales(receipts(("2026-01-05 10:30", 1000)), lines(R1=1))
    hours = metrics.hourly(traffic, sales, opening(), at("2026-01-05"), at("2026-01-06"))
    return hours, metrics.line_hours(door, judged, hours, ZONE)


def test_lines_are_counted_by_the_hour() -> None:
    _, counted = day_of_four()
    found = counted[["local_hour", "direction", "crossings", "visits"]].to_numpy().tolist()
    assert found == [[10, "in", 4, 4], [11, "out", 2, 0], [12, "out", 2, 0]]


def test_bars_of_rates_are_those_of_the_visits_the_other_way_round() -> None:
    hours, counted = day_of_four()
    known = accuracy(audits(("2026-01-05 10:00", 200, 190, 188)), ZONE)
    (day,) = metrics.with_bars(metrics.daily(hours), hours, Audited(counted, known)).to_dict("records")
    assert day["visits_low"] <= day["visits"] <= day["visits_high"]
    assert day["conversion_low"] == pytest.approx(1 / day["visits_high"])
    assert day["conversion_high"] == pytest.approx(1 / day["visits_low"])
    assert day["sales_per_visitor_minor_low"] == pytest.approx(1000 / day["visits_high"])
    assert math.isnan(day["entries_out_low"]), "nobody audited the way out"
    assert math.isnan(day["occupancy_mean_low"]), "so nobody knows how many stayed inside"


@pytest.mark.slow
def test_occupancy_is_wrong_by_all_who_came_and_went_since_the_morning() -> None:
    hours, counted = day_of_four()
    both = audits(("2026-01-05 10:00", 400, 400, 396), ("2026-01-05 10:00", 400, 400, 396, {"direction": "out"}))
    barred = metrics.with_bars(hours, hours, Audited(counted, accuracy(both, ZONE))).set_index("local_hour")
    assert (barred.loc[9, "occupancy_mean_low"], barred.loc[9, "occupancy_mean_high"]) == (0, 0)
    crowd = counted.assign(crossings=100 * counted["crossings"])
    many = metrics.with_bars(hours, hours, Audited(crowd, accuracy(both, ZONE))).set_index("local_hour")
    above = many["occupancy_mean_high"] - many["occupancy_mean"]
    assert above.loc[9] < above.loc[11] < above.loc[12]
    seen = barred[barred["occupancy_mean"].notna()]
    assert (seen["occupancy_mean_low"] <= seen["occupancy_mean"]).all()
    assert (seen["occupancy_mean_high"] >= seen["occupancy_mean"]).all()


def test_without_an_audit_no_number_has_a_bar() -> None:
    hours, counted = day_of_four()
    without = metrics.with_bars(hours, hours, Audited(counted, accuracy(audits(), ZONE)))
    pd.testing.assert_frame_equal(without, hours)
    assert metrics.total_bars(hours, Audited(counted, frames.empty(frames.ACCURACY))) == {}


def test_the_capture_rate_needs_an_audit_of_the_street_too() -> None:
    outside: dict[str, object] = {"line_id": "street", "role": "outside"}
    counted = line_hours(("2026-01-06 10:00", 40), ("2026-01-06 10:00", 400, outside))
    captured = pd.DataFrame(
        {"hour_utc": [pd.Timestamp(at("2026-01-06 10:00"))], "passers": [400], "entries": [40], "capture": [0.1]}
    ).assign(base="by line")
    captured = frames.check(captured, frames.CAPTURE_HOURLY)
    door = audits(("2026-01-05 10:00", 150, 150, 150))
    street = audits(("2026-01-05 10:00", 150, 150, 150, {"line_id": "street"}))
    assert metrics.capture_bounds(captured, Audited(counted, accuracy(door, ZONE))) is None
    both = metrics.capture_bounds(captured, Audited(counted, accuracy(pd.concat([door, street]), ZONE)))
    assert both is not None
    assert both[0] < 0.1 < both[1]
