"""A simulated store in which every true stay is known, and what each method makes of its door counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics import frames, metrics
from analytics.metrics.store_dwell import fifo
from analytics.visits import visits

from .store_days import at, crossings, opening, watches

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = tuple(date(2026, 1, day) for day in (5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22))
WINDOW = at(f"{DAYS[0]}"), at("2026-01-23")
OPEN_FROM_S, OPEN_TO_S = 9 * 3600.0, 20 * 3600.0


@dataclass(frozen=True)
class Simulated:
    """Sixteen days of four hundred visitors: two peaks a day, log-normal stays, three people of staff.

    Attributes:
        traffic: What the door camera wrote.
        truth_s: The true stays of each day, seconds.
    """

    traffic: metrics.Traffic
    truth_s: list[NDArray[np.float64]]


def store(*, missed: float = 0.0, followed: float = 0.0, staff: bool = False, seed: int = 1) -> Simulated:
    """Lets people in and out.

    Args:
        missed: Share of the crossings that the camera misses.
        followed: Share of the visitors who keep one track from entry to exit.
        staff: Three people who come before opening, go out for lunch, and leave after closing.
        seed: Of chance.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[pd.Timestamp, str, int]] = []
    truth: list[NDArray[np.float64]] = []
    track = 1_000_000
    for number, day in enumerate(DAYS):
        begins = pd.Timestamp(at(f"{day}"))
        came = np.concatenate([rng.normal(12.5, 1.5, 200), rng.normal(17, 1.5, 200)]) * 3600
        came = np.sort(np.clip(came, OPEN_FROM_S + 60, OPEN_TO_S - 600))
        stay = np.minimum(rng.lognormal(np.log(900), 0.8, 400), OPEN_TO_S + 300 - came)
        truth.append(stay)
        events = [(t, "in", n) for n, t in enumerate(came)] + [(t, "out", n) for n, t in enumerate(came + stay)]
        for n in range(1000, 1003 if staff else 1000):
            lunch = (12.2 + 0.5 * (n - 1000)) * 3600
            events += [(8.7 * 3600, "in", n), (lunch, "out", n), (lunch + 1800, "in", n), (20.2 * 3600, "out", n)]
        stays_followed = rng.random(400) < followed
        for t, way, person in sorted(events):
            if rng.random() < missed:
                continue
            track += 1
            own = person < 400 and stays_followed[person]
            moment = begins + pd.Timedelta(milliseconds=round(1000 * t))
            rows.append((moment, way, 1000 * number + person if own else track))
    made = crossings(*[("2026-01-05 10:00", way) for _, way, _ in rows])
    made = made.assign(
        at=pd.Series([moment for moment, _, _ in rows]).astype("datetime64[ms, UTC]"),
        track_id=[number for _, _, number in rows],
    )
    seen = watches(*[(f"{day} 08:30", f"{day} 21:30") for day in DAYS])
    return Simulated(metrics.Traffic(made, visits(made, opening()), seen, frozenset({"door"})), truth)


def by_method(simulated: Simulated) -> dict[str, Any]:
    """The days of each method."""
    found = metrics.store_dwell(simulated.traffic, opening(), *WINDOW)
    assert len(found) == 3 * len(DAYS)
    return {str(method): mine.reset_index(drop=True) for method, mine in found.groupby("method")}


def errors(days: pd.DataFrame, truth_s: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How far each day's mean is off, as a share of the truth."""
    return np.asarray(days["mean_s"].to_numpy() / np.array([stays.mean() for stays in truth_s]) - 1)


def test_littles_law_is_exact_where_every_crossing_is_counted() -> None:
    simulated = store()
    days = by_method(simulated)
    assert np.abs(errors(days["little"], simulated.truth_s)).max() < 1e-5
    assert days["little"]["estimated"].all()
    assert days["little"][["median_s", "p90_s"]].isna().all(axis=None)


@pytest.mark.slow
def test_staff_that_comes_early_and_leaves_late_shortens_the_mean_by_less_than_three_percent() -> None:
    simulated = store(staff=True)
    off = errors(by_method(simulated)["little"], simulated.truth_s)
    assert -0.03 < off.min() <= off.max() < 0.0


@pytest.mark.slow
def test_misses_blur_a_day_and_do_not_bias_a_fortnight() -> None:
    """Two crossings of a hundred missed: a day is off by some 9 %, the mean of sixteen days by some 3 %."""
    for seed in (1, 2, 3):
        simulated = store(missed=0.02, seed=seed)
        off = errors(by_method(simulated)["little"], simulated.truth_s)
        assert abs(off.mean()) < 0.06, off.mean()
        assert 0.05 < off.std() < 0.14, off.std()


@pytest.mark.slow
def test_a_running_count_would_have_been_wrong_by_far_more() -> None:
    """What the balancing is for: exits missed alone, taken as they are, would make everybody stay for ever."""
    simulated = store()
    door = simulated.traffic.crossings
    keep = (door["direction"] == "in") | (np.random.default_rng(3).random(len(door)) > 0.05)
    fewer = door[keep].reset_index(drop=True)
    traffic = metrics.Traffic(fewer, visits(fewer, opening()), simulated.traffic.watches, frozenset({"door"}))
    off = errors(by_method(Simulated(traffic, simulated.truth_s))["little"], simulated.truth_s)
    hours = metrics.hourly(
        traffic, metrics.Sales(frames.empty(frames.RECEIPTS), frames.empty(frames.LINES)), opening(), *WINDOW
    )
    inside_s = float((hours["occupancy_mean"] * hours["open_s"]).sum())
    plain = inside_s / int(hours["entries_in"].sum()) / np.concatenate(simulated.truth_s).mean() - 1
    assert abs(off.mean()) < 0.05
    assert plain > 0.25


def test_first_in_first_out_has_the_right_mean_and_too_little_spread() -> None:
    """The bounds that the method's description names, at up to 30 people inside at once."""
    simulated = store()
    days = by_method(simulated)
    everyone = np.concatenate(simulated.truth_s)
    pd.testing.assert_series_equal(days["fifo"]["mean_s"], days["little"]["mean_s"])
    median, p90 = days["fifo"]["median_s"].mean(), days["fifo"]["p90_s"].mean()
    assert 1.2 < median / np.median(everyone) < 1.5
    assert 0.55 < p90 / np.quantile(everyone, 0.9) < 0.8


def test_first_in_first_out_is_right_where_people_do_not_overtake() -> None:
    came = np.arange(0, 100_000, 5_000)
    found = fifo(came, came + 60_000)
    assert (found.mean_s, found.median_s, found.p90_s) == (60, 60, 60)


def test_an_exit_that_was_missed_moves_nobody_else_by_a_whole_place() -> None:
    came = np.arange(0, 1_000_000, 10_000)
    went = np.delete(came + 60_000, 10)
    found = fifo(came, went)
    assert found.median_s == pytest.approx(60, abs=5)  # one comes every ten seconds
    assert found.p90_s == pytest.approx(60, abs=10)


@pytest.mark.slow
def test_exact_pairs_are_given_where_nearly_everybody_was_followed() -> None:
    simulated = store(followed=0.95)
    days = by_method(simulated)["track"]
    assert not days["estimated"].any()
    assert days["paired"].between(0.9, 1.0).all()
    assert np.abs(errors(days, simulated.truth_s)).max() < 0.06
    everyone = np.concatenate(simulated.truth_s)
    assert days["median_s"].mean() == pytest.approx(np.median(everyone), rel=0.05)
    assert days["p90_s"].mean() == pytest.approx(np.quantile(everyone, 0.9), rel=0.05)


@pytest.mark.slow
def test_exact_pairs_of_a_minority_are_not_given() -> None:
    days = by_method(store(followed=0.3))["track"]
    assert days["mean_s"].isna().all()
    assert days["paired"].between(0.2, 0.4).all()
    assert (days["entries"] == 400).all()


def test_a_day_of_which_a_tenth_was_not_seen_has_no_estimate() -> None:
    simulated = store()
    seen = simulated.traffic.watches.copy()
    seen.loc[0, "begins"] = pd.Timestamp(at(f"{DAYS[0]} 10:10"))
    traffic = metrics.Traffic(simulated.traffic.crossings, simulated.traffic.visits, seen, frozenset({"door"}))
    days = by_method(Simulated(traffic, simulated.truth_s))
    for method in ("little", "fifo"):
        assert days[method]["mean_s"].isna().tolist() == [True] + [False] * 15
    assert days["little"]["coverage"].iloc[0] < 0.9


def test_a_door_that_counts_one_way_only_has_no_estimate() -> None:
    simulated = store()
    door = simulated.traffic.crossings
    entries = door[(door["direction"] == "in") | (np.arange(len(door)) % 3 == 0)].reset_index(drop=True)
    traffic = metrics.Traffic(entries, visits(entries, opening()), simulated.traffic.watches, frozenset({"door"}))
    days = by_method(Simulated(traffic, simulated.truth_s))["little"]
    assert days["mean_s"].isna().all()
    assert (days["paired"] < 0.8).all()


def test_a_u_turn_is_neither_an_entry_nor_an_exit() -> None:
    day = "2026-01-05"
    turn: dict[str, object] = {"track_id": 77}
    rows = crossings(
        (f"{day} 10:00:00", "in"),
        (f"{day} 10:10:00", "out"),
        (f"{day} 18:00:00", "in", turn | {"held": False}),
        (f"{day} 18:00:01", "out", turn),
    )
    traffic = metrics.Traffic(
        rows, visits(rows, opening()), watches((f"{day} 09:00", f"{day} 20:00")), frozenset({"door"})
    )
    found = metrics.store_dwell(traffic, opening(), at(day), at("2026-01-06")).set_index("method")
    assert (found.loc["little", "mean_s"], found.loc["little", "entries"]) == (600, 1)


def test_the_last_visitors_may_leave_after_closing_and_staff_going_home_does_not_count() -> None:
    day = "2026-01-05"
    rows = crossings(
        (f"{day} 08:30:00", "in"),
        (f"{day} 10:00:00", "in"),
        (f"{day} 10:10:00", "out"),
        (f"{day} 19:50:00", "in"),
        (f"{day} 20:05:00", "out"),
        (f"{day} 20:30:00", "out"),
    )
    traffic = metrics.Traffic(
        rows, visits(rows, opening()), watches((f"{day} 08:00", f"{day} 21:00")), frozenset({"door"})
    )
    found = metrics.store_dwell(traffic, opening(), at(day), at("2026-01-06")).set_index("method")
    assert found.loc["little", "mean_s"] == (600 + 900) / 2


def test_a_closed_day_has_no_rows_and_a_day_without_people_has_nulls() -> None:
    traffic = metrics.Traffic(
        crossings(),
        visits(crossings(), opening()),
        watches(("2026-01-05 08:00", "2026-01-05 21:00")),
        frozenset({"door"}),
    )
    assert metrics.store_dwell(traffic, opening(), at("2026-01-04"), at("2026-01-05")).empty
    days = metrics.store_dwell(traffic, opening(), at("2026-01-05"), at("2026-01-06"))
    assert days["mean_s"].isna().all()
    assert days["entries"].tolist() == [0, 0, 0]


def test_the_drift_of_a_day_says_how_much_of_it_was_seen() -> None:
    rows = crossings(
        ("2026-01-05 10:00", "in"), ("2026-01-05 11:00", "in"), ("2026-01-05 12:00", "out"), ("2026-01-06 12:00", "out")
    )  # fmt: skip
    seen = watches(("2026-01-05 08:00", "2026-01-05 21:00"), ("2026-01-06 08:00", "2026-01-06 15:30"))
    traffic = metrics.Traffic(rows, visits(rows, opening()), seen, frozenset({"door"}))
    days = metrics.drift_days(traffic, opening(), at("2026-01-04"), at("2026-01-08"))
    assert [d.day for d in days["local_date"]] == [5, 6, 7]
    assert days[["inside", "balance", "entries"]].to_numpy().tolist() == [[1, 1, 2], [0, -1, 0], [0, 0, 0]]
    assert days["status"].tolist() == ["ok", "partial", "missing"]
    assert days["closes"].tolist()[0] == pd.Timestamp(at("2026-01-05 20:00"))
