"""How long people stay in the store, without recognising anyone: three ways, each named beside its number.

``little``: mean only, by Little's law. Over a business day that begins and ends with nobody inside, the people inside
summed over time are the sum of all their stays, so mean stay = mean occupancy / entry rate = mean time of exit - mean
time of entry, whoever left when. An exit that was missed would keep its person inside until closing; therefore each
exit is weighted by entries / exits, which balances the day. Estimated: with 2 % of the crossings missed the mean of a
day with 400 visitors is off by about two minutes (one standard deviation) however long they stay, that of sixteen days
by half a minute. Staff that goes out for lunch and comes back is taken for visitors: some percent too short.

``fifo``: the same mean and, in addition, a median and a 90th percentile, as if people left in the order in which they
came. They do not: the order hides how much stays differ, so the percentiles lie closer to the mean than the truth: the
median of the usual skewed stays is too high, the 90th percentile too low. Estimated.

``track``: exact, from people whom one camera followed from their entry to their exit, and given only where these are
most of the entries: who can be followed has mostly been brief. A lost track is left out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import STORE_DWELL, VISITS, WATCHES, check, empty
from ..opening import ms
from ..visits import door_crossings, pairs, visit_ids
from . import coverage
from .survival import Dwell, dwell

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from ..frames import StoreTime
    from ..opening import Opening
    from .seen import Traffic

# The last visitors are let out after closing; who leaves later is staff going home. One exit at the end of the day
# weighs as much as hours of anybody's stay: filling up missed exits with those of staff made them a minute too long.
LET_OUT = timedelta(minutes=10)
# Fewer exact pairs than this share of the entries say how long the brief ones stay, not how long people stay.
PAIRED_LEAST = 0.8
# Entries and exits further apart than this (per entry) mean that a direction is not counted well.
BALANCED_LEAST = 0.8


def store_dwell(traffic: Traffic, opening: Opening, since: datetime, until: datetime) -> pd.DataFrame:
    """The stay in the store of every business day, by each method.

    Args:
        traffic: What the doors saw. Entries that are no visits are left out, with the exit of the same track where
            there is one.
        opening: When the store is open.
        since: Start of a local day.
        until: Start of a later local day.

    Returns:
        ``frames.STORE_DWELL``: a row per open day and method. ``little`` and ``fifo`` are null where under 90 % of the
        opening time was seen, where nobody came, or where entries and exits differ by more than a fifth; ``track``
        where under 80 % of the entries have a pair.

    References:
        J. D. C. Little, "A proof for the queuing formula: L = lambda W", Operations Research 9 (1961).
    """
    door, judged = door_crossings(traffic.crossings), check(traffic.visits, VISITS)
    at = ms(door["at"])
    counted = visit_ids(door).isin(judged.loc[judged["counted"], "visit_id"]).to_numpy(dtype=bool)
    leaving = _exits_of_visits(door, counted, opening.time)
    spans = opening.spans(since, until)
    period = coverage.seen(check(traffic.watches, WATCHES), traffic.entrance_cameras)
    opens, closes = (spans[name].to_numpy(dtype=np.int64) for name in ("opens_ms", "closes_ms"))
    covered = coverage.statuses((closes - opens) / 1000.0, period.seconds_within(opens, closes))[0]
    own_s = judged.assign(at_ms=ms(judged["entered"])).loc[judged["counted"], ["at_ms", "dwell_s"]]
    let_out = round(LET_OUT.total_seconds() * 1000)
    rows: list[dict[str, object]] = []
    for number, day in enumerate(spans["local_date"]):
        begins, ends = int(opens[number]), int(closes[number])
        came = at[counted & (at >= begins) & (at < ends)]
        went = at[leaving & (at >= begins) & (at < ends + let_out)]
        pair_s = own_s.loc[(own_s["at_ms"] >= begins) & (own_s["at_ms"] < ends), "dwell_s"].dropna()
        share = min(len(came), len(went)) / max(len(came), len(went), 1)
        known = covered[number] >= coverage.PARTIAL_BELOW and share >= BALANCED_LEAST
        paired = len(pair_s) / len(came) if len(came) else 0.0
        exact = dwell(pair_s.to_numpy(dtype=np.float64), np.zeros(len(pair_s), dtype=bool))
        nothing = Dwell(None, None, None)
        stays = fifo(came, went) if known else nothing
        for method, found, of in (
            ("little", Dwell(stays.mean_s, None, None), share),
            ("fifo", stays, share),
            ("track", exact if paired >= PAIRED_LEAST else nothing, paired),
        ):
            rows.append(
                {
                    "local_date": day,
                    "method": method,
                    "estimated": method != "track",
                    "mean_s": found.mean_s,
                    "median_s": found.median_s,
                    "p90_s": found.p90_s,
                    "entries": len(came),
                    "paired": of if len(came) else None,
                    "coverage": covered[number],
                }
            )
    if not rows:
        return empty(STORE_DWELL)
    made = pd.DataFrame(rows)
    numbers = dict.fromkeys(("mean_s", "median_s", "p90_s", "paired", "coverage"), "float64")
    return check(made.assign(local_date=made["local_date"].astype("datetime64[ms]")).astype(numbers), STORE_DWELL)


def fifo(came_ms: NDArray[np.int64], went_ms: NDArray[np.int64]) -> Dwell:
    """The stays as if people left in the order in which they came.

    Where entries and exits are not equally many, the i-th of n entries leaves at the same share of the exits, so that a
    missed crossing shifts nobody else by a whole place. The mean is then that of Little's law.

    Args:
        came_ms: (N,) entries, in order.
        went_ms: (M,) exits, in order.

    Returns:
        Mean, median, 90th percentile; a stay that would end before it begins is 0 s; None without entries or exits.
    """
    if not len(came_ms) or not len(went_ms):
        return Dwell(None, None, None)
    mean = max(float(went_ms.mean()) - float(came_ms.mean()), 0.0) / 1000.0
    place = (np.arange(len(came_ms)) + 0.5) / len(came_ms) * len(went_ms) - 0.5
    left = np.interp(place, np.arange(len(went_ms)), went_ms.astype(np.float64))
    stays = np.sort(np.maximum(left - came_ms, 0.0)) / 1000.0
    lower = dwell(stays, np.zeros(len(stays), dtype=bool))
    return Dwell(mean, lower.median_s, lower.p90_s)


def _exits_of_visits(door: pd.DataFrame, counted: NDArray[np.bool_], time_zone: str | StoreTime) -> NDArray[np.bool_]:
    """The exits, without those whose own entry was no visit: a U-turn is neither an entry nor an exit here."""
    leaving = np.array(door["direction"] == "out", dtype=bool)
    partner = pairs(door, time_zone)
    left_out = partner[(partner >= 0) & ~counted]
    leaving[left_out] = False
    return leaving
