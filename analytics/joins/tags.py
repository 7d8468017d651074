"""What became of tagged items: tried, bought, left unpaid, brought back. Told with its reason, accusing nobody.

Receipts name products and tags name items, so an item at the exit is held against the units of its product that were
sold shortly before. One unit sold pays for one item. ``left_unpaid`` is a list to check, not a verdict: a cashier may
have booked another product, a receipt may be missing, a tag may have been read in passing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..frames import LINES, RECEIPTS, RFID_PASSAGES, check
from ..opening import ms
from .assigning import best_pairs, fair_weights, within

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ItemRules:
    """What is taken to be usual. Every probability rests on these.

    Attributes:
        window_s: An item leaves at most so long after its receipt, and a return is printed at most so long after the
            item came in.
        try_s: An item is bought at most so long after it was tried on.
        leave_s: Mean time from the receipt to the exit.
        enter_s: Mean time from the exit gate to the receipt of a return.
        decide_s: Mean time from the fitting room to the receipt.
        slack_s: How wrong the corrected clocks may be.
        again_s: Passages of one item at exits at most so far apart are one.
        linger: Share of people who stay longer: any time up to ``window_s``.
        unpaid: Share of items at the exit that no receipt explains; the prior.
        returned: Share of items at the exit that are brought back.
        resold: Share of items sold again, of those that were at the exit before.
        brought_in: Share of items without any receipt, of those that were at the exit before.
        missed: Share of items that the exit's readers do not notice.
        misbooked: Share of units that the till books as another product.
    """

    window_s: float = 1800.0
    try_s: float = 7200.0
    leave_s: float = 120.0
    enter_s: float = 600.0
    decide_s: float = 900.0
    slack_s: float = 20.0
    again_s: float = 300.0
    linger: float = 0.1
    unpaid: float = 0.01
    returned: float = 0.05
    resold: float = 0.05
    brought_in: float = 0.3
    missed: float = 0.03
    misbooked: float = 0.01


def units_of(receipts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Every unit sold or brought back, one row each: what an item can be explained by.

    Args:
        receipts: ``frames.RECEIPTS`` with corrected times; voids and training are left out, gifts over nothing stay.
        lines: ``frames.LINES``. Of a line at most 1,000 units count: more are never tagged singly.

    Returns:
        ``receipt_id``, ``product_id``, ``sold_at``, ``kind``, by time, receipt and line.
    """
    kept = check(receipts, RECEIPTS)
    kept = kept.loc[kept["kind"].isin(["sale", "return"]), ["receipt_id", "sold_at", "kind"]]
    rows = check(lines, LINES)[["receipt_id", "line_no", "product_id", "quantity"]]
    rows = rows.merge(kept, on="receipt_id").sort_values(["sold_at", "receipt_id", "line_no"])
    units = rows.loc[rows.index.repeat(rows["quantity"].clip(upper=1000))]
    return units[["receipt_id", "product_id", "sold_at", "kind"]].reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class Sold:
    """What the tills say.

    Attributes:
        units: From ``units_of``.
        printed_ms: When any till printed anything, voids and training too, in order: tills that print are alive.
    """

    units: pd.DataFrame
    printed_ms: Ints


def exits(passages: pd.DataFrame, sold: Sold, left_before: pd.Series, rules: ItemRules) -> pd.DataFrame:
    """What became of each item at the exit.

    A passage i and a unit u of its product weigh, against both being unexplained,

        w = p f(lag) / (q / window * missed)

    with f an asymmetric Laplace density (mean ``leave_s`` or ``enter_s`` on the likely side, ``slack_s`` on the other;
    a share ``linger`` even over the window), p and q the priors for items never seen at an exit before (1 - unpaid for
    a sale, returned * missed for a return, unpaid for neither) or seen there before (resold, 1 - brought_in - resold,
    brought_in). The pairing is the one-to-one assignment with the largest product of weights. The probability of an
    outcome is the posterior over the item's candidates, where a unit that items without one of their own claim too
    counts less. An item without a receipt also stands against units of other products shortly before it that no tag
    explains (``misbooked``): where those are the likelier story it is unknown.

    Args:
        passages: ``frames.RFID_PASSAGES``; those of role exit are used.
        sold: What the tills say, from ``window_s`` before the first passage to ``window_s`` after the last.
        left_before: Last exit read of an EPC before the first passage, by EPC.
        rules: What is usual.

    Returns:
        ``epc``, ``reader_id``, ``first_at``, ``role``, ``product_id``, ``outcome``, ``probability``, ``receipt_id``,
        ``reason`` and ``unit`` (row of ``sold.units``, -1 without). Further passages of an item within ``again_s`` are
        the same event and have no row.
    """
    found = _events(check(passages, RFID_PASSAGES), left_before, rules)
    units = sold.units
    at = ms(found["first_at"])
    unit_at = ms(units["sold_at"])
    products = pd.Index(pd.unique(pd.concat([found["product_id"], units["product_id"]]).dropna()))
    group = products.get_indexer(found["product_id"]).astype(np.int64)
    unit_group = products.get_indexer(units["product_id"]).astype(np.int64)
    item, unit = within(at, group, unit_at, unit_group, (-rules.window_s, rules.window_s))
    before = found["before"].to_numpy(dtype=bool)
    is_sale = (units["kind"] == "sale").to_numpy(dtype=bool)
    weight = _weights(at[item] - unit_at[unit], before[item], is_sale[unit], rules)
    chosen = best_pairs(item, unit, weight)
    taken = np.full(len(found), -1, dtype=np.int64)
    taken[item[chosen]] = unit[chosen]
    fair = fair_weights(item, unit, weight, chosen)
    for_sale = np.bincount(item, weights=fair * is_sale[unit], minlength=len(found))
    for_return = np.bincount(item, weights=fair * ~is_sale[unit], minlength=len(found))
    other, near_unit = _misbooked(at, found["product_id"], taken, units, rules)
    whole = 1.0 + for_sale + for_return + other
    sells = np.append(is_sale, values=False)[taken] & (taken >= 0)
    returns = ~sells & (taken >= 0)
    cases = [sells, returns, before]
    receipt = np.array([*units["receipt_id"], None], dtype=object)
    found["outcome"] = np.select(cases, ["sold", "returned", "brought_in"], "left_unpaid")
    found["probability"] = np.where(sells, for_sale, np.where(returns, for_return, 1.0)) / whole
    found["reason"] = np.select(cases, _REASONS[:3], _REASONS[3])
    found["receipt_id"] = pd.Series(receipt[taken], dtype="str")
    found["unit"] = taken
    silent = (taken < 0) & ~alive(at, sold.printed_ms, rules.window_s)
    _call_unknown(found, (taken < 0) & (other > 1.0), [_BOOKED.format(r) for r in receipt[near_unit]])
    _call_unknown(found, silent, f"no till printed anything within {rules.window_s / 60:g} minutes")
    _call_unknown(found, group < 0, found["problem"])
    return found[[*_ITEM, "outcome", "probability", "receipt_id", "reason", "unit"]]


_ITEM = ["epc", "reader_id", "first_at", "role", "product_id"]
_REASONS = (
    "a unit of this product was sold shortly before",
    "a return of this product follows",
    "was at the exit on an earlier occasion; no receipt of this product is near",
    "no receipt of this product is near",
)
_BOOKED = "receipt {} near by has an item of which no tag was read"


def _call_unknown(items: pd.DataFrame, mask: NDArray[np.bool_], reason: str | list[str] | pd.Series) -> None:
    """Takes back what was said of some items."""
    items["outcome"] = items["outcome"].mask(mask, "unknown")
    items["probability"] = items["probability"].mask(mask)
    items["reason"] = items["reason"].mask(mask, reason)


def _events(passages: pd.DataFrame, left_before: pd.Series, rules: ItemRules) -> pd.DataFrame:
    """Passages at exits, those of one item shortly after each other once, and whether it was there on an earlier day.

    ``before``: the item had been at an exit earlier.
    """
    rows = passages[passages["role"] == "exit"].sort_values(["epc", "first_at", "reader_id"], ignore_index=True)
    same = rows["epc"] == rows["epc"].shift()
    lag = (rows["first_at"] - rows["first_at"].shift()).dt.total_seconds()
    rows = rows[~(same & (lag <= rules.again_s))].reset_index(drop=True)
    rows["before"] = (rows["epc"] == rows["epc"].shift()) | rows["epc"].isin(left_before.index)
    return rows.sort_values(["first_at", "epc", "reader_id"], ignore_index=True)


def laplace(lag_s: Floats, mean_s: float | Floats, slack_s: float) -> Floats:
    """Density of a lag: falls with ``mean_s`` after 0 and with ``slack_s`` before it; integrates to 1."""
    fall = np.where(lag_s >= 0, lag_s / mean_s, -lag_s / slack_s)
    return np.asarray(np.exp(-fall) / (mean_s + slack_s), dtype=np.float64)


def _weights(lag_ms: Ints, before: NDArray[np.bool_], is_sale: NDArray[np.bool_], rules: ItemRules) -> Floats:
    lag_s = lag_ms / 1000.0
    ahead_s = np.where(is_sale, lag_s, -lag_s)
    soon = laplace(ahead_s, np.where(is_sale, rules.leave_s, rules.enter_s), rules.slack_s)
    likely = (1.0 - rules.linger) * soon + rules.linger * (ahead_s >= 0) / rules.window_s
    first = np.where(is_sale, 1.0 - rules.unpaid, rules.returned * rules.missed) / rules.unpaid
    again = np.where(is_sale, rules.resold, 1.0 - rules.brought_in - rules.resold) / rules.brought_in
    return np.asarray(np.where(before, again, first) * likely * rules.window_s / rules.missed, dtype=np.float64)


def _misbooked(
    at: Ints, products: pd.Series, taken: Ints, units: pd.DataFrame, rules: ItemRules
) -> tuple[Floats, Ints]:
    """How much units of other products, tagged ones of which no tag was read, weigh for items without a receipt.

    Returns:
        (N,) sum of weights, and the unit that weighs most (-1: none).
    """
    weight, best = np.zeros(len(at)), np.full(len(at), -1, dtype=np.int64)
    free = (units["kind"] == "sale") & units["product_id"].isin(products.dropna().unique())
    free &= ~units.index.isin(taken)
    rows = np.flatnonzero(free.to_numpy(dtype=bool))
    alone = np.where(taken < 0, 0, -1)
    item, place = within(
        at, alone, ms(units["sold_at"])[rows], np.zeros(len(rows), dtype=np.int64), (-rules.window_s, rules.window_s)
    )
    unit = rows[place]
    lag_s = (at[item] - ms(units["sold_at"])[unit]) / 1000.0
    odds = rules.misbooked / rules.unpaid * rules.window_s / rules.missed
    each = odds * laplace(lag_s, rules.leave_s, rules.slack_s)
    np.add.at(weight, item, each)
    order = np.argsort(each, kind="stable")
    best[item[order]] = unit[order]
    return weight, best


def alive(at: Ints, signs: Ints, within_s: float) -> NDArray[np.bool_]:
    """Whether there is a sign of life within so many seconds before or after."""
    if not len(signs):
        return np.zeros(len(at), dtype=bool)
    place = np.searchsorted(signs, at)
    before = at - signs[np.maximum(place - 1, 0)]
    after = signs[np.minimum(place, len(signs) - 1)] - at
    return np.asarray(np.minimum(np.abs(before), np.abs(after)) <= 1000 * within_s, dtype=bool)
