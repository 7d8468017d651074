"""Messages to a web address: one POST of JSON each."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .deadline import STEP_S, cut_after
from .words import failure

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Hook:
    """A web address. No redirect is followed, so that nobody can send messages on to somewhere else.

    Attributes:
        url: ``http://`` or ``https://``, with ``user:password@`` where the server asks for them. Often a secret as a
            whole: messages and errors name the host alone.

    Raises:
        ValueError: It is no such address.
    """

    url: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port_fits = parts.port is None or parts.port > 0
        except ValueError:
            raise ValueError("is no web address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or not port_fits:
            raise ValueError("must begin with http:// or https:// and a host")
        if not self.url.isprintable() or " " in self.url or not self.url.isascii():
            raise ValueError("must be ASCII without blanks; write others as %XX")

    @property
    def where(self) -> str:
        """What to call it in messages."""
        parts = urlsplit(self.url)
        return f"webhook at {parts.hostname}" + (f":{parts.port}" if parts.port is not None else "")

    def send(self, told: Mapping[str, object]) -> None:
        """Sends one message and waits for the answer.

        Raises:
            SendError: The server cannot be reached, or does not take it.
        """
        parts = urlsplit(self.url)
        body = json.dumps(told, ensure_ascii=False).encode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = self._connection()
        try:
            connection.connect()
            with cut_after(WHOLE_S, lambda: connection.sock):
                connection.request("POST", path, body, self._headers(body))
                with connection.getresponse() as answer:  # its body is not read, and need not come
                    status, reason = answer.status, answer.reason
        except http.client.HTTPException as error:  # its text may hold pieces of the answer, or of our address
            why = f"no answer of a web server ({type(error).__name__})"
            raise failure(self.where, why, passing=True) from None
        except OSError as error:
            passing = not isinstance(error, ssl.SSLCertVerificationError)
            raise failure(self.where, str(error) or type(error).__name__, self.url, passing=passing) from None
        finally:
            connection.close()
        if 300 <= status < 400:
            why = f"answers {status}: redirects are not followed, give the last address itself"
            raise failure(self.where, why, passing=False)
        if not 200 <= status < 300:
            secrets = (parts.password, unquote(parts.password or ""))
            passing = status >= 500 or status in {408, 425, 429}
            raise failure(self.where, f"answers {status} {reason}", *secrets, passing=passing)

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = str(parts.hostname)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, parts.port, timeout=STEP_S, context=context)
        return http.client.HTTPConnection(host, parts.port, timeout=STEP_S)

    def _headers(self, body: bytes) -> dict[str, str]:
        parts = urlsplit(self.url)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "footfall",
            "Idempotency-Key": hashlib.blake2b(body, digest_size=16).hexdigest(),
            "Connection": "close",
        }
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        return headers
