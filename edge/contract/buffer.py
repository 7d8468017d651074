"""Everything a run writes, on its way to the database: batched, bounded, never lost without being counted."""

from __future__ import annotations

import logging
import threading
import time
from itertools import islice
from typing import TYPE_CHECKING

from .changes import FACT_ENDS, FINISH, GROWING, RUN, grouped
from .errors import StoreDamagedError, StoreUnavailableError, StoreWaitsError
from .journal import JournalFullError
from .keeper import Keeper
from .rows import alert_row, delivery_row, heartbeat_row, jump_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..events import Alert, ClockJump, Delivery, Fact, Heartbeat
    from .changes import Change, Scalar
    from .safety import Safety
    from .site import Run, Site
    from .state import BufferState, DatabaseEvent
    from .upkeep import Backup
    from .writing import FactStore

    Key = tuple[Scalar, ...]

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 1.0
JOURNAL_EVERY_S = 0.25
WRITE_EVERY_S = 0.5
CAPACITY = 50_000
BATCH = 2_000
SOON_BYTES = 1 << 16
CLOSE_S = 2.5  # with an attempt that waits for a lock below the five seconds in which a service must stop


class FactBuffer:
    """Takes facts and states from any thread, and never makes one wait for a disk.

    With a journal, what arrives goes to the journal first and from there to the database; threads of its own do both
    (``start``, ``close``). Without one it goes to the database in the thread that calls ``flush``, or ``add`` when a
    batch is due.

    While nothing can be written, facts wait here. When it is full the newest are dropped and counted, so that the next
    ``Watch`` can say so; watches themselves are taken twice as long.

    Args:
        store: Where everything goes.
        flush_every_s: How long a fact may wait until ``add`` writes it; infinite where another thread does.
        capacity: Facts kept while nothing can be written; at least 1.
        safety: The journal and the backups.

    Raises:
        ValueError: The capacity is below 1: nothing could ever pass.
    """

    def __init__(
        self,
        store: FactStore,
        *,
        flush_every_s: float = FLUSH_EVERY_S,
        capacity: int = CAPACITY,
        safety: Safety | None = None,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: must be at least 1, not {capacity}")
        self._rows = store.rows
        self._flush_every_s = flush_every_s
        self._capacity = capacity
        self._fresh: dict[Key, Change] = {}
        self._dropped: dict[str, dict[Key, int]] = {}
        self._lost_ever = 0
        self._lock = threading.Lock()
        self._journaling = threading.Lock()
        self._flushing = threading.Lock()
        self._flushed_at = time.monotonic()
        self._keeper = Keeper(store, safety, self._lost)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def register(self, site: Site) -> None:
        """Stores what facts refer to, before anything else that is given afterwards."""
        changes = self._rows.site(site)
        self._keeper.keep_site(changes)
        for change in changes:
            self._take((change[0], *change[1]), change)

    def begin(self, run: Run, store_id: str) -> None:
        """A run begins; its facts may be given from now on."""
        change = self._rows.run(run, store_id)
        with self._lock:
            self._keeper.keep_run(run.id, change)
            self._fresh.pop((FINISH, run.id), None)
        self._take((RUN, run.id), change)

    def add(self, run_id: str, fact: Fact) -> None:
        """Takes a fact; writes the batch when it is due. Never raises for a database that refuses for now.

        Raises:
            KeyError: The run was never begun, or the line or zone never registered.
            ValueError: A time is naive.
        """
        change = self._rows.fact(run_id, fact)
        self._take((change[0], change[1][0]), change)
        if not self._threads and time.monotonic() - self._flushed_at >= self._flush_every_s:
            self.try_flush()

    def finish(self, run_id: str) -> None:
        """A run came to its end and was not cut off."""
        with self._lock:
            self._keeper.keep_run(run_id, None)
        self._take((FINISH, run_id), self._rows.finish(run_id))

    def beat(self, camera_id: str, heartbeat: Heartbeat) -> None:
        """How a camera fares; the last of every minute is kept."""
        change = heartbeat_row(camera_id, heartbeat)
        self._take((change[0], *change[1][:2]), change)

    def jump(self, store_id: str, clock_jump: ClockJump) -> None:
        """The host's clock jumped."""
        change = jump_row(store_id, clock_jump)
        self._take((change[0], *change[1][:3]), change)

    def alert(self, store_id: str, alert: Alert) -> None:
        """An alert opened or closed."""
        change = alert_row(store_id, alert)
        self._take((change[0], change[1][0]), change)

    def deliver(self, delivery: Delivery) -> None:
        """A message was tried, delivered or given up."""
        change = delivery_row(delivery)
        self._take((change[0], *change[1][:3]), change)

    def take_dropped(self, run_id: str) -> int:
        """How many facts of the run were dropped since the last call."""
        with self._lock:
            return sum(self._dropped.pop(run_id, {}).values())

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the runs that have begun and are not over."""
        return self._keeper.runs

    def take_events(self) -> tuple[DatabaseEvent, ...]:
        """What happened to the database since the last call, oldest first: worth an alert."""
        return self._keeper.events.take()

    def state(self) -> BufferState:
        """How the way to the database fares now."""
        with self._lock:
            fresh, lost = len(self._fresh), self._lost_ever
        return self._keeper.state(fresh, lost)

    def open(self) -> None:
        """Opens the database now, so that a mistake shows at once, and writes what little an earlier process left.

        Raises:
            NewerSchemaError: It was written by a newer footfall.
            StoreUnavailableError: It refuses in a way that no waiting and no backup will mend.
        """
        try:
            self._keeper.open()
        except StoreDamagedError:
            if not self._keeper.is_known:  # a file of somebody else, more likely than one of ours
                raise
        except StoreUnavailableError as error:
            # On a full disk a file that must be made beside the database "cannot be opened".
            if not isinstance(error, StoreWaitsError) and not self._keeper.disk_is_full:
                raise
            if self.state().journal:
                log.warning("the database does not open yet, facts go to the journal: %s", error)
            else:  # there may be room later; until then a stop loses them
                log.warning("neither database nor journal can be written, facts wait in memory only: %s", error)
        else:
            if self.state().spooled_bytes < SOON_BYTES:  # so that what is read next has the last second, too
                self.try_flush()

    def start(self) -> None:
        """Begins to write in threads of its own."""
        jobs = (("journal", JOURNAL_EVERY_S, self._to_journal), ("database", WRITE_EVERY_S, self._to_database))
        for name, every_s, job in jobs:
            thread = threading.Thread(target=self._keep_doing, args=(job, every_s), name=f"facts {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Stops the threads, and writes what waits.

        Args:
            timeout_s: How long the database may take for it; one attempt more is made.

        Returns:
            Whether the database has everything. Where not, the journal has it, and the next start goes on with it.
        """
        until = time.monotonic() + timeout_s
        self._stop.set()
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        is_kept = self._to_journal()
        if any(thread.is_alive() for thread in self._threads):  # busy with a repair, or the disk hangs
            return False
        done = False
        # What is in the journal need not wait once more for a lock that will not go in time.
        while not (is_kept and self._keeper.would_outlast(until)) and not (done := self.try_flush()):
            if time.monotonic() >= until:
                break
            time.sleep(0.1)
        self._threads.clear()
        self._keeper.close()
        return done

    def abandon(self) -> None:
        """Lets go of the files and forgets what was given; only before ``start``."""
        self._keeper.close()

    def back_up(self) -> Backup | None:
        """Makes a checked copy of the database now, and lets the journal forget what is in it.

        Returns:
            The copy; None where none is wanted, or the database is on a server.

        Raises:
            StoreUnavailableError: It could not be made. A database that turns out damaged is repaired.
        """
        return self._keeper.back_up()

    def try_flush(self) -> bool:
        """Writes what waits. On refusal keeps it, says so once, and returns False."""
        try:
            self.flush()
        except StoreUnavailableError:
            return False
        return True

    def flush(self) -> None:
        """Writes what waits.

        Raises:
            StoreUnavailableError: The database refused; what was given still waits.
        """
        with self._flushing:
            self._flushed_at = time.monotonic()
            while True:
                in_journal = self._to_journal()
                self._keeper.catch_up()
                batch = [] if in_journal else self._oldest()
                if not batch:
                    return
                # The journal cannot be written, or was full: nothing in it is older than these any more.
                self._keeper.write(grouped(change for _, change in batch))
                self._forget(batch)

    def _to_database(self) -> None:
        """What the thread of the database does again and again."""
        self._keeper.tend()
        self.flush()

    def _to_journal(self) -> bool:
        """Moves what is fresh to the journal; whether all of it is there."""
        journal = self._keeper.journal
        if journal is None:
            return False
        with self._journaling:
            while batch := self._oldest():
                try:
                    journal.append(grouped(change for _, change in batch))
                except (JournalFullError, OSError) as error:
                    self._keeper.journal_failed(error)
                    return False
                self._keeper.journal_works()
                self._forget(batch)
        return True

    def _oldest(self) -> list[tuple[Key, Change]]:
        with self._lock:
            return list(islice(self._fresh.items(), BATCH))

    def _take(self, key: Key, change: Change) -> None:
        """Keeps a change; a later one of the same key takes the place of an earlier one that still waits."""
        with self._lock:
            if key in self._fresh or len(self._fresh) < self._capacity:
                if change[0] in GROWING or key not in self._fresh or change[0] not in FACT_ENDS:
                    self._fresh[key] = change
                return
            if change[0] in FACT_ENDS and (change[0] != "watch" or len(self._fresh) >= 2 * self._capacity):
                self._drop(key, change)
            else:  # few, and others rest on them
                self._fresh[key] = change

    def _drop(self, key: Key, change: Change) -> None:
        """Counts a fact that is lost; one that grows counts once, and a lost watch hands on what it told of."""
        run_id = str(change[1][3])
        told = int(change[1][8] or 0) if change[0] == "watch" else 0
        counted = self._dropped.setdefault(run_id, {})
        self._lost_ever += key not in counted
        counted[key] = 1 + told

    def _lost(self, change: Change) -> None:
        """A change that the database will never take."""
        if change[0] in FACT_ENDS:
            with self._lock:
                self._drop((change[0], change[1][0]), change)

    def _forget(self, batch: list[tuple[Key, Change]]) -> None:
        """Lets go of what is written, but not of what replaced it meanwhile."""
        with self._lock:
            for key, change in batch:
                if self._fresh.get(key) is change:
                    del self._fresh[key]

    def _keep_doing(self, job: Callable[[], object], every_s: float) -> None:
        """One of the threads: whatever happens, it goes on."""
        failures = 0
        while not self._stop.wait(every_s):
            try:
                job()
            except StoreUnavailableError:
                continue  # said where it was noticed
            except Exception as error:
                failures += 1
                self._keeper.fails(error)
                if failures in {1, 10, 100} or failures % 1000 == 0:
                    log.exception("writing facts: unexpected, the %d. time; goes on", failures)
