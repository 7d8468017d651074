"""Which receipt belongs to whom at the till: the likeliest pairing of receipts and stays, and how sure it is.

By time alone in a whole shop such a link is a guess among dozens of people; at a till that a camera sees it is a
choice among the two or three who stand there. So nothing is paired without a stay in a till zone, and every pair
carries its probability. Sums by the hour never depend on pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import LINES, RECEIPT_VISITS, RECEIPTS, STAYS, TILL_CLOCKS, check, empty, local_hour
from ..opening import ms
from .clocks import clock_errors, departures, till_clocks
from .evidence import Expectations, Sold, weigh
from .measuring import ClockRules, Floats, Ints, printed_step_s
from .ordering import Candidates, best_pairing
from .standing import Standing, standing

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from ..frames import StoreTime

# A pair that is so much less likely than an unseen buyer, or than another person, is none.
_LEAST_WEIGHT = 1e-3
_HOUR_S = 3600.0
# A return and the sale right after it at the same till, to somebody who stood there already, are nearly always one.
_EXCHANGE_S, _EXCHANGE_SHARE = 60.0, 0.95


@dataclass(frozen=True, slots=True)
class PairRules:
    """How receipts are paired with stays in till zones.

    Attributes:
        window_s: A receipt and the moment its buyer should have left, further apart than this after the till's clock
            is corrected, are never a pair.
        unseen: Share of receipts whose buyer no camera followed at the till, before looking.
        min_stay_s: Shorter stays are people who pass by.
        overtaking: How much less likely a pairing is for every two receipts of a till whose buyers leave in the
            other order.
        learn_receipts: What is learned about lanes and services rests on at least so many receipts: on days before,
            too, where a day has fewer.
        learn_days: But on at most so many days before.
        clock: How the tills' clocks are judged; holds the time between the receipt and leaving, ``pack_s``.
    """

    window_s: float = 120.0
    unseen: float = 0.1
    min_stay_s: float = 5.0
    overtaking: float = 0.05
    learn_receipts: int = 400
    learn_days: int = 14
    clock: ClockRules = field(default_factory=ClockRules)

    @property
    def expectations(self) -> Expectations:
        """What is expected before looking."""
        return Expectations(self.window_s, self.clock.pack_s, self.unseen)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What the pairing found.

    Attributes:
        pairs: ``frames.RECEIPT_VISITS``, one row per receipt.
        clocks: ``frames.TILL_CLOCKS``: how wrong the tills' clocks were.
    """

    pairs: pd.DataFrame
    clocks: pd.DataFrame


def match_receipts(
    stays: pd.DataFrame,
    receipts: pd.DataFrame,
    rules: PairRules | None = None,
    *,
    lines: pd.DataFrame | None = None,
    clocks: pd.DataFrame | None = None,
    time_zone: str | StoreTime = "UTC",
    since: datetime | None = None,
) -> Matches:
    """Pairs receipts with the stays of their buyers in a till zone.

    Day by day: ``evidence.weigh`` says how well each receipt and each person fit, ``ordering.best_pairing`` finds the
    likeliest pairing of all and the probability of each pair of it. A day's pairs depend on that day and, where it has
    few receipts, on days before it, never on what comes later.

    Args:
        stays: ``frames.STAYS``; those of roles till and queue are used.
        receipts: ``frames.RECEIPTS``; voids and training stay unpaired.
        rules: Window, priors and limits; None: the defaults.
        lines: ``frames.LINES`` of the receipts, for the number of articles; None: not known.
        clocks: ``frames.TILL_CLOCKS`` of the same days; None: judged here, from these receipts and stays.
        time_zone: The store's: days begin on its wall.
        since: Receipts before are only learned from; None: all are paired.

    Returns:
        The pairs, one row for each receipt from ``since`` on, and the clocks. An unpaired receipt says why: ``no till
        zone``, ``not a sale``, ``nothing sold``, ``nobody at the till``, ``another receipt fits better``, ``too far
        from any stay``.

    Raises:
        FrameError: A frame breaks its contract.
    """
    rules = rules or PairRules()
    rows = check(receipts, RECEIPTS)
    here = check(stays, STAYS)
    here = here[here["role"].isin(["till", "queue"])]
    people = standing(here, rules.min_stay_s)
    paid = rows["kind"].isin(["sale", "return"]).to_numpy(dtype=bool)
    if clocks is None:
        clocks = _judged(here, rows[paid].reset_index(drop=True), rules, time_zone)
    why = "nobody at the till" if (here["role"] == "till").any() else "no till zone"
    units = _units(rows, lines)
    nothing = paid & (units == 0) & (rows["total_minor"] == 0).to_numpy(dtype=bool)
    reason = np.where(paid, why, "not a sale").astype(object)
    reason[nothing] = "nothing sold"
    found = _Found.of(reason)
    asked = np.ones(len(rows), dtype=bool) if since is None else (rows["sold_at"] >= since).to_numpy(dtype=bool)
    kept = np.flatnonzero(paid & ~nothing)
    if len(people) and len(kept):
        error_s, spread_s = clock_errors(rows, clocks, time_zone)
        day = local_hour(rows["sold_at"].iloc[kept], time_zone)["local_date"].to_numpy(dtype="datetime64[D]")
        for wanted in np.unique(day[asked[kept]]):
            mine = _with_days_before(day, wanted, rules)
            place = kept[mine]
            # Tills are looked at anew: those of other days make no difference to this one.
            sold, order = _sold(rows.iloc[place], units[place], error_s[place], spread_s[place])
            # Only the day asked about is paired; the days before it teach.
            today = np.where(day[mine] == wanted, place, -1)[order]
            _pair_day(sold, today, people, rules, found)
    pairs = _frame(rows, found, people)
    return Matches(pairs[asked].reset_index(drop=True), clocks)


def quiet(receipts: pd.DataFrame, rules: PairRules, time_zone: str | StoreTime) -> bool:
    """Whether some day has too few receipts to learn from, so that those of days before are needed."""
    # Only what is surely paired counts; receipts over nothing may or may not be.
    sure = receipts["kind"].isin(["sale", "return"]) & (receipts["total_minor"] != 0)
    local = local_hour(receipts["sold_at"], time_zone)["local_date"]
    return bool((sure.groupby(local).sum() < rules.learn_receipts).any())


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What is known of each receipt so far; ``person`` is -1 where there is no pair."""

    candidates: Ints
    gap_s: Floats
    probability: Floats
    person: Ints
    reason: NDArray[np.object_]

    @classmethod
    def of(cls, reason: NDArray[np.object_]) -> _Found:
        """Nothing but why there may be no pair."""
        count = len(reason)
        return cls(
            np.zeros(count, dtype=np.int64),
            np.full(count, np.nan),
            np.full(count, np.nan),
            np.full(count, -1, dtype=np.int64),
            reason,
        )


def _judged(stays: pd.DataFrame, receipts: pd.DataFrame, rules: PairRules, time_zone: str | StoreTime) -> pd.DataFrame:
    if receipts.empty:
        return empty(TILL_CLOCKS)
    first = local_hour(receipts["sold_at"], time_zone)["local_date"].min().date()
    return till_clocks(receipts, departures(stays, rules.min_stay_s), first, time_zone, rules=rules.clock)


def _units(rows: pd.DataFrame, lines: pd.DataFrame | None) -> Floats:
    """Articles on each receipt; -1 where lines are not known."""
    if lines is None:
        return np.full(len(rows), -1.0)
    total = check(lines, LINES).groupby("receipt_id")["quantity"].sum()
    return np.asarray(rows["receipt_id"].map(total).fillna(0).to_numpy(dtype=np.float64))


def _sold(rows: pd.DataFrame, units: Floats, error_s: Floats, spread_s: Floats) -> tuple[Sold, Ints]:
    """The receipts in order of their true times, and which row each is."""
    sold_s = ms(rows["sold_at"]) / 1000.0
    till = pd.factorize(rows["till_id"], sort=True)[0].astype(np.int64)
    at_s = sold_s - error_s
    for number in range(int(till.max()) + 1):
        # A till cuts its times, it does not round them.
        at_s[till == number] += printed_step_s(sold_s[till == number]) / 2.0
    # Receipts of one minute stand in the order of their numbers, as the till printed them.
    order = np.lexsort((rows["receipt_id"].to_numpy(dtype=object).astype(str), at_s)).astype(np.int64)
    back = (rows["kind"] == "return").to_numpy(dtype=bool)
    return Sold(at_s, spread_s, till, units, back).take(order), order


def _with_days_before(day: NDArray[np.datetime64], wanted: np.datetime64, rules: PairRules) -> Ints:
    """Rows of a day, and of as many days before it as it takes to have enough."""
    near = (day <= wanted) & (day >= wanted - np.timedelta64(rules.learn_days, "D"))
    known, counts = np.unique(day[near], return_counts=True)
    enough = np.flatnonzero(np.cumsum(counts[::-1]) >= rules.learn_receipts)
    first = known[::-1][int(enough[0])] if len(enough) else known[0]
    return np.flatnonzero((day >= first) & (day <= wanted)).astype(np.int64)


def _pair_day(sold: Sold, today: Ints, people: Standing, rules: PairRules, found: _Found) -> None:
    """Learns from all receipts given and pairs those of one day.

    Args:
        sold: Receipts of the day and of days before.
        today: The row of each, -1 for those of days before.
        people: Everyone.
        rules: Window and priors.
        found: Is written to.
    """
    first, last = np.searchsorted(people.left_s, [sold.at_s.min() - _HOUR_S, sold.at_s.max() + _HOUR_S])
    pairs = weigh(sold, people.between(int(first), int(last)), rules.expectations)
    wanted = today[pairs.receipt] >= 0
    most = np.ones(len(sold.at_s))
    np.maximum.at(most, pairs.receipt, pairs.weight)
    useful = np.flatnonzero(wanted & (pairs.weight > _LEAST_WEIGHT * most[pairs.receipt]))
    who = pairs.person[useful]
    left_ms = np.rint(1000.0 * people.left_s[who + int(first)]).astype(np.int64)
    chosen, probability = best_pairing(
        Candidates(pairs.receipt[useful], who, pairs.weight[useful], sold.till, rules.overtaking, left_ms)
    )
    picked = useful[chosen]
    rows = today[pairs.receipt[picked]]
    found.candidates[today[today >= 0]] = np.bincount(pairs.receipt, minlength=len(sold.at_s))[today >= 0]
    found.gap_s[rows] = pairs.gap_s[picked] - rules.clock.pack_s
    found.probability[rows] = probability[chosen]
    found.person[rows] = pairs.person[picked] + first
    found.reason[today[np.unique(pairs.receipt[wanted])]] = "too far from any stay"
    taken = np.isin(pairs.person[useful], pairs.person[picked]) & (pairs.weight[useful] > 1.0)
    found.reason[today[np.unique(pairs.receipt[useful][taken])]] = "another receipt fits better"
    found.reason[rows] = None
    _exchanges(sold, today, people, found)


def _exchanges(sold: Sold, today: Ints, people: Standing, found: _Found) -> None:
    """Gives a return that has nobody the buyer of the till's next sale, who stood there already: an exchange."""
    for till in np.unique(sold.till):
        mine = np.flatnonzero((sold.till == till) & (today >= 0))
        for now, after in pairwise(mine):
            row, sale = today[now], today[after]
            who = found.person[sale]
            if found.person[row] >= 0 or not sold.back[now] or sold.back[after] or who < 0:
                continue
            if sold.at_s[after] - sold.at_s[now] > _EXCHANGE_S or people.entered_s[who] > sold.at_s[now]:
                continue
            found.person[row] = who
            found.probability[row] = _EXCHANGE_SHARE * found.probability[sale]
            found.gap_s[row] = sold.at_s[now] - people.left_s[who]
            found.reason[row] = None


def _frame(rows: pd.DataFrame, found: _Found, people: Standing) -> pd.DataFrame:
    known = found.person >= 0
    columns: dict[str, pd.Series] = {}
    for name in ("camera_id", "run_id", "track_id", "zone_id"):
        values = np.full(len(rows), None, dtype=object)
        values[known] = people.track[name].to_numpy(dtype=object)[found.person[known]]
        columns[name] = pd.Series(values, dtype="Int64" if name == "track_id" else "str", index=rows.index)
    way = np.full(len(rows), None, dtype=object)
    way[known] = "till"
    pairs = rows[["receipt_id", "sold_at"]].assign(
        **columns,
        gap_s=found.gap_s,
        candidates=found.candidates,
        probability=found.probability,
        reason=pd.Series(found.reason, dtype="str", index=rows.index),
        way=pd.Series(way, dtype="str", index=rows.index),
    )
    return check(pairs, RECEIPT_VISITS)
