"""What was bought, told as baskets: builders of ``Purchases`` for the tests of baskets and networks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import frames
from analytics.purchases import Purchases, purchases

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = "Europe/Berlin"
FIRST = date(2026, 1, 5)
# Day from FIRST on, minutes after opening at nine, member or none, products.
Sale = tuple[int, float, str | None, list[str]]


def bought(sales: Sequence[Sale], *, days: int = 60, categories: dict[str, str] | None = None) -> Purchases:
    """Receipts R0, R1, ... of till T1; every product costs a euro and is of category "goods" unless said otherwise.

    ``categories`` is then the whole product master: what it does not name is not in it.
    """
    rows = pd.DataFrame(list(sales), columns=["day", "minute", "member_id", "products"])
    names = [f"R{n}" for n in range(len(rows))]
    day = pd.Timestamp(FIRST) + pd.to_timedelta(rows["day"].astype("int64"), unit="D")
    moment = day + pd.to_timedelta(540 * 60_000 + (rows["minute"] * 60_000).round().astype("int64"), unit="ms")
    counts = [len(one) for one in rows["products"]]
    receipts = pd.DataFrame(
        {
            "receipt_id": pd.Series(names, dtype="str"),
            "till_id": pd.Series(["T1"] * len(rows), dtype="str"),
            "sold_at": moment.dt.as_unit("ms").dt.tz_localize(ZONE).dt.tz_convert("UTC"),
            "kind": pd.Series(["sale"] * len(rows), dtype="str"),
            "total_minor": np.array(counts, dtype=np.int64) * 100,
            "currency": pd.Series(["EUR"] * len(rows), dtype="str"),
            "member_id": rows["member_id"].astype("str"),
            "return_of": pd.Series([None] * len(rows), dtype="str"),
        }
    )
    items = pd.Series([item for one in rows["products"] for item in one], dtype="str")
    lines = pd.DataFrame(
        {
            "receipt_id": pd.Series(np.repeat(np.array(names, dtype=object), counts), dtype="str"),
            "line_no": np.array([n for many in counts for n in range(many)], dtype=np.int64),
            "product_id": items,
            "quantity": 1,
            "unit_price_minor": 100,
            "discount_minor": 0,
            "line_total_minor": 100,
        }
    )
    known = dict.fromkeys(sorted(set(items)), "goods") if categories is None else categories
    products = [(name, "0", name.upper(), "", group, 100, 50) for name, group in known.items()]
    members = sorted(set(rows["member_id"].dropna()))
    cards = [(name, pd.Timestamp("2025-01-01"), None, None, None, True) for name in members]
    return purchases(
        receipts if len(rows) else frames.empty(frames.RECEIPTS),
        lines if len(items) else frames.empty(frames.LINES),
        frames.check(pd.DataFrame(cards, columns=frames.MEMBERS.names), frames.MEMBERS),
        frames.check(pd.DataFrame(products, columns=frames.PRODUCTS.names), frames.PRODUCTS),
        as_of=FIRST + timedelta(days=days - 1),
        time=ZONE,
    )


def independent(many: int, items: int, seed: int, days: int = 60) -> list[Sale]:
    """Sales in which every product is bought independently of all others, few often and many seldom."""
    rng = np.random.default_rng(seed)
    chance = 0.3 / np.arange(1, items + 1) ** 0.7
    held = rng.random((many, items)) < chance
    day, minute = np.sort(rng.integers(0, days, many)), rng.uniform(0, 600, many)
    return [
        (int(day[n]), float(minute[n]), None, [f"p{i:03}" for i in np.flatnonzero(held[n])] or ["p000"])
        for n in range(many)
    ]
