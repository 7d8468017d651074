"""Where everything about alerts comes together: a status in once a second, messages out."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .book import AlertBook
from .message import Message
from .outbox import RETRY_S, Outbox
from .rules import findings, jump_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..events import Alert, AlertKind, ClockJump, Delivery
    from ..hours import StoreHours
    from ..status import Status
    from .outbox import Channel
    from .rules import Limits

log = logging.getLogger(__name__)

FAREWELL_S = 2.0
# Cameras notice the same jump of the clock within so long of each other, and measure it alike to so many seconds.
SAME_JUMP = timedelta(seconds=30)
SAME_S = 2.0
# A disk that is full loses facts every second; people hear of the first, and each hour of those that came since.
LOST_AGAIN = timedelta(hours=1)


class AlertDesk:
    """Opens and closes alerts and has them delivered. For one thread; the sending is done by others.

    Args:
        store: Id of the store.
        store_name: What people call it.
        hours: When it is open.
        limits: From when on something is worth an alert.
        channels: Where messages go; none: alerts are only stored and logged.
        store_alert: Called with every alert that opens or closes; must not wait.
        store_delivery: Called with every step of a delivery, from other threads too; must not wait.
        open_alerts: What an earlier process left open.
        waiting: What it could not deliver.
        retry_s: Pauses between the attempts to deliver a message.
    """

    def __init__(
        self,
        store: str,
        store_name: str,
        hours: StoreHours,
        limits: Limits,
        channels: Sequence[Channel],
        *,
        store_alert: Callable[[Alert], None],
        store_delivery: Callable[[Delivery], None],
        open_alerts: Iterable[Alert] = (),
        waiting: Iterable[tuple[Delivery, Alert]] = (),
        retry_s: tuple[float, ...] = RETRY_S,
    ) -> None:
        self._store = store
        self._store_name = store_name
        self._hours = hours
        self._limits = limits
        self._store_alert = store_alert
        self._lost = 0
        self._lost_told: datetime | None = None
        self._jump: ClockJump | None = None
        self._book = AlertBook(store, open_alerts)
        self._outboxes = {channel.name: Outbox(channel, store_delivery, retry_s) for channel in channels}
        now = datetime.now(tz=UTC)
        for delivery, alert in waiting:
            outbox = self._outboxes.get(delivery.channel)
            if outbox is not None and delivery.next_try is not None:
                told = _as_opened(alert) if delivery.stage == "opened" else alert
                outbox.resume(Message(told, delivery.stage, store, store_name), delivery, now)
        for outbox in self._outboxes.values():
            outbox.start()

    @property
    def open(self) -> tuple[Alert, ...]:
        """The open alerts, the oldest first."""
        return self._book.open

    @property
    def waiting(self) -> int:
        """Messages that are on their way."""
        return sum(outbox.waiting for outbox in self._outboxes.values())

    def observe(self, status: Status) -> None:
        """Takes how the process fares; about once a second."""
        self._tell(self._book.observe(findings(status, self._limits, self._hours), status.at), status.at)
        lost = status.database.lost - self._lost
        told = self._lost_told
        if lost > 0 and (told is None or not timedelta(0) <= status.at - told < LOST_AGAIN):
            self._lost, self._lost_told = status.database.lost, status.at
            self.note("database", status.at, f"{lost} facts were lost for good: neither database nor spool took them")

    def jump(self, jump: ClockJump) -> None:
        """Takes a jump of the clock; every camera tells of the same one, and people hear of it once."""
        last, self._jump = self._jump, jump
        if last is not None and abs(jump.at - last.at) < SAME_JUMP and abs(jump.jump_s - last.jump_s) < SAME_S:
            return
        words = jump_words(jump, self._limits, self._hours)
        if words is not None:
            self.note("clock", jump.at, words)

    def note(self, kind: AlertKind, at: datetime, words: str) -> None:
        """Takes something that has no length, such as a database that was restored."""
        self._tell(self._book.note(kind, at, words), at)

    def close(self, timeout_s: float = FAREWELL_S) -> None:
        """Ends the sending within ``timeout_s``; what is not delivered is stored, and taken up at the next start."""
        until = time.monotonic() + timeout_s
        for outbox in self._outboxes.values():
            outbox.stop()
        for name, outbox in self._outboxes.items():
            if not outbox.join(max(until - time.monotonic(), 0.0)):
                log.info("alerts by %s: a message was still being sent at the end", name)

    def _tell(self, alerts: list[Alert], at: datetime) -> None:
        for alert in alerts:
            over = alert.closed is not None and alert.closed != alert.opened
            log.log(logging.INFO if over else logging.WARNING, "%s: %s", "over" if over else "alert", alert.words)
            self._store_alert(alert)
            for outbox in self._outboxes.values():
                outbox.put(Message(alert, "closed" if over else "opened", self._store, self._store_name), at)


def _as_opened(alert: Alert) -> Alert:
    """An alert as its opening tells of it; once it is over, only the words of its end are stored."""
    if alert.closed is None or alert.closed == alert.opened:
        return alert
    about = " ".join(part for part in (alert.kind, alert.camera, alert.place) if part)
    return replace(alert, closed=None, words=f"there was an alert about {about}; by now: {alert.words}")
