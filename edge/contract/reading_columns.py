"""Reading many facts quickly: some columns of them, as the database gives them; and marks of how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Integer, Select, String, func, select, type_coerce

from . import tables
from .columns import UtcMs, metadata, to_ms
from .errors import naming
from .reading import LONGEST_WATCH, Rows, facts_between

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from .reading import FactReader

_FACTS = {name: metadata.tables[name] for name in ("crossing", "stay", "watch", "trail")}
_TIMES = {"crossing": "ts_utc_ms", "stay": "entered_utc_ms", "watch": "begins_utc_ms", "trail": "ts_utc_ms"}


# Separates words in one text; no name holds a control character.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts by column.

    Attributes:
        words: Every combination of the columns of words that occurs, by column; there are few.
        which: The combination of each fact, as its place in ``words``.
        numbers: The other columns, a value for each fact.
    """

    words: dict[str, list[str]]
    which: list[int]
    numbers: dict[str, list[Any]]


def read_columns(
    reader: FactReader,
    fact: str,
    columns: Sequence[str],
    since: datetime,
    until: datetime,
    *,
    cameras: Collection[str] | None = None,
) -> Columns:
    """Some columns of the facts of a window, in the order of ``read_crossings`` and the others.

    Several times as fast as these: nothing is turned into Python's own times or truth values, and the names of camera,
    run, line and the like, which repeat in almost every fact, are read as one text.

    Args:
        reader: From ``open_facts``.
        fact: ``crossing``, ``stay``, ``watch`` or ``trail``.
        columns: Names of its columns.
        since: A fact belongs to the window by its time: that of a stay is when it began.
        until: The window ends before. Watches are those that overlap it.
        cameras: Only facts of these; None: of all.
    """
    table = _FACTS[fact]
    time = table.c[_TIMES[fact]]
    words = [name for name in columns if isinstance(table.c[name].type, String)]
    numbers = [name for name in columns if name not in words]
    packed = _packed(reader, [table.c[name] for name in words])
    window = facts_between(table, time, since - LONGEST_WATCH if fact == "watch" else since, until)
    if fact == "watch":
        window &= table.c.ends_utc_ms > since
    if cameras is not None:
        window &= table.c.camera_id.in_(sorted(cameras))
    found = [type_coerce(table.c[name], _plain(table.c[name].type)) for name in numbers]
    rows = _fetch_plain(reader, select(packed, *found).where(window).order_by(time, table.c.event_id))
    texts = [row[0] for row in rows]
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    split = [text.split(_BETWEEN) for text in places]
    return Columns(
        {name: [parts[n] for parts in split] for n, name in enumerate(words)},
        list(map(places.__getitem__, texts)),
        {name: list(map(itemgetter(n), rows)) for n, name in enumerate(numbers, start=1)},
    )


def watch_ends(
    reader: FactReader, columns: Sequence[str], after: datetime, cameras: Collection[str] | None = None
) -> Rows:
    """The first watch of every camera, and its first one after a moment.

    Beside the watches of a window they say whether a camera that was silent in it was in service: it was put up before,
    and came back afterwards.

    Args:
        reader: From ``open_facts``.
        columns: Names of columns of watches.
        after: The moment.
        cameras: Only these; None: all.
    """
    watch, run = tables.watch, tables.run.c
    begins = watch.c.begins_utc_ms
    first = select(run.camera_id, type_coerce(func.min(run.begins_ms), BigInteger)).where(run.superseded_by.is_(None))
    found: list[tuple[object, ...]] = []
    with naming(reader.name), reader.engine.connect() as connection:
        for camera, put_up_ms in connection.execute(first.group_by(run.camera_id)).all():
            if cameras is not None and camera not in cameras:
                continue
            for since_ms in sorted({put_up_ms, to_ms(after)}):
                asked = select(*(type_coerce(watch.c[name], _plain(watch.c[name].type)) for name in columns))
                window = facts_between(watch, type_coerce(begins, BigInteger), since_ms, None)
                one = asked.where(window, watch.c.camera_id == camera).order_by(begins).limit(1)
                found += [tuple(row) for row in connection.execute(one)]
    return Rows(tuple(columns), found)


def read_marks(reader: FactReader, bounds: Sequence[datetime]) -> list[str]:
    """What there is between each moment and the next, in a few words that change whenever facts come or grow.

    Read from the indexes by time, so that the facts of two months take milliseconds. Positions do not count: they come
    with the facts of their tracks. A recording that is replayed with other settings changes every mark.

    Args:
        reader: From ``open_facts``.
        bounds: In order.
    """
    run = tables.run.c
    replaced = select(func.count()).where(run.superseded_by.is_not(None))
    sums = {"crossing": (), "stay": ("left_utc_ms",), "watch": ("ends_utc_ms",)}
    marks = []
    with naming(reader.name), reader.engine.connect() as connection:
        before = connection.execute(replaced).scalar()
        for since, until in pairwise(bounds):
            words = [str(before)]
            for fact, ends in sums.items():
                table = _FACTS[fact]
                wanted = [func.count(), *(func.sum(type_coerce(table.c[name], BigInteger)) for name in ends)]
                stores = table.c.store_id.in_(select(tables.store.c.store_id))
                time = table.c[_TIMES[fact]]
                row = connection.execute(select(*wanted).where(stores, time >= since, time < until)).one()
                words += [str(value or 0) for value in row]
            marks.append(" ".join(words))
    return marks


def _packed(reader: FactReader, columns: Sequence[Any]) -> Any:
    """Several words as one text."""
    if reader.engine.dialect.name == "sqlite":
        # Made at once: a sixth less to read than by joining one after the other.
        return func.printf(_BETWEEN.join(["%s"] * len(columns)), *columns)
    joined = columns[0]
    for column in columns[1:]:
        joined = joined.concat(_BETWEEN).concat(column)
    return joined


def _plain(kind: Any) -> Any:
    if isinstance(kind, UtcMs):
        return BigInteger()
    return Integer() if isinstance(kind, Boolean) else kind


def _fetch_plain(reader: FactReader, statement: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows straight from the driver: for hundreds of thousands of them its tuples are enough."""
    text = str(statement.compile(dialect=reader.engine.dialect, compile_kwargs={"literal_binds": True}))
    with naming(reader.name), reader.engine.connect() as connection:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text)
            return list(cursor.fetchall())
        finally:
            cursor.close()
