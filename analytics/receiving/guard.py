"""Who may push: those who bring the token."""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

# Chance does not find so many characters of a token made by a machine, however fast somebody tries.
LEAST_TOKEN = 20
MOST_WRONG = 10
PER_S = 60.0

Verdict = Literal["right", "wrong", "too many"]


class Guard:
    """Compares tokens in a time that says nothing of them, and counts wrong ones.

    After ten wrong ones in a minute, further wrong ones are told to wait, without a line in the log for each. A right
    one is always let in: another program on this machine could otherwise keep the tills out.

    Args:
        token: The right one.
        clock: Seconds that only go up.

    Raises:
        ValueError: The token is too short, or no text for a header.
    """

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        if len(token) < LEAST_TOKEN:
            raise ValueError(f"must have at least {LEAST_TOKEN} characters; one is made by: openssl rand -hex 32")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("must be ASCII without blanks")
        self._token = token.encode()
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=MOST_WRONG)
        self._lock = threading.Lock()

    def judge(self, header: str | None) -> Verdict:
        """What to do with a request.

        Args:
            header: Its ``Authorization``; None: it has none.
        """
        scheme, _, given = (header or "").partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if right and scheme.lower() == "bearer":
            return "right"
        now = self._clock()
        with self._lock:
            full = len(self._wrong) == MOST_WRONG and now - self._wrong[0] < PER_S
            if not full:
                self._wrong.append(now)
                log.warning("a request came without the right token")
        return "too many" if full else "wrong"
