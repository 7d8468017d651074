"""Mail by SMTP: text, and files with it."""

from __future__ import annotations

import base64
import hashlib
import logging
import mimetypes
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import localtime
from typing import TYPE_CHECKING, Any, Literal

from .deadline import STEP_S, cut_after
from .words import failure, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .words import SendError

log = logging.getLogger(__name__)

# A report of some megabytes over a shop's slow line.
WHOLE_S = 180.0
GREETING_S = 30.0
# Said instead of this machine's name: looking that up may take long, and nobody needs to know it.
OURSELVES = "[127.0.0.1]"
Security = Literal["none", "starttls", "tls"]


class _EndingSMTP(smtplib.SMTP):
    """A server whose greeting must end, too."""

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        with cut_after(GREETING_S, lambda: self.sock):
            return super().connect(host, port, source_address)


class _EndingSMTPS(_EndingSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """A mail server and who gets mail.

    Attributes:
        host: Of the server.
        port: The same.
        sender: Address that mail comes from.
        to: Addresses that it goes to; delivered when the server takes it for one of them.
        security: ``starttls``, ``tls`` from the first byte, or ``none``. With the first two the server must show a
            certificate that this machine trusts, or nothing is sent.
        user: For the server; None: no login.
        password: The same.
    """

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """What to call it in messages."""
        return f"e-mail by {self.host}:{self.port}"

    def send(self, subject: str, text: str, attachments: Sequence[tuple[Path, bytes]] = ()) -> None:
        """Hands one message to the server.

        Args:
            subject: Cut to one line.
            text: The message.
            attachments: Files, each with what it holds.

        Raises:
            SendError: The server cannot be reached, refuses the login or everyone who should get it.
        """
        try:
            mail = self._mail(subject, text, attachments)
            server = self._server()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._failure(error) from None
        try:
            with cut_after(WHOLE_S, lambda: server.sock):
                refused = self._hand_over(server, mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._failure(error) from None
        finally:
            server.close()
        if refused:
            log.warning("%s: refuses %s; the others got the message", self.where, ", ".join(sorted(refused)))

    def _server(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return _EndingSMTPS(self.host, self.port, OURSELVES, timeout=STEP_S, context=context)
        return _EndingSMTP(self.host, self.port, OURSELVES, timeout=STEP_S)

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if self.user is not None:
            server.login(self.user, self.password or "")
        refused = server.send_message(mail)
        # The server has it: a farewell that fails must not send it again.
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            log.debug("%s: said no farewell", self.where)
        return refused

    def _mail(self, subject: str, text: str, attachments: Sequence[tuple[Path, bytes]]) -> EmailMessage:
        mail = EmailMessage(SMTP_POLICY)
        mail["Subject"] = one_line(subject)
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail["Date"] = localtime()
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        told = hashlib.blake2b(f"{mail['Subject']}\n{text}".encode("utf-8", "replace"), digest_size=16)
        for path, data in attachments:
            told.update(data)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            main, _, sub = kind.partition("/")
            mail.add_attachment(data, maintype=main, subtype=sub, filename=path.name)
        # The same message sent again has the same name, so that receivers can leave out what they have.
        mail["Message-ID"] = f"<{told.hexdigest()}@footfall.invalid>"
        return mail

    def _failure(self, error: Exception) -> SendError:
        return failure(self.where, _words(error), *self._secrets(), passing=_passing(error))

    def _secrets(self) -> Iterator[str | None]:
        """The password, and how a server would repeat it."""
        yield self.password
        if self.password is not None:
            yield base64.b64encode(self.password.encode()).decode()
            login = f"\0{self.user or ''}\0{self.password}"
            yield base64.b64encode(login.encode()).decode()


def _passing(error: Exception) -> bool:
    """SMTP's own sign: replies that begin with 4 may change, those with 5 do not."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code < 500 for code, _ in error.recipients.values())
        case smtplib.SMTPResponseException():
            return error.smtp_code < 500
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError() | ValueError():
            return False
        case _:
            return True


def _words(error: Exception) -> str:
    """An error as one sentence; a server's reply without the Python around it."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            replies = sorted({_reply(*reply) for reply in error.recipients.values()})
            return "refuses everyone who should get it: " + "; ".join(replies)
        case smtplib.SMTPResponseException():
            what = "refuses the login" if isinstance(error, smtplib.SMTPAuthenticationError) else "refuses"
            return f"{what}: {_reply(error.smtp_code, error.smtp_error)}"
        case _:
            return str(error) or type(error).__name__


def _reply(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
