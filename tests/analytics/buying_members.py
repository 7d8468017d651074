"""Purchases of made-up members, as the questions about customers are given them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import frames, purchases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.purchases import Purchases

ZONE = "Europe/Berlin"
FIRST = date(2025, 1, 1)
# Member (None: no card), day since FIRST, cents, product, units, kind.
Bought = tuple[str | None, int, int, str, int, str]


def bought(who: str | None, day: int, cents: int = 1000, product: str = "P1", units: int = 1) -> Bought:
    """One receipt with one line."""
    return who, day, cents, product, units, "sale"


def shop(
    rows: Iterable[Bought], *, last: int, unwilling: Sequence[str] = (), products: Sequence[str] = (), more: int = 0
) -> Purchases:
    """What was sold up to the end of the day ``last`` after FIRST; members are those who bought, and ``more``."""
    known = list(rows)
    names = sorted({row[0] for row in known if row[0] is not None}) + [f"Z{n}" for n in range(more)]
    noon = [
        pd.Timestamp(FIRST + timedelta(days=row[1]), tz=ZONE) + pd.Timedelta(hours=12, seconds=n % 9000)
        for n, row in enumerate(known)
    ]
    ids = [f"R{n}" for n in range(len(known))]
    receipts = pd.DataFrame(
        {
            "receipt_id": pd.Series(ids, dtype="str"),
            "till_id": "T1",
            "sold_at": pd.Series(pd.DatetimeIndex(noon, tz=ZONE).tz_convert("UTC").as_unit("ms")),
            "kind": pd.Series([row[5] for row in known], dtype="str"),
            "total_minor": pd.Series([row[2] for row in known], dtype="int64"),
            "currency": "EUR",
            "member_id": pd.Series([row[0] for row in known], dtype="str"),
            "return_of": None,
        }
    )
    lines = pd.DataFrame(
        {
            "receipt_id": pd.Series(ids, dtype="str"),
            "line_no": 1,
            "product_id": pd.Series([row[3] for row in known], dtype="str"),
            "quantity": pd.Series([row[4] for row in known], dtype="int64"),
            "unit_price_minor": 0,
            "discount_minor": 0,
            "line_total_minor": pd.Series([row[2] for row in known], dtype="int64"),
        }
    )
    members = pd.DataFrame(
        {
            "member_id": pd.Series(names, dtype="str"),
            "joined_on": pd.Series([pd.Timestamp(FIRST)] * len(names), dtype=frames.DAY),
            "age_band": None,
            "gender": None,
            "province": None,
            "consent": pd.Series([name not in unwilling for name in names], dtype="bool"),
        }
    )
    goods = pd.DataFrame(
        [(name, "", f"Name of {name}", "", "c1", 100, 50) for name in products], columns=frames.PRODUCTS.names
    )
    made = (
        frames.check(frame, contract)
        for frame, contract in (
            (receipts, frames.RECEIPTS),
            (lines, frames.LINES),
            (members, frames.MEMBERS),
            (goods, frames.PRODUCTS),
        )
    )
    return purchases.purchases(*made, as_of=FIRST + timedelta(days=last), time=ZONE)


def habits(many: int = 400, days: int = 240, seed: int = 1) -> list[Bought]:
    """Members with a rhythm each, weekly to every two months, of whom some stop one day.

    How long ago somebody bought says little here: twenty days are nothing for one and the end for another.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(many):
        gap = float(rng.choice([7, 14, 30, 60]))
        leaves = rng.exponential(6 * gap) + 30 if rng.random() < 0.7 else np.inf
        day = float(rng.uniform(0, gap))
        while day < min(days, leaves):
            rows.append(bought(f"M{n:04}", int(day), int(rng.integers(500, 5000)), units=int(rng.integers(1, 4))))
            day += gap * float(rng.uniform(0.9, 1.1))
    return rows


def chance(many: int = 400, days: int = 240, seed: int = 1, rate: float = 1 / 25) -> list[Bought]:
    """Members who are all alike and buy on any day with the same chance: nothing says who comes next."""
    rng = np.random.default_rng(seed)
    who, day = np.nonzero(rng.random((many, days)) < rate)
    return [bought(f"M{n:04}", int(at)) for n, at in zip(who, day, strict=True)]
