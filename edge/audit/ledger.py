"""Writing down what a person counted beside what the product counted, and reading it back."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..contract import Audit
from .arithmetic import Count
from .facts import around, compared, crossings_of, runs_of, stored_audits, watched_by
from .plan import Span
from .report import Audited, Row, directions_of, rows

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ..contract import FactReader, FactStore
    from ..scene import Camera
    from .facts import Ran
    from .plan import Candidate

log = logging.getLogger(__name__)

Presses = Mapping[tuple[str, str], Sequence[datetime]]
Totals = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a person handed in for one window.

    Attributes:
        auditor: Her name, or empty.
        at: When she finished.
        presses: When she pressed, by line and direction; None where she wrote down totals.
        totals: These totals, by line and direction.
    """

    auditor: str
    at: datetime
    presses: Presses | None = None
    totals: Totals | None = None


class Ledger:
    """The audits of one store.

    Args:
        reader: For facts and audits.
        store: For new audits.
        store_id: Of the store.
        versions: The version of every line as the settings have it now, by camera and line.
        zone: Of the store.
    """

    def __init__(
        self,
        reader: FactReader,
        store: FactStore,
        store_id: str,
        versions: Mapping[tuple[str, str], str],
        zone: ZoneInfo,
    ) -> None:
        self._reader = reader
        self._store = store
        self._store_id = store_id
        self._versions = versions
        self._zone = zone

    def enter(self, camera: Camera, one: Candidate, sheet: Sheet) -> list[str]:
        """Compares a finished window with what the product counted, and stores both.

        Args:
            camera: Whose lines were counted, all of them.
            one: The window.
            sheet: What the person counted.

        Returns:
            Earlier windows that this one replaces; what was missed and invented, where presses say when. A line each.

        Raises:
            StoreUnavailableError: The database refused.
        """
        crossings = crossings_of(self._reader, one.run, camera.id, around(one.window))
        audits: list[Audit] = []
        differences = [f"replaces the count of {window}" for window in self._replaced(camera.id, one.window)]
        for line in camera.lines:
            for way in directions_of(line):
                key = line.id, way
                presses = None if sheet.presses is None else sheet.presses[key]
                total = 0 if sheet.totals is None else sheet.totals[key]
                found = compared(crossings, key, one.window, presses, total)
                audits.append(
                    Audit(
                        store=self._store_id,
                        camera=camera.id,
                        run=one.run,
                        line=line.id,
                        geometry_version=self._versions[camera.id, line.id],
                        direction=way,
                        begins=one.window.begins,
                        ends=one.window.ends,
                        manual=found.count.manual,
                        counted=found.count.counted,
                        matched=found.count.matched,
                        audited=sheet.at,
                        auditor=sheet.auditor,
                        method="terminal" if presses is None else "page",
                        marks=tuple(presses or ()),
                    )
                )
                where = f"{line.id} {way}, camera {camera.id}"
                differences += [f"missed: {self._moment(t)}, {where}" for t in found.missed]
                differences += [f"invented: {self._moment(t)}, {where}" for t in found.invented]
        self._store.append_audits(audits)
        return differences

    def _replaced(self, camera: str, window: Span) -> list[str]:
        """Windows counted before that overlap this one, in words and in order of time."""
        earlier = {
            (a.begins, a.ends)
            for a, _ in stored_audits(self._reader)
            if a.camera == camera and a.begins < window.ends and window.begins < a.ends
        }
        return [f"{self._moment(begins)} to {self._moment(ends)}, camera {camera}" for begins, ends in sorted(earlier)]

    def valid(self) -> list[Audit]:
        """Audits of the lines as they are now, compared with runs that count."""
        return [a for a, stale in stored_audits(self._reader) if not stale and self._is_of_today(a)]

    def report(self, camera: str | None) -> list[Row]:
        """What the valid audits show.

        Args:
            camera: Only this one; None: all.
        """
        audited = [
            Audited(a.camera, a.line, a.direction, a.begins, Count(a.manual, a.counted, a.matched))
            for a in self.valid()
            if camera in {None, a.camera}
        ]
        return rows(audited, self._zone)

    def compare_anew(self, usable: Mapping[str, Sequence[Ran]]) -> None:
        """Compares audits whose run was replaced with the run that counts now.

        What a person saw stays true when the recording is replayed with other settings: only our side changes. Of a
        line that was moved nothing can be said: she looked at the line where it was.

        Args:
            usable: The runs with the settings of today, by camera.
        """
        again: list[Audit] = []
        earlier = 0
        for old, stale in stored_audits(self._reader):
            if not self._is_of_today(old):
                earlier += 1
                continue
            window = Span(old.begins, old.ends)
            run = self._run_that_saw(window, usable.get(old.camera, ())) if stale else None
            if run is None:
                continue
            crossings = crossings_of(self._reader, run, old.camera, around(window))
            presses = old.marks if old.method == "page" else None
            found = compared(crossings, (old.line, old.direction), window, presses, old.manual).count
            again.append(replace(old, run=run, manual=found.manual, counted=found.counted, matched=found.matched))
        self._store.append_audits(again)
        if again:
            log.info("%d manual counts were compared with the newer replay of their recording", len(again))
        if earlier:
            log.info("%d manual counts belong to lines that were moved since; they say nothing about today's", earlier)

    def _run_that_saw(self, window: Span, runs: Sequence[Ran]) -> str | None:
        return next((run for span, run in watched_by(self._reader, runs, window) if span.holds(window)), None)

    def _is_of_today(self, audit: Audit) -> bool:
        return self._versions.get((audit.camera, audit.line)) == audit.geometry_version

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"


def usable(reader: FactReader, camera: str, config_hash: str) -> list[Ran]:
    """A camera's runs with the settings of today; replays only when they came to their end.

    Args:
        reader: Of the facts.
        camera: Its id.
        config_hash: Of its settings.
    """
    return [r for r in runs_of(reader, camera) if r.config_hash == config_hash and (r.finished or r.kind == "live")]
