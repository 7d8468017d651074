"""Receipts, lines and visits into the small tables that the indicators are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import BOUNCE_HOURLY, CATEGORY_DAILY, TILL_HOURLY, among, check, empty, local_hour
from ..joins import transactions

if TYPE_CHECKING:
    from ..frames import StoreTime

BOUNCE_S = 30.0
_SUMS = ["receipts", "returns", "voids", "training", "zero", "units", "sales_minor", "returned_minor", "discount_minor"]
NO_CARD = "no card"
NO_SEGMENT = "member, not scored"


def till_hours(receipts: pd.DataFrame, lines: pd.DataFrame, time: str | StoreTime) -> pd.DataFrame:
    """What every till did in every local hour in which it printed something.

    Args:
        receipts: ``frames.RECEIPTS``, their times already corrected.
        lines: ``frames.LINES``; those of unknown receipts are left out.
        time: The store's time zone.

    Returns:
        ``frames.TILL_HOURLY``.
    """
    if receipts.empty:
        return empty(TILL_HOURLY)
    slips = receipts[["receipt_id", "till_id", "sold_at", "kind", "total_minor"]].reset_index(drop=True)
    net = transactions(receipts, lines).set_index("receipt_id")[["receipts", "units", "sales_minor"]]
    slips = slips.join(net, on="receipt_id").fillna(dict.fromkeys(net.columns, 0))
    kind, something = slips["kind"], slips["total_minor"] != 0
    taken_back = (kind == "return") & something
    off = lines.groupby("receipt_id")["discount_minor"].sum()
    discount = slips["receipt_id"].map(off).fillna(0).to_numpy(dtype=np.int64)
    slips = slips.assign(
        returns=taken_back,
        voids=kind == "void",
        training=kind == "training",
        zero=(kind == "sale") & ~something,
        returned_minor=slips["total_minor"].where(taken_back, 0),
        discount_minor=np.where((kind == "sale") & something, discount, 0),
    )
    slips[_SUMS] = slips[_SUMS].astype("int64")
    slips["tax_minor"] = _signed_tax(receipts, kind)
    slips = slips.join(local_hour(slips["sold_at"], time)[["hour_utc", "local_date", "local_hour"]])
    by = slips.groupby(["hour_utc", "till_id"], sort=True)
    found = by[_SUMS].sum()
    # A sum with an unknown part is unknown.
    known = by["tax_minor"].count() == by["tax_minor"].size()
    found["tax_minor"] = by["tax_minor"].sum().where(known)
    found[["local_date", "local_hour"]] = by[["local_date", "local_hour"]].first()
    return check(found.reset_index(), TILL_HOURLY)


def by_segment(receipts: pd.DataFrame, segments: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The receipts with the buyer's segment in the place of the till, for ``till_hours``.

    Args:
        receipts: ``frames.RECEIPTS``.
        segments: ``frames.SEGMENTS`` of one day.
        members: ``frames.MEMBERS``; who did not consent is nobody: like a receipt without a card.

    Returns:
        ``frames.RECEIPTS`` with the segment, ``no card`` or ``member, not scored`` as ``till_id``.
    """
    willing = among(receipts["member_id"], members.loc[members["consent"], "member_id"])
    named = receipts["member_id"].map(segments.set_index("member_id")["segment"]).astype("str")
    group = named.where(named.notna(), NO_SEGMENT).where(willing, NO_CARD)
    return receipts.assign(till_id=group.astype("str"))


def category_days(
    receipts: pd.DataFrame, lines: pd.DataFrame, products: pd.DataFrame, time: str | StoreTime
) -> pd.DataFrame:
    """What was sold of every category, by local day.

    Args:
        receipts: ``frames.RECEIPTS``, their times already corrected.
        lines: ``frames.LINES``.
        products: ``frames.PRODUCTS``.
        time: The store's time zone.

    Returns:
        ``frames.CATEGORY_DAILY``; products that the master does not know have the category ``""``.
    """
    net = transactions(receipts, lines)
    if net.empty or lines.empty:
        return empty(CATEGORY_DAILY)
    sign = pd.Series(np.where(net["receipts"] == 1, 1, -1), index=net["receipt_id"])
    day = pd.Series(local_hour(net["sold_at"], time)["local_date"].to_numpy(), index=net["receipt_id"])
    mine = lines[lines["receipt_id"].isin(sign.index)]
    category = mine["product_id"].map(products.set_index("product_id")["category"]).astype("str")
    direction = mine["receipt_id"].map(sign)
    sold = mine[["receipt_id"]].assign(
        local_date=mine["receipt_id"].map(day),
        category=category.fillna(""),
        units=mine["quantity"] * direction,
        sales_minor=mine["line_total_minor"] * direction,
    )
    sold["first"] = ~sold.duplicated(["receipt_id", "category"]) & (direction == 1)
    sums = sold.groupby(["local_date", "category"], sort=True, as_index=False).agg(
        receipts=("first", "sum"), units=("units", "sum"), sales_minor=("sales_minor", "sum")
    )
    return check(sums, CATEGORY_DAILY)


def bounce_hours(judged: pd.DataFrame, time: str | StoreTime, within_s: float = BOUNCE_S) -> pd.DataFrame:
    """How many of those who came in went out again within a stated time.

    Only people whose own exit was seen can tell: the same track went out. Who was left out as a short visit bounced,
    too, so the rule of short visits does not change the rate.

    Args:
        judged: ``frames.VISITS``.
        time: The store's time zone.
        within_s: The stated time, seconds.

    Returns:
        ``frames.BOUNCE_HOURLY``; hours in which nobody was followed have no row.
    """
    followed = judged[judged["reason"].isin(["visit", "short"]) & judged["dwell_s"].notna()]
    if followed.empty:
        return empty(BOUNCE_HOURLY)
    hour = local_hour(followed["entered"], time)["hour_utc"]
    counts = pd.DataFrame({"hour_utc": hour, "bounced": followed["dwell_s"] <= within_s})
    sums = counts.groupby("hour_utc", as_index=False).agg(followed=("bounced", "size"), bounced=("bounced", "sum"))
    return check(sums.assign(within_s=float(within_s)), BOUNCE_HOURLY)


def _signed_tax(receipts: pd.DataFrame, kind: pd.Series) -> pd.Series:
    """The tax of each slip as it adds to the sums; 0 for slips that are no sale and no return."""
    if "tax_minor" not in receipts:
        return pd.Series(pd.NA, index=kind.index, dtype="Int64")
    tax = receipts["tax_minor"].reset_index(drop=True).astype("Int64")
    sign = kind.map({"sale": 1, "return": -1}).fillna(0).astype("int64")
    return (tax * sign).mask(sign == 0, 0)
