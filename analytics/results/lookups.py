"""Rows that are found by their key instead of by their time: tags, and members with their links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import delete, func, select

from ..frames import MEMBER_VISITS, MEMBERS, RFID_READS
from .rows import to_frame
from .tables import TABLES, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .store import Results

# How many keys one statement asks for; SQLite allows 32,766 parameters.
_KEYS = 5000


def last_reads(results: Results, epcs: Sequence[str], readers: Sequence[str], before: datetime) -> pd.Series:
    """The last read of each EPC by some readers before a moment, in UTC milliseconds by EPC; never read: no row."""
    table, limit = TABLES[RFID_READS.name], pd.Timestamp(before).value // 1_000_000
    found: dict[str, int] = {}
    for part in _parts(epcs):
        statement = (
            select(table.c.epc, func.max(table.c.read_at_utc_ms))
            .where(table.c.epc.in_(part), table.c.reader_id.in_(readers), table.c.read_at_utc_ms < limit)
            .group_by(table.c.epc)
        )
        with results.reading() as connection:
            found |= {row[0]: row[1] for row in connection.execute(statement)}
    return pd.Series(found, dtype="int64")


def members_of(results: Results, cards: Sequence[str]) -> pd.DataFrame:
    """The members of some cards, as ``frames.MEMBERS``; who is not known has no row."""
    table = TABLES[MEMBERS.name]
    columns = [table.c[stored_name(c)] for c in MEMBERS.columns]
    rows = []
    for part in _parts(cards):
        with results.reading() as connection:
            rows += [tuple(row) for row in connection.execute(select(*columns).where(table.c.member_id.in_(part)))]
    return to_frame(rows, MEMBERS)


def forget_links(results: Results) -> int:
    """Deletes the visits of everybody who is no member with consent, however old, and says how many there were."""
    links, members = TABLES[MEMBER_VISITS.name], TABLES[MEMBERS.name]
    agreed = select(members.c.member_id).where(members.c.consent)
    with results.writing() as connection:
        return connection.execute(delete(links).where(links.c.member_id.not_in(agreed))).rowcount


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + _KEYS] for start in range(0, len(keys), _KEYS))
