"""Shops whose sales are written down as who bought what on which day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics import frames
from analytics.purchases import Purchases, purchases
from analytics.recommend import (
    RecommendRules,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


FIRST = date(2026, 1, 1)
Sale = tuple[int, str | None, tuple[str, ...]]


def sold(
    sales: Iterable[Sale],
    days: int,
    *,
    people: Sequence[str] = (),
    texts: dict[str, str] | None = None,
    returned: Iterable[Sale] = (),
    refused: Sequence[str] = (),
) -> Purchases:
    """Purchases of ``days`` days: (day, member, products) on receipts, each product for 1."""
    texts = texts or {}
    slips, parts = [], []
    for number, (kind, (day, who, goods)) in enumerate(
        [*(("sale", one) for one in sales), *(("return", one) for one in returned)]
    ):
        at = pd.Timestamp(FIRST) + pd.Timedelta(days=day, hours=10, seconds=number % 3600)
        slips.append((f"R{number:06}", "T1", at.tz_localize("UTC"), kind, len(goods), "EUR", who, None))
        parts += [(f"R{number:06}", place, product, 1, 1, 0, 1) for place, product in enumerate(goods)]
    receipts = frames.empty(frames.RECEIPTS)
    lines = frames.empty(frames.LINES)
    if slips:
        receipts = pd.DataFrame(slips, columns=frames.RECEIPTS.names[:8])
        receipts["sold_at"] = receipts["sold_at"].dt.as_unit("ms")
        lines = pd.DataFrame(parts, columns=frames.LINES.names)
    names = sorted({*people, *(str(who) for _, who, _ in sales if who)})
    members = pd.DataFrame(
        [(name, pd.Timestamp("2025-01-01"), None, None, None, name not in refused) for name in names],
        columns=frames.MEMBERS.names,
    )
    products = pd.DataFrame(
        [(product, "", product, text, "", 1, 0) for product, text in texts.items()], columns=frames.PRODUCTS.names
    )
    last = FIRST + timedelta(days=days - 1)
    known = frames.check(members, frames.MEMBERS) if names else frames.empty(frames.MEMBERS)
    master = products if texts else frames.empty(frames.PRODUCTS)
    return purchases(receipts, lines, known, master, as_of=last, time="UTC")


def two_tastes(seed: int = 4, people: int = 160, days: int = 120) -> Purchases:
    """Half of the members buy among A00..A19, half among B00..B19; nobody leaves the own side."""
    rng = np.random.default_rng(seed)
    sales: list[Sale] = []
    for number in range(people):
        side = "AB"[number % 2]
        for day in np.sort(rng.choice(days, 6, replace=False)):
            goods = tuple(sorted(f"{side}{one:02}" for one in rng.choice(20, 2, replace=False)))
            sales.append((int(day), f"m{number:03}", goods))
    return sold(sorted(sales, key=lambda one: one[0]), days, texts={f"{s}{n:02}": "" for s in "AB" for n in range(20)})


def few(**differs: Any) -> Purchases:
    """Hardly a shop."""
    return sold(differs.pop("sales", [(0, "anna", ("P1",))]), differs.pop("days", 3), **differs)


RULES = RecommendRules()
