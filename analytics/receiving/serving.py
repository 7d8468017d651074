"""Serving on this machine alone until a signal comes."""

from __future__ import annotations

import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waitress import create_server
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flask import Flask

HOST = "127.0.0.1"
THREADS = 4
# A till that stops in the middle of a request does not hold its place longer.
SILENT_S = 30
FAREWELL_S = 10.0
# For the last bytes of the last answer on their way to the socket.
FLUSH_S = 0.3


def serve(app: Flask, port: int, most_bytes: int, announce: Callable[[str], None]) -> None:
    """Serves ``app`` until SIGTERM or SIGINT; requests that have begun are answered first.

    Args:
        app: The service.
        port: Of 127.0.0.1.
        most_bytes: Of one request.
        announce: Told the address when it can be reached.

    Raises:
        OSError: The port is taken.
    """
    gate = Gate(app)
    server = create_server(
        gate,
        sockets=[socket.create_server((HOST, port))],
        threads=THREADS,
        ident="footfall",
        max_request_body_size=most_bytes,
        channel_timeout=SILENT_S,
        cleanup_interval=SILENT_S // 3,
    )
    stop = threading.Event()
    with _signals(stop):
        threading.Thread(target=server.run, name="receive", daemon=True).start()
        announce(f"http://{HOST}:{port}")
        stop.wait()
        gate.close(FAREWELL_S)


class Gate:
    """Knows whether a request is being answered, and lets no new one in once it is closed.

    Args:
        app: What lies behind it, WSGI.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._open = 0
        self._closed = False
        self._change = threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        with self._change:
            if self._closed:
                start_response("503 Service Unavailable", [("Content-Type", "application/json"), ("Retry-After", "10")])
                return [b'{"error":"the service is stopping; send it again later"}\n']
            self._open += 1
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._done()
            raise
        return ClosingIterator(answer, self._done)

    def close(self, longest_s: float) -> None:
        """Lets nobody in any more, and returns when every answer is on its way."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: self._open == 0, longest_s)
        time.sleep(FLUSH_S)

    def _done(self) -> None:
        with self._change:
            self._open -= 1
            self._change.notify_all()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Within it, SIGINT and SIGTERM set ``stop`` instead of ending the process."""
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
