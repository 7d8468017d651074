"""The lifetime value that fits on the back of an envelope: margin, retention, discount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..frames import Answer
from ..metrics import wilson

if TYPE_CHECKING:
    from .lives import PurchaseDays

QUARTER_DAYS, QUARTER_MONTHS = 90, 3
LEAST_BUYERS = 30


@dataclass(frozen=True, slots=True)
class SimpleValue:
    """The value of a buyer by retention alone, from quarters of 90 days.

    Attributes:
        buyers: Members who bought in the quarter before the last.
        kept: Of them, those who bought in the last as well.
        retention: ``kept / buyers``.
        retention_low: 95 % interval (Wilson).
        retention_high: 95 % interval.
        spend_minor: Net sales of a buyer of the last quarter, times the margin where it is known.
        multiple: By which this becomes a lifetime.
        value_minor: ``spend_minor * multiple``.
        value_low_minor: The same at the ends of the retention.
        value_high_minor: The same.
    """

    buyers: int
    kept: int
    retention: float
    retention_low: float
    retention_high: float
    spend_minor: float
    multiple: float
    value_minor: float
    value_low_minor: float
    value_high_minor: float


def multiple(retention: float, discount: float) -> float:
    """How many periods' margins a customer is worth: retention / (1 + discount - retention).

    S. Gupta and D. R. Lehmann, "Customers as Assets", Journal of Interactive Marketing 17 (2003).

    Args:
        retention: Share of customers kept from one period to the next, 0..1.
        discount: Of a period, over 0 or at least such that the sum is finite.
    """
    return retention / (1 + discount - retention)


def simple(days: PurchaseDays, first: int, last: int, margin: float, monthly: float) -> SimpleValue | Answer:
    """The simple value from the last two quarters, or why there is none.

    Args:
        days: Purchases of members.
        first: First day of the data, days since 1970.
        last: Last day.
        margin: Share of sales that counts.
        monthly: Discount of a month.
    """
    if last - first + 1 < 2 * QUARTER_DAYS:
        return Answer("simple", "few_days", last - first + 1, 2 * QUARTER_DAYS)
    now = days.day > last - QUARTER_DAYS
    before = (days.day > last - 2 * QUARTER_DAYS) & ~now
    buyers, again = np.unique(days.member[before]), np.unique(days.member[now])
    kept = int(np.isin(buyers, again).sum())
    if len(buyers) < LEAST_BUYERS:
        return Answer("simple", "few_members", len(buyers), LEAST_BUYERS)
    discount = (1 + monthly) ** QUARTER_MONTHS - 1
    share = kept / len(buyers)
    low, high = wilson(kept, len(buyers)) or (0.0, 1.0)
    if discount == 0 and high >= 1:
        return Answer("simple", "not_identified")
    spend = max(float(days.amount_minor[now].sum()), 0.0) * margin / max(len(again), 1)
    ends = [spend * multiple(rate, discount) for rate in (share, low, high)]
    return SimpleValue(len(buyers), kept, share, low, high, spend, multiple(share, discount), *ends)
