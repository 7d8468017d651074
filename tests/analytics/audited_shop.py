"""Audits for the small shop: the same door, counted by a person, written through the edge's own door."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from edge.contract import Audit, open_facts, open_store, read_geometry, read_runs

from .small_shop import MONDAY, clock

if TYPE_CHECKING:
    from pathlib import Path

    from edge.contract import Rows


def audit_shop(
    database: Path,
    *windows: tuple[int, int, int | None],
    direction: str = "in",
    version: str | None = None,
    later: int = 0,
) -> None:
    """Stores one audit of the entrance: windows of five minutes from 10:00 on as (manual, counted, matched).

    It is counted on the day after, or so many days ``later``; where the line is, or for another ``version`` of it.
    """
    reader = open_facts(database)
    shapes, runs = read_geometry(reader), read_runs(reader)
    reader.close()
    line = next(row for row in _rows(shapes) if row["kind"] == "line" and row["current"])
    run = next(row for row in _rows(runs) if row["camera_id"] == "door")
    first = clock(MONDAY, 10)
    store = open_store(database)
    store.append_audits(
        [
            Audit(
                store="corner",
                camera="door",
                run=run["run_id"],
                line=line["geometry_id"],
                geometry_version=version or line["version"],
                direction="in" if direction == "in" else "out",
                begins=first + timedelta(minutes=5 * n),
                ends=first + timedelta(minutes=5 * (n + 1)),
                manual=manual,
                counted=counted,
                matched=matched,
                audited=first + timedelta(days=1 + later),
                auditor="Ada",
                method="page",
            )
            for n, (manual, counted, matched) in enumerate(windows)
        ]
    )
    store.close()


def _rows(found: Rows) -> list[dict[str, Any]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.values]
