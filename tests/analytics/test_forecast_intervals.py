"""Stories of intervals: they hold as often as they say, follow what changes, and know nothing before it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.forecast.conformal import DAY_PARTS, LEAST_ERRORS, SHARES, ends, intervals, quantiles, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def counts(origins: int, seed: int = 0, wide: float = 1.0) -> tuple[Floats, Floats]:
    """Forecasts (O, 1, 24) of 20 to 200 an hour, and what came: off by ``wide`` times the spread of a count."""
    rng = np.random.default_rng(seed)
    mean = np.broadcast_to(110.0 + 90.0 * np.sin(np.arange(24) / 4.0), (origins, 1, 24)).copy()
    return mean, mean + wide * spread(mean) * rng.standard_t(5, size=mean.shape)


def inside(bounds: Floats, truth: Floats, first: int, last: int | None = None) -> tuple[float, float]:
    """The share inside the 80 % and the 95 % interval from some origin on."""
    part, came = bounds[first:last], truth[first:last]
    share = [((came >= part[..., low]) & (came <= part[..., high])).mean() for low, high in ((1, 2), (0, 3))]
    return float(share[0]), float(share[1])


def test_they_hold_as_often_as_they_say() -> None:
    mean, truth = counts(200)
    cover80, cover95 = inside(intervals(mean, truth, np.arange(200)), truth, 40)
    assert cover80 == pytest.approx(0.80, abs=0.02)
    assert cover95 == pytest.approx(0.95, abs=0.015)


def test_they_widen_where_errors_grow() -> None:
    mean, truth = counts(240)
    _, wild = counts(240, seed=1, wide=2.5)
    truth[120:] = wild[120:]
    bounds = intervals(mean, truth, np.arange(240))
    cover80, cover95 = inside(bounds, truth, 120)
    assert cover80 == pytest.approx(0.80, abs=0.04)
    assert cover95 == pytest.approx(0.95, abs=0.02)
    assert inside(bounds, truth, 120, 125)[0] < 0.6


def test_nothing_that_comes_later_changes_them() -> None:
    mean, truth = counts(60)
    mean, truth = np.repeat(mean, 9, axis=1), np.repeat(truth, 9, axis=1)
    later = truth.copy()
    lead = np.arange(9)
    known = (np.arange(60)[:, None] + lead[None, :]) < 40
    later[~known] *= 9.0
    origins = np.arange(60)
    assert np.array_equal(intervals(mean, truth, origins)[:41], intervals(mean, later, origins)[:41], equal_nan=True)


def test_they_agree_with_a_slow_count() -> None:
    mean, truth = counts(30, seed=4)
    truth[7, 0, 3] = np.nan
    found = intervals(mean, truth, np.arange(30))
    part = np.flatnonzero(DAY_PARTS == 2)
    shares = SHARES.copy()
    given: list[list[float] | None] = []
    for origin in range(30):
        before = given[-1] if given else None
        if before is not None:
            new = [(truth - mean)[origin - 1, 0, c] / spread(mean)[origin - 1, 0, c] for c in part]
            for end in range(4):
                if end < 2:
                    shares[end] += 0.02 * (SHARES[end] - np.mean([error < before[end] for error in new]))
                else:
                    shares[end] += 0.02 * (np.mean([error > before[end] for error in new]) - (1 - SHARES[end]))
        errors = sorted((truth - mean)[k, 0, c] / spread(mean)[k, 0, c] for k in range(origin) for c in part)
        if len(errors) < LEAST_ERRORS:
            given.append(None)
            continue
        n = len(errors)
        ranks = [int((n + 1) * s) if s < 0.5 else int(np.ceil((n + 1) * s)) for s in shares]
        now = [float(errors[min(max(rank, 1), n) - 1]) for rank in ranks]
        given.append(now)
        wanted = [mean[origin, 0, part[0]] + end * spread(mean)[origin, 0, part[0]] for end in now]
        assert found[origin, 0, part[0]] == pytest.approx(wanted)
    assert given[-1] is not None


def test_too_few_errors_make_none_and_a_part_with_too_few_takes_those_of_all() -> None:
    mean, truth = counts(30)
    parts = np.where(np.arange(24) == 23, 1, 0)
    found = intervals(mean, truth, np.arange(30), parts)
    assert np.isnan(found[:3]).all()
    assert np.isfinite(found[3:]).all()
    pooled = intervals(mean, truth, np.arange(30), np.zeros(24, dtype=np.int64))
    assert found[10, 0, 23] == pytest.approx(pooled[10, 0, 23])
    assert np.isnan(intervals(mean, np.full_like(truth, np.nan), np.arange(30))).all()


def test_they_are_in_order_and_never_below_nothing() -> None:
    mean, truth = counts(80, wide=30.0)
    found = intervals(mean, np.maximum(truth, 0.0), np.arange(80))[20:]
    assert (np.diff(found, axis=-1) >= 0).all()
    assert found.min() >= 0


def test_a_constant_series_that_is_forecast_exactly_has_intervals_of_no_width() -> None:
    mean = np.full((40, 1, 24), 7.0)
    assert (intervals(mean, mean, np.arange(40))[10:] == 7.0).all()


def test_whole_days_and_a_unit_of_their_own() -> None:
    rng = np.random.default_rng(0)
    rate = np.full((150, 1, 1), 0.2)
    unit = np.full_like(rate, 0.05)
    came = rate + unit * rng.normal(size=rate.shape)
    found = intervals(rate, came, np.arange(150), None, unit)
    assert np.isnan(found[: LEAST_ERRORS - 1]).all()
    assert found[-1, 0, 0, 1] == pytest.approx(0.2 - 1.28 * 0.05, abs=0.02)


def test_without_errors_a_count_is_as_sure_as_chance_allows() -> None:
    low95, low80, high80, high95 = ends(np.array([100.0]), None)[0]
    assert low95 == pytest.approx(100 - 1.96 * 10, abs=1.5)
    assert high80 == pytest.approx(100 + 1.28 * 10, abs=1.5)
    assert low95 < low80 < high80 < high95
    assert quantiles(np.arange(LEAST_ERRORS - 1.0)) is None
