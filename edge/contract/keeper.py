"""Keeps a database going: opens it late, writes what the journal holds, repairs it, copies it in time."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import upkeep
from .changes import RUN, changes_of, grouped
from .errors import RefusedRowError, StoreDamagedError, StoreUnavailableError
from .journal import Journal
from .migrations import COLUMNS
from .repair import audits_in, is_gone, repair
from .safety import Copies
from .state import BufferState, Events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .changes import Change, Group
    from .safety import Safety
    from .upkeep import Backup
    from .writing import FactStore

log = logging.getLogger(__name__)

REPAIR_EVERY_S = 60.0  # a disk that breaks what was just repaired is not helped by haste
JOURNAL_TRY_EVERY_S = 60.0
FULL_BYTES = 1 << 20


class Keeper:
    """One database with its journal and its backups. Its methods may be called from several threads.

    Args:
        store: The database; may be closed.
        safety: What stands behind it; None: nothing, it is just written.
        lost: Is given every change that is lost for good.

    Attributes:
        journal: None where there is none, or it cannot be made yet.
        is_known: Whether the database was opened, or a journal or a backup says that it was there before.
        copies: The backups.
        events: What happened.

    Raises:
        ValueError: The size of the journal makes no sense.
        ContractError: Another process writes to this database.
    """

    def __init__(self, store: FactStore, safety: Safety | None, lost: Callable[[Change], None]) -> None:
        self._store = store
        self._safety = safety
        self._tell_lost = lost
        self._writing = threading.RLock()
        self._site: list[Change] = []
        self._runs: dict[str, Change] = {}
        self._refused_since: datetime | None = None
        self._refusal = ""
        self._written: datetime | None = None
        self._damage = ""
        self._aside: Path | None = None
        self._is_open = False
        self._is_checked = False
        self._is_renewed = False
        self._journal_trouble = ""
        self._journal_said = False
        self._due = dict.fromkeys(("repair", "journal"), 0.0)
        self.events = Events()
        self.copies = Copies(store, safety, self.events)
        self.journal: Journal | None = None
        if safety is not None:
            self._open_journal(safety)
        self.is_known = self._was_there()

    def keep_site(self, changes: list[Change]) -> None:
        """What a database needs before anything else, should it have to begin anew."""
        self._site = changes

    def keep_run(self, run_id: str, change: Change | None) -> None:
        """The same for a run; None when it is over. A new run of a camera ends one that was cut off."""
        self._runs.pop(run_id, None)
        if change is not None:
            of_camera = COLUMNS[RUN].index("camera_id")
            others = {i: other for i, other in self._runs.items() if other[1][of_camera] != change[1][of_camera]}
            self._runs = {**others, run_id: change}

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the runs that are not over."""
        return tuple(self._runs)

    @property
    def is_direct(self) -> bool:
        """Whether changes go to the database without a journal."""
        return self.journal is None or bool(self._journal_trouble)

    def state(self, waiting: int, lost: int) -> BufferState:
        """How everything fares; ``waiting`` changes are in memory, ``lost`` facts never left it."""
        return BufferState(
            waiting=waiting,
            spooled_bytes=0 if self.journal is None else self.journal.waiting_bytes,
            lost=lost,
            refused_since=self._refused_since,
            words=self._refusal,
            written=self._written,
            backed_up=self.copies.newest,
            journal=not self.is_direct,
        )

    def open(self) -> None:
        """Opens the database and learns how far the journal has come into it.

        Raises:
            NewerSchemaError: It was written by a newer footfall.
            StoreUnavailableError: It is locked, read-only, damaged, no database, or gone although it was there before.
        """
        with self._writing:
            if self._is_open:
                return
            if self.is_known and self._store.path is not None and is_gone(self._store.path):
                raise StoreDamagedError(f"{self._store.name}: was there and is gone or empty")
            self._store.open()
            if self._is_renewed:  # what the others refer to may be in no backup, and no longer in the journal
                self._store.write(grouped([*self._site, *self._runs.values()]))
                self._is_renewed = False
            if self.journal is not None:
                if lacking := self.journal.go_on_after(self._store.mark_of(self.journal.id)):
                    self._say("journal", f"{self._store.name}: {lacking} batches of facts are no longer in the journal")
                self.copies.note(self.journal)
            self._is_open = self.is_known = True

    @property
    def disk_is_full(self) -> bool:
        """Whether there is next to no room where the database lies."""
        path = self._store.path
        return path is not None and shutil.disk_usage(path.parent).free < FULL_BYTES

    def catch_up(self) -> None:
        """Writes what the journal holds and the database lacks.

        Raises:
            StoreUnavailableError: The database refused; nothing is lost.
        """
        while self.journal is not None:
            with self._writing:
                self._trying(self.open)
                number, groups = self.journal.waiting()
                if not groups:
                    return
                self._write_all(grouped(changes_of(groups)), (self.journal.id, number))
                self.journal.applied = number

    def write(self, groups: Sequence[Group]) -> None:
        """Writes changes that are in no journal.

        Raises:
            StoreUnavailableError: The database refused; they must be given again.
        """
        with self._writing:
            self._trying(self.open)
            self._write_all(groups, None)

    def tend(self) -> None:
        """Does what is due besides writing: repairs, looks for damage after the start, makes an early backup.

        Raises:
            StoreUnavailableError: The database refused.
        """
        if self._safety is None:
            return
        if self.journal is None and self._is_due("journal", JOURNAL_TRY_EVERY_S):
            self._open_journal(self._safety)
        with self._writing:
            self._look_for_damage()
            if self._damage and self._is_due("repair", REPAIR_EVERY_S):
                self._repair(self._safety)
            if self._aside is not None and self._is_open and not (self.journal and self.journal.waiting_bytes):
                self._bring_audits(self._aside)
                self._aside = None
        if self.journal is not None and self._is_open and self.copies.is_due(self.journal):
            log.info("journal of %s: nearly full, so a backup is made", self._store.name)
            self.back_up()

    def back_up(self) -> Backup | None:
        """Makes a checked copy; the journal may then forget what is in it.

        Raises:
            StoreUnavailableError: It could not be made. Damage of the database itself will be repaired.
        """
        try:
            return self.copies.make(self.journal)
        except StoreDamagedError as error:
            with self._writing:
                self._found_damage(str(error))
            raise

    def would_outlast(self, until_s: float) -> bool:
        """Whether the database refuses now, and one more try could last longer than this moment of the steady clock."""
        return self._refused_since is not None and time.monotonic() + self._store.busy_timeout_s > until_s

    def fails(self, error: Exception) -> None:
        """Writing failed in a way that is no refusal: for whoever waits for it that is the same."""
        self._refuses(f"{self._store.name}: {type(error).__name__}: {error}")

    def journal_failed(self, error: Exception) -> None:
        """The journal took nothing. Said once."""
        if not self._journal_said:
            self._say("journal", f"journal of {self._store.name}: {error}")
            self._journal_said = True
        if isinstance(error, OSError):  # facts go to the database directly; a full journal has to wait for it
            self._journal_trouble = str(error)

    def journal_works(self) -> None:
        """The journal took something."""
        self._journal_trouble, self._journal_said = "", False

    def close(self) -> None:
        """Lets go of the files. A journal in which nothing was ever written is removed."""
        with self._writing:
            self._store.close()
            self._is_open = False
            if self.journal is not None:
                self.journal.close()
                if self.journal.is_empty and self._safety is not None:
                    self._safety.journal.unlink(missing_ok=True)

    def _write_all(self, groups: Sequence[Group], mark: tuple[str, int] | None) -> None:
        try:
            self._trying(lambda: self._store.write(groups, mark))
        except RefusedRowError:
            self._trying(lambda: self._one_by_one(groups))
            self._trying(lambda: self._store.write((), mark))
        self._written = datetime.now(tz=UTC)
        if self._refused_since is not None:
            log.info("the database takes facts again")
            self.events.add("writes", f"{self._store.name}: takes facts again")
            self._refused_since, self._refusal = None, ""

    def _one_by_one(self, groups: Sequence[Group]) -> None:
        """One bad row must not keep the others out for ever: it is left out, counted and said."""
        for name, columns, rows in groups:
            for row in rows:
                try:
                    self._store.write([(name, columns, [row])])
                except RefusedRowError as error:
                    self._say("refused", f"{error}: a row of {name} is lost")
                    self._tell_lost((name, row))

    def _trying(self, work: Callable[[], object]) -> None:
        """Does work with the database, and says once when it refuses."""
        try:
            work()
        except RefusedRowError:
            raise
        except StoreDamagedError as error:
            self._found_damage(str(error))
            self._refuses(str(error))
            raise
        except StoreUnavailableError as error:
            self._refuses(str(error))
            raise

    def _refuses(self, words: str) -> None:
        if self._refused_since is None:
            self._refused_since = datetime.now(tz=UTC)
            self._say("waits", f"facts are waiting, the database refuses: {words}")
        self._refusal = words

    def _found_damage(self, words: str) -> None:
        if self._safety is not None and self._store.path is not None and not self._damage:
            log.error("%s", words)
            self._damage = words
            self._store.close()
            self._is_open = False

    def _repair(self, safety: Safety) -> None:
        """Puts a sound file in its place; the journal then brings it up to date."""
        assert self._store.path is not None  # noqa: S101
        self._store.close()
        self._is_open = False
        try:
            done = repair(self._store.path, safety.backup_folder)
        except OSError as error:
            self._refuses(f"{self._store.name}: cannot be repaired yet: {error}")
            return
        self._say("damaged", f"{self._damage}; {done}")
        self._damage, self._aside, self._is_renewed = "", done.aside, True
        self._store.open()  # a new file is no longer "gone"
        self._trying(self.open)

    def _look_for_damage(self) -> None:
        """A file that is gone is noticed at once, other damage once after the start; the rest shows when it is used."""
        if self._is_open and self._store.path is not None and is_gone(self._store.path):
            self._found_damage(f"{self._store.name}: was there and is gone or empty")
        if not self._is_checked and not self._damage:
            if problems := upkeep.quick_check(self._store):
                self._found_damage(f"{self._store.name}: {problems[0]}")
            self._is_checked = True

    def _bring_audits(self, aside: Path) -> None:
        """What the damaged file still has of audits; those of runs that are gone have nothing to stand beside."""
        for name, columns, rows in audits_in(aside):
            for row in rows:
                with suppress(RefusedRowError):
                    self._store.write([(name, columns, [row])])

    def _was_there(self) -> bool:
        """Whether a journal or a backup tells of the file."""
        if self._safety is None or self._store.path is None:
            return False
        return self.copies.exist or (self.journal is not None and not self.journal.is_empty)

    def _open_journal(self, safety: Safety) -> None:
        try:
            self.journal = Journal(safety.journal, safety.spool_mb)
        except OSError as error:
            self.journal_failed(error)
        else:
            self.journal_works()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True

    def _say(self, kind: str, words: str) -> None:
        log.warning("%s", words)
        self.events.add(kind, words)  # type: ignore[arg-type]
