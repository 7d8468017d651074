"""Outages planted into street counts: hours in which nothing at all is counted although people pass.

Eighteen outages of two to six hours over four sensors, at any hour of day or night, from the tenth week on, ten days
apart, with a seed of ours; hours that a gap of the data leaves without five of the six weeks before them are not used,
for nothing can be expected of them. Found is an outage of which some hour is flagged as lower than expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.anomalies import AnomalyRules, judge, series

from .check import Check, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics.anomalies import Judged

ZONE = "Australia/Melbourne"
# The settings were chosen on the first, in which the earlier test found 16; nobody had looked at the other.
YEAR, UNSEEN_YEAR = 2015, 2016
PLANTED = (5, 5, 4, 4)
SEEDS = (0, 1, 2, 3, 4)
FOUND = 17
_WARM_UP = 70 * 24
_APART = 10 * 24


@dataclass(frozen=True, slots=True)
class Outage:
    """Hours of a sensor that are set to nothing.

    Attributes:
        first: Row of its first hour.
        length: Hours.
    """

    first: int
    length: int


def checks(shared: Path) -> Iterator[Check]:
    """Outages found with the first seed, with four more, in a year that nobody had looked at, and natural finds.

    Args:
        shared: The folder of the reference data.
    """
    sensors = streets(shared)
    natural = {name: _judged(rows) for name, rows in sensors}
    told = [found_of(sensors, natural, seed) for seed in SEEDS]
    missed = "; ".join(told[0][1]) or "none"
    yield at_least(f"outages: found of 18 (missed: {missed})", FOUND, told[0][0], digits=0)
    worst = min(found for found, _ in told)
    yield at_least(f"outages: fewest found of 18 with {len(SEEDS)} seeds", FOUND - 1, worst, digits=0)
    later = streets(shared, UNSEEN_YEAR)
    found, lost = found_of(later, {name: _judged(rows) for name, rows in later}, SEEDS[0])
    missed = "; ".join(lost) or "none"
    yield at_least(f"outages: found of 18 in {UNSEEN_YEAR} (missed: {missed})", FOUND, found, digits=0)
    silent = sum(odd.silent for judged in natural.values() for odd in judged.odd)
    reached = f"{silent} in {sum(judged.days for judged in natural.values())} days"
    yield Check(
        "outages: times nothing was counted although no outage is planted", "12 low runs", reached, "said", True
    )


def streets(shared: Path, year: int = YEAR) -> list[tuple[str, pd.DataFrame]]:
    """The counts of each sensor in a year, by local hour."""
    counts = pd.read_csv(shared / "reference" / "pedestrian" / "pedestrian.csv.gz")
    wall = pd.to_datetime(counts["utc"], utc=True).dt.tz_convert(ZONE).dt.tz_localize(None)
    counts = counts.assign(day=wall.dt.normalize(), hour=wall.dt.hour)[wall.dt.year == year]
    return [(str(name), rows.reset_index(drop=True)) for name, rows in counts.groupby("Sensor", sort=True)]


def found_of(sensors: list[tuple[str, pd.DataFrame]], natural: dict[str, Judged], seed: int) -> tuple[int, list[str]]:
    """How many of the planted outages are found, and the others in words."""
    rng = np.random.default_rng(seed)
    found, missed = 0, []
    for (name, rows), many in zip(sensors, PLANTED, strict=True):
        quiet = {natural[name].series.days[odd.at] for odd in natural[name].odd}
        planted = _outages(rows, many, quiet, rng)
        changed = rows.copy()
        for outage in planted:
            changed.loc[outage.first : outage.first + outage.length - 1, "Count"] = 0
        judged = _judged(changed)
        for outage in planted:
            mine = rows.iloc[outage.first : outage.first + outage.length]
            if _hit(judged, mine):
                found += 1
            else:
                missed.append(
                    f"{name} {mine['day'].iloc[0]:%m-%d} {mine['hour'].iloc[0]} h, {mine['Count'].sum()} lost"
                )
    return found, missed


def _outages(rows: pd.DataFrame, many: int, taken: set[np.datetime64], rng: np.random.Generator) -> list[Outage]:
    days = rows["day"].to_numpy().astype("datetime64[D]")
    starts: list[int] = []
    while len(starts) < many:
        first = int(rng.integers(_WARM_UP, len(rows) - 10))
        weeks = days[first] - 7 * np.arange(1, AnomalyRules().weeks + 1)
        known = int(np.isin(days, weeks).sum()) >= 5 * 24
        if known and days[first] not in taken and all(abs(first - other) > _APART for other in starts):
            starts.append(first)
    return [Outage(first, int(rng.integers(2, 7))) for first in starts]


def _hit(judged: Judged, rows: pd.DataFrame) -> bool:
    lost = set(zip(rows["day"].to_numpy().astype("datetime64[D]").tolist(), rows["hour"].tolist(), strict=True))
    for odd in judged.odd:
        day = judged.series.days[odd.at].astype(object)
        if odd.low and any((day, int(slot)) in lost for slot in judged.series.slots[odd.first : odd.last + 1]):
            return True
    return False


def _judged(rows: pd.DataFrame) -> Judged:
    rules = AnomalyRules()
    return judge(series(rows["day"], rows["hour"], rows["Count"].astype("float64")), rules.weeks, rules.alarm)
