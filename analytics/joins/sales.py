"""What was sold, by the hour: it meets the visits of the same hour, and needs no pairing of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import LINES, RECEIPTS, check, local_hour
from .clocks import clock_errors

if TYPE_CHECKING:
    from ..frames import StoreTime


def transactions(receipts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """What each receipt adds to the sums: the one place that says what a transaction is.

    Voids, training and receipts over nothing are left out. A sale is one transaction; a return is none, and takes
    its amount and units back off at the hour in which it happens.

    Args:
        receipts: ``frames.RECEIPTS``.
        lines: ``frames.LINES``; lines of unknown receipts are left out.

    Returns:
        ``receipt_id``, ``till_id``, ``sold_at``, ``receipts`` (1 or 0), ``units``, ``sales_minor`` (signed).
    """
    kept = check(receipts, RECEIPTS)
    kept = kept[kept["kind"].isin(["sale", "return"]) & (kept["total_minor"] != 0)].reset_index(drop=True)
    units = check(lines, LINES).groupby("receipt_id")["quantity"].sum()
    sold = (kept["kind"] == "sale").to_numpy(dtype=bool)
    sign = np.where(sold, 1, -1)
    return pd.DataFrame(
        {
            "receipt_id": kept["receipt_id"],
            "till_id": kept["till_id"],
            "sold_at": kept["sold_at"],
            "receipts": sold.astype(np.int64),
            "units": sign * kept["receipt_id"].map(units).fillna(0).to_numpy(dtype=np.int64),
            "sales_minor": sign * kept["total_minor"].to_numpy(dtype=np.int64),
        }
    )


def sales_by_hour(receipts: pd.DataFrame, lines: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """Transactions, units and net sales of each local hour in which there were any.

    Returns:
        Indexed by ``hour_utc``: ``receipts``, ``units``, ``sales_minor``, all int64.
    """
    sold = transactions(receipts, lines)
    hour = local_hour(sold["sold_at"], time_zone)["hour_utc"]
    return sold.groupby(hour)[["receipts", "units", "sales_minor"]].sum().astype("int64")


def correct_clocks(receipts: pd.DataFrame, clocks: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """The receipts with the times that right clocks would have printed.

    Args:
        receipts: ``frames.RECEIPTS``.
        clocks: ``frames.TILL_CLOCKS``; tills without an identified clock keep their times.
        time_zone: The store's: a row of the clocks belongs to a day on its wall.
    """
    ahead_s, _ = clock_errors(receipts, clocks, time_zone)
    sold_at = receipts["sold_at"] - pd.to_timedelta(np.rint(ahead_s * 1000.0), unit="ms").as_unit("ms")
    return receipts.assign(sold_at=sold_at)
