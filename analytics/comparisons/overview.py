"""The comparisons of a period, made together and corrected for being many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..frames import CALENDAR_DAYS, FINDINGS, TILL_HOURLY, check, empty
from .before_after import Change, before_after
from .finding import LEAST_N, Finding, corrected
from .levels import Days, level
from .measures import open_days, values
from .samples import anova, correlation, kruskal, welch
from .shares import Shares, shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Flags = NDArray[np.bool_]

_DAY_MEASURES = ("visits", "net_sales")


def overview(daily: pd.DataFrame, calendar: pd.DataFrame, tills: pd.DataFrame | None = None) -> tuple[Finding, ...]:
    """Weekend, weekdays, weather, promotions, tills, and what goes together.

    Args:
        daily: ``frames.DAILY``.
        calendar: ``frames.CALENDAR_DAYS`` of the same days; may be empty.
        tills: ``frames.TILL_HOURLY``; None: tills are not compared.

    Returns:
        What could be asked of these days, Holm-corrected over all of them; with too little data for a question there is
        a finding that says so, and none where the question does not arise (no rain, one till).
    """
    days = open_days(daily)
    if days.empty:
        return ()
    known = check(calendar, CALENDAR_DAYS)
    beside = days[["local_date"]].merge(known, on="local_date", how="left")
    asked = [*_week(days), *_weather(days, beside), *_promotions(days, known), *_together(days, beside)]
    if tills is not None:
        asked += _tills(check(tills, TILL_HOURLY))
    return corrected(asked)


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """The findings as ``frames.FINDINGS``, for exports."""
    if not findings:
        return empty(FINDINGS)
    rows = []
    for f in findings:
        size = f.ratio or f.difference
        rows.append(
            {
                "measure": f.measure,
                "question": f.question,
                "test": f.test,
                "groups": "; ".join(g.name for g in f.groups),
                "n": "; ".join(str(g.n) for g in f.groups),
                "means": "; ".join("" if g.mean is None else f"{g.mean:.6g}" for g in f.groups),
                "statistic": f.statistic,
                "df": "; ".join(f"{d:.6g}" for d in f.df),
                "p": f.p,
                "p_corrected": f.p_corrected,
                "family": f.family,
                "size_is": "ratio" if f.ratio else "difference" if f.difference else None,
                "size": None if size is None else size.value,
                "size_low": None if size is None else size.low,
                "size_high": None if size is None else size.high,
                "effect_name": f.effect_name or None,
                "effect": None if f.effect is None else f.effect.value,
                "effect_low": None if f.effect is None else f.effect.low,
                "effect_high": None if f.effect is None else f.effect.high,
                "verdict": f.verdict,
                "doubts": "; ".join(f.doubts),
                "left_out": f.left_out,
            }
        )
    return check(pd.DataFrame(rows), FINDINGS)


def _week(days: pd.DataFrame) -> Iterator[Finding]:
    weekend = days["weekday"].ge(5).to_numpy(dtype=bool)
    for measure in _DAY_MEASURES:
        found = values(days, measure)
        usable = np.isfinite(found)
        if (usable & weekend).any() and (usable & ~weekend).any():
            yield welch(measure, "weekend", ("weekend", found[weekend]), ("working_week", found[~weekend]))
        groups = {f"weekday:{day}": found[(days["weekday"] == day).to_numpy(dtype=bool)] for day in range(7)}
        groups = {name: mine for name, mine in groups.items() if np.isfinite(mine).any()}
        if len(groups) > 1:
            yield anova(measure, "weekday", groups)
            yield kruskal(measure, "weekday", groups)
    if (_usable(days) & weekend).any():
        yield shares(
            "conversion", "weekend", [_buyers(days, "weekend", weekend), _buyers(days, "working_week", ~weekend)]
        )


def _weather(days: pd.DataFrame, beside: pd.DataFrame) -> Iterator[Finding]:
    weather = beside["weather"]
    told = weather.notna().to_numpy(dtype=bool)
    conditions = sorted(weather.dropna().unique())
    # Of two kinds of weather the one says what the other does.
    for condition in conditions[:1] if len(conditions) == 2 else conditions:
        mine = (weather == condition).to_numpy(dtype=bool, na_value=False)
        # A weather that there was on two days is no question.
        if mine.sum() < LEAST_N or (told & ~mine).sum() < LEAST_N:
            continue
        names = (f"weather:{condition}", "other_weather")
        for measure in _DAY_MEASURES:
            chosen = Days(days.loc[told, "local_date"].reset_index(drop=True), values(days, measure)[told], mine[told])
            yield level(measure, names[0], names, chosen)
        yield shares("conversion", names[0], [_buyers(days, names[0], mine), _buyers(days, names[1], told & ~mine)])


def _promotions(days: pd.DataFrame, calendar: pd.DataFrame) -> Iterator[Finding]:
    for name, mine in calendar[calendar["promotion"].notna()].groupby("promotion", sort=True):
        dates = mine["local_date"]
        change = Change(str(name), dates.min().date(), dates.max().date())
        for measure in (*_DAY_MEASURES, "conversion"):
            yield before_after(days, calendar, measure, change)


def _together(days: pd.DataFrame, beside: pd.DataFrame) -> Iterator[Finding]:
    visits = values(days, "visits")
    for name in ("temperature_c", "rain_mm"):
        x = beside[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isfinite(x).any():
            yield correlation("visits", name, x, visits, ranks=True)
    if np.isfinite(visits).any():
        yield correlation("conversion", "visits", visits, values(days, "conversion"))


def _tills(tills: pd.DataFrame) -> Iterator[Finding]:
    sums = tills.groupby(["till_id", "local_date"], sort=True)[["receipts", "returns"]].sum()
    groups = [
        Shares(f"till:{till}", mine["returns"].to_numpy(), (mine["receipts"] + mine["returns"]).to_numpy())
        for till, mine in sums.groupby(level="till_id")
    ]
    if len(groups) > 1:
        yield shares("return_rate", "till", groups)


def _usable(days: pd.DataFrame) -> Flags:
    return np.isfinite(values(days, "conversion"))


def _buyers(days: pd.DataFrame, name: str, mine: Flags) -> Shares:
    kept = days[mine & _usable(days)]
    return Shares(name, kept["receipts"].to_numpy(dtype=np.int64), kept["visits"].to_numpy(dtype=np.int64))
