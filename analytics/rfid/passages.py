"""Raw reads into passages: one item that is near one reader for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..frames import RFID_PASSAGES, RFID_READS, check, empty
from ..opening import ms
from .epc import name_products

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a reader stands.

    Attributes:
        role: ``exit`` or ``fitting_room``.
        camera_id: The camera that sees the zone in front of it, where one does.
        zone_id: That zone.
    """

    role: str
    camera_id: str | None = None
    zone_id: str | None = None


@dataclass(frozen=True, slots=True)
class PassageRules:
    """When reads are one passage.

    Attributes:
        readers: By id; reads of others become passages without a role.
        gap_s: At exits and other readers two reads of an item further apart are two passages.
        fitting_gap_s: The same in fitting rooms, where an item hangs and is read now and then.
        longest_s: A passage is told up to so long after its first read; an item that stays longer near the reader is
            still one passage.
    """

    readers: Mapping[str, Reader] = field(default_factory=dict)
    gap_s: float = 10.0
    fitting_gap_s: float = 300.0
    longest_s: float = 14_400.0

    @property
    def before(self) -> timedelta:
        """Reads so long before a window say whether its first reads begin a passage."""
        return timedelta(seconds=max(self.gap_s, self.fitting_gap_s))

    @property
    def after(self) -> timedelta:
        """Reads so long after a window may belong to passages that begin in it."""
        return timedelta(seconds=self.longest_s)


def passages(
    reads: pd.DataFrame, products: pd.DataFrame, rules: PassageRules, since: datetime, until: datetime
) -> pd.DataFrame:
    """Passages that begin in a window.

    A read begins a passage when the same reader has not read the same EPC for longer than the gap. So a passage belongs
    to the window of its first read, and windows side by side give the rows that the whole gives.

    Args:
        reads: ``frames.RFID_READS`` from ``since - rules.before`` to ``until + rules.after``.
        products: ``frames.PRODUCTS``.
        rules: Readers and gaps.
        since: Begin of the window.
        until: Its end.

    Returns:
        ``frames.RFID_PASSAGES``, by first read.

    Raises:
        FrameError: A frame breaks its contract.
    """
    rows = check(reads, RFID_READS)
    if rows.empty:
        return empty(RFID_PASSAGES)
    epc_code, epcs = pd.factorize(rows["epc"].str.upper())
    reader_code, readers = pd.factorize(rows["reader_id"])
    at = ms(rows["read_at"])
    order = np.lexsort((at, epc_code, reader_code))
    epc, reader, at = epc_code[order], reader_code[order], at[order]
    roles = [rules.readers[r].role if r in rules.readers else None for r in readers]
    gap = np.array([1000.0 * (rules.fitting_gap_s if role == "fitting_room" else rules.gap_s) for role in roles])
    new = np.ones(len(at), dtype=bool)
    new[1:] = (epc[1:] != epc[:-1]) | (reader[1:] != reader[:-1]) | (np.diff(at) > gap[reader[1:]])
    starts = np.flatnonzero(new)
    number = np.cumsum(new) - 1
    begin = at[starts]
    told = at <= begin[number] + int(1000 * rules.longest_s)
    last = np.maximum.reduceat(np.where(told, at, 0), starts)
    rssi = rows["rssi"].to_numpy(dtype=np.float64)[order]
    strongest = np.maximum.reduceat(np.where(told & ~np.isnan(rssi), rssi, -np.inf), starts)
    inside = (begin >= round(since.timestamp() * 1000)) & (begin < round(until.timestamp() * 1000))
    found = pd.DataFrame(
        {
            "epc": pd.Series(epcs[epc[starts]], dtype="str"),
            "reader_id": pd.Series(readers[reader[starts]], dtype="str"),
            "role": pd.Series(np.array(roles, dtype=object)[reader[starts]], dtype="str"),
            "first_at": pd.to_datetime(begin, unit="ms", utc=True),
            "last_at": pd.to_datetime(last, unit="ms", utc=True),
            "reads": np.add.reduceat(told.astype(np.int64), starts),
            "rssi_max": np.where(np.isfinite(strongest), strongest, np.nan),
        }
    )[inside]
    named = name_products(found["epc"], products)
    for name in ("gtin", "product_id", "problem"):
        found[name] = found["epc"].map(named[name]).astype("str")
    return check(found.sort_values(["first_at", "epc", "reader_id"]), RFID_PASSAGES)
