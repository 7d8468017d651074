"""Which members meet more often than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy
from scipy import sparse

from ..frames import day_numbers, local_hour
from ..opening import ms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..purchases import Purchases
    from .rules import NetworkRules


# From so many pairs of receipts on the same weekday of different weeks on, two members' routines can be compared.
_ROUTINE = 30


def ties(sales: Purchases, rules: NetworkRules) -> pd.DataFrame:
    """Pairs of members who met on several days, and too often for it to be chance.

    Two members meet when each has a receipt and the two are at most ``near_s`` apart, at whichever till, or when one
    brings back what stood on the other's receipt. Meetings of one day are one. Under chance each keeps the days and
    the times of day at which he comes, but on a day on which both come, their times have nothing to do with each
    other. So the receipts of one are held against those of the other on *different* days: the share of them that lie
    as near on the clock, with half a success and half a failure added and never less than that of the same weekdays or
    than the share of any two receipts of one day in the store, is the chance that two receipts of the same day do. Its
    product with the number of such pairs of receipts is expected. Two who both come at noon are thus not tied by that,
    and who comes seldom needs more meetings. The excess is tested by Poisson's distribution, and the share of false
    ties among all pairs of members who might have met often enough is held below ``error``.

    Args:
        sales: Only those with a member's card are looked at.
        rules: What a meeting and a tie are.

    Returns:
        ``first``, ``second`` (members, in order), ``days`` on which they met, ``expected``, and ``p`` after correction.

    Reference:
        Benjamini, Yekutieli: The control of the false discovery rate in multiple testing under dependency, 2001.
    """
    mine = receipts_of(sales, rules)
    if mine.empty:
        return _frame(
            np.array([], dtype=object), _Pairs(*([np.array([], dtype=np.int64)] * 3)), np.array([]), np.array([])
        )
    who, members = pd.factorize(mine["member_id"], sort=True)
    came = _Came(who, day_numbers(mine["local_date"]), mine["clock_ms"].to_numpy(dtype=np.int64), rules.near_s)
    met = _met(mine, came)
    each = met.drop_duplicates().groupby(["a", "b"], sort=True).size()
    each = each[each >= rules.min_meetings]
    first, second = (each.index.get_level_values(name).to_numpy(dtype=np.int64) for name in ("a", "b"))
    pairs = _Pairs(first, second, np.asarray(each, dtype=np.int64))
    often = int((mine.assign(who=who).groupby("who")["local_date"].nunique() >= rules.min_meetings).sum())
    expected, p = _chance(came, pairs, often, rules.error)
    corrected = _yekutieli(p, often)
    found = _frame(np.asarray(members), pairs, expected, corrected)
    return found[found["p"] <= rules.error].reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """(pairs,) numbers of two members, and the days on which they met."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    days: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Came:
    """(receipts,) who came, on which day, and when by the clock; how near a meeting is."""

    who: NDArray[np.int64]
    day: NDArray[np.int64]
    clock_ms: NDArray[np.int64]
    near_s: float


def _frame(
    members: NDArray[np.object_], pairs: _Pairs, expected: NDArray[np.float64], p: NDArray[np.float64]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "first": pd.Series(members[pairs.first], dtype="str"),
            "second": pd.Series(members[pairs.second], dtype="str"),
            "days": pairs.days,
            "expected": expected,
            "p": p,
        }
    )


def receipts_of(sales: Purchases, rules: NetworkRules) -> pd.DataFrame:
    """The members' receipts of the days that are looked at, in order; ``clock_ms`` is the time on the store's clock."""
    first = pd.Timestamp(sales.as_of) - pd.Timedelta(days=rules.days - 1)
    rows = sales.receipts
    rows = rows[rows["member_id"].notna() & (rows["local_date"] >= first)].reset_index(drop=True)
    if rows.empty:
        return rows.assign(clock_ms=pd.Series([], dtype="int64"))
    local = local_hour(rows["sold_at"], sales.time)
    return rows.assign(
        clock_ms=local["local_hour"].to_numpy() * 3_600_000 + ms(rows["sold_at"]) - ms(local["hour_utc"])
    )


def _met(rows: pd.DataFrame, came: _Came) -> pd.DataFrame:
    """Every meeting: members ``a < b`` and the ``day``."""
    moment = ms(rows["sold_at"])
    found = [_taken_back(rows)]
    lag = 1
    while lag < len(rows):
        close = np.flatnonzero(moment[lag:] - moment[:-lag] <= 1000 * came.near_s)
        if not len(close):
            break
        found.append(np.column_stack([close, close + lag]))
        lag += 1
    one, other = came.who[np.concatenate(found).T]
    day = came.day[np.concatenate(found)[:, 1]]
    differ = one != other
    one, other, day = one[differ], other[differ], day[differ]
    return pd.DataFrame({"a": np.minimum(one, other), "b": np.maximum(one, other), "day": day})


def _taken_back(rows: pd.DataFrame) -> NDArray[np.int64]:
    """(returns, 2) rows of a sale and of its return."""
    back = np.flatnonzero(rows["return_of"].notna())
    sale = pd.Index(rows["receipt_id"]).get_indexer(pd.Index(rows["return_of"].iloc[back]))
    return np.column_stack([sale[sale >= 0], back[sale >= 0]]).astype(np.int64)


def _chance(came: _Came, pairs: _Pairs, members: int, error: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(pairs,) meetings that chance would give, and the chance of as many as there are; 1 where that is clear at once.

    Every pair is first held against the share of the whole store, which needs no look at single receipts. Its own
    share is not smaller, so who does not pass then would not pass later.
    """
    many = int(came.who.max()) + 1
    _, day = np.unique(came.day, return_inverse=True)
    ones = np.ones(len(day))
    daily = sparse.csr_array((ones, (came.who, day)), shape=(many, int(day.max()) + 1))
    same: NDArray[np.float64] = np.asarray(daily[pairs.first].multiply(daily[pairs.second]).sum(axis=1)).ravel()
    store = _store_share(came)
    expected = same * store
    p = np.asarray(scipy.stats.poisson.sf(pairs.days - 1, expected))
    tests, depend = _family(members, len(p))
    hopeful = np.flatnonzero(p * tests * depend / max(len(p), 1) <= error)
    order = np.lexsort((came.clock_ms, came.who))
    begin = np.searchsorted(came.who[order], np.arange(many + 1))
    clock, date = came.clock_ms[order], came.day[order]
    own = np.ones(len(p))
    for n in hopeful:
        one, other = (slice(begin[m], begin[m + 1]) for m in (pairs.first[n], pairs.second[n]))
        near = np.abs(clock[one][:, None] - clock[other][None, :]) <= 1000 * came.near_s
        between = date[one][:, None] - date[other][None, :]
        apart, week = between != 0, (between != 0) & (between % 7 == 0)
        share = (int((near & apart).sum()) + 0.5) / (int(apart.sum()) + 1)
        # Who comes on Tuesdays at noon and on Saturdays at ten is held against Tuesdays on Tuesdays.
        usual = int((near & week).sum()) / int(week.sum()) if week.sum() >= _ROUTINE else 0.0
        share = max(share, usual, store)
        expected[n] = same[n] * share
        own[n] = scipy.stats.poisson.sf(pairs.days[n] - 1, expected[n])
    return expected, own


def _store_share(came: _Came) -> float:
    """Of all pairs of receipts of one day, the share that lie near on the clock."""
    order = np.lexsort((came.clock_ms, came.day))
    day, clock = came.day[order], came.clock_ms[order]
    # Days are put behind each other, so far apart that none is near another.
    line = (day - day[0]) * 10 * 86_400_000 + clock
    near = (np.searchsorted(line, line + 1000 * came.near_s, side="right") - np.arange(len(line)) - 1).sum()
    size = np.unique(day, return_counts=True)[1]
    every = (size * (size - 1) // 2).sum()
    return float((near + 0.5) / (every + 1))


def _family(members: int, found: int) -> tuple[int, float]:
    """How many pairs are tested, and what their dependence costs."""
    tests = max(members * (members - 1) // 2, found, 1)
    return tests, float(np.log(tests) + np.euler_gamma + 1 / (2 * tests))


def _yekutieli(p: NDArray[np.float64], members: int) -> NDArray[np.float64]:
    """Corrected p-values among all pairs of so many members; pairs that are not among ``p`` have 1."""
    tests, depend = _family(members, len(p))
    order = np.argsort(p, kind="stable")
    raised = p[order] * tests * depend / np.arange(1, len(p) + 1)
    back = np.empty(len(p))
    back[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return back
