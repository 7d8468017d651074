"""Reading and writing results. Everything is computed before a transaction begins, and every transaction is short."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Engine, Table, and_, func, or_, select
from sqlalchemy.dialects import sqlite

from ..frames import ENTERED, LINES, RECEIPTS, SOLD, VISITS, Contract, check, empty
from .engine import create, migrate
from .errors import ResultsError, naming
from .replacing import Part, replace, stored_bound
from .rows import to_frame, to_rows
from .tables import TABLES, stored_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, Select

    from .replacing import Changed
    from .rows import Row

BUSY_TIMEOUT_S = 60.0
# Rows of one transaction of an import: about a second, so that the edge's own writes never wait long.
BATCH_ROWS = 50_000
READ_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an import changed.

    Attributes:
        new: Rows whose key was not there.
        changed: Rows whose key was there with other contents.
    """

    new: int
    changed: int


class Results:
    """The tables of analytics in one database.

    Args:
        engine: An engine from ``engine.create``, migrated.
        name: What to call the database in messages.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a read transaction: one consistent state."""
        with naming(self.name), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the write lock until the block ends."""
        with naming(self.name), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def read(
        self, contract: Contract, since: datetime | date | None = None, until: datetime | date | None = None
    ) -> pd.DataFrame:
        """Rows with ``since <= time < until`` in order of time and key, as a checked frame.

        Args:
            contract: Of which table.
            since: Aware datetime, or a date where the contract's time is a day; None: from the first.
            until: The same; None: to the last.
        """
        table = TABLES[contract.name]
        order = [c.name for c in contract.columns if c.name == contract.time] + list(contract.key)
        columns = [table.c[stored_name(c)] for c in contract.columns]
        by = [table.c[stored_name(c)] for name in order for c in contract.columns if c.name == name]
        statement = select(*columns).order_by(*by)
        if since is not None or until is not None:
            statement = statement.where(_within(contract, since, until))
        return self._frame(statement, contract)

    def read_lines(self, since: datetime | None, until: datetime) -> pd.DataFrame:
        """The lines of the receipts with ``since <= sold_at < until``, as ``frames.LINES``."""
        lines, receipts = TABLES[LINES.name], TABLES[RECEIPTS.name]
        statement = (
            select(*(lines.c[stored_name(c)] for c in LINES.columns))
            .join(receipts, receipts.c.receipt_id == lines.c.receipt_id)
            .where(_within(RECEIPTS, since, until))
            .order_by(lines.c.receipt_id, lines.c.line_no)
        )
        return self._frame(statement, LINES)

    def read_sold(self, since: datetime, until: datetime) -> pd.DataFrame:
        """The receipts with ``since <= sold_at < until``, each with the units of all its lines, as ``frames.SOLD``.

        A tenth of receipts and lines, and in a year these are hundreds of thousands.
        """
        lines, receipts = TABLES[LINES.name], TABLES[RECEIPTS.name]
        units = select(func.sum(lines.c.quantity)).where(lines.c.receipt_id == receipts.c.receipt_id).scalar_subquery()
        sold = receipts.c.sold_at_utc_ms
        statement = (
            select(receipts.c.till_id, sold, receipts.c.kind, receipts.c.total_minor, func.coalesce(units, 0))
            .where(_within(RECEIPTS, since, until))
            .order_by(sold)
        )
        return self._frame(statement, SOLD)

    def read_entered(self, since: datetime, until: datetime) -> pd.DataFrame:
        """The visits with ``since <= entered < until``, as ``frames.ENTERED``: no names, and a quarter of the time."""
        table = TABLES[VISITS.name]
        entered = table.c.entered_utc_ms
        unit = func.coalesce(table.c.unit_id == table.c.visit_id, 0)
        statement = select(entered, table.c.counted, unit).where(_within(VISITS, since, until)).order_by(entered)
        return self._frame(statement, ENTERED)

    def receipt_totals(self, of: Collection[str] | None = None) -> pd.DataFrame:
        """``receipt_id`` and ``total_minor`` of receipts.

        Args:
            of: Only those of them that are there; None: of all.
        """
        table = TABLES[RECEIPTS.name]
        statement = select(table.c.receipt_id, table.c.total_minor)
        parts = [statement] if of is None else [statement.where(table.c.receipt_id.in_(n)) for n in _batches(list(of))]
        rows = [row for part in parts for row in self._rows(part)]
        ids, totals = zip(*rows, strict=True) if rows else ((), ())
        return pd.DataFrame(
            {"receipt_id": pd.Series(list(ids), dtype="str"), "total_minor": pd.Series(list(totals), dtype="int64")}
        )

    def count(self, contract: Contract) -> int:
        """How many rows the contract's table holds."""
        with self.reading() as connection:
            return connection.execute(select(func.count()).select_from(TABLES[contract.name])).scalar_one()

    def replace_window(
        self,
        contract: Contract,
        frame: pd.DataFrame,
        since: datetime | date | None = None,
        until: datetime | date | None = None,
    ) -> int:
        """Puts ``frame`` in the place of the rows with ``since <= time < until``, in one short transaction.

        Args:
            contract: Of which table; the frame is checked against it.
            frame: The new rows, all within the window.
            since: As for ``read``; without a window the whole table is replaced.
            until: The same.

        Returns:
            How many rows were written.

        Raises:
            FrameError: The frame breaks its contract.
            ResultsError: A row lies outside the window, or the database refused; then nothing has changed.
        """
        return self.replace([Part(contract, frame, since, until)])

    def replace(
        self, parts: Sequence[Part], note: Callable[[Connection, Sequence[Changed]], None] | None = None
    ) -> int:
        """Puts every part in its place, in one short transaction: all of them or none. Equal rows are left alone.

        Args:
            parts: Rows and their windows; checked against their contracts before the transaction begins.
            note: Told, inside the transaction, which rows of each part are others than before.

        Returns:
            How many rows the parts have.

        Raises:
            FrameError: A frame breaks its contract.
            ResultsError: A row lies outside its window, or the database refused; then nothing has changed.
        """
        ready = [part.ready() for part in parts]
        with self.writing() as connection:
            changed = [replace(connection, part) for part in ready]
            if note is not None:
                note(connection, changed)
        return sum(len(part.rows) for part in ready)

    def upsert(self, contract: Contract, frame: pd.DataFrame, *, only_new: bool = False) -> Upserted:
        """Inserts rows by their key and brings those up to date that are there with other contents.

        Args:
            contract: Of which table; the frame is checked against it.
            frame: The rows.
            only_new: Leave alone what is there: for a file that is read again.
        """
        checked = check(frame, contract)
        table = TABLES[contract.name]
        new = changed = 0
        for start in range(0, len(checked), BATCH_ROWS):
            rows = to_rows(checked.iloc[start : start + BATCH_ROWS], contract)
            with self.writing() as connection:
                added = connection.exec_driver_sql(_insert_new(table), rows).rowcount
                # Only where some key was there already can a row have other contents.
                touched = 0
                if added < len(rows) and not only_new:
                    touched = connection.exec_driver_sql(_update(table), rows).rowcount
            new, changed = new + added, changed + touched
        return Upserted(new, changed)

    def drop_stale_lines(self, lines: pd.DataFrame) -> int:
        """Deletes lines of the frame's receipts that the frame does not hold: a later file made the receipt shorter.

        Args:
            lines: ``frames.LINES``; every receipt in it with all its lines.

        Returns:
            How many were deleted.
        """
        table = TABLES[LINES.name]
        sizes = lines.groupby("receipt_id").size()
        stored: dict[str, int] = {}
        for names in _batches(sizes.index.tolist()):
            counted = select(table.c.receipt_id, func.count()).where(table.c.receipt_id.in_(names))
            stored.update(self._rows(counted.group_by(table.c.receipt_id)))
        longer = [r for r, size in sizes.items() if stored.get(str(r), 0) > size]
        kept = lines[lines["receipt_id"].isin(longer)].groupby("receipt_id")["line_no"].agg(list)
        deleted = 0
        with self.writing() as connection:
            for receipt_id, numbers in kept.items():
                stale = and_(table.c.receipt_id == receipt_id, table.c.line_no.not_in(numbers))
                deleted += connection.execute(table.delete().where(stale)).rowcount
        return deleted

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    def _frame(self, statement: Select[Any], contract: Contract) -> pd.DataFrame:
        """Rows as a checked frame. As Python values, which take most room, they are held ``READ_ROWS`` at a time."""
        text = str(statement.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        parts = []
        with self.reading() as connection:
            cursor = connection.connection.cursor().execute(text)
            while rows := cursor.fetchmany(READ_ROWS):
                parts.append(to_frame(rows, contract))
        if len(parts) < 2:
            return parts[0] if parts else empty(contract)
        return pd.concat(parts, ignore_index=True)

    def _rows(self, statement: Select[Any]) -> list[Row]:
        """Rows straight from the driver: stored values need no turning, and there may be a million."""
        text = str(statement.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        with self.reading() as connection:
            found: list[Row] = connection.connection.cursor().execute(text).fetchall()
        return found


def open_results(database: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S, migrates: bool = True) -> Results:
    """Opens the database that the edge made, and adds or updates the tables of analytics.

    Args:
        database: The file.
        busy_timeout_s: How long to wait for its lock.
        migrates: Whether tables may be added or updated; else nothing is written, and older ones are refused.

    Raises:
        NewerResultsError: It was written by a newer footfall.
        ResultsError: It is missing, locked, read-only, or no database.
    """
    name = str(database)
    engine = create(database, busy_timeout_s=busy_timeout_s)
    try:
        migrate(engine, name, writes=migrates)
    except ResultsError:
        engine.dispose()
        raise
    return Results(engine, name)


def _within(contract: Contract, since: datetime | date | None, until: datetime | date | None) -> ColumnElement[bool]:
    column = next((c for c in contract.columns if c.name == contract.time), None)
    if column is None:
        raise ResultsError(f"{contract.name}: has no time by which a window could be chosen")
    stored = TABLES[contract.name].c[stored_name(column)]
    limits = [stored >= stored_bound(contract, since)] if since is not None else []
    limits += [stored < stored_bound(contract, until)] if until is not None else []
    return and_(*limits)


def _batches(names: Sequence[str], most: int = 2_000) -> Iterator[Sequence[str]]:
    """Names, so many at a time: a statement may not be endlessly long."""
    yield from (names[start : start + most] for start in range(0, len(names), most))


def _insert_new(table: Table) -> str:
    return str(sqlite.insert(table).on_conflict_do_nothing().compile(dialect=sqlite.dialect(paramstyle="qmark")))


def _update(table: Table) -> str:
    statement = sqlite.insert(table)
    rest = [c for c in table.columns if not c.primary_key]
    changed = statement.on_conflict_do_update(
        index_elements=[c.name for c in table.primary_key],
        set_={c.name: statement.excluded[c.name] for c in rest},
        where=or_(*(c.is_distinct_from(statement.excluded[c.name]) for c in rest)),
    )
    return str(changed.compile(dialect=sqlite.dialect(paramstyle="qmark")))
