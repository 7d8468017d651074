"""What the tests of alerts share: a status as it may be, and messages to send."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge.alerts import Message
from edge.events import Alert, Heartbeat
from edge.hours import StoreHours
from edge.status import CameraStatus, DatabaseStatus, Status
from edge.windows import NO_WINDOWS, Occupancy, Queue, Windows, ZoneNow

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.alerts.message import Stage
    from edge.events import CameraState

TEN = datetime(2026, 4, 7, 8, 0, tzinfo=UTC)  # ten o'clock in Berlin
HOURS = StoreHours(((540, 1200),) * 7, "Europe/Berlin")


def at(second: float) -> datetime:
    return TEN + timedelta(seconds=second)


def camera(state: CameraState = "ok", since: float = 0, name: str = "door") -> CameraStatus:
    beat = Heartbeat(TEN, state, at(since), 9.5, 100, 2, 1, TEN)
    return CameraStatus(name, "Main entrance", beat)


def windows(*, people: int | None = None, queue: int | None = None, above: float | None = None) -> Windows:
    occupancy = Occupancy(people, TEN, 1.0, None)
    waits = Queue(5, at(above) if above is not None else None, 0.0, ())
    return replace(NO_WINDOWS, at=TEN, occupancy=occupancy, zones=(ZoneNow("till", "line", "queue", queue, waits),))


def status(
    second: float,
    *cameras: CameraStatus,
    database: DatabaseStatus | None = None,
    shows: Windows = NO_WINDOWS,
) -> Status:
    return Status(at(second), TEN, "0.1.0", "shop", cameras, database or DatabaseStatus(), shows)


def alert(number: int = 1, words: str = "camera door cannot see") -> Alert:
    opened = datetime.now(tz=UTC) - timedelta(seconds=5)
    return Alert(f"shop/camera/door/{number}", "camera", "door", None, opened, None, words)


def message(stage: Stage = "opened", number: int = 1, words: str = "camera door cannot see") -> Message:
    found = alert(number, words)
    if stage == "closed":
        found = replace(found, closed=datetime.now(tz=UTC))
    return Message(found, stage, "shop", "Shoes on Harbour Street")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(true: Callable[[], bool], longest_s: float = 10.0) -> bool:
    """Until something is true; False where it does not become so."""
    until = time.monotonic() + longest_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
