"""Which receipt belongs to whom at the till: the likeliest pairing of receipts and stays, and how sure it is.

By time alone in a whole shop such a link is a guess among dozens of people; at a till that a camera sees it is a
choice among the two or three who stand there. So nothing is paired without a stay in a till zone, and every pair
carries its probability. Sums by the hour never depend on pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..frames import RECEIPT_VISITS, RECEIPTS, STAYS, check
from ..opening import ms
from .clocks import ClockRules, TillClock, clock_errors, near, till_clocks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairRules:
    """How receipts are paired with stays in till zones.

    Attributes:
        window_s: A receipt and the moment its buyer should have left, further apart than this after the till's clock
            is corrected, are never a pair.
        pack_s: Usual time between the receipt and leaving the till. It cannot be told apart from the clock's error, so
            it is assumed.
        unseen: Share of receipts whose buyer no camera followed at the till: the prior of 'unknown'.
        min_stay_s: Shorter stays are people who pass by.
        clock: How the tills' clocks are judged.
    """

    window_s: float = 120.0
    pack_s: float = 5.0
    unseen: float = 0.1
    min_stay_s: float = 5.0
    clock: ClockRules = field(default_factory=ClockRules)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What the pairing found.

    Attributes:
        pairs: ``frames.RECEIPT_VISITS``, one row per receipt.
        clocks: How wrong the tills' clocks were, by till and time.
    """

    pairs: pd.DataFrame
    clocks: tuple[TillClock, ...]


def match_receipts(stays: pd.DataFrame, receipts: pd.DataFrame, rules: PairRules | None = None) -> Matches:
    """Pairs receipts with the stays of their buyers in a till zone.

    With g_ij the corrected time of receipt i less the moment at which stay j should have paid, s the till's spread,
    w half the window and e the prior of an unseen buyer, a candidate weighs L_ij = (1 - e) N(g_ij; 0, s) and 'unknown'
    weighs u = e / (2 w). The pairing is the one-to-one assignment with the largest product of weights. The probability
    of a pair is the posterior over the receipt's candidates and 'unknown', where a candidate that other receipts also
    claim counts less: with M_ij = L_ij / (1 + sum over k != i of L_kj / u) it is M_ij / (u + sum over j of M_ij).

    Args:
        stays: ``frames.STAYS``; only those of role till are used.
        receipts: ``frames.RECEIPTS``; voids and training stay unpaired.
        rules: Window, priors and limits; None: the defaults.

    Returns:
        The pairs and the clocks. An unpaired receipt says why: ``no till zone``, ``not a sale``, ``nobody at the
        till``, ``another receipt fits better``, ``too far from any stay``.

    Raises:
        FrameError: A frame breaks its contract.
    """
    rules = rules or PairRules()
    rows = check(receipts, RECEIPTS)
    at_till = check(stays, STAYS)
    at_till = at_till[(at_till["role"] == "till") & (at_till["end_cause"] != "fixed")]
    why = "no till zone" if at_till.empty else "nobody at the till"
    at_till = at_till[at_till["dwell_s"] >= rules.min_stay_s]
    at_till = at_till.sort_values(["left", "camera_id", "run_id", "track_id"], ignore_index=True)
    paid = rows["kind"].isin(["sale", "return"]).to_numpy(dtype=bool)
    found = rows[["receipt_id", "sold_at"]].assign(candidates=0, gap_s=np.nan, probability=np.nan, stay=-1)
    found["reason"] = np.where(paid, why, "not a sale")
    left_s = ms(at_till["left"]) / 1000.0
    sold_s = ms(rows["sold_at"]) / 1000.0
    clocks = till_clocks(rows[paid], left_s - rules.pack_s, rules.clock)
    if at_till.empty or not paid.any():
        return Matches(_frame(found, at_till), clocks)
    error_s, spread_s = clock_errors(rows, clocks)
    due_s = left_s - rules.pack_s
    receipt, stay = near(np.where(paid, sold_s - error_s, np.inf), due_s, rules.window_s)
    gap = np.asarray(sold_s[receipt] - error_s[receipt] - due_s[stay], dtype=np.float64)
    weight = _weights(gap, spread_s[receipt], rules)
    chosen = _assign(receipt, stay, weight)
    probability = _posterior(receipt, stay, weight)
    found["candidates"] = np.bincount(receipt, minlength=len(rows))
    taken = np.isin(stay, stay[chosen])
    blocked = np.bincount(receipt, weights=taken & (weight > 1.0), minlength=len(rows)) > 0
    reason = found["reason"].to_numpy(dtype=object, copy=True)
    some = found["candidates"].to_numpy() > 0
    reason[some] = np.where(blocked[some], "another receipt fits better", "too far from any stay")
    reason[receipt[chosen]] = None
    for name, values in (("gap_s", gap - rules.pack_s), ("probability", probability), ("stay", stay)):
        column = found[name].to_numpy(copy=True)
        column[receipt[chosen]] = values[chosen]
        found[name] = column
    found["reason"] = pd.Series(reason, dtype="str", index=found.index)
    return Matches(_frame(found, at_till), clocks)


def _weights(gap_s: Floats, spread_s: Floats, rules: PairRules) -> Floats:
    """L_ij / u: how many times likelier the candidate is than 'unknown'."""
    density = np.exp(-0.5 * (gap_s / spread_s) ** 2) / (spread_s * np.sqrt(2.0 * np.pi))
    return np.asarray((1.0 - rules.unseen) * density / (rules.unseen / (2.0 * rules.window_s)))


def _assign(receipt: Ints, stay: Ints, weight: Floats) -> Ints:
    """Positions of the chosen candidates: in each cluster the assignment with the largest sum of log weights.

    A candidate less likely than 'unknown' is never chosen, so it is left out before the clusters are made.
    """
    useful = np.flatnonzero(weight > 1.0)
    if not len(useful):
        return useful.astype(np.int64)
    receipts, row = np.unique(receipt[useful], return_inverse=True)
    stays, column = np.unique(stay[useful], return_inverse=True)
    size = len(receipts) + len(stays)
    links = coo_array((np.ones(len(useful)), (row, len(receipts) + column)), shape=(size, size))
    cluster = connected_components(links, directed=False)[1][row]
    order = np.argsort(cluster, kind="stable")
    chosen: list[Ints] = []
    for part in np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1):
        if len(part) == 1:
            chosen.append(useful[part])
            continue
        rows, at_row = np.unique(row[part], return_inverse=True)
        columns, at_column = np.unique(column[part], return_inverse=True)
        # Leaving a receipt unpaired is worth 0, which is what the empty cells are.
        gain = np.zeros((len(rows), len(columns)))
        where = np.full(gain.shape, -1, dtype=np.int64)
        gain[at_row, at_column] = np.log(weight[useful[part]])
        where[at_row, at_column] = useful[part]
        picked = where[linear_sum_assignment(gain, maximize=True)]
        chosen.append(picked[picked >= 0])
    return np.concatenate(chosen).astype(np.int64)


def _posterior(receipt: Ints, stay: Ints, weight: Floats) -> Floats:
    rivals = np.bincount(stay, weights=weight)[stay] - weight
    fair = weight / (1.0 + np.maximum(rivals, 0.0))
    return np.asarray(fair / (1.0 + np.bincount(receipt, weights=fair)[receipt]))


def _frame(found: pd.DataFrame, at_till: pd.DataFrame) -> pd.DataFrame:
    stay = found["stay"].to_numpy(dtype=np.int64)
    known = stay >= 0
    pairs = found.drop(columns="stay")
    for name in ("camera_id", "run_id", "track_id", "zone_id"):
        values = np.full(len(found), None, dtype=object)
        values[known] = at_till[name].to_numpy(dtype=object)[stay[known]]
        pairs[name] = pd.Series(values, dtype="Int64" if name == "track_id" else "str", index=pairs.index)
    return check(pairs, RECEIPT_VISITS)
