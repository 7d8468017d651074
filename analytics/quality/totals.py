"""Amounts against each other: a till's own total of the day, lines, payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import local_hour
from .rows import from_frame, named

if TYPE_CHECKING:
    from ..frames import StoreTime

LINES_DIFFER = "lines that do not add up to their receipt"
LINES_MISSING = "receipts over more than nothing without lines"
PAYMENTS_DIFFER = "payments that do not add up to their receipt"


def till_totals(receipts: pd.DataFrame, till_days: pd.DataFrame, time: StoreTime) -> pd.DataFrame:
    """Sales less returns of each till and day against what the till itself says.

    Args:
        receipts: ``frames.RECEIPTS`` of whole days.
        till_days: ``frames.TILL_DAYS`` of the same days.
        time: The store's clock and business day.

    Returns:
        ``frames.QUALITY``: one row for each till and day of either side, once the till has said anything: equal,
        different, or absent on one side.
    """
    if till_days.empty:
        return from_frame(pd.DataFrame())
    sign = receipts["kind"].map({"sale": 1, "return": -1}).fillna(0).astype("int64")
    days = (
        local_hour(receipts["sold_at"], time)["local_date"] if len(receipts) else pd.Series([], dtype="datetime64[ms]")
    )
    mine = pd.DataFrame(
        {
            "till_id": receipts["till_id"],
            "local_date": days,
            "amount_minor": sign * receipts["total_minor"],
            "rows": ((receipts["kind"] == "sale") & (receipts["total_minor"] > 0)).astype("int64"),
        }
    )
    summed = mine[sign != 0].groupby(["till_id", "local_date"], as_index=False)[["amount_minor", "rows"]].sum()
    theirs = till_days.rename(columns={"total_minor": "expected_minor"})
    both = summed[summed["till_id"].isin(theirs["till_id"])].merge(theirs, on=["till_id", "local_date"], how="outer")
    both = both.sort_values(["local_date", "till_id"], ignore_index=True)
    amounts = both[["amount_minor", "expected_minor"]].astype("Int64")
    counts = (both["receipts"].astype("Int64") != both["rows"].astype("Int64")).fillna(value=False).astype("bool")
    differs = (amounts["amount_minor"] != amounts["expected_minor"]).fillna(value=True).astype("bool")
    words = pd.Series("equal", index=both.index)
    words = words.mask(counts, "the till counts another number of sales")
    words = words.mask(differs, "differs from the till's own total")
    words = words.mask(both["expected_minor"].isna(), "the till says nothing of this day")
    # A till that was not used says so with a total of nothing.
    unused = both["amount_minor"].isna() & (both["expected_minor"] == 0)
    words = words.mask(both["amount_minor"].isna() & ~unused, "no receipt of this day was imported")
    words = words.mask(unused, "equal")
    told = both.assign(**amounts, source="till_days", check="till_total", detail=words)
    return from_frame(told.assign(verdict=np.where(words == "equal", "ok", "look")))


def parts_add_up(receipts: pd.DataFrame, parts: pd.DataFrame, time: StoreTime) -> pd.DataFrame:
    """Lines or payments against their receipts, by till and day.

    Args:
        receipts: ``frames.RECEIPTS``.
        parts: ``frames.LINES`` or ``frames.PAYMENTS`` of them.
        time: The store's clock and business day.

    Returns:
        ``frames.QUALITY``; ``amount_minor`` is what the parts add up to, ``expected_minor`` what the receipts say.
        Receipts without payments are not told: few tills hand them out for all.
    """
    if receipts.empty or parts.empty:
        return from_frame(pd.DataFrame())
    lines = "line_total_minor" in parts
    amount = "line_total_minor" if lines else "amount_minor"
    summed = receipts["receipt_id"].map(parts.groupby("receipt_id")[amount].sum())
    days = local_hour(receipts["sold_at"], time)["local_date"]
    wide = receipts[["receipt_id", "till_id", "total_minor"]].assign(local_date=days, summed=summed)
    differs = wide["summed"].notna() & (wide["summed"] != wide["total_minor"])
    told = [
        _by_day(wide[differs], "receipt_lines" if lines else "payments", LINES_DIFFER if lines else PAYMENTS_DIFFER)
    ]
    if lines:
        bare = wide["summed"].isna() & (wide["total_minor"] > 0) & receipts["kind"].isin(["sale", "return"])
        told.append(_by_day(wide[bare].assign(summed=0), "receipt_lines", LINES_MISSING))
    return from_frame(pd.concat([t for t in told if len(t)] or told[:1], ignore_index=True))


def _by_day(wide: pd.DataFrame, source: str, words: str) -> pd.DataFrame:
    if wide.empty:
        return pd.DataFrame()
    found = wide.groupby(["local_date", "till_id"], as_index=False).agg(
        rows=("total_minor", "size"),
        amount_minor=("summed", "sum"),
        expected_minor=("total_minor", "sum"),
        names=("receipt_id", named),
    )
    told = f"{words}: " + found.pop("names")
    check = "lines" if source == "receipt_lines" else "payments"
    return found.assign(
        source=source, check=check, detail=told, verdict="look", amount_minor=found["amount_minor"].astype("Int64")
    )
