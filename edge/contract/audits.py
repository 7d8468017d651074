"""Manual counts beside the product's own: one row per window, line and direction, and the presses behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, select, update

from . import tables
from .columns import to_ms
from .reading import Rows, fetch, plain
from .site import content_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from ..events import Direction
    from .reading import FactReader

AuditMethod = Literal["page", "terminal"]


@dataclass(frozen=True, slots=True)
class Audit:
    """One direction of one line in one window, counted by a person and by the product.

    Attributes:
        store: Id of the store.
        camera: Id of the camera.
        run: The run whose crossings were compared.
        line: Id of the line.
        geometry_version: Of the line.
        direction: ``in`` or ``out``.
        begins: Start of the window.
        ends: Its end, exclusive.
        manual: Crossings the person counted.
        counted: Crossings the product counted.
        matched: How many of both are the same crossing, one to one; None where the person wrote down totals only.
        audited: When the person finished.
        auditor: Her name, empty where she gave none.
        method: How she counted.
        marks: When she pressed; may lie a little outside the window, as the clip does.
    """

    store: str
    camera: str
    run: str
    line: str
    geometry_version: str
    direction: Direction
    begins: datetime
    ends: datetime
    manual: int
    counted: int
    matched: int | None
    audited: datetime
    auditor: str
    method: AuditMethod
    marks: tuple[datetime, ...] = ()

    @property
    def id(self) -> str:
        """Another time, another run or another line: another audit."""
        moments = [to_ms(moment) for moment in (self.begins, self.ends, self.audited)]  # as they are stored
        return content_hash(
            self.store, self.camera, self.run, self.line, self.geometry_version, self.direction, *moments
        )


def write_audits(connection: Connection, audits: Iterable[Audit]) -> None:
    """Stores audits. Earlier ones of the same line, version and direction that overlap in time are superseded.

    Nothing is deleted: who wants to know what was counted the first time finds it, marked.

    Args:
        connection: Within a transaction.
        audits: New ones, oldest first.
    """
    table = tables.audit
    for audit in audits:
        earlier = and_(
            table.c.camera_id == audit.camera,
            table.c.line_id == audit.line,
            table.c.geometry_version == audit.geometry_version,
            table.c.direction == audit.direction,
            table.c.begins_utc_ms < audit.ends,
            table.c.ends_utc_ms > audit.begins,
            table.c.superseded_by.is_(None),
        )
        connection.execute(update(table).where(earlier).values(superseded_by=audit.id))
        row = _row(audit)
        known = connection.execute(select(table.c.audit_id).where(table.c.audit_id == audit.id)).first()
        if known is not None:  # compared with this run before, and with another since: it counts again
            connection.execute(update(table).where(table.c.audit_id == audit.id).values(row))
            continue
        connection.execute(table.insert().values(row))
        marks = [{"audit_id": audit.id, "number": n, "ts_utc_ms": at} for n, at in enumerate(sorted(audit.marks))]
        if marks:
            connection.execute(tables.audit_mark.insert(), marks)


def read_audits(reader: FactReader, *, stale: bool = False) -> Rows:
    """Audits that count, in order of time: one row per window, line and direction.

    Columns: audit_id, store_id, camera_id, run_id, line_id, geometry_version, direction, begins_utc_ms, ends_utc_ms,
    manual, counted, matched (None: totals only), audited_utc_ms, auditor, method, superseded_by (always None).
    Windows in which both counted nobody are there, too. Versions of a line that are no longer in use are there as
    well: compare ``geometry_version`` with that of the crossings.

    Args:
        reader: Of the facts.
        stale: Also those whose run was replaced by a replay with other settings: what that run counted is no longer
            read, so they say nothing about today's numbers until ``footfall-edge audit`` compares them anew.
    """
    table = tables.audit
    counts: ColumnElement[bool] = table.c.superseded_by.is_(None)
    if not stale:
        runs = select(tables.run.c.run_id).where(tables.run.c.superseded_by.is_(None))
        counts = and_(counts, table.c.run_id.in_(runs))
    return fetch(reader, plain(table).where(counts).order_by(table.c.begins_utc_ms, "line_id", "direction"))


def read_audit_marks(reader: FactReader) -> Rows:
    """When the person pressed, of audits that are not superseded: audit_id, number, ts_utc_ms; in order of time."""
    current = select(tables.audit.c.audit_id).where(tables.audit.c.superseded_by.is_(None))
    mark = tables.audit_mark
    return fetch(reader, plain(mark).where(mark.c.audit_id.in_(current)).order_by("audit_id", "number"))


def _row(audit: Audit) -> dict[str, Any]:
    return {
        "audit_id": audit.id,
        "store_id": audit.store,
        "camera_id": audit.camera,
        "run_id": audit.run,
        "line_id": audit.line,
        "geometry_version": audit.geometry_version,
        "direction": audit.direction,
        "begins_utc_ms": audit.begins,
        "ends_utc_ms": audit.ends,
        "manual": audit.manual,
        "counted": audit.counted,
        "matched": audit.matched,
        "audited_utc_ms": audit.audited,
        "auditor": audit.auditor,
        "method": audit.method,
        "superseded_by": None,
    }
