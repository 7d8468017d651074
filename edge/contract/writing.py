"""The one writer: site rows, runs, facts, and what else a run has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from . import tables
from .audits import write_audits
from .changes import FACT_ENDS, FINISH, GROWING, RUN, SITE, grouped
from .columns import metadata, to_ms
from .engine import create, display_name, migrate, sqlite_path
from .errors import naming
from .life_tables import journal_mark
from .migrations import COLUMNS
from .rows import RowMaker
from .statements import insert_new, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from ..events import Fact
    from .audits import Audit
    from .changes import Group, Row, Scalar
    from .site import Run, Site

BUSY_TIMEOUT_S = 60.0
_FIRST_STAYS = ("crossing", "trail", "clock_jump")  # written once; everything else is brought up to date


def open_store(database: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> FactStore:
    """Opens the database for writing, makes it where it is missing and brings its schema up to date.

    Args:
        database: A path, or an SQLAlchemy URL.
        busy_timeout_s: How long to wait for another process's lock before giving up.

    Raises:
        NewerSchemaError: It was written by a newer footfall.
        StoreUnavailableError: It is locked, read-only, damaged, or no database.
    """
    store = FactStore(database, busy_timeout_s=busy_timeout_s)
    store.open()
    return store


class FactStore:
    """Appends facts. Appending the same fact twice changes nothing.

    Args:
        database: A path, or an SQLAlchemy URL; nothing is opened before ``open``.
        busy_timeout_s: How long to wait for another process's lock before giving up.

    Attributes:
        busy_timeout_s: As given.
        name: What to call the database in messages.
        path: The file; None for a server.
        rows: Turns facts into rows.
    """

    def __init__(self, database: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._database = database
        self.busy_timeout_s = busy_timeout_s
        self._engine: Engine | None = None
        self.name = display_name(database)
        self.path = sqlite_path(database)
        self.rows = RowMaker()

    def open(self) -> None:
        """Opens it, once; makes or migrates what is missing.

        Raises:
            NewerSchemaError: It was written by a newer footfall.
            StoreUnavailableError: It is locked, read-only, damaged, or no database.
        """
        if self._engine is not None:
            return
        with naming(self.name):
            engine = create(self._database, busy_timeout_s=self.busy_timeout_s, read_only=False)
            try:
                migrate(engine, self._database)
            except BaseException:
                engine.dispose()
                raise
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """Of the opened database."""
        if self._engine is None:
            self.open()
        assert self._engine is not None  # noqa: S101
        return self._engine

    def register(self, site: Site) -> None:
        """Stores what facts refer to. Old versions of a line or zone stay, marked as no longer current.

        Raises:
            StoreUnavailableError: The database refused.
        """
        self.write(grouped(self.rows.site(site)))

    def begin_run(self, run: Run, store_id: str) -> None:
        """Opens a run. A replay of the same recording with other settings now supersedes the earlier one.

        Args:
            run: The run; its id follows from its content.
            store_id: The store it belongs to, registered before.

        Raises:
            StoreUnavailableError: The database refused.
        """
        self.write(grouped([self.rows.run(run, store_id)]))

    def finish_run(self, run_id: str) -> None:
        """Records that the run came to its end and was not cut off."""
        self.write(grouped([self.rows.finish(run_id)]))

    def append(self, facts: Iterable[tuple[str, Fact]]) -> int:
        """Appends facts in one transaction. A stay or a watch given again replaces what was said of it before.

        Args:
            facts: Pairs of run id (begun before) and fact.

        Returns:
            How many were new.

        Raises:
            StoreUnavailableError: The database refused; nothing of this call was written.
            KeyError: A run was never begun, or a line or zone never registered.
            ValueError: A time is naive.
        """
        return self.write(grouped([self.rows.fact(run_id, fact) for run_id, fact in facts]))

    def append_audits(self, audits: Sequence[Audit]) -> None:
        """Stores what a person counted, in one transaction; earlier audits of the same windows are superseded.

        Raises:
            StoreUnavailableError: The database refused; nothing of this call was written.
        """
        with naming(self.name), self.engine.begin() as connection:
            write_audits(connection, audits)

    def write(self, groups: Sequence[Group], mark: tuple[str, int] | None = None) -> int:
        """Writes changes in one transaction, in their order.

        Args:
            groups: Of changes.
            mark: Which journal they come from, and how far it has come with them.

        Returns:
            How many facts were new.

        Raises:
            StoreUnavailableError: The database refused; nothing of this call was written.
        """
        new = 0
        with naming(self.name), self.engine.begin() as connection:
            retired = _retired(connection, groups)
            for name, columns, rows in groups:
                new += _write(connection, name, columns, rows, retired)
            if mark is not None:
                upsert(connection, journal_mark.name, COLUMNS[journal_mark.name], [mark])
        return new

    def mark_of(self, journal_id: str) -> int | None:
        """How far a journal has come into the database; None where the database knows nothing of it.

        Raises:
            StoreUnavailableError: The database refused.
        """
        column = journal_mark.c.journal_id
        with naming(self.name), self.engine.connect() as connection:
            return connection.execute(select(journal_mark.c.sequence).where(column == journal_id)).scalar()

    def close(self) -> None:
        """Closes every connection; the next use opens the database again."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None


def _write(
    connection: Connection, name: str, columns: tuple[str, ...], rows: list[Row], retired: Mapping[Scalar, int]
) -> int:
    """Writes one group, and says how many facts of it were new."""
    if name == SITE:
        for store_id, camera_id in rows:
            connection.execute(tables.store_hours.delete().where(tables.store_hours.c.store_id == store_id))
            drawn = tables.geometry.c.camera_id == camera_id
            connection.execute(update(tables.geometry).where(drawn).values(current=False))
    elif name == FINISH:
        for (run_id,) in rows:
            connection.execute(update(tables.run).where(tables.run.c.run_id == run_id).values(finished=True))
    elif name == RUN:
        for row in rows:
            _begin_run(connection, columns, row)
    elif name in FACT_ENDS:
        return _write_facts(connection, name, columns, _not_retired(name, columns, rows, retired))
    elif name in _FIRST_STAYS:
        insert_new(connection, name, columns, rows)
    else:
        upsert(connection, name, columns, _last_of_each(name, columns, rows))
    return 0


def _begin_run(connection: Connection, columns: tuple[str, ...], row: Row) -> None:
    upsert(connection, RUN, columns, [row])
    values = dict(zip(columns, row, strict=True))
    if values["kind"] == "replay":
        same_recording = (
            (tables.run.c.camera_id == values["camera_id"])
            & (tables.run.c.source_id == values["source_id"])
            & (tables.run.c.kind == "replay")
            & (tables.run.c.run_id != values["run_id"])
        )
        connection.execute(update(tables.run).where(same_recording).values(superseded_by=values["run_id"]))


def _write_facts(connection: Connection, name: str, columns: tuple[str, ...], rows: list[Row]) -> int:
    if not rows:
        return 0
    if name not in GROWING:
        return insert_new(connection, name, columns, rows)
    rows = _last_of_each(name, columns, rows)
    new = insert_new(connection, name, columns, rows)
    if new < len(rows):
        upsert(connection, name, columns, rows)
    return new


def _retired(connection: Connection, groups: Sequence[Group]) -> dict[Scalar, int]:
    """Until when the facts of the runs that are written to were added up by the hour, in UTC milliseconds."""
    runs = {row[columns.index("run_id")] for name, columns, rows in groups if name in FACT_ENDS for row in rows}
    if not runs:
        return {}
    run = tables.run.c
    known = select(run.run_id, run.retired_until_ms).where(run.run_id.in_(runs), run.retired_until_ms.is_not(None))
    return {run_id: to_ms(moment) for run_id, moment in connection.execute(known)}


def _not_retired(name: str, columns: tuple[str, ...], rows: list[Row], retired: Mapping[Scalar, int]) -> list[Row]:
    """Leaves out what is added up by the hour already: written once more it would be counted twice."""
    if not retired:
        return rows
    of_run, of_end = columns.index("run_id"), columns.index(FACT_ENDS[name])
    return [row for row in rows if int(row[of_end] or 0) >= retired.get(row[of_run], 0)]


def _last_of_each(name: str, columns: tuple[str, ...], rows: list[Row]) -> list[Row]:
    """One row a key, the last: a statement may not touch a row twice."""
    keys = [columns.index(column.name) for column in metadata.tables[name].primary_key]
    return list({tuple(row[key] for key in keys): row for row in rows}.values())
