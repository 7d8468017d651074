"""What was sold, by the hour: it meets the visits of the same hour, and needs no pairing of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import LINES, RECEIPTS, SOLD, check, local_hour
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
    units = check(lines, LINES).groupby("receipt_id")["quantity"].sum()
    return _net(kept.assign(units=kept["receipt_id"].map(units).fillna(0).astype("int64")), "receipt_id")


def sales_by_hour(receipts: pd.DataFrame, lines: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """Transactions, units and net sales of each local hour in which there were any.

    Returns:
        Indexed by ``hour_utc``: ``receipts``, ``units``, ``sales_minor``, all int64.
    """
    return _by_hour(transactions(receipts, lines), time_zone)


def sold_by_hour(sold: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """The same from ``frames.SOLD``, where the units of a receipt are known already."""
    return _by_hour(_net(check(sold, SOLD)), time_zone)


def _by_hour(net: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    hour = local_hour(net["sold_at"], time_zone)["hour_utc"]
    return net.groupby(hour)[["receipts", "units", "sales_minor"]].sum().astype("int64")


def _net(sold: pd.DataFrame, *names: str) -> pd.DataFrame:
    """What each receipt adds to the sums; receipts that are no transaction are left out."""
    kept = sold[sold["kind"].isin(["sale", "return"]) & (sold["total_minor"] != 0)].reset_index(drop=True)
    sale = (kept["kind"] == "sale").to_numpy(dtype=bool)
    sign = np.where(sale, 1, -1)
    return kept[[*names, "till_id", "sold_at"]].assign(
        receipts=sale.astype(np.int64),
        units=sign * kept["units"].to_numpy(dtype=np.int64),
        sales_minor=sign * kept["total_minor"].to_numpy(dtype=np.int64),
    )


def correct_clocks(receipts: pd.DataFrame, clocks: pd.DataFrame, time_zone: str | StoreTime) -> pd.DataFrame:
    """The receipts with the times that right clocks would have printed.

    Args:
        receipts: ``frames.RECEIPTS`` or ``frames.SOLD``.
        clocks: ``frames.TILL_CLOCKS``; tills without an identified clock keep their times.
        time_zone: The store's: a row of the clocks belongs to a day on its wall.
    """
    ahead_s, _ = clock_errors(receipts, clocks, time_zone)
    sold_at = receipts["sold_at"] - pd.to_timedelta(np.rint(ahead_s * 1000.0), unit="ms").as_unit("ms")
    return receipts.assign(sold_at=sold_at)
