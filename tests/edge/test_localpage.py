"""Stories of the page on this machine: who gets in, who does not, and when it ends."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from flask import Flask, render_template_string

from edge.localpage import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.localpage import Ending


class Page:
    """A page with a greeting and a button that ends it, served in a thread."""

    def __init__(self, idle_s: float = 60) -> None:
        self.done = threading.Event()
        self.app = Flask("page")
        self.app.add_url_rule("/", view_func=self._greet)
        self.app.add_url_rule("/end", view_func=self._end, methods=["POST"])
        self._there = threading.Event()
        self.address = ""
        self.ending: Ending | None = None
        self._thread = threading.Thread(target=self._serve, args=(idle_s,))
        self._thread.start()
        assert self._there.wait(10)

    def _serve(self, idle_s: float) -> None:
        self.ending = serve(self.app, self.done, self._announced, open_browser=False, idle_s=idle_s)

    def _announced(self, address: str) -> None:
        self.address = address
        self._there.set()

    def _greet(self) -> str:
        return render_template_string("<script nonce='{{ g.nonce }}'>1</script>hello")

    def _end(self) -> str:
        self.done.set()
        return "good bye " * 20_000

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        port = urlsplit(self.address).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(), answer.headers
        connection.close()
        return found

    def cookie(self) -> str:
        """Opens the announced address and keeps what a browser would keep."""
        parts = urlsplit(self.address)
        status, _, headers = self.ask(f"{parts.path}?{parts.query}")
        assert (status, headers["Location"]) == (302, "/")
        (morsel,) = SimpleCookie(headers["Set-Cookie"]).values()
        assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
        return f"{morsel.key}={morsel.value}"

    def end(self) -> Ending | None:
        self.done.set()
        self._thread.join(10)
        return self.ending


@pytest.fixture
def page() -> Iterator[Page]:
    found = Page()
    yield found
    found.end()


def test_who_has_the_address_gets_in_and_the_token_leaves_the_address_bar(page: Page) -> None:
    cookie = page.cookie()
    status, text, headers = page.ask("/", Cookie=cookie)
    assert (status, text[-5:]) == (200, "hello")
    assert headers["Cache-Control"] == "no-store"
    nonce = re.search(r"nonce='([^']+)'", text)
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"].split("style-src")[0]


def test_nobody_else_gets_in(page: Page) -> None:
    cookie = page.cookie()
    port = urlsplit(page.address).port
    assert page.ask("/")[0] == 403
    assert page.ask("/?token=guessed")[0] == 403
    assert page.ask("/", Cookie=cookie.split("=")[0] + "=guessed")[0] == 403
    rebound = page.ask("/", Cookie=cookie, Host=f"evil.example:{port}")
    assert (rebound[0], "hello" in rebound[1]) == (403, False)
    assert page.ask("/end", "POST", Cookie=cookie, Origin="http://evil.example")[0] == 403
    assert page.ask("/end", "POST", Cookie=cookie, Origin="http://127.0.0.1:1")[0] == 403
    assert not page.done.is_set()


def test_the_answer_to_the_last_request_arrives_whole(page: Page) -> None:
    port = urlsplit(page.address).port
    status, text, _ = page.ask("/end", "POST", Cookie=page.cookie(), Origin=f"http://127.0.0.1:{port}")
    assert (status, text) == (200, "good bye " * 20_000)
    assert page.end() == "done"
    with pytest.raises(ConnectionRefusedError):
        page.ask("/")


@pytest.mark.slow
def test_a_forgotten_page_ends_by_itself() -> None:
    page = Page(idle_s=0.4)
    page._thread.join(10)
    assert page.ending == "idle"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_it(name: str) -> None:
    program = (
        "import threading, flask; from edge.localpage import serve; "
        "print(serve(flask.Flask('x'), threading.Event(), lambda a: print(a, flush=True), open_browser=False))"
    )
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("http://127.0.0.1:")
        time.sleep(0.1)
        run.send_signal(getattr(signal, name))
        assert run.stdout.read() == "interrupted\n"
    assert run.returncode == 0
