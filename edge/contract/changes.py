"""What is to be written, as plain numbers and words: what the journal keeps and the database is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .migrations import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

Scalar = str | int | float | bool | None
Row = tuple[Scalar, ...]
Change = tuple[str, Row]  # the name of a table, or RUN, FINISH or SITE, and what is to be written
Group = tuple[str, tuple[str, ...], list[Row]]  # changes of the same kind: name, columns, rows

RUN = "run"  # a run begins; for a replay: earlier ones of the same recording are superseded
FINISH = "finish"  # a run came to its end; its row is the id of the run
SITE = "site"  # a site is registered anew: what was current of this store and camera is no longer
# When the facts of each table ended, and the runs that they belong to.
FACT_ENDS = {"crossing": "ts_utc_ms", "stay": "left_utc_ms", "watch": "ends_utc_ms", "trail": "ts_utc_ms"}
# Facts that may be given again with other content; the later one counts. Of the others the first one stays.
GROWING = ("stay", "watch")
_ALONE = (SITE, RUN, FINISH)
_FIRST = ("store", "store_hours", "camera", "geometry", "alert", "delivery")  # what others refer to


def grouped(changes: Iterable[Change]) -> list[Group]:
    """Changes of the same kind together, in an order in which what is referred to stands first.

    The begin and the end of a run and the registration of a site keep their places between the others.
    """
    done: list[Group] = []
    gathered: dict[str, Group] = {}

    def close() -> None:
        done.extend(gathered.pop(name) for name in _FIRST if name in gathered)
        done.extend(gathered.values())
        gathered.clear()

    for name, row in changes:
        if name in _ALONE:
            close()
            done.append((name, COLUMNS.get(name, ()), [row]))
        else:
            gathered.setdefault(name, (name, COLUMNS[name], []))[2].append(row)
    close()
    return done


def changes_of(groups: Iterable[Group]) -> list[Change]:
    """The changes one by one, in the order in which they are written."""
    return [(name, row) for name, _, rows in groups for row in rows]
