"""How the way to the database fares, for those who tell people of it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

# ``waits``: the database refuses, what is given waits; ``writes``: it takes it again; ``damaged``: the file was found
# damaged or gone, and what was done; ``journal``: the journal cannot be written, or does not reach back far enough;
# ``refused``: rows broke a rule and are lost; ``backup``: no copy could be made.
EventKind = Literal["waits", "writes", "damaged", "journal", "refused", "backup"]
KEPT = 100


@dataclass(frozen=True, slots=True)
class DatabaseEvent:
    """Something that happened to the database and that a person should know of.

    Attributes:
        at: Aware UTC time.
        kind: What it is about.
        words: In one line for a person; names the database, never a password.
    """

    at: datetime
    kind: EventKind
    words: str


@dataclass(frozen=True, slots=True)
class BufferState:
    """How the way to the database fares now.

    Attributes:
        waiting: Changes in memory that no disk has yet.
        spooled_bytes: About how much the journal holds that the database lacks, compressed.
        lost: Facts that were lost for good since the process began.
        refused_since: Since when the database refuses; None while it takes what it is given.
        words: Why it refuses; empty while it does not.
        written: When something was last written; None before.
        backed_up: When the last good backup was made, by its name; None where none is known.
        journal: Whether there is a journal that can be written.
    """

    waiting: int
    spooled_bytes: int
    lost: int
    refused_since: datetime | None
    words: str
    written: datetime | None
    backed_up: datetime | None
    journal: bool


class Events:
    """The last events, until somebody takes them. Safe from any thread."""

    def __init__(self) -> None:
        self._events: deque[DatabaseEvent] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, kind: EventKind, words: str) -> None:
        """Keeps an event of this moment."""
        with self._lock:
            self._events.append(DatabaseEvent(datetime.now(tz=UTC), kind, words))

    def take(self) -> tuple[DatabaseEvent, ...]:
        """Gives what there is, once."""
        with self._lock:
            taken = tuple(self._events)
            self._events.clear()
        return taken
