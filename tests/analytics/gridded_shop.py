"""A shop laid out as days by hours, as forecasters see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from analytics.forecast.grid import KNOWN, Grid

FIRST = date(2025, 6, 2)  # a Monday
OPEN = slice(9, 20)


def shop(days: int, ahead: int = 14, seed: int = 0, holidays: tuple[int, ...] = (), wander: float = 0.0) -> Grid:
    """A shop open from 9 to 20 every day, whose days wander together by an AR(1); a third comes on holidays."""
    rng = np.random.default_rng(seed)
    total = days + ahead
    weekday = np.arange(total) % 7
    level = np.zeros(total)
    for day in range(1, total):
        level[day] = 0.9 * level[day - 1] + wander * rng.normal()
    feast = np.isin(np.arange(total), holidays)
    mean = np.zeros((total, 24))
    mean[:, OPEN] = 40.0 + 20.0 * np.sin(np.arange(11) / 3.0)[None, :]
    mean *= (np.exp(level) * (1.0 + 0.1 * weekday) * np.where(feast, 0.3, 1.0))[:, None]
    is_open = mean > 0
    values = np.where(is_open, rng.poisson(mean), np.nan)[:days].astype(np.float64)
    known = np.zeros((total, len(KNOWN)))
    known[:, 0], known[:, 1], known[:, 2] = feast, np.append(feast[1:], 0), np.append(0, feast[:-1])
    known[:, -2:] = np.nan
    return Grid(pd.Timestamp(FIRST), values, is_open, weekday.astype(np.int64), known, KNOWN, np.where(feast, 0, -1))


def without_calendar(grid: Grid) -> Grid:
    """The same shop of a house that has told nothing of its days."""
    return replace(grid, known=np.zeros((len(grid.is_open), 0)), known_names=(), holiday=np.full_like(grid.holiday, -1))
