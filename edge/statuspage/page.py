"""The pages of the running process, on this machine alone: ``/metrics`` for Prometheus and ``/status.json``.

One thread answers one request after the other; what it shows is the status that it was last given.
"""

from __future__ import annotations

import logging
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from ..status import json_text
from .metrics import CONTENT_TYPE, metrics_text

if TYPE_CHECKING:
    from ..status import Status

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Who connects and then says nothing keeps the others waiting for so long.
REQUEST_S = 3.0
POLL_S = 0.2


class StatusPage:
    """Serves the pages until it is closed. A port that is taken is a warning: counting goes on without pages.

    Args:
        port: On 127.0.0.1; 0 takes any free one.
    """

    def __init__(self, port: int) -> None:
        self._status: Status | None = None
        self._server: _Server | None = None
        try:
            self._server = _Server(port, self)
        except (OSError, OverflowError) as error:
            log.warning("no status page: http://%s:%d: %s; everything else goes on", HOST, port, error)
            return
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_S}, name="status page", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int | None:
        """Where it serves; None where it does not."""
        return None if self._server is None else int(self._server.server_address[1])

    def show(self, status: Status) -> None:
        """Shows this status from now on."""
        self._status = status

    def close(self) -> None:
        """Ends the serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(REQUEST_S + POLL_S)
            self._server = None

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """What there is at a path: status of HTTP, type, content."""
        status = self._status
        if path not in {"/metrics", "/status.json"}:
            return 404, "text/plain; charset=utf-8", b"there are /metrics and /status.json\n"
        if status is None:
            return 503, "text/plain; charset=utf-8", b"starting\n"
        if path == "/status.json":
            return 200, "application/json; charset=utf-8", json_text(status).encode()
        return 200, CONTENT_TYPE, metrics_text(status)


class _Server(socketserver.TCPServer):
    # On Windows this would let two processes share the port, and nobody would notice that it was taken.
    allow_reuse_address = os.name == "posix"

    def __init__(self, port: int, page: StatusPage) -> None:
        super().__init__((HOST, port), _Handler)
        self.page = page

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - asked for so
        """A client that went away is nothing to print."""
        log.debug("status page: a request failed")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_S

    def do_GET(self) -> None:
        """Answers, but only to who asked for this machine: other pages in a browser cannot read along by a name."""
        port = self.server.server_address[1]
        if self.headers.get("Host") not in {f"{HOST}:{port}", f"localhost:{port}"}:
            status, kind, content = 403, "text/plain; charset=utf-8", b"asked by another name than this machine's\n"
        else:
            status, kind, content = self.server.page.answer(self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        """Says no versions."""
        return "footfall"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Logs no requests: there is one every few seconds."""
