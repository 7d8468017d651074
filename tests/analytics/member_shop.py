"""Made-up members whose purchases follow the story of BG/NBD, as what a shop imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics import frames
from analytics.purchases import Purchases, purchases

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ZONE = "Europe/Berlin"
FIRST = date(2025, 9, 1)


@dataclass(frozen=True, slots=True)
class Story:
    """How members live: Gamma(r, alpha in weeks) rates, Beta(a, b) to leave after each purchase."""

    members: int = 300
    days: int = 180
    r: float = 1.2
    alpha: float = 3.0
    a: float = 0.8
    b: float = 5.0
    spend_minor: float = 4000.0
    joined_before: float = 0.0
    seed: int = 4


def bought(story: Story) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Purchases: member, days since the first day of the data, and the day on which each member joined."""
    rng = np.random.default_rng(story.seed)
    size = story.members
    rate = rng.gamma(story.r, 1 / story.alpha, size) / 7
    drop = rng.beta(story.a, story.b, size) if np.isfinite(story.b) else np.zeros(size)
    before = rng.random(size) < story.joined_before
    joined = np.where(before, -rng.integers(1, 200, size), rng.integers(0, story.days - 40, size)).astype(np.float64)
    who, when = [np.arange(size)], [joined + 0.5]
    at, alive = joined + 0.5, np.ones(size, dtype=bool)
    while alive.any():
        at = np.where(alive, at + rng.exponential(1 / rate), at)
        alive &= at < story.days
        who.append(np.flatnonzero(alive))
        when.append(at[alive])
        alive &= rng.random(size) > drop
    member, day = np.concatenate(who), np.concatenate(when)
    inside = day >= 0
    return member[inside].astype(np.int64), day[inside], joined


def shop(story: Story, consent: bool = True) -> Purchases:
    """The same as receipts of a shop, of which those on the first day were sold to nobody known."""
    member, day, joined = bought(story)
    rng = np.random.default_rng(story.seed + 1)
    mean = rng.gamma(4.0, story.spend_minor / 4, story.members)
    amount = np.maximum(rng.gamma(6.0, mean[member] / 6), 1.0).round().astype(np.int64)
    # At noon, so that a day is a day on every clock.
    moment = pd.Timestamp(f"{FIRST} 12:00", tz=ZONE) + pd.to_timedelta(np.floor(day), unit="D")
    names = np.array([f"M{n:05}" for n in range(story.members)], dtype=object)
    rows = pd.DataFrame({"sold_at": moment, "total_minor": amount, "member_id": names[member]})
    rows = pd.concat([pd.DataFrame({"sold_at": [pd.Timestamp(f"{FIRST} 12:00", tz=ZONE)], "total_minor": [500]}), rows])
    rows = rows.assign(
        receipt_id=[f"R{n:06}" for n in range(len(rows))], till_id="T1", kind="sale", currency="EUR", return_of=None
    )
    rows["sold_at"] = rows["sold_at"].dt.tz_convert("UTC").dt.as_unit("ms")
    day_joined = pd.to_datetime([FIRST + timedelta(days=int(n)) for n in joined]).as_unit("ms")
    people = pd.DataFrame({"member_id": names, "joined_on": day_joined, "consent": consent})
    ages = [("18-24", "25-34", None)[n % 3] for n in range(story.members)]
    people = people.assign(age_band=pd.Series(ages, dtype="str"), gender=None, province=None)
    checked = (frames.check(rows.reset_index(drop=True), frames.RECEIPTS), frames.empty(frames.LINES))
    known = (frames.check(people, frames.MEMBERS), frames.empty(frames.PRODUCTS))
    return purchases(*checked, *known, as_of=FIRST + timedelta(days=story.days - 1), time=ZONE)


def write_sales(folder: Path, sales: Purchases) -> None:
    """Writes the receipts and members as files that a shop would import."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = sales.receipts
    local = rows["sold_at"].dt.tz_convert(ZONE).dt.strftime("%Y-%m-%dT%H:%M:%S")
    amount = (rows["amount_minor"] / 100).map("{:.2f}".format)
    told = pd.DataFrame({"receipt_id": rows["receipt_id"], "till_id": "T1", "sold_at": local, "kind": rows["kind"]})
    told = told.assign(total=amount, currency="EUR", member_id=rows["member_id"], return_of=None)
    told.to_csv(folder / "receipts.csv", index=False)
    people = sales.members.assign(joined_on=sales.members["joined_on"].dt.strftime("%Y-%m-%d"), consent="true")
    people.to_csv(folder / "members.csv", index=False)
    goods = "product_id,gtin,name,description,category,price,cost\nP1,9521101000016,Loafer,A loafer,shoes,10.00,4.00\n"
    (folder / "products.csv").write_text(goods, encoding="utf-8")
