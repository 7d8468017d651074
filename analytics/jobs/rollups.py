"""The job that adds up by the day what reports would otherwise have to read whole: outages, zones, stays, pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import metrics
from ..frames import (
    HOURLY,
    OUTAGES,
    PAIR_DAYS,
    QUEUE_WAITS,
    RECEIPT_VISITS,
    STAY_BINS,
    ZONE_DAYS,
    ZONE_HOURLY,
    check,
    empty,
    local_hour,
)
from .context import Context, Done, Part
from .zones import zone_rules

if TYPE_CHECKING:
    from ..frames import StoreTime, Window

SURE = 0.9


def run_rollups(context: Context, window: Window) -> Done:
    """Outages of the doors, days of zones and their stays, and how many receipts have a person at the till."""
    facts, results = context.facts, context.results
    since, until = window.since, window.until
    lost = metrics.outages(facts.watches_around(since, until), facts.entrance_cameras, context.opening, since, until)
    days = metrics.zone_days(results.read(ZONE_HOURLY, since, until), results.read(HOURLY, since, until))
    stays, waits = facts.stays(since, until), results.read(QUEUE_WAITS, since, until)
    bins = metrics.stay_bins(stays, waits, context.time, zone_rules(context, since, until))
    pairs = pair_days(results.read(RECEIPT_VISITS, since, until), context.time)
    return Done(
        (
            Part(OUTAGES, lost, since, until),
            Part(ZONE_DAYS, days, window.first, window.end),
            Part(STAY_BINS, bins, window.first, window.end),
            Part(PAIR_DAYS, pairs, window.first, window.end),
        )
    )


def pair_days(pairs: pd.DataFrame, store: str | StoreTime) -> pd.DataFrame:
    """How many sales of each day have a likely person at the till.

    Args:
        pairs: ``frames.RECEIPT_VISITS``.
        store: The store's time.

    Returns:
        ``frames.PAIR_DAYS``.
    """
    paid = pairs[pairs["reason"] != "not a sale"]
    if paid.empty:
        return empty(PAIR_DAYS)
    at_till = paid["way"] != "gate"
    made = pd.DataFrame(
        {
            "local_date": local_hour(paid["sold_at"], store)["local_date"],
            "receipts": 1,
            "paired": (paid["probability"].notna() & at_till).astype("int64"),
            "sure": ((paid["probability"] >= SURE) & at_till).astype("int64"),
            "lonely": (paid["reason"] == "nobody at the till").astype("int64"),
        }
    )
    return check(made.groupby("local_date", as_index=False).sum(), PAIR_DAYS)
