"""One channel's messages on their way: kept until they are delivered or a day old, each tried again and again.

At least once: a message whose delivery could not be written down before the process died is sent again. It carries the
same id then.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from ..events import Delivery
from .message import ChannelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..events import Channel as ChannelName
    from .message import Message

log = logging.getLogger(__name__)

RETRY_S = (15.0, 30.0, 60.0, 120.0, 300.0, 900.0)
GIVEN_UP_AFTER = timedelta(days=1)
MOST_WAITING = 1000


class Channel(Protocol):
    """A way to people."""

    @property
    def name(self) -> ChannelName:
        """Which one."""

    def send(self, message: Message) -> None:
        """Sends one message and waits until the other side has it.

        Raises:
            ChannelError: It does not.
        """


@dataclass(slots=True)
class _Letter:
    """A message, how far it has come, and when it is due by the steady clock."""

    message: Message
    delivery: Delivery
    due: float


class Outbox:
    """Sends one channel's messages from a thread of its own. Nobody waits for it.

    Args:
        channel: The way to people.
        store: Called with every step of every delivery, from whichever thread; must not wait.
        retry_s: Pauses between attempts; the last one is repeated.
    """

    def __init__(
        self, channel: Channel, store: Callable[[Delivery], None], retry_s: tuple[float, ...] = RETRY_S
    ) -> None:
        self._channel = channel
        self._store = store
        self._retry_s = retry_s
        self._letters: dict[tuple[str, str], _Letter] = {}
        self._change = threading.Condition()
        self._stop = False
        self._works = True
        self._full = False
        self._thread = threading.Thread(target=self._work, name=f"alerts by {channel.name}", daemon=True)

    @property
    def waiting(self) -> int:
        """How many messages are on their way."""
        with self._change:
            return len(self._letters)

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def put(self, message: Message, at: datetime) -> None:
        """Takes a message; the oldest gives way where too many wait."""
        delivery = Delivery(message.alert.id, message.stage, self._channel.name, 0, at, None, "")
        self._store(delivery)
        with self._change:
            dropped = None
            if len(self._letters) >= MOST_WAITING:
                dropped = self._letters.pop(min(self._letters, key=lambda key: self._letters[key].message.at))
            self._letters[message.alert.id, message.stage] = _Letter(message, delivery, time.monotonic())
            self._change.notify()
        if dropped is not None:
            if not self._full:
                log.error(
                    "alerts by %s: more than %d messages wait; the oldest are lost", self._channel.name, MOST_WAITING
                )
            self._store(replace(dropped.delivery, next_try=None, error=f"more than {MOST_WAITING} messages waited"))
        self._full = dropped is not None

    def resume(self, message: Message, delivery: Delivery, at: datetime) -> None:
        """Takes up a message that an earlier process could not deliver."""
        rest_s = (delivery.next_try - at).total_seconds() if delivery.next_try is not None else 0.0
        due = time.monotonic() + min(max(rest_s, 0.0), self._retry_s[-1])  # not for ever, should the clock be set back
        with self._change:
            self._letters[delivery.alert, delivery.stage] = _Letter(message, delivery, due)
            self._change.notify()

    def stop(self) -> None:
        """Asks the thread to end; what waits is stored as such already."""
        with self._change:
            self._stop = True
            self._change.notify()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; False where a server keeps the thread waiting, which dies with the process then."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        """Keeps sending whatever happens."""
        while (letter := self._next()) is not None:
            try:
                self._attempt(letter)
            except Exception:
                log.exception("alerts by %s: a fault of our own", self._channel.name)

    def _attempt(self, letter: _Letter) -> None:
        error: str | None = "a fault of our own; see the log"
        try:
            self._channel.send(letter.message)
            error = None
        except ChannelError as failed:
            error = str(failed)
        finally:
            self._note(letter, error, datetime.now(tz=UTC))

    def _next(self) -> _Letter | None:
        """Waits for the next letter that is due; None at the end."""
        with self._change:
            while not self._stop:
                ready = [x for x in self._letters.values() if not self._waits_for_opening(x)]
                first = min(ready, key=lambda x: (x.due, x.message.at), default=None)
                rest_s = first.due - time.monotonic() if first is not None else None
                if first is not None and rest_s is not None and rest_s <= 0:
                    return first
                self._change.wait(rest_s)
        return None

    def _waits_for_opening(self, letter: _Letter) -> bool:
        """Nobody is told that something is over before being told that it began."""
        return letter.message.stage == "closed" and (letter.message.alert.id, "opened") in self._letters

    def _note(self, letter: _Letter, error: str | None, at: datetime) -> None:
        """Writes down how an attempt ended."""
        before = letter.delivery
        tries = before.tries + 1
        name, key = self._channel.name, (before.alert, before.stage)
        pause_s = self._retry_s[min(tries, len(self._retry_s)) - 1]
        if error is None:
            done = replace(before, tries=tries, next_try=None, delivered=at, error="")
        elif at - letter.message.at > GIVEN_UP_AFTER:
            done = replace(before, tries=tries, next_try=None, error=error)
            log.error("alerts by %s: %s (%s) is given up after %d tries: %s", name, *key, tries, error)
        else:
            done = replace(before, tries=tries, next_try=at + timedelta(seconds=pause_s), error=error)
        with self._change:
            letter.delivery, letter.due = done, time.monotonic() + pause_s
            if done.next_try is None and self._letters.get(key) is letter:
                del self._letters[key]
            if error is None:  # the way is free again: nothing needs to wait for its turn
                for other in self._letters.values():
                    other.due = 0.0
        self._store(done)
        if error is not None and self._works:
            log.warning("alerts by %s cannot be delivered, and are tried again: %s", name, error)
        elif error is None and not self._works:
            log.info("alerts by %s are delivered again", name)
        self._works = error is None
