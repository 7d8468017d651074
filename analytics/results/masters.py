"""Products and members have no day of their own: on which days something was made of them that they now change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from ..frames import (
    CARD_SWIPES,
    LINES,
    MEMBERS,
    PRODUCTS,
    RECEIPTS,
    RFID_PASSAGES,
    Contract,
    local_day,
)
from .tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Select

    from ..frames import StoreTime

# What results rest on; another price or name changes none of them.
MASTERS = {PRODUCTS.name: ("category", "gtin"), MEMBERS.name: ("consent", "joined_on")}


def master_days(
    connection: Connection, contract: Contract, rows: pd.DataFrame, old: pd.DataFrame, time: StoreTime
) -> list[str]:
    """The business days on which a product was sold or read, or a card was shown, that is new or another now.

    A master file usually comes before what refers to it, and most days of it change nothing but prices: then no table
    is looked through.

    Args:
        connection: In the transaction that writes the rows.
        contract: ``frames.PRODUCTS`` or ``frames.MEMBERS``.
        rows: Those that are written.
        old: Those that are stored.
        time: The store's.
    """
    key, said = contract.key[0], list(MASTERS[contract.name])
    before = rows[[key]].merge(old[[key, *said]], on=key, how="left").set_index(rows.index)
    names = rows.loc[(rows[said] != before[said]).any(axis=1), key].tolist()
    if not names:
        return []
    receipts, lines = TABLES[RECEIPTS.name], TABLES[LINES.name]
    sold = receipts.c.sold_at_utc_ms
    if contract is MEMBERS:
        swipes = TABLES[CARD_SWIPES.name]
        moments = [
            _among(select(sold), receipts.c.member_id, names),
            _among(select(swipes.c.swiped_at_utc_ms), swipes.c.member_id, names),
        ]
    else:
        passages = TABLES[RFID_PASSAGES.name]
        gtins = pd.concat([rows.loc[rows[key].isin(names), "gtin"], old.loc[old[key].isin(names), "gtin"]])
        joined = select(sold).join(lines, lines.c.receipt_id == receipts.c.receipt_id)
        moments = [
            _among(joined, lines.c.product_id, names),
            _among(select(passages.c.first_at_utc_ms), passages.c.gtin, gtins.tolist()),
        ]
    every = [at for asked in moments for at in connection.execute(asked).scalars()]
    found = np.unique(np.array(every, dtype=np.int64)).astype("datetime64[ms]")
    days = local_day(pd.Series(found).dt.tz_localize("UTC"), time).drop_duplicates()
    return [f"{day:%Y-%m-%d}" for day in days]


def _among(statement: Select[tuple[int]], column: ColumnElement[str], names: Iterable[str]) -> Select[tuple[int]]:
    # As one value: there may be thousands.
    given = func.json_each(json.dumps(list(names))).table_valued("value")
    return statement.where(column.in_(select(given.c.value)))
