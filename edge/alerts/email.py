"""Alerts by e-mail: one short plain message each."""

from __future__ import annotations

import base64
import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .deadline import STEP_S, WHOLE_S, cut_after
from .message import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..events import Channel
    from .message import Message

log = logging.getLogger(__name__)

# Said instead of this machine's name: looking that up may take long, and nobody needs to know it.
OURSELVES = "[127.0.0.1]"


class _EndingSMTP(smtplib.SMTP):
    """A server whose greeting must end, too: a time-out for each byte alone lets one drip for ever."""

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        with cut_after(WHOLE_S, lambda: self.sock):
            return super().connect(host, port, source_address)


class _EndingSMTPS(_EndingSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@dataclass(frozen=True, slots=True)
class Email:
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
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    name: ClassVar[Channel] = "email"

    def send(self, message: Message) -> None:
        """Hands one message to the server.

        Raises:
            ChannelError: The server cannot be reached, refuses the login or everyone who should get it.
        """
        where = f"{self.host}:{self.port}"
        try:
            mail = self._mail(message)
            server = self._server()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise failure(where, _words(error), *self._secrets()) from None
        try:
            with cut_after(WHOLE_S, lambda: server.sock):
                refused = self._hand_over(server, mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise failure(where, _words(error), *self._secrets()) from None
        finally:
            server.close()
        if refused:
            log.warning("e-mail: %s refuses %s; the others got the message", where, ", ".join(sorted(refused)))

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
            log.debug("e-mail: %s said no farewell", self.host)
        return refused

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(SMTP_POLICY)
        mail["Subject"] = message.subject
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = f"<{message.key}@footfall.invalid>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def _secrets(self) -> Iterator[str | None]:
        """The password, and how a server would repeat it."""
        yield self.password
        if self.password is not None:
            yield base64.b64encode(self.password.encode()).decode()
            login = f"\0{self.user or ''}\0{self.password}"
            yield base64.b64encode(login.encode()).decode()


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
