"""Facts and states as rows of plain numbers and words, ready for the database and for the journal.

A row is made where the fact arrives: later, after a restart with other settings, the version of its line would no
longer be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import Crossing, Stay, Watch
from .changes import FINISH, RUN, SITE
from .columns import MINUTE_MS, to_ms
from .migrations import SCHEMA_VERSION
from .site import content_hash, line_version, zone_version
from .site_rows import site_rows

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Alert, ClockJump, Delivery, Fact, Heartbeat, Trail
    from .changes import Change
    from .site import Run, Site


class RowMaker:
    """Knows the site and the runs, and turns facts into rows. Safe from any thread once the site is known."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str, str], str] = {}
        self._runs: dict[str, tuple[str, str]] = {}

    def site(self, site: Site) -> list[Change]:
        """Everything that facts of the site refer to."""
        for camera in site.cameras:
            for line in camera.lines:
                self._versions[camera.id, "line", line.id] = line_version(line)
            for zone in camera.zones:
                self._versions[camera.id, "zone", zone.id] = zone_version(zone)
        renewed: list[Change] = [(SITE, (site.store.id, camera.id)) for camera in site.cameras]
        return [*renewed, *site_rows(site)]

    def run(self, run: Run, store_id: str) -> Change:
        """The row of a run that begins."""
        self._runs[run.id] = (store_id, run.camera)
        begins = to_ms(run.begins)
        head = (run.id, store_id, run.camera, run.kind, run.source, run.source_id, begins, run.clock, run.model_id)
        return RUN, (*head, run.config_hash, SCHEMA_VERSION, False, None, None)

    def finish(self, run_id: str) -> Change:
        """A run that came to its end."""
        return FINISH, (run_id,)

    def fact(self, run_id: str, fact: Fact) -> Change:
        """The row of a fact.

        Raises:
            KeyError: The run was never begun, or the line or zone never registered.
            ValueError: One of its times is naive.
        """
        store_id, camera_id = self._runs[run_id]
        if isinstance(fact, Crossing):
            key = content_hash(run_id, "crossing", fact.track, fact.line, fact.sequence)
            return "crossing", (
                *(key, store_id, camera_id, run_id, fact.line, self._versions[camera_id, "line", fact.line]),
                *(fact.track, fact.direction, fact.side, to_ms(fact.at), fact.frame_number, fact.x, fact.y, *fact.box),
                *(fact.confidence, fact.held, fact.cause),
            )
        if isinstance(fact, Stay):
            key = content_hash(run_id, "stay", fact.track, fact.zone, fact.sequence)
            entered, left = to_ms(fact.entered), to_ms(fact.left)
            return "stay", (
                *(key, store_id, camera_id, run_id, fact.zone, self._versions[camera_id, "zone", fact.zone]),
                *(fact.track, entered, left, left - entered, fact.start_cause, fact.end_cause),
                *(fact.frame_number, fact.x, fact.y, fact.confidence),
            )
        if isinstance(fact, Watch):
            key = content_hash(run_id, "watch", None, None, fact.sequence)
            begins, ends = to_ms(fact.begins), to_ms(fact.ends)
            seen = (fact.frames_seen, fact.frames_dropped, fact.facts_dropped, fact.health)
            return "watch", (key, store_id, camera_id, run_id, begins, ends, *seen)
        return self._trail(run_id, store_id, camera_id, fact)

    def _trail(self, run_id: str, store_id: str, camera_id: str, fact: Trail) -> Change:
        key = content_hash(run_id, "trail", fact.track, None, fact.sequence)
        place = (fact.x, fact.y, fact.x_m, fact.y_m)
        return "trail", (key, store_id, camera_id, run_id, fact.track, to_ms(fact.at), *place)


def heartbeat_row(camera_id: str, beat: Heartbeat) -> Change:
    """A heartbeat under the minute that it belongs to."""
    at = to_ms(beat.at)
    counts = (beat.fps, beat.frames_seen, beat.frames_dropped, beat.reconnects)
    minute = at // MINUTE_MS * MINUTE_MS
    return "heartbeat", (camera_id, minute, at, beat.state, to_ms(beat.since), *counts, _maybe_ms(beat.last_picture))


def jump_row(store_id: str, jump: ClockJump) -> Change:
    """A jump of the host's clock."""
    at, was = to_ms(jump.at), to_ms(jump.was)
    return "clock_jump", (store_id, at, was, at - was, jump.cause)


def alert_row(store_id: str, alert: Alert) -> Change:
    """An alert as far as it has come."""
    times = (to_ms(alert.opened), _maybe_ms(alert.closed))
    return "alert", (alert.id, store_id, alert.kind, alert.camera, alert.place, *times, alert.words)


def delivery_row(delivery: Delivery) -> Change:
    """How far a message has come."""
    times = (_maybe_ms(delivery.next_try), _maybe_ms(delivery.delivered))
    return "delivery", (delivery.alert, delivery.stage, delivery.channel, delivery.tries, *times, delivery.error)


def _maybe_ms(time: datetime | None) -> int | None:
    return None if time is None else to_ms(time)
