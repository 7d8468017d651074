"""Storing the rows of a file: which are new, which are others than before, and which business days they touch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.dialects import sqlite

from ..frames import DAY, RECEIPTS, TIME, Contract, StoreTime, check, empty, local_hour
from .engine import now_ms
from .masters import MASTERS, master_days
from .replacing import stored_bound
from .rows import to_frame, to_rows
from .tables import TABLES, import_day, import_log, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from .store import Results

# Rows of one transaction: about a second, so that the edge's own writes never wait long.
BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class File:
    """Which file the rows are from.

    Attributes:
        kind: Of sales source.
        content_hash: Of its bytes.
        time: The store's clock and business day.
    """

    kind: str
    content_hash: str
    time: StoreTime


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the rows.

    Attributes:
        new: Rows whose key was not there.
        changed: Rows whose key was there with other contents, and rows that went because their receipt became shorter.
    """

    new: int = 0
    changed: int = 0


def store_rows(
    results: Results,
    contract: Contract,
    frame: pd.DataFrame,
    file: File,
    *,
    days: pd.Series | None = None,
    only_new: bool = False,
) -> Stored:
    """Inserts rows by their key and brings those up to date that are there with other contents.

    Rows, and the business days that they came to or left, are written in the same transaction: whatever ends in the
    middle, no day whose rows changed is forgotten.

    Args:
        results: Where.
        contract: Of which table; the frame is checked against it.
        frame: The rows. Of a receipt's lines or payments all that it has: others are deleted.
        file: Where they are from.
        days: The business day of each row (same index), of rows without a time of their own.
        only_new: Leave alone what is there: for a file that is read again. A receipt of which any part is there has
            all of them: a later file may have told it with fewer.
    """
    checked = check(frame, contract).assign(_day=None if days is None else days.to_numpy())
    new = changed = 0
    for batch in _batches(checked, contract):
        rows = batch.drop(columns="_day")
        with results.writing() as connection:
            old = stored_rows(connection, contract, rows[contract.key[0]])
            if only_new and _is_part(contract):
                rows = rows[~rows["receipt_id"].isin(old["receipt_id"])]
            fresh, other = _differing(rows, old, contract)
            stale = empty(contract) if only_new else _left_out(rows, old, contract)
            written = rows[fresh] if only_new else rows[fresh | other]
            if written.empty and stale.empty:
                continue
            touched = [_days(batch.loc[written.index], contract, file.time)]
            if not only_new:
                was = old.merge(rows.loc[other, list(contract.key)], on=list(contract.key))
                touched += [_days(was, contract, file.time), _days(batch, contract, file.time) if len(stale) else []]
            if contract.name in MASTERS:
                touched.append(master_days(connection, contract, written, old, file.time))
            _write(connection, contract, rows[fresh], rows[other] if not only_new else rows[:0], stale)
            _mark(connection, file, {day for found in touched for day in found})
        new += int(fresh.sum())
        changed += 0 if only_new else int(other.sum()) + len(stale)
    return Stored(new, changed)


def stored_rows(connection: Connection, contract: Contract, names: pd.Series) -> pd.DataFrame:
    """Rows whose key begins with one of some names, as the contract's frame."""
    table = TABLES[contract.name]
    first = next(c for c in contract.columns if c.name == contract.key[0])
    distinct = names.drop_duplicates()
    wanted = distinct.dt.strftime("%Y-%m-%d").tolist() if first.dtype == DAY else distinct.tolist()
    # As one value: a statement with tens of thousands of them takes longer to write than to answer.
    given = func.json_each(json.dumps(wanted)).table_valued("value")
    statement = select(*(table.c[stored_name(c)] for c in contract.columns))
    rows = connection.execute(statement.where(table.c[stored_name(first)].in_(select(given.c.value))))
    return to_frame([tuple(row) for row in rows], contract)


def stored_receipts(results: Results, names: pd.Series) -> pd.DataFrame:
    """The receipts of some names that are there, as ``frames.RECEIPTS``."""
    distinct = names.dropna().drop_duplicates()
    with results.reading() as connection:
        # Piece by piece, as rows of Python are large.
        pieces = [
            stored_rows(connection, RECEIPTS, distinct.iloc[start : start + BATCH_ROWS])
            for start in range(0, len(distinct), BATCH_ROWS)
        ]
    found = [piece for piece in pieces if len(piece)]
    return pd.concat(found, ignore_index=True) if found else empty(RECEIPTS)


def read_parts(results: Results, contract: Contract, since: datetime, until: datetime) -> pd.DataFrame:
    """The lines or payments of the receipts with ``since <= sold_at < until``, as the contract's frame."""
    table, receipts = TABLES[contract.name], TABLES[RECEIPTS.name]
    sold = receipts.c.sold_at_utc_ms
    statement = (
        select(*(table.c[stored_name(c)] for c in contract.columns))
        .join(receipts, receipts.c.receipt_id == table.c.receipt_id)
        .where(sold >= stored_bound(RECEIPTS, since), sold < stored_bound(RECEIPTS, until))
        .order_by(*(table.c[name] for name in contract.key))
    )
    with results.reading() as connection:
        return to_frame([tuple(row) for row in connection.execute(statement)], contract)


def changed_days(results: Results, since_ms: int = 0) -> set[date]:
    """The business days that rows came to or left in imports at or after a moment."""
    statement = select(import_day.c.local_date).where(import_day.c.imported_ms >= since_ms).distinct()
    with results.reading() as connection:
        return {date.fromisoformat(day) for (day,) in connection.execute(statement)}


def import_history(results: Results) -> list[dict[str, Any]]:
    """The last import of every file: the columns of ``import_log``, oldest first."""
    statement = select(*import_log.columns).order_by(import_log.c.imported_ms, import_log.c.kind, import_log.c.file)
    with results.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(statement)]  # noqa: SLF001 - its public name
    return list({(row["kind"], row["file"]): row for row in rows}.values())


def _is_part(contract: Contract) -> bool:
    return contract.key[0] == "receipt_id" and len(contract.key) > 1


def _batches(frame: pd.DataFrame, contract: Contract) -> Iterator[pd.DataFrame]:
    """Pieces of about the same size; the parts of one receipt stay together."""
    if not _is_part(contract):
        yield from (frame[start : start + BATCH_ROWS] for start in range(0, len(frame), BATCH_ROWS))
        return
    ordered = frame.sort_values("receipt_id", kind="stable").reset_index(drop=True)
    number = (ordered["receipt_id"] != ordered["receipt_id"].shift()).cumsum()
    # A receipt goes where its first part goes.
    place = ordered.index.to_series().groupby(number).transform("min") // BATCH_ROWS
    for _, piece in ordered.groupby(place):
        yield piece


def _differing(rows: pd.DataFrame, old: pd.DataFrame, contract: Contract) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Which rows are new, and which are others than before."""
    if old.empty:
        return pd.Series(data=True, index=rows.index), pd.Series(data=False, index=rows.index)
    key = list(contract.key)
    both = rows.merge(old, on=key, how="left", suffixes=("", " before"), indicator="found").set_index(rows.index)
    there = both["found"] == "both"
    other = pd.Series(data=False, index=rows.index)
    for name in (n for n in contract.names if n not in key):
        now, before = both[name], both[f"{name} before"]
        differs = (now != before).fillna(value=True).astype("bool")
        other |= differs & ~(now.isna() & before.isna())
    return ~there, there & other


def _left_out(rows: pd.DataFrame, old: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Stored parts of the frame's receipts that the frame does not hold: a later file made the receipt shorter."""
    if not _is_part(contract) or old.empty:
        return old[:0]
    key = list(contract.key)
    found = old.merge(rows[key], on=key, how="left", indicator="found")
    return found[found["found"] == "left_only"].drop(columns="found")


def _days(rows: pd.DataFrame, contract: Contract, time: StoreTime) -> list[str]:
    if rows.empty:
        return []
    column = next((c for c in contract.columns if c.name == contract.time), None)
    if column is not None:
        days = local_hour(rows[column.name], time)["local_date"] if column.dtype == TIME else rows[column.name]
    elif "_day" in rows:
        days = pd.to_datetime(rows["_day"])
    else:
        return []
    return [f"{day:%Y-%m-%d}" for day in days.dropna().drop_duplicates()]


def _write(
    connection: Connection, contract: Contract, fresh: pd.DataFrame, other: pd.DataFrame, stale: pd.DataFrame
) -> None:
    table = TABLES[contract.name]
    qmark = sqlite.dialect(paramstyle="qmark")
    if len(stale):
        where = " AND ".join(f"{stored_name(c)} = ?" for c in contract.columns if c.name in contract.key)
        names = [c.name for c in contract.columns if c.name in contract.key]
        keys = list(stale[names].itertuples(index=False, name=None))
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {where}", keys)  # noqa: S608 - names of ours
    if len(fresh):
        connection.exec_driver_sql(str(table.insert().compile(dialect=qmark)), to_rows(fresh, contract))
    if len(other):
        connection.exec_driver_sql(_replacing(table, qmark), to_rows(other, contract))


def _replacing(table: Table, dialect: Any) -> str:
    statement = sqlite.insert(table)
    rest = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    keys = [c.name for c in table.primary_key]
    return str(statement.on_conflict_do_update(index_elements=keys, set_=rest).compile(dialect=dialect))


def _mark(connection: Connection, file: File, days: set[str]) -> None:
    row = {"kind": file.kind, "content_hash": file.content_hash, "imported_ms": now_ms()}
    same = sqlite.insert(import_day)
    statement = same.on_conflict_do_update(
        index_elements=["kind", "content_hash", "local_date"], set_={"imported_ms": same.excluded.imported_ms}
    )
    if days:
        connection.execute(statement, [row | {"local_date": day} for day in sorted(days)])
