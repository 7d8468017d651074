"""Mail with a report, mail and a web address for a failed night: to real servers, that take, refuse or are away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from analytics.notify import Hook, Mailer, Notifier, SendError
from analytics.settings import load
from tests.edge.alert_parts import free_port
from tests.edge.alert_servers import SECRET, WRONG, Inbox, mail_server, web_server
from tests.edge.alert_servers import Hook as Listener

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 3, 2)
OWNER = "owner@example.com"


@dataclass(frozen=True)
class Ended:
    job: str
    status: str
    message: str | None = None


NIGHT = (
    Ended("import", "failed", "a.csv: line 3: not UTF-8\nsave it as UTF-8"),
    Ended("hourly", "skipped", "needs import, which failed"),
    Ended("visits", "ok"),
)


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


def mailer(port: int, **changes: Any) -> Mailer:
    given = {"security": "none", "to": (OWNER,)} | changes
    return Mailer("127.0.0.1", port, "Shop <shop@example.com>", **given)


def telling(mail: Mailer | None = None, hook: Hook | None = None, **changes: Any) -> Notifier:
    return Notifier(store="Corner Shop", mail=mail, hook=hook, **{"waits_s": (0.0,)} | changes)


def test_a_report_comes_with_its_files(tmp_path: Path) -> None:
    page, book = tmp_path / "日报.html", tmp_path / "report.pdf"
    page.write_bytes("<html>日报</html>".encode())
    book.write_bytes(b"%PDF-1.7\r\n\x00\xff")
    inbox, port = Inbox(), free_port()
    with mail_server(inbox, port):
        assert telling(mailer(port)).send_report("3月2日 日报", "见附件。\n", [page, book]) == []
    (mail,) = inbox.mails
    assert (mail["Subject"], mail["To"], mail["Auto-Submitted"]) == ("3月2日 日报", OWNER, "auto-generated")
    assert mail.get_body().get_content().splitlines() == ["见附件。"]
    files = {part.get_filename(): part for part in mail.iter_attachments()}
    assert [(name, part.get_content_type()) for name, part in files.items()] == [
        ("日报.html", "text/html"),
        ("report.pdf", "application/pdf"),
    ]
    assert [part.get_payload(decode=True) for part in files.values()] == [page.read_bytes(), book.read_bytes()]


def test_mail_goes_by_starttls_with_a_login(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, port = Inbox(), free_port()
    mail = mailer(port, security="starttls", user="store", password=SECRET)
    with mail_server(inbox, port, certificate, login=True):
        (error,) = telling(mail).send_report("S", "T")
        assert "certificate" in error
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        (error,) = telling(replace(mail, password=WRONG)).send_report("S", "T")
        assert error.startswith(f"e-mail by 127.0.0.1:{port}: refuses the login: 535")
        assert WRONG not in error
        assert inbox.mails == []
        assert telling(mail).send_report("S", "T") == []
    assert len(inbox.mails) == 1
    assert SECRET not in repr(mail)


def test_mail_goes_by_tls_from_the_first_byte(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, port = Inbox(), free_port()
    mail = mailer(port, security="tls")
    with mail_server(inbox, port, certificate, tls_at_once=True):
        (error,) = telling(mail).send_report("S", "T")
        assert "certificate" in error
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert telling(mail).send_report("S", "T") == []
    assert len(inbox.mails) == 1


def test_a_failed_night_is_told_by_mail_and_to_the_web_address() -> None:
    inbox, port, listener = Inbox(), free_port(), Listener()
    with mail_server(inbox, port), web_server(listener) as web:
        hook = Hook(f"http://store:{SECRET}@127.0.0.1:{web}/night")
        assert telling(mailer(port), hook).failed(NIGHT, DAY) == []
    (mail,) = inbox.mails
    assert mail["Subject"] == "Corner Shop: the night of 2026-03-02 failed in part (import)"
    text = mail.get_body().get_content()
    assert "import: a.csv: line 3: not UTF-8 save it as UTF-8" in text.splitlines()
    assert "Not run because of that: hourly." in text
    (told,) = listener.got
    assert told == {
        "kind": "nightly_failed",
        "store": "Corner Shop",
        "day": "2026-03-02",
        "failed": [{"job": "import", "message": "a.csv: line 3: not UTF-8 save it as UTF-8"}],
        "skipped": ["hourly"],
        "path": "/night",
    }
    assert listener.headers[0]["Authorization"].startswith("Basic ")


def test_a_night_that_went_well_is_not_told_nor_what_is_switched_off() -> None:
    listener = Listener()
    with web_server(listener) as web:
        assert telling(hook=Hook(f"http://127.0.0.1:{web}/")).failed(NIGHT[2:], DAY) == []
        assert telling(mailer(1), failures=False, reports=False).failed(NIGHT, DAY) == []
        assert telling(mailer(1), failures=False, reports=False).send_report("S", "T") == []
        assert Notifier().failed(NIGHT, DAY) == []
    assert listener.got == []


@pytest.mark.slow
def test_a_server_that_is_away_for_a_moment_is_tried_again() -> None:
    listener, port = Listener(), free_port()
    there: list[Any] = []

    def start() -> None:
        server = web_server(listener, port)
        server.__enter__()
        there.append(server)

    timer = threading.Timer(0.3, start)
    timer.start()
    try:
        assert telling(hook=Hook(f"http://127.0.0.1:{port}/"), waits_s=(0.0, 1.0)).failed(NIGHT, DAY) == []
    finally:
        timer.join(5)
        for server in there:
            server.__exit__(None, None, None)
    assert len(listener.got) == 1


@pytest.mark.parametrize(("status", "asked"), [(302, 1), (404, 1), (429, 3), (500, 3)])
def test_only_what_may_pass_is_tried_again_and_errors_hold_no_secret(status: int, asked: int) -> None:
    listener = Listener(status)
    with web_server(listener) as web:
        hook = Hook(f"http://store:{SECRET}@127.0.0.1:{web}/{SECRET}")
        (error,) = telling(hook=hook, waits_s=(0.0, 0.0, 0.0)).failed(NIGHT, DAY)
    assert error.startswith(f"webhook at 127.0.0.1:{web}: answers {status}")
    assert len(listener.headers) == asked
    assert SECRET not in error
    assert SECRET not in repr(hook)


def test_a_mail_server_that_refuses_everyone_or_nobody_listens() -> None:
    inbox, port = Inbox(refuse=OWNER), free_port()
    mail = mailer(port)
    (error,) = telling(mail).send_report("S", "T")
    assert error.startswith(f"e-mail by 127.0.0.1:{port}: ")
    with mail_server(inbox, port):
        (error,) = telling(replace(mail, password=SECRET)).send_report("S", "T")
        assert "refuses everyone who should get it: 550 no such user, ***" in error
        both = replace(mail, to=(OWNER, "second@example.com"))
        assert telling(both).send_report("S", "T") == []
    assert len(inbox.mails) == 1


def test_an_exchange_that_drips_for_ever_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.notify.mail.GREETING_S", 0.3)
    monkeypatch.setattr("analytics.notify.hook.WHOLE_S", 0.3)
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"220-on\r\n")
                    except OSError:
                        break

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        port = server.getsockname()[1]
        errors = telling(replace(mailer(port), to=(OWNER,)), Hook(f"http://127.0.0.1:{port}/")).failed(NIGHT, DAY)
        over.set()
        thread.join(5)
    assert len(errors) == 2


def test_files_that_cannot_be_attached_are_said_and_the_mail_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.notify.notifier.MOST_BYTES", 10)
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"a\n")
    large.write_bytes(bytes(11))
    inbox, port = Inbox(), free_port()
    with mail_server(inbox, port):
        errors = telling(mailer(port)).send_report("S\r\nBcc: x@example.com", "T", [large, tmp_path / "gone", small])
    assert errors == [
        f"{large}: too large to be attached: 11 bytes",
        f"{tmp_path / 'gone'}: cannot be attached: No such file or directory",
    ]
    (mail,) = inbox.mails
    assert (mail["Subject"], mail["Bcc"]) == ("S Bcc: x@example.com", None)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["small.csv"]
    assert errors[0] in mail.get_body().get_content()


def test_an_address_that_cannot_stand_in_a_mail_is_an_error_and_nothing_worse() -> None:
    (error,) = telling(mailer(1, to=("a@example.com\nBcc: b@example.com",))).send_report("S", "T")
    assert error.startswith("e-mail by 127.0.0.1:1: ")


def test_what_the_settings_lack_is_said_in_the_place_of_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analytics.cli.live import notifier_of

    path = tmp_path / "analytics.toml"
    path.write_text(
        '[email]\nhost = "mail.example.com"\nsender = "s@example.com"\nto = ["o@example.com"]\n'
        'user = "s"\npassword = "env:NIGHT_MAIL"\n[alerts]\nwebhook = "file:hook.txt"\n',
        encoding="utf-8",
    )
    monkeypatch.delenv("NIGHT_MAIL", raising=False)
    errors = notifier_of(load(path)).failed(NIGHT, DAY)
    assert errors == [
        f"{path}: email.password: the environment variable NIGHT_MAIL is not set",
        f"{path}: alerts.webhook: {tmp_path / 'hook.txt'}: No such file or directory",
    ]
    monkeypatch.setenv("NIGHT_MAIL", SECRET)
    (tmp_path / "hook.txt").write_text("https://hooks.example.com/T0\n", encoding="utf-8")
    ready = notifier_of(load(path))
    assert ready.broken == ()
    assert ready.mail == Mailer("mail.example.com", 587, "s@example.com", ("o@example.com",), user="s", password=SECRET)
    assert ready.hook == Hook("https://hooks.example.com/T0")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/", "http://", "https://h:99999/", "http://h/a b", "x"])
def test_only_web_addresses_are_hooks(url: str) -> None:
    with pytest.raises(ValueError, match=r"web address|must b"):
        Hook(url)


def test_one_that_is_no_web_server() -> None:
    inbox, port = Inbox(), free_port()
    with mail_server(inbox, port), pytest.raises(SendError, match="no answer of a web server"):
        Hook(f"http://127.0.0.1:{port}/").send({})
