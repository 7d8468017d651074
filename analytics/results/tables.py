"""The tables that analytics owns, made from the contracts of their frames, and the migrations that made them.

Times are integer UTC milliseconds (``..._ms``), days are ISO text, money is whole minor units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    inspect,
)
from sqlalchemy.schema import CreateColumn

from .. import frames
from ..frames import BOOL, DAY, INT, MAYBE_INT, NUM, TEXT, TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.types import TypeEngine

    from ..frames import Contract

metadata = MetaData()

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    TEXT: String,
    INT: BigInteger,
    MAYBE_INT: BigInteger,
    NUM: Float,
    BOOL: Boolean,
    TIME: BigInteger,
    DAY: String,
}


def stored_name(column: frames.Column) -> str:
    """The name of a frame's column in its table: times say that they are milliseconds."""
    if column.dtype != TIME:
        return column.name
    return f"{column.name}_ms" if column.name.endswith("_utc") else f"{column.name}_utc_ms"


def _table(contract: Contract, *constraints: ForeignKeyConstraint) -> Table:
    columns = [
        Column(
            stored_name(c), _TYPES[c.dtype](), primary_key=c.name in contract.key, nullable=c.null, autoincrement=False
        )
        for c in contract.columns
    ]
    index = [Index(f"{contract.name}_time", stored_name(c)) for c in contract.columns if c.name == contract.time]
    # Where the time is the whole key, the key is the index.
    return Table(contract.name, metadata, *columns, *([] if contract.key == (contract.time,) else index), *constraints)


TABLES: dict[str, Table] = {
    contract.name: _table(contract)
    for contract in (
        frames.RECEIPTS,
        frames.RFID_READS,
        frames.MEMBERS,
        frames.PRODUCTS,
        frames.VISITS,
        frames.HOURLY,
        frames.DAILY,
        frames.LINE_HOURLY,
        frames.ACCURACY,
        frames.WATERFALL,
        frames.STORE_DWELL,
        frames.OCCUPANCY_DRIFT,
        frames.ZONE_HOURLY,
        frames.QUEUE_HOURLY,
        frames.QUEUE_WAITS,
        frames.PASSERS_HOURLY,
        frames.CAPTURE_HOURLY,
        frames.HEAT,
        frames.MOVES,
        frames.RECEIPT_VISITS,
        frames.SEGMENTS,
        frames.FORECAST,
        frames.BACKTEST,
        frames.TILL_DAYS,
        frames.CARD_SWIPES,
        frames.ROTA,
        frames.WEATHER,
        frames.CALENDAR_DAYS,
        frames.TILL_HOURLY,
        frames.BOUNCE_HOURLY,
        frames.CATEGORY_DAILY,
        frames.TILL_CLOCKS,
        frames.RFID_PASSAGES,
        frames.ITEM_OUTCOMES,
        frames.ITEMS_DAILY,
        frames.MEMBER_VISITS,
        frames.OUTAGES,
        frames.ZONE_DAYS,
        frames.STAY_BINS,
        frames.PAIR_DAYS,
        frames.ANSWERS,
        *(contract for topic in frames.TOPICS for contract in topic.CONTRACTS),
    )
}
for _part in (frames.LINES, frames.PAYMENTS):
    TABLES[_part.name] = _table(_part, ForeignKeyConstraint(["receipt_id"], ["receipt.receipt_id"]))

analytics_migration = Table(
    "analytics_migration",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("applied_ms", BigInteger, nullable=False),
)

import_log = Table(
    "import_log",
    metadata,
    Column("kind", String, primary_key=True),
    Column("content_hash", String(32), primary_key=True),
    Column("file", String, nullable=False),
    Column("imported_ms", BigInteger, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_kept", Integer, nullable=False),
    Column("rows_rejected", Integer, nullable=False),
    Column("rows_duplicate", Integer, nullable=False),
    Column("rows_new", Integer, nullable=False),
    Column("rows_changed", Integer, nullable=False),
    Column("notes", String, nullable=True),
)

import_reject = Table(
    "import_reject",
    metadata,
    Column("kind", String, primary_key=True),
    Column("content_hash", String(32), primary_key=True),
    Column("column", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("rows", Integer, nullable=False),
    ForeignKeyConstraint(["kind", "content_hash"], ["import_log.kind", "import_log.content_hash"], ondelete="CASCADE"),
)

# Files that could not be read at all when they were last tried.
import_refused = Table(
    "import_refused",
    metadata,
    Column("file", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("why", String, nullable=False),
)

# The business days that rows of a file came to or left, written with the rows: what was computed of them is stale.
import_day = Table(
    "import_day",
    metadata,
    Column("kind", String, primary_key=True),
    Column("content_hash", String(32), primary_key=True),
    Column("local_date", String, primary_key=True),
    Column("imported_ms", BigInteger, nullable=False),
    Index("import_day_imported", "imported_ms"),
)

# Up to where each query has read its database, as text that says of which type it is.
import_watermark = Table(
    "import_watermark",
    metadata,
    Column("query", String, primary_key=True),
    Column("mark", String, nullable=False),
    Column("moved_ms", BigInteger, nullable=False),
)

job_run = Table(
    "job_run",
    metadata,
    Column("job_run_id", Integer, primary_key=True),
    Column("job", String, nullable=False),
    Column("since_day", String, nullable=False),
    Column("until_day", String, nullable=False),
    Column("begins_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=True),
    Column("rows", Integer, nullable=True),
    Column("status", String, nullable=False),
    Column("message", String, nullable=True),
    CheckConstraint("status IN ('running', 'ok', 'failed', 'skipped')"),
    Index("job_run_job", "job", "since_day"),
)


# What is known of each job and day: the run that computed it last, and the last one that made its results others.
job_day = Table(
    "job_day",
    metadata,
    Column("job", String, primary_key=True),
    Column("local_date", String, primary_key=True),
    Column("computed_run", Integer, nullable=False),
    Column("changed_run", Integer, nullable=False),
)

# What the jobs begin from: a mark that changes with the facts or the sales of a day, and the run that saw it change.
input_day = Table(
    "input_day",
    metadata,
    Column("source", String, primary_key=True),
    Column("local_date", String, primary_key=True),
    Column("mark", String, nullable=False),
    Column("changed_run", Integer, nullable=False),
)


def _create_results(connection: Connection) -> None:
    """Version 1: imported sales, results, and the two ledgers."""
    metadata.create_all(connection, tables=[t for t in metadata.sorted_tables if t is not analytics_migration])


def _grow_results(connection: Connection) -> None:
    """Versions 2 to 4: what they add.

    2: error bars, dwell, queues, passers-by, heat maps; 3: tills, calendar, RFID passages, members' visits; 4: what is
    asked of customers, what lies ahead, and how long members' visits were.

    Tables and columns that the version before does not have. A column comes without values: what was computed before
    did not know it, and the next run fills it in.
    """
    own = [t for t in metadata.sorted_tables if t is not analytics_migration]
    metadata.create_all(connection, tables=own)
    for table in own:
        there = {known["name"] for known in inspect(connection).get_columns(table.name)}
        for column in (c for c in table.columns if c.name not in there):
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_create_results, *[_grow_results] * 3)
