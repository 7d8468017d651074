"""Stories of single messages to real servers: that take them, refuse, speak another language, or never answer."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from edge.alerts import ChannelError, Mqtt, Webhook

from .alert_parts import free_port, message, wait_for
from .alert_servers import SECRET, WRONG, Hook, Inbox, broker, mail_server, mail_to, server_tls, subscriber, web_server

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signed itself, with its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key, made = folder / "key.pem", folder / "cert.pem"
    subprocess.run([*command, *names, "-keyout", key, "-out", made], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + made.read_text())
    return both


def test_a_webhook_gets_one_post_of_json() -> None:
    hook = Hook()
    with web_server(hook) as port:
        Webhook(f"http://store:{SECRET}@127.0.0.1:{port}/alerts?from=shop").send(
            message(words="Kasse: 7 Leute – zu viele")
        )
    (got,) = hook.got
    assert got["path"] == "/alerts?from=shop"
    assert (got["kind"], got["camera"], got["place"], got["store"]) == ("camera", "door", None, "shop")
    assert (got["stage"], got["closed"], got["words"]) == ("opened", None, "Kasse: 7 Leute – zu viele")
    assert datetime.fromisoformat(got["opened"]).tzinfo is not None
    assert hook.headers[0]["Authorization"].startswith("Basic ")
    assert hook.headers[0]["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("refusal", [302, 307, 404, 500])
def test_a_webhook_that_refuses_or_points_elsewhere_is_an_error_without_secrets(refusal: int) -> None:
    with web_server(Hook(refusal)) as port, pytest.raises(ChannelError) as raised:
        Webhook(f"http://store:{SECRET}@127.0.0.1:{port}/hook/{SECRET}").send(message())
    assert str(raised.value).startswith(f"127.0.0.1:{port}: answers {refusal}")
    assert ("redirects are not followed" in str(raised.value)) == (refusal < 400)
    assert SECRET not in str(raised.value)
    assert SECRET not in repr(Webhook(f"http://x:{SECRET}@h/"))


def test_a_webhook_over_https_needs_a_certificate_that_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = Hook()
    with web_server(hook, tls=server_tls(certificate)) as port:
        with pytest.raises(ChannelError, match="certificate"):
            Webhook(f"https://127.0.0.1:{port}/").send(message())
        assert hook.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        Webhook(f"https://127.0.0.1:{port}/").send(message())
    assert len(hook.got) == 1


def test_what_answers_on_the_port_but_is_no_web_server() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ChannelError, match="no answer of a web server"):
            Webhook(f"http://127.0.0.1:{server.getsockname()[1]}/").send(message())
        thread.join(5)


@pytest.mark.parametrize("channel", ["webhook", "email"])
@pytest.mark.slow
def test_a_server_that_answers_byte_by_byte_for_ever_is_cut_off(channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"edge.alerts.{channel}.WHOLE_S", 0.5)
    answer = {"webhook": b"H", "email": b"220-on\r\n"}[channel]
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    while not over.wait(0.05):
                        connection.sendall(answer)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        port = server.getsockname()[1]
        asked = mail_to(port) if channel == "email" else Webhook(f"http://127.0.0.1:{port}/")
        with pytest.raises(ChannelError):
            asked.send(message())
        over.set()
        thread.join(5)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/", "http://", "https://h:99999/", "http://h/a b", "x"])
def test_only_web_addresses_are_webhooks(url: str) -> None:
    with pytest.raises(ValueError, match=r"alerts\.webhook\.url"):
        Webhook(url)


def test_a_broker_has_the_message_when_it_counts_as_delivered(tmp_path: Path) -> None:
    port = free_port()
    with broker(tmp_path, port), subscriber(port, "shops/+/alerts") as got:
        Mqtt("127.0.0.1", port, "shops/ours/alerts", "store", SECRET).send(message("closed"))
        assert wait_for(lambda: bool(got))
    assert (got[0]["stage"], got[0]["qos"], got[0]["store"]) == ("closed", 1, "shop")


def test_a_broker_refuses_a_wrong_password_and_the_error_does_not_tell_it(tmp_path: Path) -> None:
    port = free_port()
    with broker(tmp_path, port):
        with pytest.raises(ChannelError, match=r"the broker refuses: Not authorized") as raised:
            Mqtt("127.0.0.1", port, user="store", password=WRONG).send(message())
        assert WRONG not in str(raised.value)
        with pytest.raises(ChannelError, match="the broker refuses"):
            Mqtt("127.0.0.1", port).send(message())
    with pytest.raises(ChannelError, match="Connection refused"):
        Mqtt("127.0.0.1", port, user="store", password=SECRET).send(message())


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves that socket to the collector
def test_a_broker_behind_tls_must_be_trusted(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    ours = Mqtt("127.0.0.1", port, user="store", password=SECRET, tls=True)
    with broker(tmp_path, port, certificate):
        with pytest.raises(ChannelError, match="certificate"):
            ours.send(message())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        ours.send(message())


@pytest.mark.slow
def test_a_broker_that_accepts_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.alerts.mqtt.WHOLE_S", 0.5)
    silent = socket.create_server(("127.0.0.1", 0))
    with closing(silent), pytest.raises(ChannelError, match="did not answer"):
        Mqtt("127.0.0.1", silent.getsockname()[1]).send(message())


def test_a_topic_with_a_wildcard_is_no_topic_to_publish_to() -> None:
    with pytest.raises(ValueError, match="topic"):
        Mqtt("127.0.0.1", topic="alerts/#")


def test_mail_is_short_and_plain() -> None:
    inbox, port = Inbox(), free_port()
    with mail_server(inbox, port):
        mail_to(port).send(message("closed", words="Kamera Tür sieht wieder\nBcc: evil@example.com"))
    (mail,) = inbox.mails
    assert mail["Subject"] == "Shoes on Harbour Street: over: Kamera Tür sieht wieder Bcc: evil@example.com"
    assert (mail["From"], mail["To"], mail["Bcc"]) == ("Shop <shop@example.com>", "owner@example.com", None)
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "store:  Shoes on Harbour Street (shop)" in text
    assert "about:  camera door" in text


def test_mail_with_starttls_and_login(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, port = Inbox(), free_port()
    ours = mail_to(port, security="starttls", user="store", password=SECRET)
    with mail_server(inbox, port, certificate, login=True):
        with pytest.raises(ChannelError, match="certificate"):
            ours.send(message())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        ours.send(message())
        with pytest.raises(ChannelError, match="refuses the login: 535") as raised:
            replace(ours, password=WRONG).send(message())
        assert WRONG not in str(raised.value)
        with pytest.raises(ChannelError, match="refuses: 530"):
            mail_to(port).send(message())
    assert len(inbox.mails) == 1


def test_mail_over_tls_from_the_first_byte(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox, port = Inbox(), free_port()
    with mail_server(inbox, port, certificate, tls_at_once=True):
        mail_to(port, security="tls").send(message())
    assert len(inbox.mails) == 1


def test_mail_to_two_of_whom_one_is_unknown_counts_as_delivered(caplog: pytest.LogCaptureFixture) -> None:
    inbox, port = Inbox(refuse="gone@example.com"), free_port()
    with mail_server(inbox, port), caplog.at_level(logging.WARNING):
        mail_to(port, to=("gone@example.com", "owner@example.com")).send(message())
        with pytest.raises(ChannelError, match="refuses everyone who should get it: 550 no such user"):
            mail_to(port, to=("gone@example.com",)).send(message())
    assert len(inbox.mails) == 1
    assert "refuses gone@example.com" in caplog.text
