"""What surrounds the live cameras of a store: the writer, live windows, alerts, the status page, the nightly work."""

from __future__ import annotations

import logging
import shutil
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..alerts import AlertDesk
from ..contract import (
    ContractError,
    content_hash,
    display_name,
    last_watched,
    open_buffer,
    open_facts,
    open_store,
    retire,
    vacuum,
)
from ..restore import facts_since, open_alerts, waiting_deliveries
from ..station import NightShift, Station
from ..status import CameraStatus, DatabaseStatus, Status
from ..statuspage import StatusPage
from ..windows import LiveWindows
from .alerts import channels_of, hours_of, limits_of
from .build import file_of, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..alerts import Channel
    from ..contract import FactBuffer
    from ..events import Alert, Delivery
    from ..pipeline import Step
    from ..scene import Camera
    from ..settings import Settings
    from ..station import Duty

log = logging.getLogger(__name__)

MB = 1 << 20
EVERY = timedelta(seconds=1)
# What the process before left is read at the start; a locked database must not hold up the first picture.
START_BUSY_S = 1.0
# Kinds of events that alerts learn from the status, with their length.
SHOWN_BY_STATUS = ("waits", "writes")
NIGHT_BUSY_S = 30.0
# After the cameras' two seconds; everything together has five.
ALERTS_FAREWELL_S = 1.0
STORE_FAREWELL_S = 1.0


class Service:
    """Everything that runs beside the cameras, looked after once a second.

    Args:
        settings: The whole file.
        database: Of the facts.
        buffer: The way to it; opened.
        channels: Where messages of alerts go.
        cameras: Those that are watched.
        see: Called with every step of every camera, in its thread.

    Attributes:
        station: The cameras.
    """

    def __init__(
        self,
        settings: Settings,
        database: str | Path,
        buffer: FactBuffer,
        *,
        channels: tuple[Channel, ...],
        cameras: list[Camera],
        see: Callable[[Duty, Step], None],
    ) -> None:
        self._settings = settings
        self._store = settings.store.id
        self._database = database
        self._buffer = buffer
        self._cameras = cameras
        self._began = datetime.now(UTC)
        self._due = self._began
        self._version = version("footfall")
        self._jumps_told = 0
        self._failures = 0
        hours = hours_of(settings)
        self._windows = LiveWindows(tuple(cameras), hours, settings.alerts.queue)
        left = self._left_by_the_process_before()
        self.station = Station(self._store, buffer, self._windows, see)
        quiet, zone = settings.database.quiet_hours, settings.store.time_zone
        self._night = NightShift(self._work_of_the_night, quiet, zone, buffer.state().backed_up)
        self._page = StatusPage(settings.service.port) if settings.service.port else None
        self._desk = AlertDesk(
            self._store,
            settings.store.name,
            hours,
            limits_of(settings),
            channels,
            store_alert=lambda alert: buffer.alert(self._store, alert),
            store_delivery=buffer.deliver,
            open_alerts=left[0],
            waiting=left[1],
        )

    def last_watched(self, camera_id: str) -> datetime | None:
        """Up to when a camera was watched, by this process or an earlier one; None where it never was.

        Waits until the database has everything that was told, or until the station is told to stop: whoever plays a
        folder must not play again what is still on its way. The files wait, too, so nothing is lost.
        """
        told = False
        while not self.station.stop.is_set():
            if self._buffer.try_flush():
                try:
                    with closing(open_facts(self._database, busy_timeout_s=START_BUSY_S)) as reader:
                        return last_watched(reader).get(camera_id)
                except ContractError as error:
                    log.debug("camera %s: %s", camera_id, error)
            if not told:
                log.warning("camera %s: its recordings wait for the database, which knows what was played", camera_id)
                told = True
            self.station.stop.wait(1.0)
        return None

    def watch(self, each_tick: Callable[[], None], tick_s: float) -> None:
        """Watches until the station is told to stop, then stores what waits."""

        def tick(at: datetime) -> None:
            each_tick()
            if at >= self._due or self._due - at > EVERY:  # the clock may have been set back
                self._due = at + EVERY
                # The third of the supervising loops: whatever fails beside the cameras, counting goes on.
                try:
                    self._look_after(at)
                except Exception:
                    self._failures += 1
                    if self._failures in {1, 10, 100} or self._failures % 1000 == 0:
                        log.exception("looking after the cameras failed, the %d. time", self._failures)

        self.station.watch(tick, tick_s)
        self._desk.close(ALERTS_FAREWELL_S)  # before the buffer: it stores what could not be delivered
        if not self._buffer.close(STORE_FAREWELL_S):
            state = self._buffer.state()
            if state.journal:
                log.warning("not everything came into the database; the rest is in its journal for the next start")
            else:
                log.error("neither database nor journal could be written: %d rows were lost in the end", state.waiting)

    def close(self) -> None:
        """Ends what was begun here."""
        if self._page is not None:
            self._page.close()
        self._night.close()

    def status(self, at: datetime) -> Status:
        """How everything fares."""
        beats = self.station.heartbeats(at)
        return Status(
            at=at,
            began=self._began,
            version=self._version,
            store=self._store,
            cameras=tuple(CameraStatus(c.id, c.name, beats[c.id]) for c in self._cameras if c.id in beats),
            database=self._database_status(),
            windows=self._windows.now(at),
            alerts=self._desk.open,
            messages_waiting=self._desk.waiting,
            clock_jumps=len(self.station.jumps),
        )

    def _look_after(self, at: datetime) -> None:
        for jump in self.station.jumps[self._jumps_told :]:
            self._jumps_told += 1
            self._desk.jump(jump)
        for event in self._buffer.take_events():
            if event.kind not in SHOWN_BY_STATUS:
                self._desk.note("database", event.at, event.words)
        status = self.status(at)
        self._desk.observe(status)
        if self._page is not None:
            self._page.show(status)
        self._night.tick(at)

    def _database_status(self) -> DatabaseStatus:
        state = self._buffer.state()
        path = file_of(self._database)
        free = None
        if path is not None:
            try:
                free = shutil.disk_usage(path.parent).free
            except OSError as error:
                log.debug("%s: %s", path.parent, error)
        return DatabaseStatus(
            waiting=state.waiting,
            spooled_bytes=state.spooled_bytes,
            spool_limit_bytes=self._settings.database.spool_mb * MB if state.journal else 0,
            lost=state.lost,
            refused_since=state.refused_since,
            words=state.words,
            backed_up=state.backed_up,
            disk_free_bytes=free,
        )

    def _left_by_the_process_before(self) -> tuple[tuple[Alert, ...], tuple[tuple[Delivery, Alert], ...]]:
        """Restores the live windows; gives the open alerts and the messages that are still to be delivered."""
        now = datetime.now(UTC)
        try:
            with closing(open_facts(self._database, busy_timeout_s=START_BUSY_S)) as reader:
                since = self._windows.needs_since(now)
                self._windows.restore(since, facts_since(reader, self._store, since, now))
                return open_alerts(reader, self._store), waiting_deliveries(reader, self._store)
        except ContractError as error:
            log.warning("what the process before left cannot be read, live windows begin anew: %s", error)
            return (), ()

    def _work_of_the_night(self, now: datetime, quiet: bool) -> None:
        """Retention first, so that the copy is small. Should it fail, the copy is needed all the more.

        Making the copy is also what finds damage in old pages, and has it repaired.
        """
        try:
            self._make_room(now, quiet=quiet)
        finally:
            if self._settings.database.backups:
                self._buffer.back_up()

    def _make_room(self, now: datetime, *, quiet: bool) -> None:
        """Retention; the room is given back to the disk only while nobody comes."""
        settings = self._settings.database
        zone = ZoneInfo(self._settings.store.time_zone)
        with closing(open_store(self._database, busy_timeout_s=NIGHT_BUSY_S)) as store:
            if settings.retention_days:
                day = now.astimezone(zone).date() - timedelta(days=settings.retention_days)
                gone = retire(store, datetime(day.year, day.month, day.day, tzinfo=zone), self._buffer.runs)
                if gone.facts:
                    log.info("%d facts before %s were added up by the hour and deleted", gone.facts, day)
            if quiet:
                vacuum(store)


@contextmanager
def opened(
    settings: Settings, database: str | Path, cameras: list[Camera], see: Callable[[Duty, Step], None]
) -> Iterator[Service]:
    """Everything that runs beside the cameras, ended in the end.

    Raises:
        UsageError: An address for alerts is none.
        ContractError: The database may not be written, or not by this footfall.
    """
    own = settings.database
    channels = channels_of(settings)
    with ExitStack() as stack:
        buffer = open_buffer(
            database,
            site_of(settings),
            spool_mb=own.spool_mb,
            spool=spool_of(settings, database),
            backup_folder=settings.folder / own.backup_folder if own.backup_folder is not None else None,
            backups=own.backups,
            capacity=own.queue,
        )
        service = Service(settings, database, buffer, channels=channels, cameras=cameras, see=see)
        stack.callback(service.close)
        yield service


def spool_of(settings: Settings, database: str | Path) -> Path | None:
    """Where facts wait for a database on a server; None for a file, beside which they wait.

    Another server has another file: what waits for the one must not be given to the other.
    """
    if file_of(database) is not None:
        return None
    return settings.folder / f"{settings.file.stem}-{content_hash(display_name(database))[:8]}.spool"
