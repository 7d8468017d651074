"""What stands behind a database: the journal's file, the backups, and what the journal may forget because of them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import upkeep
from .errors import StoreDamagedError, StoreUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from .journal import Journal
    from .state import Events
    from .upkeep import Backup
    from .writing import FactStore

log = logging.getLogger(__name__)

EARLY_BACKUP_EVERY_S = 3600.0
EARLY_BACKUP_FILL = 0.7
STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Safety:
    """What stands behind a database.

    Attributes:
        journal: The journal's file.
        spool_mb: Its size.
        backup_folder: Where backups lie.
        backups: How many are kept; 0: none are made, and a damaged database begins anew.
    """

    journal: Path
    spool_mb: int
    backup_folder: Path
    backups: int


class Copies:
    """The backups of one database.

    Args:
        store: The database.
        safety: What stands behind it; None: no backups.
        events: Is told what goes wrong.

    Attributes:
        newest: When the newest one was made, by its name; None where none is known.
    """

    def __init__(self, store: FactStore, safety: Safety | None, events: Events) -> None:
        self._store = store
        self._safety = safety
        self._events = events
        self._reaches_back = True
        self._due = 0.0
        self._making = threading.Lock()  # the night and the writer may want one at the same time, in the same place
        self.newest: datetime | None = None

    @property
    def exist(self) -> bool:
        """Whether there is any, sound or not."""
        return bool(self._paths())

    def make(self, journal: Journal | None) -> Backup | None:
        """Makes one; the journal may then forget what is in it.

        Raises:
            StoreUnavailableError: It could not be made.
        """
        if self._safety is None or not self._safety.backups:
            return None
        try:
            with self._making:
                made = upkeep.back_up(self._store, self._safety.backup_folder, self._safety.backups)
        except StoreDamagedError:
            raise  # said by who repairs it
        except StoreUnavailableError as error:
            log.warning("%s", error)
            self._events.add("backup", str(error))
            raise
        if made is not None and journal is not None:
            self.note(journal)
        return made

    def note(self, journal: Journal) -> None:
        """Tells the journal what the newest backup has."""
        if paths := self._paths():
            self.newest = datetime.strptime(paths[0].name[-15:], STAMP).replace(tzinfo=UTC)
            journal.released = upkeep.marks_in(paths[0]).get(journal.id, journal.released)

    def is_due(self, journal: Journal) -> bool:
        """Whether the journal will soon have to forget what no backup has. Says so where it already did."""
        if self._safety is None or not self._safety.backups or self._store.path is None:
            return False
        reached, self._reaches_back = self._reaches_back, journal.reaches_back
        if reached and not self._reaches_back:
            words = f"journal of {self._store.name}: no longer reaches back to the last backup"
            log.warning("%s", words)
            self._events.add("journal", words)
        now = time.monotonic()
        if journal.fill <= EARLY_BACKUP_FILL or now < self._due:
            return False
        self._due = now + EARLY_BACKUP_EVERY_S
        return True

    def _paths(self) -> list[Path]:
        if self._safety is None or self._store.path is None:
            return []
        return upkeep.backups_of(self._store.path, self._safety.backup_folder)
