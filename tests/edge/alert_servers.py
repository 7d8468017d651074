"""Real servers on this machine that take alerts: a web server, a broker, a mail server. They end with their test."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as mail_policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from edge.alerts import Email

from .alert_parts import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
SECRET, WRONG = "sesame-7391", "open-4711"  # of servers that live for a second


@dataclass
class Hook:
    """What a web address was sent, and what it answers."""

    status: int = 200
    wait: threading.Event | None = None
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def web_server(hook: Hook, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.wait is not None:
                hook.wait.wait(20)
            if hook.status < 300:
                hook.got.append(json.loads(body) | {"path": self.path})
            hook.headers.append(dict(self.headers))
            self.send_response(hook.status)
            if 300 <= hook.status < 400:
                self.send_header("Location", f"file:///etc/passwd?{SECRET}")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        if hook.wait is not None:
            hook.wait.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def broker(folder: Path, port: int, certificate: Path | None = None) -> Iterator[None]:
    """A mosquitto on 127.0.0.1, for those who know the password."""
    if not Path(MOSQUITTO).exists() or shutil.which("mosquitto_passwd") is None:
        pytest.skip("no mosquitto; needs the Debian package mosquitto")
    passwords = folder / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", passwords, "store", SECRET], check=True, capture_output=True)
    settings = folder / "mosquitto.conf"
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {passwords}", "persistence false"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        lines.append("user root")
    if certificate is not None:
        lines += [f"certfile {certificate}", f"keyfile {certificate}"]
    settings.write_text("\n".join(lines) + "\n")
    with (folder / "mosquitto.log").open("w") as log:
        process = subprocess.Popen([MOSQUITTO, "-c", settings], stdout=log, stderr=log)
    try:
        assert wait_for(lambda: listens(port)), (folder / "mosquitto.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def subscriber(port: int, topic: str) -> Iterator[list[dict[str, Any]]]:
    """Everything that others publish on a topic."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    got: list[dict[str, Any]] = []
    there = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, "reader")
    client.username_pw_set("store", SECRET)
    client.on_message = lambda _client, _data, found: got.append(json.loads(found.payload) | {"qos": found.qos})
    client.on_subscribe = lambda *_: there.set()
    client.connect("127.0.0.1", port)
    client.subscribe(topic, qos=1)
    client.loop_start()
    try:
        assert there.wait(5)
        yield got
    finally:
        client.disconnect()
        client.loop_stop()


@dataclass
class Inbox:
    """Mail as it came."""

    refuse: str = ""
    mails: list[Any] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: object, _session: object, envelope: Any, address: str, _options: object
    ) -> str:
        if self.refuse == address:
            return f"550 no such user, {SECRET}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=mail_policy))
        return "250 taken"


@contextmanager
def mail_server(
    inbox: Inbox, port: int, certificate: Path | None = None, *, tls_at_once: bool = False, login: bool = False
) -> Iterator[None]:
    def check(_server: object, _session: object, _envelope: object, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.login == b"store" and given.password == SECRET.encode(), handled=False)

    context = server_tls(certificate) if certificate is not None else None

    class Server(Controller):  # type: ignore[misc]
        def factory(self) -> SMTP:
            later = context if not tls_at_once else None
            return SMTP(
                self.handler,
                tls_context=later,
                require_starttls=later is not None,
                authenticator=check if login else None,
                auth_required=login,
                auth_require_tls=later is not None,
                hostname="mail.example.com",
            )

        def _trigger_server(self) -> None:  # its own would not trust the certificate
            trusting = ssl.create_default_context(cafile=certificate)
            connection = socket.create_connection(("127.0.0.1", port))
            if tls_at_once:
                connection = trusting.wrap_socket(connection, server_hostname="127.0.0.1")
            with connection:
                connection.recv(100)

    server = Server(inbox, hostname="127.0.0.1", port=port, ssl_context=context if tls_at_once else None)
    server.start()
    try:
        yield
    finally:
        server.stop()


def mail_to(port: int, **options: Any) -> Email:
    found: dict[str, Any] = {"security": "none", "to": ("owner@example.com",)} | options
    return Email("127.0.0.1", port, "Shop <shop@example.com>", **found)
