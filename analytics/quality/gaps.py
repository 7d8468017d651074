"""Receipts against opening hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import local_hour
from ..opening import instant_ms, ms
from .rows import from_frame, named

if TYPE_CHECKING:
    from datetime import datetime

    from ..opening import Opening

HOUR_MS = 3_600_000
MISSED = 10.0
"""A gap is worth a look where the till on average prints so many receipts in these hours: by chance none come in one of
22,000 such times (Poisson)."""
CLOSED = "receipts while the store was closed (is the till's clock right?)"
GRACE = pd.Timedelta(minutes=30)
"""Who stands in the queue when the store closes is still served."""


def silent_days(
    receipts: pd.DataFrame, opening: Opening, since: datetime, until: datetime, first: datetime | None
) -> pd.DataFrame:
    """Open days on which no till printed anything: most likely a file is missing.

    Args:
        receipts: ``frames.RECEIPTS`` of the window.
        opening: When the store is open.
        since: Begin of the window, UTC.
        until: Its end, or now: what has not closed by then is not told.
        first: The store's oldest receipt; nothing is missing before it. None: there is none.

    Returns:
        ``frames.QUALITY``: one row for each such day.
    """
    if first is None:
        return from_frame(pd.DataFrame())
    spans = opening.spans(max(since, first), until)
    spans = spans[(spans["opens_ms"] >= instant_ms(since)) & (spans["closes_ms"] <= instant_ms(until))]
    heard = np.sort(ms(receipts["sold_at"]))
    grace = GRACE // pd.Timedelta(milliseconds=1)
    begins, ends = spans["opens_ms"].to_numpy() - grace, spans["closes_ms"].to_numpy() + grace
    told = spans.loc[np.searchsorted(heard, begins) == np.searchsorted(heard, ends), ["local_date"]]
    words = "no receipt of any till all day: is a file missing?"
    return from_frame(told.assign(source="receipts", check="day", detail=words, verdict="look"))


def gaps(receipts: pd.DataFrame, opening: Opening, since: datetime, until: datetime) -> pd.DataFrame:
    """The longest time without a receipt of each till on each open day, and the open hours without one.

    A till counts from its first receipt to its last: one that was not there yet has no gaps. Days on which every till
    was silent are told by ``silent_days``.

    Args:
        receipts: ``frames.RECEIPTS`` of the window.
        opening: When the store is open.
        since: Begin of the window, UTC.
        until: Its end.

    Returns:
        ``frames.QUALITY``: one row for every till and open day that has an open hour without a receipt; ``rows`` are
        these hours.
    """
    spans = opening.spans(since, until)
    spans = spans[(spans["opens_ms"] >= instant_ms(since)) & (spans["closes_ms"] <= instant_ms(until))]
    if receipts.empty or spans.empty:
        return from_frame(pd.DataFrame())
    at = pd.DataFrame({"till_id": receipts["till_id"], "at": ms(receipts["sold_at"])})
    place = np.searchsorted(spans["opens_ms"].to_numpy(), at["at"].to_numpy(), side="right") - 1
    inside = (place >= 0) & (at["at"].to_numpy() < spans["closes_ms"].to_numpy()[np.maximum(place, 0)])
    at = at.assign(span=place)[inside]
    service = at.groupby("till_id")["span"].agg(["min", "max"])
    days = pd.DataFrame(
        [(till, span) for till, first, last in service.itertuples() for span in range(int(first), int(last) + 1)],
        columns=["till_id", "span"],
    )
    if days.empty:
        return from_frame(pd.DataFrame())
    days = days.merge(spans.reset_index(drop=True), left_on="span", right_index=True)
    days = days.merge(_longest(at, days), on=["till_id", "span"]).merge(_silent(at, days), on=["till_id", "span"])
    days["verdict"] = np.where(_expected(at, days) > MISSED, "look", "ok")
    told = days[days["rows"] > 0].assign(source="receipts", check="gap")
    return from_frame(told.assign(detail=_words(told, opening.time_zone)))


def closed(receipts: pd.DataFrame, opening: Opening) -> pd.DataFrame:
    """Receipts of times at which the store was closed: a clock that is hours or a day off shows here."""
    sold = receipts["sold_at"]
    near = opening.is_open(sold) | opening.is_open(sold - GRACE) | opening.is_open(sold + GRACE)
    outside = receipts[~near & (receipts["kind"] != "training")]
    if outside.empty:
        return from_frame(pd.DataFrame())
    days = local_hour(outside["sold_at"], opening.time)["local_date"]
    counted = (
        outside.assign(local_date=days)
        .groupby(["local_date", "till_id"], as_index=False)
        .agg(rows=("receipt_id", "size"), names=("receipt_id", named))
    )
    words = CLOSED + ": " + counted.pop("names")
    return from_frame(counted.assign(source="receipts", check="closed", detail=words, verdict="look"))


def _longest(at: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """The longest time without a receipt in each opening of each till, and when it began."""
    edges = [days[["till_id", "span", name]].rename(columns={name: "at"}) for name in ("opens_ms", "closes_ms")]
    all_ = pd.concat([at, *edges], ignore_index=True).sort_values(["till_id", "span", "at"], ignore_index=True)
    group = all_.groupby(["till_id", "span"])["at"]
    gap = group.shift(-1) - all_["at"]
    first = gap.groupby([all_["till_id"], all_["span"]]).idxmax()
    found = all_.loc[first, ["till_id", "span", "at"]].rename(columns={"at": "from_ms"})
    return found.assign(gap_ms=gap[first].astype("int64"))


def _expected(at: pd.DataFrame, days: pd.DataFrame) -> pd.Series[float]:
    """Receipts that the till prints on average in the hours of each gap: a second till may rest every noon.

    Hours are counted from the opening.
    """
    opens = days.drop_duplicates("span").set_index("span")["opens_ms"]
    hour = (at["at"] - at["span"].map(opens)) // HOUR_MS
    found = pd.Series(0.0, index=days.index)
    for till, mine in days.groupby("till_id"):
        hours = np.arange(25)
        printed = np.bincount(hour[at["till_id"] == till], minlength=24)[:24] / len(mine)
        so_far = np.concatenate([[0.0], np.cumsum(printed)])
        begins = (mine["from_ms"] - mine["opens_ms"]) / HOUR_MS
        ends = begins + mine["gap_ms"] / HOUR_MS
        found[mine.index] = np.interp(ends, hours, so_far) - np.interp(begins, hours, so_far)
    return found


def _silent(at: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """The hours since opening of each opening of each till that have no receipt."""
    opens = at["span"].map(days.drop_duplicates("span").set_index("span")["opens_ms"])
    heard = at.assign(hour=(at["at"] - opens) // HOUR_MS).drop_duplicates(["till_id", "span", "hour"])
    count = heard.groupby(["till_id", "span"]).size().reset_index(name="heard")
    found = days[["till_id", "span"]].merge(count, on=["till_id", "span"], how="left")
    hours = np.ceil((days["closes_ms"] - days["opens_ms"]) / HOUR_MS).to_numpy()
    return found.assign(rows=(hours - found["heard"].fillna(0).to_numpy()).astype(np.int64)).drop(columns="heard")


def _words(told: pd.DataFrame, zone: str) -> pd.Series[str]:
    def clock(at_ms: pd.Series) -> pd.Series[str]:
        return pd.to_datetime(at_ms, unit="ms", utc=True).dt.tz_convert(zone).dt.strftime("%H:%M")

    whole = told["gap_ms"] == told["closes_ms"] - told["opens_ms"]
    words = "no receipt from " + clock(told["from_ms"]) + " to " + clock(told["from_ms"] + told["gap_ms"])
    return words.mask(whole, "no receipt all day").astype("str")
