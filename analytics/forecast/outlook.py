"""Everything that is said of the days ahead: every measure by hour and by day, and how well it was said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import BACKTEST, BACKTEST_DAYS, FORECAST, FORECAST_DAYS, HOURLY, check, empty
from .grid import Grid, make_grid
from .judging import best_of, judged, week_scale
from .models import FORECASTERS, NAIVE
from .rates import rate_by_day, rate_trials
from .trials import Trial, by_day, try_all, whole_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..frames import Contract
    from ..opening import Opening
    from .models import Forecaster

    Floats = NDArray[np.float64]

HORIZON_DAYS = 14
COUNTED, RATE = ("visits", "receipts", "sales_minor"), "conversion"
MEASURES = ("visits", "receipts", RATE, "sales_minor")
_ENDS = ("lo95", "lo80", "hi80", "hi95")


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """The days ahead.

    Attributes:
        hours: ``frames.FORECAST``: closed hours are 0 for sure, and have no conversion.
        days: ``frames.FORECAST_DAYS``: sums, and conversion as a ratio of sums; a closed day is 0, without conversion.
        backtest: ``frames.BACKTEST``; without rows of a measure whose history is too short to judge.
        backtest_days: ``frames.BACKTEST_DAYS``.
        known_days: Days of each measure on which any hour is known.
    """

    hours: pd.DataFrame
    days: pd.DataFrame
    backtest: pd.DataFrame
    backtest_days: pd.DataFrame
    known_days: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """One measure: its grid, (D, 1) its whole days, the trials by hour and by day, and the models that are shown."""

    grid: Grid
    day_values: Floats
    trials: dict[str, Trial]
    days: dict[str, Trial]
    chosen: str
    chosen_day: str

    def latest(self) -> _Told:
        """Only what is said from the last midnight."""
        trials, days = ({name: t.latest() for name, t in of.items()} for of in (self.trials, self.days))
        return _Told(self.grid, self.day_values, trials, days, self.chosen, self.chosen_day)

    @property
    def said(self) -> Trial:
        """What the chosen model says of hours."""
        return self.trials[self.chosen]


def outlook(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int = HORIZON_DAYS,
    *,
    calendar: pd.DataFrame | None = None,
    measures: Sequence[str] = MEASURES,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> Outlook:
    """Forecasts the days after the last day of ``hours``, each measure with the model that its backtest chose.

    Every model forecasts from each of the last twelve weeks' midnights, and from the last one. The one with the
    smallest error over the whole horizon is shown, which is the same hour last week where nothing beats it. Days are
    the sums of its hours where these beat last week's days, too, and last week's days where they do not.

    Args:
        hours: ``frames.HOURLY`` of whole days, in order.
        opening: When the store is open, also in the days to come.
        horizon_days: How many days.
        calendar: ``frames.CALENDAR_DAYS`` of the past and the coming days; None: nothing is known of them.
        measures: Which of ``MEASURES``.
        forecasters: By name; must contain ``NAIVE``.
    """
    if hours.empty:
        return Outlook(empty(FORECAST), empty(FORECAST_DAYS), empty(BACKTEST), empty(BACKTEST_DAYS), {})
    known = check(hours, HOURLY)
    told: dict[str, _Told] = {}
    coming = pd.DataFrame()
    wanted = set(measures) | ({"visits", "receipts"} if RATE in measures else set())
    if not known["receipts"].any():
        # Tills that nobody connected sell nothing; that is not a forecast of no sales.
        wanted &= {"visits"}
    for measure in (name for name in COUNTED if name in wanted):
        grid, coming = make_grid(known, opening, horizon_days, calendar, measure)
        if np.isfinite(grid.values).any():
            told[measure] = _counted(grid, horizon_days, forecasters, receipt_of(known) if "minor" in measure else 1.0)
    if RATE in measures and {"visits", "receipts"} <= told.keys():
        grid, coming = make_grid(known, opening, horizon_days, calendar, RATE)
        if np.isfinite(grid.values).any():
            told[RATE] = _rated(grid, told["visits"], told["receipts"])
    shown = {name: told[name] for name in measures if name in told}
    return Outlook(
        hours=_stacked([_hours(name, one, coming) for name, one in shown.items()], FORECAST),
        days=_stacked([_days(name, one) for name, one in shown.items()], FORECAST_DAYS),
        backtest=_stacked([_tested(name, one, days=False) for name, one in shown.items()], BACKTEST),
        backtest_days=_stacked([_tested(name, one, days=True) for name, one in shown.items()], BACKTEST_DAYS),
        known_days={name: int(np.isfinite(one.grid.values).any(axis=1).sum()) for name, one in told.items()},
    )


def forecast(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int = HORIZON_DAYS,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``outlook`` of the visits alone: ``frames.FORECAST`` and the ``frames.BACKTEST`` that chose."""
    found = outlook(hours, opening, horizon_days, measures=("visits",), forecasters=forecasters)
    return found.hours, found.backtest


def backtest(
    hours: pd.DataFrame,
    opening: Opening,
    horizon_days: int = HORIZON_DAYS,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> pd.DataFrame:
    """``frames.BACKTEST`` of the visits alone; empty where the history is too short to judge."""
    return forecast(hours, opening, horizon_days, forecasters)[1]


def receipt_of(hours: pd.DataFrame) -> float:
    """The mean amount of a receipt in minor units, at least 1."""
    sold = int(hours["receipts"].sum())
    return max(float(hours["sales_minor"].sum()) / sold, 1.0) if sold else 1.0


def _counted(grid: Grid, horizon: int, forecasters: Mapping[str, Forecaster], size: float) -> _Told:
    trials = try_all(grid, horizon, forecasters, size)
    return _chosen(grid, whole_days(grid), trials, {name: by_day(trial, grid) for name, trial in trials.items()})


def _rated(rate: Grid, visits: _Told, receipts: _Told) -> _Told:
    # Both sides are judged or neither: a store without a camera for months has no rate to judge either.
    if not np.array_equal(visits.said.origins, receipts.said.origins):
        visits, receipts = visits.latest(), receipts.latest()
    came = visits.said
    trials = rate_trials(rate, visits.grid, receipts.grid, (came, receipts.said))
    pair = by_day(came, visits.grid), by_day(receipts.said, receipts.grid)
    weights = {name: visits.trials[NAIVE] if name == NAIVE else came for name in trials}
    days = {name: rate_by_day(trial, weights[name], pair) for name, trial in trials.items()}
    came_days = np.where(visits.day_values > 0, visits.day_values, np.nan)
    return _chosen(rate, receipts.day_values / came_days, trials, days)


def _chosen(grid: Grid, day_values: Floats, trials: dict[str, Trial], days: dict[str, Trial]) -> _Told:
    chosen = best_of(trials)
    of_days = best_of({name: days[name] for name in dict.fromkeys((NAIVE, chosen))})
    return _Told(grid, day_values, trials, days, chosen, of_days)


def _hours(measure: str, told: _Told, coming: pd.DataFrame) -> pd.DataFrame:
    """The coming hours of one measure; where the store is closed 0 for sure, and no rate at all."""
    horizon = told.said.mean.shape[1]
    is_open = told.grid.is_open[told.grid.days :][:horizon]
    mean = np.where(is_open, told.said.ahead, 0.0)
    bounds = np.where(is_open[..., None], told.said.limits(), 0.0)
    day = ((coming["local_date"] - told.grid.first).dt.days - told.grid.days).to_numpy(dtype=np.int64)
    hour = coming["local_hour"].to_numpy(dtype=np.int64)
    rows = coming[["hour_utc", "local_date", "local_hour"]].assign(
        measure=measure, model=told.chosen, mean=mean[day, hour]
    )
    for position, name in enumerate(_ENDS):
        rows[name] = bounds[day, hour, position]
    return rows if measure != RATE else rows[is_open[day, hour]]


def _days(measure: str, told: _Told) -> pd.DataFrame:
    """The coming days of one measure; on a closed one 0 for sure, and no rate at all."""
    trial = told.days[told.chosen_day]
    is_open = np.asarray(told.grid.is_open[told.grid.days :].any(axis=1), dtype=bool)
    bounds = np.where(is_open[:, None], trial.limits()[:, 0], 0.0)
    first = told.grid.first + pd.Timedelta(days=told.grid.days)
    rows = pd.DataFrame(
        {
            "local_date": pd.date_range(first, periods=len(is_open), freq="D").as_unit("ms"),
            "measure": measure,
            "model": told.chosen_day,
            "mean": np.where(is_open, trial.ahead[:, 0], 0.0),
            **{name: bounds[:, position] for position, name in enumerate(_ENDS)},
        }
    )
    return rows if measure != RATE else rows[is_open]


def _tested(measure: str, told: _Told, *, days: bool) -> pd.DataFrame:
    first = int(told.said.origins[0])
    if days:
        scale = week_scale(told.day_values, first)
        return judged(told.days, measure, told.chosen_day, scale, days=True)
    return judged(told.trials, measure, told.chosen, week_scale(told.grid.values, first))


def _stacked(parts: list[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return check(pd.concat(filled, ignore_index=True), contract) if filled else empty(contract)
