"""Members of a shop with habits and tastes that were planted, for the tests of their groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import frames
from analytics.purchases import Purchases

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST, AS_OF = date(2025, 10, 1), date(2026, 1, 12)
ZONE = "Europe/Berlin"
PRODUCTS = 20
Bought = tuple[str | None, date, str, int, list[int]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of member.

    Attributes:
        name: Stands at the beginning of their ids.
        members: How many.
        receipts: Of each, about.
        cents: Of each receipt, about.
        last: So many days before the end they buy no more.
        goods: The products that they buy; others one in ten times.
    """

    name: str
    members: int
    receipts: float = 12
    cents: int = 5_000
    last: int = 0
    goods: range = range(PRODUCTS)


def products() -> pd.DataFrame:
    """Twenty products; the first ten are shirts, the others shoes."""
    parts = ["shirts"] * 10 + ["shoes"] * 10
    rows = [(f"P{n:02}", f"{n}", f"Thing {n}", "", part, 1_000, 400) for n, part in enumerate(parts)]
    return frames.check(pd.DataFrame(rows, columns=frames.PRODUCTS.names), frames.PRODUCTS)


def shop(*kinds: Kind, as_of: date = AS_OF, seed: int = 1, things: int = 2) -> Purchases:
    """What they bought from ``FIRST`` to ``AS_OF``: dates at random, every receipt with ``things`` lines."""
    rng = np.random.default_rng(seed)
    rows: list[Bought] = []
    for kind in kinds:
        span = (AS_OF - FIRST).days + 1 - kind.last
        for n in range(kind.members):
            for _ in range(1 + rng.poisson(kind.receipts - 1)):
                day = FIRST + timedelta(days=int(rng.integers(span)))
                cents = max(int(kind.cents * np.exp(0.15 * rng.standard_normal())), 1)
                own = rng.random(things) < 0.9
                picked = np.where(own, rng.choice(kind.goods, things), rng.integers(PRODUCTS, size=things))
                rows.append((f"{kind.name}{n:03}", day, "sale", cents, [int(one) for one in picked]))
    return sold(rows, as_of)


def sold(rows: Sequence[Bought], as_of: date = AS_OF) -> Purchases:
    """Purchases of (member, day, kind, cents, products), each at noon."""
    rows = sorted((row for row in rows if row[1] <= as_of), key=lambda row: (row[1], row[0] or ""))
    if not rows:
        none, no_lines, nobody = (frames.empty(one) for one in (frames.PURCHASES, frames.BOUGHT, frames.MEMBERS))
        return Purchases(none, no_lines, nobody, products(), as_of, ZONE)
    names = [f"R{n:06}" for n in range(len(rows))]
    receipts = pd.DataFrame(
        {
            "receipt_id": names,
            "member_id": pd.Series([row[0] for row in rows], dtype="str"),
            "sold_at": [pd.Timestamp(row[1], tz="UTC") + pd.Timedelta(hours=11) for row in rows],
            "local_date": [pd.Timestamp(row[1]) for row in rows],
            "kind": [row[2] for row in rows],
            "amount_minor": [row[3] for row in rows],
        }
    )
    lines = [
        (name, row[0], pd.Timestamp(row[1]), row[2], f"P{thing:02}", 1 if row[2] == "sale" else -1, row[3])
        for name, row in zip(names, rows, strict=True)
        for thing in row[4]
    ]
    cards = [(who, pd.Timestamp("2025-06-01"), None, None, None, True) for who in sorted({r[0] for r in rows if r[0]})]
    people = pd.DataFrame(cards, columns=frames.MEMBERS.names)
    return Purchases(
        frames.check(receipts, frames.PURCHASES),
        frames.check(pd.DataFrame(lines, columns=frames.BOUGHT.names), frames.BOUGHT),
        frames.check(people, frames.MEMBERS) if cards else frames.empty(frames.MEMBERS),
        products(),
        as_of,
        ZONE,
    )
