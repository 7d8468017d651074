"""Facts on their way to the database: batched, bounded, never lost to a lock without being counted."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from .errors import StoreUnavailableError

if TYPE_CHECKING:
    from ..events import Fact
    from .writing import FactStore

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 1.0
CAPACITY = 50_000


class FactBuffer:
    """Collects facts from any thread and appends them about once a second in one transaction.

    While the database refuses, facts wait here. When the buffer is full the newest are dropped and counted, so that
    the next ``Watch`` can say so.

    Args:
        store: Where the facts go.
        flush_every_s: How long a fact may wait.
        capacity: Facts kept while the database refuses.
    """

    def __init__(self, store: FactStore, *, flush_every_s: float = FLUSH_EVERY_S, capacity: int = CAPACITY) -> None:
        self._store = store
        self._flush_every_s = flush_every_s
        self._capacity = capacity
        self._waiting: list[tuple[str, Fact]] = []
        self._dropped: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._flushed_at = time.monotonic()
        self._refused = False

    def add(self, run_id: str, fact: Fact) -> None:
        """Takes a fact; writes the batch when it is due. Never raises for a database that refuses for now."""
        with self._lock:
            if len(self._waiting) >= self._capacity:
                self._dropped[run_id] += 1
            else:
                self._waiting.append((run_id, fact))
            due = time.monotonic() - self._flushed_at >= self._flush_every_s
        if due:
            self.try_flush()

    def take_dropped(self, run_id: str) -> int:
        """How many facts of the run were dropped since the last call."""
        with self._lock:
            return self._dropped.pop(run_id, 0)

    def try_flush(self) -> bool:
        """Writes what waits. On refusal keeps it, says so once, and returns False."""
        try:
            self.flush()
        except StoreUnavailableError as error:
            if not self._refused:
                log.warning("facts are waiting, the database refuses: %s", error)
            self._refused = True
            return False
        if self._refused:
            log.info("the database takes facts again")
        self._refused = False
        return True

    def flush(self) -> None:
        """Writes what waits.

        Raises:
            StoreUnavailableError: The database refused; the facts still wait.
        """
        with self._writing:
            with self._lock:
                batch = list(self._waiting)
                self._flushed_at = time.monotonic()
            if not batch:
                return
            self._store.append(batch)
            with self._lock:
                del self._waiting[: len(batch)]
