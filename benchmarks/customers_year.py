"""A made-up year of customers: who they are, how often they come, what they like; straight into the tables.

Members buy as a Poisson process with a rate of their own and leave for good after a purchase with a chance of their
own. Each has one of six tastes, which make some categories likelier; within a category few products sell much. Some
products pull another one into the basket. Doors and cameras are those of ``nightly_year``.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from .nightly_year import DAY_MS, FIRST, HOUR_MS, OPENS_H, insert, make_store

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

RECEIPTS_EACH, PRODUCTS, CATEGORIES, TASTES, PULLS = 8, 2_000, 20, 6, 40
# Of all receipts, with a member's card.
CARDED = 0.6
_AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+", None)
_PLACES = ("North", "East", "South", "West", None)
_NOUNS = ("shirt", "coat", "boot", "scarf", "bag", "belt", "杯子", "围巾", "外套", "lamp", "pen", "cap")
_KINDS = ("red", "blue", "warm", "light", "wool", "cotton", "leather", "羊毛", "棉质", "small", "large", "soft")


def make_customers(database: Path, days: int, members: int) -> int:
    """Makes the database.

    Args:
        database: A path where nothing is yet.
        days: From ``nightly_year.FIRST`` on.
        members: All of them consent; eight receipts each in a year, so that twice the members are twice the sales.

    Returns:
        How many receipts there are.
    """
    make_store(database, days, sales=False)
    rng = np.random.default_rng([members, days])
    total = members * RECEIPTS_EACH * days // 365
    joined = rng.integers(-3 * days // 2, days, members)
    buyer, day = _purchases(joined, days, round(CARDED * total), rng)
    others = total - len(buyer)
    buyer = np.concatenate([buyer, np.full(others, -1)])
    day = np.concatenate([day, rng.integers(0, days, others)])
    moment = day * DAY_MS + (rng.beta(2.0, 1.6, total) * 11 * HOUR_MS).astype(np.int64)
    order = np.argsort(moment, kind="stable")
    buyer, moment = buyer[order], moment[order]
    receipt, product, quantity = _baskets(buyer, members, rng)
    price = rng.integers(4, 180, PRODUCTS) * 50
    amount = price[product] * quantity
    totals = np.bincount(receipt, amount, total).astype(np.int64)
    kind = np.where(rng.random(total) < 0.025, "return", "sale")
    first_ms = round((FIRST - date(1970, 1, 1)) / timedelta(milliseconds=1)) + OPENS_H * HOUR_MS
    with closing(sqlite3.connect(database, isolation_level=None)) as raw:
        raw.execute("BEGIN")
        insert(raw, "member", [_member(n, int(since), rng) for n, since in enumerate(joined)])
        insert(raw, "product", [_product(n, int(price[n])) for n in range(PRODUCTS)])
        names = ("receipt_id", "till_id", "sold_at_utc_ms", "kind", "total_minor", "currency", "member_id")
        insert(
            raw,
            "receipt",
            [
                dict(zip(names, row, strict=True))
                for row in zip(
                    (f"R{n:07}" for n in range(total)),
                    (f"T{1 + n % 2}" for n in range(total)),
                    (first_ms + moment).tolist(),
                    kind.tolist(),
                    totals.tolist(),
                    ("EUR" for _ in range(total)),
                    (f"M{n:06}" if n >= 0 else None for n in buyer.tolist()),
                    strict=True,
                )
            ],
        )
        begins = np.searchsorted(receipt, receipt)
        numbers = np.column_stack(
            [receipt, np.arange(len(receipt)) - begins, product, quantity, price[product], amount]
        )
        insert(raw, "receipt_line", [_line(row) for row in numbers.tolist()])
        carded = np.flatnonzero(buyer >= 0)
        insert(raw, "member_visit", [_visit(n, int(buyer[n]), int(first_ms + moment[n])) for n in carded.tolist()])
        raw.execute("COMMIT")
    return total


def _purchases(joined: Ints, days: int, wanted: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Who buys on which day: Poisson with a Gamma rate until a Beta chance to leave strikes.

    Who joins within the year does so with a purchase.
    """
    members = len(joined)
    rate, drop = rng.gamma(1.6, 1.0, members), rng.beta(0.8, 8.0, members)
    begin = np.maximum(joined, 0)
    share = (days - begin) / days
    many = rng.poisson(rate * share * 1.9 * wanted / members / 1.6)
    stays = rng.geometric(np.clip(drop, 1e-3, 1.0))
    buyer = np.repeat(np.arange(members), many)
    day = begin[buyer] + (rng.random(len(buyer)) * (days - begin[buyer])).astype(np.int64)
    fresh = np.flatnonzero(joined >= 0)
    buyer, day = np.concatenate([fresh, buyer]), np.concatenate([joined[fresh], day])
    order = np.lexsort((day, buyer))
    buyer, day = buyer[order], day[order]
    number = np.arange(len(buyer)) - np.searchsorted(buyer, buyer)
    kept = np.flatnonzero(number <= stays[buyer])
    if len(kept) > wanted:
        # Whole members are left out, so that those who stay keep their rhythm.
        many = np.bincount(buyer[kept], minlength=members)
        mixed = rng.permutation(members)
        some = mixed[np.cumsum(many[mixed]) <= wanted]
        kept = kept[np.isin(buyer[kept], some)]
    return buyer[kept].astype(np.int64), day[kept].astype(np.int64)


def _baskets(buyer: Ints, members: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Lines of each receipt in order: its number, products without repeats, quantities."""
    likes = rng.dirichlet(np.full(CATEGORIES, 0.25), TASTES)
    taste = np.append(rng.integers(0, TASTES, members), 0)
    size = np.minimum(rng.geometric(0.36, len(buyer)), 12)
    receipt = np.repeat(np.arange(len(buyer)), size)
    anyone = np.where(buyer[receipt] >= 0, taste[buyer[receipt]], rng.integers(0, TASTES, len(receipt)))
    bounds = np.cumsum(likes, axis=1)[anyone]
    category = np.minimum((rng.random(len(receipt))[:, None] > bounds).sum(axis=1), CATEGORIES - 1)
    each = PRODUCTS // CATEGORIES
    shares = 1.0 / np.arange(1, each + 1)
    place = np.searchsorted(np.cumsum(shares / shares.sum()), rng.random(len(receipt))).clip(max=each - 1)
    product = category + CATEGORIES * place
    pull = np.flatnonzero((product < PULLS) & (rng.random(len(product)) < 0.35))
    receipt = np.concatenate([receipt, receipt[pull]])
    product = np.concatenate([product, PRODUCTS - 1 - product[pull]])
    pairs = np.unique(receipt * PRODUCTS + product)
    quantity = np.minimum(rng.geometric(0.8, len(pairs)), 5)
    return pairs // PRODUCTS, pairs % PRODUCTS, quantity.astype(np.int64)


def _member(number: int, since: int, rng: np.random.Generator) -> dict[str, object]:
    return {
        "member_id": f"M{number:06}",
        "joined_on": (FIRST + timedelta(days=since)).isoformat(),
        "age_band": _AGES[int(rng.integers(len(_AGES)))],
        "gender": ("f", "m", None)[number % 3],
        "province": _PLACES[int(rng.integers(len(_PLACES)))],
        "consent": True,
    }


def _product(number: int, price: int) -> dict[str, object]:
    name = f"{_KINDS[number % 12]} {_NOUNS[number // 12 % 12]} {number}"
    told = f"{_KINDS[number * 7 % 12]}, {_KINDS[number * 5 % 12]} {_NOUNS[number // 12 % 12]}" if number % 9 else ""
    words = {"gtin": f"{10**12 + number}", "name": name, "description": told, "category": f"c{number % CATEGORIES}"}
    return {"product_id": f"P{number:05}"} | words | {"price_minor": price, "cost_minor": price * 2 // 5}


def _line(row: list[int]) -> dict[str, object]:
    receipt, line, product, quantity, price, amount = row
    return {
        "receipt_id": f"R{receipt:07}",
        "line_no": line,
        "product_id": f"P{product:05}",
        "quantity": quantity,
        "unit_price_minor": price,
        "discount_minor": 0,
        "line_total_minor": amount,
    }


def _visit(receipt: int, member: int, sold_ms: int) -> dict[str, object]:
    return {
        "member_id": f"M{member:06}",
        "receipt_id": f"R{receipt:07}",
        "sold_at_utc_ms": sold_ms,
        "probability": 0.95,
        "via": "receipt",
    }
