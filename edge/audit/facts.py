"""What the product watched and counted, as the audit needs it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..contract import Audit, read_audit_marks, read_audits, read_crossings, read_runs, read_watches
from .arithmetic import TOLERANCE, Comparison, Count, compare
from .plan import LEAD, Span, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..contract import FactReader, Rows

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The newest facts of a camera that is still watched may not be stored yet.
SETTLED = timedelta(seconds=60)

Moments = dict[tuple[str, str], list[datetime]]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that was not replaced by a newer one.

    Attributes:
        id: Of the run.
        kind: ``live`` or ``replay``.
        source_id: Fingerprint of a replayed recording.
        begins: Time of the first picture.
        finished: False for a replay that was cut off, and for a camera that is still watched.
        config_hash: Of the settings.
    """

    id: str
    kind: str
    source_id: str
    begins: datetime
    finished: bool
    config_hash: str


def utc(ms: int) -> datetime:
    """A moment from whole UTC milliseconds."""
    return EPOCH + timedelta(milliseconds=ms)


def runs_of(reader: FactReader, camera: str) -> list[Ran]:
    """The runs of a camera that count."""
    return [
        Ran(r["run_id"], r["kind"], r["source_id"], utc(r["begins_ms"]), bool(r["finished"]), r["config_hash"])
        for r in _named(read_runs(reader))
        if r["camera_id"] == camera
    ]


def watched_by(reader: FactReader, runs: Sequence[Ran], within: Span | None = None) -> list[tuple[Span, str]]:
    """When the runs could see, as spans without a gap, each with its run.

    Args:
        reader: Of the facts.
        runs: Which ones.
        within: Look only here; what reaches beyond may come along.
    """
    window = within or Span(EARLIEST, LATEST)
    if not all(run.finished for run in runs):
        window = Span(window.begins, LATEST)  # where such a run stands now
    known = {run.id: run for run in runs}
    seen: dict[str, list[Span]] = defaultdict(list)
    for row in _named(read_watches(reader, window.begins, window.ends)):
        if row["run_id"] in known and row["health"] == "ok" and row["ends_utc_ms"] > row["begins_utc_ms"]:
            seen[row["run_id"]].append(Span(utc(row["begins_utc_ms"]), utc(row["ends_utc_ms"])))
    found: list[tuple[Span, str]] = []
    for run_id, spans in seen.items():
        whole = merged(spans)
        if not known[run_id].finished:
            last = whole.pop()
            if last.ends - SETTLED > last.begins:
                whole.append(Span(last.begins, last.ends - SETTLED))
        found += [(span, run_id) for span in whole]
    return sorted(found)


def crossings_of(reader: FactReader, run: str, camera: str, span: Span) -> Moments:
    """When somebody crossed, by line and direction, in the eyes of one run."""
    found: Moments = defaultdict(list)
    for row in _named(read_crossings(reader, span.begins, span.ends)):
        if row["run_id"] == run and row["camera_id"] == camera:
            found[row["line_id"], row["direction"]].append(utc(row["ts_utc_ms"]))
    return found


def compared(
    crossings: Mapping[tuple[str, str], Sequence[datetime]],
    key: tuple[str, str],
    window: Span,
    presses: Sequence[datetime] | None,
    manual: int = 0,
) -> Comparison:
    """What a person counted beside the crossings of the same line and direction.

    Args:
        crossings: From ``crossings_of``, with those ``around`` the window.
        key: Line and direction.
        window: What was counted.
        presses: When she pressed; None where she wrote down a number only.
        manual: That number.
    """
    ours = crossings.get(key, ())
    if presses is not None:
        return compare(presses, ours, window.begins, window.ends)
    counted = sum(window.begins <= at < window.ends for at in ours)
    return Comparison(Count(manual, counted), (), ())


def around(window: Span) -> Span:
    """The window, what its clip shows on both sides, and as much more as a press may be off."""
    return Span(window.begins - LEAD - TOLERANCE, window.ends + LEAD + TOLERANCE)


def stored_audits(reader: FactReader) -> list[tuple[Audit, bool]]:
    """All audits that are not superseded, in order of time, each with whether its run was replaced since."""
    counting = {row["run_id"] for row in _named(read_runs(reader))}
    marks: dict[str, list[datetime]] = defaultdict(list)
    for mark in _named(read_audit_marks(reader)):
        marks[mark["audit_id"]].append(utc(mark["ts_utc_ms"]))
    return [
        (
            Audit(
                store=row["store_id"],
                camera=row["camera_id"],
                run=row["run_id"],
                line=row["line_id"],
                geometry_version=row["geometry_version"],
                direction=row["direction"],
                begins=utc(row["begins_utc_ms"]),
                ends=utc(row["ends_utc_ms"]),
                manual=row["manual"],
                counted=row["counted"],
                matched=row["matched"],
                audited=utc(row["audited_utc_ms"]),
                auditor=row["auditor"],
                method=row["method"],
                marks=tuple(marks[row["audit_id"]]),
            ),
            row["run_id"] not in counting,
        )
        for row in _named(read_audits(reader, stale=True))
    ]


def _named(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows.columns, values, strict=True)) for values in rows.values]
