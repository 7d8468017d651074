"""Putting rows in the place of others: only what differs is written, and what differs is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Column, select

from ..frames import DAY, Contract, check
from .errors import ResultsError
from .rows import to_rows
from .tables import TABLES, stored_name

if TYPE_CHECKING:
    from datetime import date, datetime
    from typing import Any

    from sqlalchemy import Connection

    from .rows import Row


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows that take the place of a table's rows in a window.

    Attributes:
        contract: Of which table.
        frame: The rows.
        since: Begin of the window, None: the whole table.
        until: Its end.
        only: Of the rows only those whose text column of this name has this value; None: all.
    """

    contract: Contract
    frame: pd.DataFrame
    since: datetime | date | None = None
    until: datetime | date | None = None
    only: tuple[str, str] | None = None

    def ready(self) -> Ready:
        """Checked, and as rows of the table.

        Raises:
            FrameError: The frame breaks its contract.
            ResultsError: A row lies outside the window, or is not among ``only``.
        """
        checked = check(self.frame, self.contract)
        if self.since is not None or self.until is not None:
            _refuse_outside(self.contract, checked, self.since, self.until)
        if self.only is not None and (checked[self.only[0]] != self.only[1]).any():
            raise ResultsError(f"{self.contract.name}: a row whose {self.only[0]} is not {self.only[1]!r}")
        return Ready(self, to_rows(checked, self.contract))


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A part that only has to be written."""

    part: Part
    rows: list[Row]


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Which rows of a part are others than before.

    Attributes:
        contract: Of which table.
        times: Of rows that came, went or became others: as stored; empty where the contract has no time.
        any: Some row did.
    """

    contract: Contract
    times: frozenset[Any]
    any: bool


def replace(connection: Connection, ready: Ready) -> Changed:
    """Writes a part, in the transaction of the connection."""
    contract, table = ready.part.contract, TABLES[ready.part.contract.name]
    names = [stored_name(c) for c in contract.columns]
    time = next((c for c in contract.columns if c.name == contract.time), None)
    stored = select(*(table.c[name] for name in names))
    if ready.part.since is not None or ready.part.until is not None:
        if time is None:
            raise ResultsError(f"{contract.name}: has no time by which a window could be chosen")
        column = table.c[stored_name(time)]
        if ready.part.since is not None:
            stored = stored.where(column >= stored_bound(contract, ready.part.since))
        if ready.part.until is not None:
            stored = stored.where(column < stored_bound(contract, ready.part.until))
    if ready.part.only is not None:
        stored = stored.where(table.c[ready.part.only[0]] == ready.part.only[1])
    text = str(stored.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    before = connection.connection.cursor().execute(text).fetchall()
    gone, came = _differing(before, ready.rows)
    keys = [number for number, column in enumerate(contract.columns) if column.name in contract.key]
    if gone:
        where = " AND ".join(f"{_quoted(table.c[names[key]])} = ?" for key in keys)
        erase = f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(erase, [tuple(row[key] for key in keys) for row in gone])
    if came:
        marks = ", ".join("?" * len(names))
        columns = ", ".join(_quoted(table.c[name]) for name in names)
        insert = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608
        connection.connection.cursor().executemany(insert, came)
    place = None if time is None else contract.columns.index(time)
    times = frozenset() if place is None else frozenset(row[place] for rows in (gone, came) for row in rows)
    return Changed(contract, times, bool(gone or came))


def _differing(before: list[Row], after: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that are only before, and those that are only after, in their order."""
    if not before:
        # A year that is computed for the first time: nothing to compare.
        return [], after
    known, wanted = set(before), set(after)
    # In the frame's order, which is that of time: neighbours lie side by side on the disk.
    return [row for row in before if row not in wanted], [row for row in after if row not in known]


def stored_bound(contract: Contract, value: datetime | date) -> str | int:
    """A moment or a day as the contract's table stores it.

    Raises:
        ResultsError: The moment has no time zone.
    """
    if any(c.name == contract.time and c.dtype == DAY for c in contract.columns):
        return value.isoformat()[:10]
    moment = pd.Timestamp(value)
    if moment.tzinfo is None:
        raise ResultsError(f"{contract.name}: {value!r} has no time zone")
    return moment.value // 1_000_000


def _quoted(column: Column[Any]) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def _refuse_outside(
    contract: Contract, frame: pd.DataFrame, since: datetime | date | None, until: datetime | date | None
) -> None:
    if not contract.time:
        raise ResultsError(f"{contract.name}: has no time by which a window could be chosen")
    times = frame[contract.time]
    outside = pd.Series(data=False, index=times.index)
    if since is not None:
        outside |= times < pd.Timestamp(since)
    if until is not None:
        outside |= times >= pd.Timestamp(until)
    if outside.any():
        first = times[outside].iloc[0]
        raise ResultsError(f"{contract.name}: {contract.time} {first} lies outside {since} .. {until}")
