"""Alerts to a web address: one POST of JSON each."""

from __future__ import annotations

import base64
import http.client
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote, urlsplit

from .deadline import STEP_S, WHOLE_S, cut_after
from .message import failure

if TYPE_CHECKING:
    from ..events import Channel
    from .message import Message


@dataclass(frozen=True, slots=True)
class Webhook:
    """A web address. No redirect is followed, so that nobody can send alerts on to somewhere else.

    Attributes:
        url: ``http://`` or ``https://``, with ``user:password@`` where the server asks for them. Often a secret as a
            whole: messages and errors name the host alone.

    Raises:
        ValueError: It is no such address.
    """

    url: str = field(repr=False)
    name: ClassVar[Channel] = "webhook"

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port_fits = parts.port is None or parts.port > 0
        except ValueError:
            raise ValueError("alerts.webhook.url: is no address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or not port_fits:
            raise ValueError("alerts.webhook.url: must begin with http:// or https:// and a host")
        if not (parts.path + parts.query).isprintable() or " " in self.url or not self.url.isascii():
            raise ValueError("alerts.webhook.url: must be ASCII without blanks; write others as %XX")

    def send(self, message: Message) -> None:
        """Sends one message and waits for the answer.

        Raises:
            ChannelError: The server cannot be reached, or does not take it.
        """
        parts = urlsplit(self.url)
        host = f"{parts.hostname}:{parts.port}" if parts.port is not None else str(parts.hostname)
        connection = self._connection()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.connect()
            with cut_after(WHOLE_S, lambda: connection.sock):
                connection.request("POST", path, message.json.encode(), self._headers(message))
                with connection.getresponse() as answer:  # its body is not read, and need not come
                    status, reason = answer.status, answer.reason
        except http.client.HTTPException as error:  # its text may hold pieces of the answer, or of our address
            raise failure(host, f"no answer of a web server ({type(error).__name__})") from None
        except OSError as error:
            raise failure(host, str(error) or type(error).__name__, self.url) from None
        finally:
            connection.close()
        if 300 <= status < 400:
            raise failure(host, f"answers {status}: redirects are not followed, give the last address itself")
        if not 200 <= status < 300:
            raise failure(host, f"answers {status} {reason}", parts.password, unquote(parts.password or ""))

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = str(parts.hostname)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, parts.port, timeout=STEP_S, context=context)
        return http.client.HTTPConnection(host, parts.port, timeout=STEP_S)

    def _headers(self, message: Message) -> dict[str, str]:
        parts = urlsplit(self.url)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "footfall",
            "Idempotency-Key": message.key,
            "Connection": "close",
        }
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        return headers
