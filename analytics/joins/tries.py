"""What became of items that were tried on, and who in the fitting room held them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..frames import ITEM_OUTCOMES, RFID_PASSAGES, STAYS, check
from ..opening import ms
from .assigning import best_pairs, within
from .tags import ItemRules, Sold, alive, exits, laplace

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Reads of an item and the stay of the person who carries it may disagree by so much at each end.
_EDGE_S = 10.0
# Usual length of a stay in a fitting room; and the share of people in there whom no camera followed.
_USUAL_S, _UNSEEN = 300.0, 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """What the cameras saw of the fitting rooms.

    Attributes:
        stays: ``frames.STAYS``; those of role fitting_room are used.
        watched: ``camera_id``, ``begins``, ``ends``: when the cameras of the fitting rooms saw well.
        places: Camera and zone that see the place of a reader, by reader; without it, or None for one of them: any.
    """

    stays: pd.DataFrame
    watched: pd.DataFrame
    places: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


def item_outcomes(
    passages: pd.DataFrame, sold: Sold, left_before: pd.Series, seen: Rooms, rules: ItemRules | None = None
) -> pd.DataFrame:
    """What became of every item at the exit and in the fitting rooms.

    Args:
        passages: ``frames.RFID_PASSAGES``, with ``try_s`` and ``window_s`` more on both sides of what is wanted.
        sold: What the tills say in that time.
        left_before: Last exit read of an EPC before the first passage, by EPC.
        seen: What the cameras saw.
        rules: What is usual; None: the defaults.

    Returns:
        ``frames.ITEM_OUTCOMES``, by first read; readers without a role have none.

    Raises:
        FrameError: A frame breaks its contract.
    """
    rules = rules or ItemRules()
    left = exits(passages, sold, left_before, rules)
    tried = _tries(check(passages, RFID_PASSAGES), left, sold, rules)
    held = _held_by_reader(tried, seen)
    rows = pd.concat([left.drop(columns="unit"), held.drop(columns="last_at")], ignore_index=True)
    for column in ITEM_OUTCOMES.columns:
        if column.name not in rows:
            rows[column.name] = pd.Series(None, index=rows.index, dtype=pd.api.types.pandas_dtype(column.dtype))
    return check(rows.sort_values(["first_at", "epc", "reader_id"])[ITEM_OUTCOMES.names], ITEM_OUTCOMES)


def _tries(passages: pd.DataFrame, left: pd.DataFrame, sold: Sold, rules: ItemRules) -> pd.DataFrame:
    """Each try with its outcome.

    A try is bought when this very item passes the exit paid within ``try_s``, and nobody tried it on in between. Where
    the exit missed the item, a unit of the product that no other item explains, sold after the try, speaks for it: its
    lag's density (mean ``decide_s``) against an even one over ``try_s``, even odds beforehand.
    """
    columns = ["epc", "reader_id", "first_at", "last_at", "role", "product_id", "problem"]
    found = passages.loc[passages["role"] == "fitting_room", columns]
    found = found.sort_values(["first_at", "epc", "reader_id"], ignore_index=True)
    last = ms(found["last_at"])
    gone = _next_exit(found, left, rules)
    was = np.where(gone >= 0, left["outcome"].to_numpy(dtype=object)[gone] if len(left) else "", "")
    paid = was == "sold"
    outcome = np.where(paid, "tried_bought", "tried_not_bought").astype(object)
    probability = np.ones(len(found)) - rules.unpaid
    receipt = np.full(len(found), None, dtype=object)
    reason = np.full(len(found), "did not pass the exit within the time allowed", dtype=object)
    if len(left):
        chance = left["probability"].to_numpy(dtype=np.float64)[gone]
        probability[gone >= 0] = chance[gone >= 0]
        receipt[paid] = left["receipt_id"].to_numpy(dtype=object)[gone][paid]
    reason[paid] = "the item passed the exit, paid"
    reason[was == "left_unpaid"] = "the item passed the exit; no receipt of this product is near"
    reason[(was == "returned") | (was == "brought_in")] = "the item passed the exit without a sale"
    units, unit_row, odds = _free_units(found, left, sold, gone, rules)
    probability[gone < 0] /= 1.0 + odds[gone < 0]
    picked = unit_row >= 0
    outcome[picked] = "tried_bought"
    probability[picked] = (odds / (1.0 + odds))[picked]
    receipt[picked] = units["receipt_id"].to_numpy(dtype=object)[unit_row[picked]]
    reason[picked] = "a unit of this product was sold after it; its tag was not read at the exit"
    gates = np.sort(ms(left["first_at"]))
    silent = (gone < 0) & ~alive(last, gates, rules.try_s) & ~alive(last, sold.printed_ms, rules.try_s)
    unknown = np.isin(was, ["unknown"]) | silent | found["product_id"].isna().to_numpy(dtype=bool)
    reason[was == "unknown"] = "the item passed the exit; whether it was paid for is unknown"
    reason[silent] = "neither the exit's reader nor the tills said anything in that time"
    problem = found["problem"].to_numpy(dtype=object)
    reason[found["product_id"].isna()] = problem[found["product_id"].isna()]
    outcome[unknown], probability[unknown], receipt[unknown] = "unknown", np.nan, None
    return found.drop(columns="problem").assign(
        outcome=outcome,
        probability=probability,
        receipt_id=pd.Series(receipt, dtype="str", index=found.index),
        reason=pd.Series(reason, dtype="str", index=found.index),
    )


def _next_exit(tries: pd.DataFrame, left: pd.DataFrame, rules: ItemRules) -> Ints:
    """Row of ``left`` in which each try's item goes out; -1: it does not, or somebody tried it on again before."""
    epcs = pd.Index(pd.unique(pd.concat([tries["epc"], left["epc"]])))
    tag = epcs.get_indexer(tries["epc"]).astype(np.int64)
    one, exit_row = within(
        ms(tries["last_at"]), tag, ms(left["first_at"]), epcs.get_indexer(left["epc"]), (-rules.try_s, 0.0)
    )
    found = np.full(len(tries), -1, dtype=np.int64)
    # Of a try's exits the first, of an exit's tries the last: pairs stand in order of time.
    found[one[::-1]] = exit_row[::-1]
    owner = pd.Series(found)
    later = owner[owner >= 0].duplicated(keep="last")
    found[later.index[later]] = -1
    return found


def _free_units(
    tries: pd.DataFrame, left: pd.DataFrame, sold: Sold, gone: Ints, rules: ItemRules
) -> tuple[pd.DataFrame, Ints, Floats]:
    """Units sold of which no tag was read at the exit, and the tries that they may belong to.

    Returns:
        The units, the unit that each try takes (-1: none), and the odds that the try was bought all the same.
    """
    mask = (sold.units["kind"] == "sale").to_numpy(dtype=bool, copy=True)
    mask[left.loc[left["unit"] >= 0, "unit"]] = False
    units = sold.units[mask].reset_index(drop=True)
    products = pd.Index(pd.unique(pd.concat([tries["product_id"], units["product_id"]]).dropna()))
    group = np.where(gone < 0, products.get_indexer(tries["product_id"]), -1).astype(np.int64)
    unit_at = ms(units["sold_at"])
    last = ms(tries["last_at"])
    one, unit = within(
        last, group, unit_at, products.get_indexer(units["product_id"]).astype(np.int64),
        (-rules.try_s, rules.slack_s),
    )  # fmt: skip
    odds_each = rules.try_s * laplace((unit_at[unit] - last[one]) / 1000.0, rules.decide_s, rules.slack_s)
    odds = np.bincount(one, weights=odds_each, minlength=len(tries)).astype(np.float64)
    chosen = best_pairs(one, unit, odds_each)
    taken = np.full(len(tries), -1, dtype=np.int64)
    taken[one[chosen]] = unit[chosen]
    return units, taken, odds


def _held_by_reader(tries: pd.DataFrame, seen: Rooms) -> pd.DataFrame:
    """``_held`` with the stays in front of each reader."""
    stays = check(seen.stays, STAYS)
    rooms = stays[(stays["role"] == "fitting_room") & (stays["end_cause"] != "fixed")]
    parts = [_held(tries.iloc[:0], rooms, seen.watched)]
    for reader, mine in tries.groupby("reader_id"):
        camera, zone = seen.places.get(str(reader), (None, None))
        near, watched = rooms, seen.watched
        if camera is not None:
            near, watched = near[near["camera_id"] == camera], watched[watched["camera_id"] == camera]
        if zone is not None:
            near = near[near["zone_id"] == zone]
        parts.append(_held(mine.reset_index(drop=True), near.reset_index(drop=True), watched))
    return pd.concat(parts, ignore_index=True)


def _held(tries: pd.DataFrame, rooms: pd.DataFrame, watched: pd.DataFrame) -> pd.DataFrame:
    """The stay in the fitting room during which an item was read.

    First and last read lie anywhere in the holder's stay, so a stay of length d that covers both weighs 1 / d**2, and
    somebody unseen 1 / d**2 with the usual length; the probability is the posterior. A stay that covers the passage but
    for the edges is the likelier the shorter it is.
    """
    first, last = ms(tries["first_at"]), ms(tries["last_at"])
    begins, ends = ms(rooms["entered"]), ms(rooms["left"])
    longest = (ends - begins).max() / 1000.0 if len(rooms) else 0.0
    everywhere = np.zeros(len(tries), dtype=np.int64)
    one, stay = within(first, everywhere, begins, np.zeros(len(rooms), dtype=np.int64), (-_EDGE_S, longest + _EDGE_S))
    covers = last[one] <= ends[stay] + round(1000 * _EDGE_S)
    one, stay = one[covers], stay[covers]
    length = np.maximum((ends[stay] - begins[stay]) / 1000.0, _EDGE_S)
    weight = (1.0 - _UNSEEN) / _UNSEEN * (_USUAL_S / length) ** 2
    share = weight / (1.0 + np.bincount(one, weights=weight, minlength=len(tries)))[one]
    order = np.argsort(share, kind="stable")
    best = np.full(len(tries), -1, dtype=np.int64)
    best[one[order]] = order
    known = best >= 0
    spans = watched.sort_values("begins")
    seen = np.zeros(len(tries), dtype=bool)
    for begin, end in zip(ms(spans["begins"]), ms(spans["ends"]), strict=True):
        seen |= (first < end) & (last >= begin)
    result = tries.copy()
    for name in ("camera_id", "run_id", "track_id"):
        values = np.full(len(tries), None, dtype=object)
        values[known] = rooms[name].to_numpy(dtype=object)[stay[best[known]]]
        result[name] = pd.Series(values, dtype="Int64" if name == "track_id" else "str", index=tries.index)
    counts = pd.Series(np.bincount(one, minlength=len(tries)), dtype="Int64", index=tries.index)
    result["stays"] = counts.mask(pd.Series(~seen & ~known, index=tries.index))
    sure = np.full(len(tries), np.nan)
    sure[known] = share[best[known]]
    result["stay_probability"] = sure
    return result
