"""An end for an exchange with a server that answers, but byte by byte for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# For one step of an exchange; the whole of it has a limit of its own in each channel, as a report takes longer.
STEP_S = 15.0


@contextmanager
def cut_after(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Within it, whatever waits on the connection fails after so long.

    Args:
        seconds: How long everything may take together; a socket's own time-out starts anew with every byte.
        connection: Gives the socket as it is then: TLS puts another one in its place.
    """

    def cut() -> None:
        found = connection()
        if found is not None:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
