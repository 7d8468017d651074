"""Receipts whose buyer no till camera saw, linked to who went out by the door while their items passed the gate.

Tags name the receipt (``tags``) and the gate the moment; the door's line says who went out then. How far the gate is
from the line is learned from the day itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..frames import CROSSINGS, ITEM_OUTCOMES, RECEIPT_VISITS, check, local_day
from ..opening import ms
from .assigning import within
from .ordering import Candidates, best_pairing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frames import StoreTime

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WHO = ["camera_id", "run_id", "track_id"]
_ROUNDS = 10
# What is expected before looking, in items: the line is as near as the gate, within walking seconds.
_PRIOR_ITEMS, _PRIOR_SPREAD_S, _LEAST_SPREAD_S = 10.0, 3.0, 0.4
# Lags that follow no rule: somebody stops between gate and line.
_ODD = 0.03
_QUARTER_S = 450.0


@dataclass(frozen=True, slots=True)
class GateRules:
    """How items at the gate speak for who went out.

    Attributes:
        gates: Readers at exits, and the camera whose line is at each; None: any entrance.
        reach_s: Reads and the crossing of the line are at most so far apart.
        together_s: Items of one receipt further apart were not carried by one person at one time.
        unseen: Share of carriers whom the door's camera missed, before looking.
        least: A less likely pair is not told: of a company of three that leaves together nobody knows who carried.
    """

    gates: Mapping[str, str | None] = field(default_factory=dict)
    reach_s: float = 15.0
    together_s: float = 10.0
    unseen: float = 0.03
    least: float = 0.5


def pair_by_gate(  # noqa: PLR0917 - three frames and what they mean
    pairs: pd.DataFrame,
    right_at: pd.Series,
    outcomes: pd.DataFrame,
    crossings: pd.DataFrame,
    rules: GateRules,
    time_zone: str | StoreTime,
) -> pd.DataFrame:
    """Completes pairs of receipts and people by who went out while the receipt's items were read at the gate.

    A receipt with items at the gate and a crossing of the line with the lag l weigh (1 - u) / u * f(l) / r, with f the
    density of lags at that gate, r the rate of crossings in the quarter of an hour around, u the share of carriers
    whom the camera missed; f and u are learned from the day. All receipts compete, those with a pair at the till too,
    and the probability of a pair is its share of all pairings times that of the item being the receipt's. A day of
    receipts rests on that day, and on none after it.

    Args:
        pairs: ``frames.RECEIPT_VISITS``; pairs that are known stay as they are.
        right_at: When each receipt of ``pairs`` was printed, by a right clock; same rows.
        outcomes: ``frames.ITEM_OUTCOMES`` of the same days; of the day before, too, where a till's clock may be ahead.
        crossings: ``frames.CROSSINGS`` of the same days.
        rules: Gates and limits.
        time_zone: The store's.

    Returns:
        The same rows; new pairs have ``way`` gate, the track that crossed the line, no zone, and a negative ``gap_s``:
        the receipt was there before its buyer left. Their ``reason`` still says why the till told nothing.

    Raises:
        FrameError: A frame breaks its contract.
    """
    found = check(pairs, RECEIPT_VISITS).reset_index(drop=True)
    items = check(outcomes, ITEM_OUTCOMES)
    items = items[(items["outcome"] == "sold") & items["reader_id"].isin(list(rules.gates))]
    rows = check(crossings, CROSSINGS)
    out = rows[(rows["role"] == "entrance") & (rows["direction"] == "out") & rows["held"]]
    out = out.sort_values(["at", *_WHO], ignore_index=True)
    if found.empty or items.empty or out.empty:
        return found
    carried = _carried(items, found, rules.together_s, time_zone)
    if carried.empty:
        return found
    exits = _Exits.of(out, found)
    parts = [_assign(mine, exits, rules) for _, mine in carried.groupby("day")]
    made = pd.concat(parts, ignore_index=True)
    made = made[found["track_id"].isna().to_numpy(dtype=bool)[made["row"]]]
    return _completed(found, ms(right_at), out, made)


def _carried(items: pd.DataFrame, pairs: pd.DataFrame, together_s: float, store: str | StoreTime) -> pd.DataFrame:
    """When each receipt's items left: of several times that at which the most did.

    Returns:
        ``row`` of the pairs, ``day`` of the receipt, ``reader_id``, ``at`` (UTC ms), ``sure``: that an item is its.
    """
    receipts = pd.Series(np.arange(len(pairs)), index=pairs["receipt_id"])
    told = items[items["receipt_id"].isin(receipts.index)]
    told = told.assign(row=told["receipt_id"].map(receipts).astype("int64"), at=ms(told["first_at"]))
    told["day"] = local_day(pairs["sold_at"], store).to_numpy()[told["row"]]
    # What happens on a later day is not known yet when a day is computed for the first time.
    told = told[local_day(told["first_at"], store).to_numpy() <= told["day"].to_numpy()]
    told = told.sort_values(["row", "reader_id", "at", "epc"], ignore_index=True)
    same = (told["row"] == told["row"].shift()) & (told["reader_id"] == told["reader_id"].shift())
    told["part"] = (~same | (told["at"].diff() > 1000 * together_s)).cumsum()
    grouped = told.groupby("part").agg(
        row=("row", "first"),
        day=("day", "first"),
        reader_id=("reader_id", "first"),
        at=("at", "median"),
        sure=("probability", "max"),
        all=("probability", "sum"),
    )
    best = grouped.sort_values(["row", "all", "at"], ascending=[True, False, True]).drop_duplicates("row")
    return best.assign(at=best["at"].round().astype("int64")).reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Exits:
    """Who went out, in order of time.

    Attributes:
        at: UTC milliseconds.
        who: Number of the track of each.
        camera: Camera of each.
        owner: Row of the pairs to which the track belongs already; -1: none.
    """

    at: Ints
    who: Ints
    camera: NDArray[np.object_]
    owner: Ints

    @classmethod
    def of(cls, out: pd.DataFrame, pairs: pd.DataFrame) -> _Exits:
        """Of crossings, with what the tills know."""
        known = pairs.loc[pairs["track_id"].notna(), _WHO]
        known = known.astype({"track_id": "int64"}).assign(row=known.index).drop_duplicates(_WHO)
        owner = out[_WHO].merge(known, on=_WHO, how="left")["row"].fillna(-1).to_numpy(dtype=np.int64)
        who = pd.factorize(pd.MultiIndex.from_frame(out[_WHO]))[0].astype(np.int64)
        return cls(ms(out["at"]), who, out["camera_id"].to_numpy(dtype=object), owner)


def _assign(carried: pd.DataFrame, exits: _Exits, rules: GateRules) -> pd.DataFrame:
    """Of one day: ``row`` of the pairs, ``exit``, ``probability`` and ``candidates`` of each pair that is made."""
    at = carried["at"].to_numpy(dtype=np.int64)
    rows = carried["row"].to_numpy(dtype=np.int64)
    everywhere, anybody = np.zeros(len(at), dtype=np.int64), np.zeros(len(exits.at), dtype=np.int64)
    one, out = within(at, everywhere, exits.at, anybody, (-rules.reach_s, rules.reach_s))
    camera = carried["reader_id"].map(rules.gates).to_numpy(dtype=object)
    fits = (camera[one] == exits.camera[out]) | pd.isna(camera[one])
    fits &= (exits.owner[out] < 0) | (exits.owner[out] == rows[one])
    one, out = one[fits], out[fits]
    lag_s = (exits.at[out] - at[one]) / 1000.0
    gate = pd.factorize(carried["reader_id"], sort=True)[0]
    weight = _weigh(one, lag_s, gate[one], _rate(exits.at, exits.at[out]), rules)
    # A track that goes out twice is one person: the likelier of its crossings speaks for it.
    order = np.lexsort((-weight, exits.who[out], one))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(one[order]) != 0) | (np.diff(exits.who[out][order]) != 0)
    use = order[first]
    chosen, probability = best_pairing(
        # Nobody queues at a door: every receipt is a lane of its own, so that no order is asked for.
        Candidates(one[use], exits.who[out[use]], weight[use], np.arange(len(at)))
    )
    picked = use[chosen]
    likely = probability[chosen] * carried["sure"].to_numpy(dtype=np.float64)[one[picked]]
    told = likely >= rules.least
    return pd.DataFrame(
        {
            "row": rows[one[picked]],
            "exit": out[picked],
            "probability": likely,
            "candidates": np.bincount(one, minlength=len(at))[one[picked]],
        }
    ).iloc[np.flatnonzero(told)]


def _rate(exits_ms: Ints, at: Ints) -> Floats:
    """Crossings per second around each moment, without the one that is looked at; never quite none."""
    span = round(1000 * _QUARTER_S)
    count = np.searchsorted(exits_ms, at + span) - np.searchsorted(exits_ms, at - span)
    return np.asarray(np.maximum(count - 1.0, 0.5) / (2.0 * _QUARTER_S))


def _weigh(receipt: Ints, lag_s: Floats, gate: Ints, rate: Floats, rules: GateRules) -> Floats:
    """Weights of the candidates, with lags and misses learned by expectation and maximisation, gate by gate."""
    gates = int(gate.max()) + 1 if len(gate) else 0
    middle, spread, unseen = np.zeros(gates), np.full(gates, _PRIOR_SPREAD_S), rules.unseen
    size = int(receipt.max()) + 1 if len(receipt) else 0
    weight = np.zeros(len(receipt))
    for last in (*[False] * _ROUNDS, True):
        bell = np.exp(-0.5 * ((lag_s - middle[gate]) / spread[gate]) ** 2) / (spread[gate] * np.sqrt(2.0 * np.pi))
        density = (1.0 - _ODD) * bell + _ODD / (2.0 * rules.reach_s)
        weight = (1.0 - unseen) / unseen * density / rate
        if last:
            break
        claim = weight / (1.0 + np.bincount(receipt, weights=weight, minlength=size))[receipt]
        total = np.bincount(gate, weights=claim, minlength=gates)
        middle = np.bincount(gate, weights=claim * lag_s, minlength=gates) / (total + _PRIOR_ITEMS)
        square = np.bincount(gate, weights=claim * (lag_s - middle[gate]) ** 2, minlength=gates)
        spread = np.sqrt((square + _PRIOR_ITEMS * _PRIOR_SPREAD_S**2 / 9.0) / (total + _PRIOR_ITEMS))
        spread = np.maximum(spread, _LEAST_SPREAD_S)
        seen = np.bincount(receipt, weights=claim, minlength=size)
        some = np.unique(receipt)
        missing = float((1.0 - seen[some]).sum()) + _PRIOR_ITEMS * rules.unseen
        unseen = min(0.9, max(0.005, missing / (len(some) + _PRIOR_ITEMS)))
    return weight


def _completed(pairs: pd.DataFrame, right_ms: Ints, out: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    rows, exits = made["row"].to_numpy(dtype=np.int64), made["exit"].to_numpy(dtype=np.int64)
    for name in _WHO:
        values = pairs[name].to_numpy(dtype=object, copy=True)
        values[rows] = out[name].to_numpy(dtype=object)[exits]
        pairs[name] = pd.Series(values, dtype="Int64" if name == "track_id" else "str")
    for name, new in (
        ("gap_s", (right_ms[rows] - ms(out["at"])[exits]) / 1000.0),
        ("candidates", made["candidates"].to_numpy()),
        ("probability", made["probability"].to_numpy()),
    ):
        values = pairs[name].to_numpy(copy=True)
        values[rows] = new
        pairs[name] = values
    way = pairs["way"].to_numpy(dtype=object, copy=True)
    way[rows] = "gate"
    pairs["way"] = pd.Series(way, dtype="str")
    return check(pairs, RECEIPT_VISITS)
