"""A page for one person on this machine: served on 127.0.0.1 alone, behind a token, until it is done or forgotten.

Another page in the same browser may try to use it: by a form or script aimed at its port, or by a name of its own that
it lets point to 127.0.0.1 (DNS rebinding). So the ``Host`` of every request must be this server's own address, a
foreign ``Origin`` is refused, and without the token, which is new at every start, nothing is answered.
"""

from __future__ import annotations

import hmac
import secrets
import signal
import threading
import time
import webbrowser
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask, Response

Ending = Literal["done", "idle", "interrupted"]

IDLE_S = 3600.0
FAREWELL_S = 3.0
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A page may hold its own script, marked by the number that is new in every answer, and asks nobody else for anything.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def serve(
    app: Flask,
    done: threading.Event,
    announce: Callable[[str], None],
    *,
    open_browser: bool = True,
    idle_s: float = IDLE_S,
) -> Ending:
    """Serves ``app`` on a free port of 127.0.0.1 until ``done`` is set, nobody asked for ``idle_s``, or a signal came.

    In templates ``{{ g.nonce }}`` is the number that an own ``<script nonce="...">`` needs. Requests that change
    something must not be GET: links of other pages may cause those.

    Args:
        app: The page. Its routes may set ``done``; their answer is still sent.
        done: Ends the serving.
        announce: Told the address, token included, when the page is there.
        open_browser: Whether to open it in the browser of this machine.
        idle_s: Seconds without a request after which the page counts as forgotten.

    Returns:
        Why it ended: ``interrupted`` means Ctrl-C or SIGTERM.

    Raises:
        OSError: No port can be opened.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Writes no log of requests: the first one holds the token."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing."""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    token = secrets.token_urlsafe(24)
    guard = _Guard(server.port, token)
    guard.watch_over(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="page", daemon=True)
    thread.start()
    ending: Ending = "done"
    try:
        with _interrupts(done) as interrupted:
            address = f"http://127.0.0.1:{server.port}/?token={token}"
            announce(address)
            if open_browser:
                webbrowser.open(address)
            while not done.wait(min(1.0, idle_s / 4)):
                if guard.idle_s() > idle_s:
                    ending = "idle"
                    break
            if interrupted.is_set():
                ending = "interrupted"
    finally:
        guard.wait_for_answers(FAREWELL_S)
        server.shutdown()
        server.server_close()
        thread.join(FAREWELL_S)
    return ending


class _Guard:
    """Lets only the owner of the token in, and knows when somebody last asked.

    Args:
        port: The server's own.
        token: What the first request must bring as ``?token=``; a cookie carries it from then on.
    """

    def __init__(self, port: int, token: str) -> None:
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"footfall-{port}"  # browsers give cookies to every port of a host
        self._token = token
        self._asked = time.monotonic()
        self._open = 0
        self._change = threading.Condition()

    def watch_over(self, app: Flask) -> None:
        """Puts itself before and behind every route of ``app``."""
        app.before_request_funcs.setdefault(None, []).insert(0, self._before)
        app.after_request(self._after)

    def idle_s(self) -> float:
        """Seconds since the last request; 0 while one is being answered."""
        with self._change:
            return 0.0 if self._open else time.monotonic() - self._asked

    def wait_for_answers(self, longest_s: float) -> None:
        """Until every answer is sent."""
        with self._change:
            self._change.wait_for(lambda: self._open == 0, longest_s)

    def _before(self) -> Response | None:
        from flask import abort, g, redirect, request

        with self._change:
            self._open += 1
        g.nonce = secrets.token_urlsafe(16)
        if request.host not in self._hosts:
            abort(403, "this page answers to its own address only")
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            abort(403, "another page may not ask this one")
        given = request.args.get("token")
        if given is not None and request.method == "GET" and self._is_right(given):
            answer = redirect(request.path)  # the token does not stay in the address bar
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict")
            return answer  # type: ignore[return-value]  # werkzeug's own kind of answer, which flask takes
        if not self._is_right(request.cookies.get(self._cookie, "")):
            abort(403, "the address of this page has a token; open it as it was printed")
        return None

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _after(self, response: Response) -> Response:
        from flask import g

        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=g.nonce))
        response.call_on_close(self._sent)
        return response

    def _sent(self) -> None:
        with self._change:
            self._open -= 1
            self._asked = time.monotonic()
            self._change.notify_all()


@contextmanager
def _interrupts(done: threading.Event) -> Iterator[threading.Event]:
    """Within it, SIGINT and SIGTERM set ``done`` and the event it gives, instead of ending the process."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # only the main thread may handle signals
        return

    def stop(*_: object) -> None:
        interrupted.set()
        done.set()

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
