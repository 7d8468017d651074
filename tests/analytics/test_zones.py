"""Stories of zones and queues: who stands there, who walks through, who waits, who gives up, and who is no person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, metrics
from analytics.visits import VisitRules, staff_tracks

from .store_days import at, crossings, opening, rows_of, stays, watches

DAY, NEXT = "2026-01-05", "2026-01-06"
SHOES: dict[str, object] = {"zone_id": "shoes", "role": "product"}
QUEUE: dict[str, object] = {"zone_id": "queue", "role": "queue"}
TILL: dict[str, object] = {"zone_id": "till", "role": "till"}
SEEN = watches((f"{DAY} 09:00", f"{DAY} 20:00", {"camera_id": "sales-floor"}))
PLACES = frames.check(
    pd.DataFrame(
        [
            ("sales-floor", "zone", name, role)
            for name, role in (("queue", "queue"), ("shoes", "product"), ("till", "till"))
        ],
        columns=frames.PLACES.names,
    ),
    frames.PLACES,
)


def hours_of(rows: pd.DataFrame, seen: pd.DataFrame = SEEN, **rules: Any) -> Any:
    """The hours of all zones by zone and local hour."""
    rules = {"places": PLACES} | rules
    found = metrics.zones(rows, seen, opening(), at(DAY), at(NEXT), rules=metrics.ZoneRules(**rules))
    return found.assign(hour=found["hour_utc"].dt.tz_convert("Europe/Berlin").dt.hour).set_index(["zone_id", "hour"])


def test_a_zone_that_nobody_ever_entered_has_rows_of_zeros() -> None:
    found = hours_of(stays((f"{DAY} 10:00", 10.0, SHOES)))
    assert len(found) == 3 * 11
    till = found.loc["till"]
    assert (till["stays"].sum(), till["visitors"].sum(), till["pass_through"].sum()) == (0, 0, 0)
    assert set(till["occupancy_max"]) == {0.0}
    assert len(hours_of(stays())) == 3 * 11
    assert len(hours_of(stays(), watches())) == 0, "what no camera saw has no row"


def test_who_walks_through_is_counted_beside_the_stays() -> None:
    rows = stays((f"{DAY} 10:00", 4.9, SHOES), (f"{DAY} 10:01", 5.0, SHOES), (f"{DAY} 10:02", 1.0, SHOES))
    ten = hours_of(rows).loc[("shoes", 10)]
    assert (ten["stays"], ten["pass_through"]) == (1, 2)
    ten = hours_of(rows, min_stay_s={"shoes": 1.0}).loc[("shoes", 10)]
    assert (ten["stays"], ten["pass_through"]) == (3, 0)


def test_a_mannequin_is_in_no_number_but_its_own() -> None:
    rows = stays((f"{DAY} 10:00", 3000.0, SHOES | {"end_cause": "fixed"}), (f"{DAY} 10:10", 60.0, SHOES))
    ten = hours_of(rows).loc[("shoes", 10)]
    assert (ten["stays"], ten["visitors"], ten["censored"], ten["fixed"]) == (1, 1, 0, 1)
    assert (ten["occupancy_max"], ten["dwell_mean_s"]) == (1, 60)
    assert ten["occupancy_mean"] == pytest.approx(60 / 3600)
    zone_hours = hours_of(rows).reset_index().drop(columns="hour")
    everything = metrics.zone_totals(rows, zone_hours, no_traffic(), metrics.ZoneRules(PLACES))
    shoes = next(z for z in everything if z.zone_id == "shoes")
    assert (shoes.stays, shoes.fixed, shoes.dwell.mean_s, shoes.occupancy_max) == (1, 1, 60, 1)


def test_staff_is_in_no_number_but_its_own() -> None:
    rows = stays(
        (f"{DAY} 10:00", 90.0, {"zone_id": "counter", "role": "product", "track_id": 5}),
        (f"{DAY} 10:05", 30.0, SHOES | {"track_id": 5}),
        (f"{DAY} 10:06", 20.0, SHOES | {"track_id": 6}),
    )
    staff = staff_tracks(crossings(), rows, VisitRules(staff_zones=frozenset({"counter"})))
    ten = hours_of(rows, staff=staff).loc[("shoes", 10)]
    assert (ten["stays"], ten["staff"], ten["dwell_mean_s"]) == (1, 1, 20)


def test_the_people_in_a_zone_are_weighted_by_time_over_the_hours_they_stay() -> None:
    """One from 9:30 to 10:30, one from 10:15 to 10:45: half an hour alone, then both, then one."""
    rows = stays((f"{DAY} 09:30", 3600.0, SHOES), (f"{DAY} 10:15", 1800.0, SHOES))
    found = hours_of(rows)
    assert found.loc[("shoes", 9), ["stays", "occupancy_mean", "occupancy_max"]].tolist() == [1, 0.5, 1]
    assert found.loc[("shoes", 10), ["stays", "occupancy_mean", "occupancy_max"]].tolist() == [1, 1.0, 2]


def test_a_stay_from_before_the_window_counts_for_the_occupancy_alone() -> None:
    night = opening(dict.fromkeys(range(7), ("00:00", "24:00")))
    rows = stays(("2026-01-04 23:30", 3600.0, SHOES))
    seen = watches(("2026-01-04 09:00", f"{DAY} 20:00", {"camera_id": "sales-floor"}))
    found = metrics.zones(rows, seen, night, at(DAY), at(NEXT))
    assert (found["stays"].sum(), found["occupancy_mean"].iloc[0]) == (0, 0.5)


def no_traffic() -> pd.DataFrame:
    """The hours of a day on which nobody came."""
    seen = watches((f"{DAY} 09:00", f"{DAY} 20:00"))
    traffic = metrics.Traffic(crossings(), frames.empty(frames.VISITS), seen, frozenset({"door"}))
    nothing = metrics.Sales(frames.empty(frames.RECEIPTS), frames.empty(frames.LINES))
    return metrics.hourly(traffic, nothing, opening(), at(DAY), at(NEXT))


# --- queues ----------------------------------------------------------------------------------------------------------


def outcomes(*rows: Any, last_seen: pd.DataFrame | None = None) -> list[tuple[str, float]]:
    found = metrics.waits(stays(*rows), None, last_seen)
    return list(zip(found["outcome"], found["wait_s"], strict=True))


ONE: dict[str, object] = {"track_id": 1}


def test_who_comes_from_the_queue_to_the_till_was_served() -> None:
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE), (f"{DAY} 10:01:31", 60.0, TILL | ONE)) == [("served", 90)]


def test_who_leaves_the_queue_and_is_not_served_has_given_up() -> None:
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE)) == [("abandoned", 90)]
    late = (f"{DAY} 10:01:51", 60.0, TILL | ONE)
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE), late) == [("abandoned", 90)]
    somebody_else = (f"{DAY} 10:01:31", 60.0, TILL | {"track_id": 2})
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE), somebody_else) == [("abandoned", 90)]


@pytest.mark.parametrize("cause", ["lost", "closed"])
def test_who_is_lost_in_the_queue_counts_as_neither(cause: str) -> None:
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE | {"end_cause": cause})) == [("unknown", 90)]


def test_who_is_lost_just_behind_the_queue_counts_as_neither_either() -> None:
    """The stay says that the border was crossed; the positions say that the person was gone two seconds later."""
    queued = (f"{DAY} 10:00:00", 90.0, QUEUE | ONE)

    def seen_until(time: str) -> pd.DataFrame:
        where = {"camera_id": "sales-floor", "run_id": "run-2", "track_id": 1}
        return pd.DataFrame([where | {"at": pd.Timestamp(at(f"{DAY} {time}"))}])

    assert outcomes(queued, last_seen=seen_until("10:01:32")) == [("unknown", 90)]
    assert outcomes(queued, last_seen=seen_until("10:01:40")) == [("abandoned", 90)]
    assert outcomes(queued, last_seen=seen_until("10:01:40").assign(track_id=2)) == [("abandoned", 90)]


def test_who_steps_out_of_the_queue_for_a_moment_has_waited_once() -> None:
    rows = [
        (f"{DAY} 10:00:00", 30.0, QUEUE | ONE),
        (f"{DAY} 10:00:40", 50.0, QUEUE | ONE),
        (f"{DAY} 10:01:31", 60.0, TILL | ONE),
    ]
    assert outcomes(*rows) == [("served", 90)]


def test_the_till_zone_may_begin_inside_the_queue() -> None:
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE), (f"{DAY} 10:01:20", 60.0, TILL | ONE)) == [("served", 90)]


def test_who_walks_past_the_queue_does_not_queue_but_an_empty_queue_is_a_short_wait() -> None:
    assert outcomes((f"{DAY} 10:00:00", 2.0, QUEUE | ONE)) == []
    assert outcomes((f"{DAY} 10:00:00", 2.0, QUEUE | ONE), (f"{DAY} 10:00:03", 60.0, TILL | ONE)) == [("served", 2)]


def test_a_poster_at_the_till_serves_nobody_and_one_in_the_queue_does_not_wait() -> None:
    fixed = {"end_cause": "fixed"}
    assert outcomes((f"{DAY} 10:00:00", 900.0, QUEUE | ONE | fixed)) == []
    poster = (f"{DAY} 10:01:31", 900.0, TILL | ONE | fixed)
    assert outcomes((f"{DAY} 10:00:00", 90.0, QUEUE | ONE), poster) == [("abandoned", 90)]


def queue_hours(rows: pd.DataFrame, places: pd.DataFrame = PLACES, seen: pd.DataFrame = SEEN) -> Any:
    """The hours of the queue by local hour."""
    found = metrics.queues(metrics.waits(rows), seen, opening(), at(DAY), at(NEXT), places=places)
    return found.assign(hour=found["hour_utc"].dt.tz_convert("Europe/Berlin").dt.hour).set_index("hour")


def test_an_hour_has_the_length_of_its_queue_and_what_became_of_those_who_came() -> None:
    """Waits of 600 and 300 s end at the till, one of 200 s is given up, one of 400 s ends out of sight."""
    rows = stays(
        (f"{DAY} 10:00", 600.0, QUEUE | {"track_id": 1}),
        (f"{DAY} 10:10:01", 60.0, TILL | {"track_id": 1}),
        (f"{DAY} 10:05", 300.0, QUEUE | {"track_id": 2}),
        (f"{DAY} 10:10:02", 60.0, TILL | {"track_id": 2}),
        (f"{DAY} 10:06", 200.0, QUEUE | {"track_id": 3}),
        (f"{DAY} 10:20", 400.0, QUEUE | {"track_id": 4, "end_cause": "lost"}),
    )
    hours = queue_hours(rows)
    ten = hours.loc[10]
    assert ten[["arrivals", "served", "abandoned", "unknown", "length_max"]].tolist() == [4, 2, 1, 1, 3]
    assert ten["length_mean"] == pytest.approx(1500 / 3600)
    # Of 300, 400+ and 600: two thirds are longer than 300, and whoever was lost may have waited on.
    assert (ten["wait_median_s"], ten["wait_mean_s"]) == (600, pytest.approx(300 + 2 / 3 * 300))
    assert hours.loc[11, ["arrivals", "length_mean", "length_max", "served"]].tolist() == [0, 0, 0, 0]
    waited = metrics.waits(rows)
    (total,) = metrics.queue_totals(waited, hours.reset_index(drop=True), no_traffic())
    assert (total.arrivals, total.served, total.abandoned, total.unknown) == (4, 2, 1, 1)
    assert total.abandonment == pytest.approx(1 / 3)
    assert total.length_mean == pytest.approx(1500 / 3600 / 11)
    assert total.wait.median_s == 600


def test_without_a_till_in_view_nobody_knows_who_was_served() -> None:
    alone = PLACES[PLACES["id"] == "queue"].reset_index(drop=True)
    hours = queue_hours(stays((f"{DAY} 10:00", 600.0, QUEUE)), alone)
    assert hours.loc[10, ["served", "abandoned", "unknown", "wait_mean_s"]].isna().all()
    assert (hours.loc[10, "arrivals"], hours.loc[10, "length_max"]) == (1, 1)


def test_a_queue_that_was_not_seen_has_no_rows_and_one_that_nobody_joined_has_zeros() -> None:
    half = watches((f"{DAY} 09:00", f"{DAY} 14:00", {"camera_id": "sales-floor"}))
    hours = queue_hours(stays(), seen=half)
    assert list(hours.index) == [9, 10, 11, 12, 13]
    assert hours["arrivals"].sum() == 0
    assert hours["wait_median_s"].isna().all()


@pytest.mark.slow
def test_a_random_queue_agrees_with_a_slow_count_second_by_second() -> None:
    rng = np.random.default_rng(4)
    made: list[Any] = []
    for track in range(300):
        second = int(rng.integers(0, 39_000))
        entered = pd.Timestamp(at(f"{DAY} 09:00")) + pd.Timedelta(seconds=second)
        cause = str(rng.choice(["crossed", "lost"], p=[0.9, 0.1]))
        wait = int(rng.integers(1, 500))
        made.append((entered, wait, QUEUE | {"track_id": track, "end_cause": cause}))
        if rng.random() < 0.7:
            pays = entered + pd.Timedelta(seconds=wait + int(rng.integers(0, 30)))
            made.append((pays, 40, TILL | {"track_id": track}))
    rows = stays(*[(DAY, float(length), {**differs}) for _, length, differs in made])
    begun = pd.Series([moment for moment, _, _ in made]).astype("datetime64[ms, UTC]")
    ended = begun + pd.to_timedelta(rows["dwell_s"], unit="s").astype("timedelta64[ms]")
    rows = rows.assign(entered=begun, left=ended)
    hours = queue_hours(rows).reset_index()
    slow = {hour: {"arrivals": 0, "served": 0, "abandoned": 0, "unknown": 0} for hour in range(9, 20)}
    inside = np.zeros(12 * 3600)
    for one in rows_of(rows[rows["role"] == "queue"]):
        till = [s for s in rows_of(rows[rows["role"] == "till"]) if s.track_id == one.track_id]
        served = any(one.entered <= s.entered <= one.left + pd.Timedelta(seconds=20) for s in till)
        if one.dwell_s < 5 and not served:
            continue
        outcome = "served" if served else "abandoned" if one.end_cause == "crossed" else "unknown"
        begins = int((one.entered - pd.Timestamp(at(f"{DAY} 09:00"))).total_seconds())
        inside[begins : begins + int(one.dwell_s)] += 1
        for name in ("arrivals", outcome):
            slow[9 + begins // 3600][name] += 1
    for row in rows_of(hours):
        mine = inside[3600 * (row.hour - 9) : 3600 * (row.hour - 8)]
        assert row.length_mean == pytest.approx(mine.mean())
        assert row.length_max == mine.max()
        assert {name: getattr(row, name) for name in slow[row.hour]} == slow[row.hour]
