"""How the process fares at one moment: what its pages show, its alerts watch, and ``footfall-edge status`` prints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .windows import NO_WINDOWS, Windows

if TYPE_CHECKING:
    from .events import Alert, Heartbeat


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera.

    Attributes:
        id: Unique within the store.
        name: What people call it.
        beat: How it fares.
    """

    id: str
    name: str
    beat: Heartbeat


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The way of facts to the database.

    Attributes:
        waiting: Facts and other changes in memory that no disk has yet.
        spooled_bytes: How much waits in the spool file because the database cannot be written.
        spool_limit_bytes: How much fits in; 0 without a spool.
        lost: Facts lost for good since the process began.
        refused_since: Since when the database refuses; None while it takes what it is given.
        words: Why it refuses; empty while it does not.
        backed_up: When the last good backup was made; None where none is known.
        disk_free_bytes: Room left where it lies; None where that cannot be told, as for a server.
    """

    waiting: int = 0
    spooled_bytes: int = 0
    spool_limit_bytes: int = 0
    lost: int = 0
    refused_since: datetime | None = None
    words: str = ""
    backed_up: datetime | None = None
    disk_free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The whole process.

    Attributes:
        at: Aware UTC time of this status.
        began: When the process began.
        version: Of footfall.
        store: Id of the store.
        cameras: Every camera that is watched.
        database: The way of facts to the database.
        windows: What goes on in the store.
        alerts: Those that are open.
        messages_waiting: Messages about alerts that no receiver has taken yet.
        clock_jumps: How often the clock was set, or the machine slept, since the process began.
    """

    at: datetime
    began: datetime
    version: str
    store: str
    cameras: tuple[CameraStatus, ...]
    database: DatabaseStatus = DatabaseStatus()
    windows: Windows = NO_WINDOWS
    alerts: tuple[Alert, ...] = ()
    messages_waiting: int = 0
    clock_jumps: int = 0


def json_text(status: Status) -> str:
    """The status as one JSON object, its keys those of the dataclasses, its times ISO 8601 in UTC."""
    return json.dumps(asdict(status), default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"{value!r} has no form in JSON")
