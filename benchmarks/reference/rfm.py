"""Figures of the part ``rfm``: ten segments and ten customers as the vignette of the R package rfm prints them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analytics.frames import LINES, MEMBERS, PRODUCTS, check, empty
from analytics.purchases import purchases
from analytics.segments import segments

from .check import Check, equal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZONE, _AS_OF = "UTC", date(2006, 12, 31)


def checks(shared: Path) -> Iterator[Check]:
    """The published table through the door by which receipts of a store go.

    Args:
        shared: The folder of the reference data.
    """
    folder = shared / "reference" / "rfm"
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    found = segments(purchases(*_as_store(folder / "orders.csv"), as_of=_AS_OF, time=_ZONE))
    yield equal("customers", figures["customers"], len(found))
    totals = found.groupby("segment").agg(
        customers=("member_id", "size"), orders=("frequency", "sum"), revenue=("monetary_minor", "sum")
    )
    for name, row in figures["segments"].items():
        mine = totals.loc[name].tolist() if name in totals.index else []
        yield equal(f"{name}: customers, orders, revenue", row["published"], mine)
    for name, row in figures["rows"].items():
        one = found[found["member_id"] == name].iloc[0]
        score = 100 * one["r"] + 10 * one["f"] + one["m"]
        reached = [int(value) for value in (one["recency_days"], one["frequency"], one["monetary_minor"], score)]
        yield equal(f"{name}: days, orders, revenue, score", row["published"], reached)


def _as_store(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The orders as receipts, lines, members and products of a store."""
    orders = pd.read_csv(path, parse_dates=["order_date"])
    receipts = pd.DataFrame(
        {
            "receipt_id": [str(n) for n in range(len(orders))],
            "till_id": "T1",
            "sold_at": (orders["order_date"] + pd.Timedelta(hours=12)).dt.tz_localize(_ZONE).dt.as_unit("ms"),
            "kind": "sale",
            "total_minor": orders["revenue"],
            "currency": "USD",
            "member_id": orders["customer_id"].astype("str"),
            "return_of": None,
        }
    )
    rows = [(name, pd.Timestamp("2000-01-01"), None, None, None, True) for name in sorted(set(receipts["member_id"]))]
    members = check(pd.DataFrame(rows, columns=MEMBERS.names), MEMBERS)
    return receipts, empty(LINES), members, empty(PRODUCTS)
