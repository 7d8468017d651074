"""Why a camera cannot be opened: OpenCV only says that it cannot, so the camera is asked once more, plainly."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

ASK_S = 5.0
LONGEST_ANSWER = 1 << 16
PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_ADDRESS = re.compile(r"(?P<scheme>[a-z0-9+.-]+)://(?P<place>[^/?#]*)(?P<path>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a camera said.

    Attributes:
        fault: What is wrong, without passwords and paths; empty where it seems ready to send.
        kind: What it would send, as it says itself; empty where it does not.
    """

    fault: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Target:
    """An address, taken apart."""

    scheme: str
    user: str | None
    password: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """For messages: no user, no password, no path, as that may hold one as well."""
        return f"{self.host}:{self.port}"

    @property
    def rtsp(self) -> bool:
        return self.scheme.startswith("rtsp")

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class _Reply:
    """The head of an answer in the form that HTTP and RTSP share, and what came after it."""

    status: int
    heads: tuple[tuple[str, str], ...]
    body: str

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.heads if key == name]


def ask(source: int | str, within_s: float = ASK_S) -> Answer:
    """Asks a camera what is the matter: at most two questions over the network, the second with the password.

    Args:
        source: Number of a device, or an address; of addresses only rtsp and http are asked.
        within_s: Longest wait for each step.
    """
    if isinstance(source, int):
        return Answer(_device_fault(source))
    try:
        target = _taken_apart(source)
    except ValueError:
        return Answer("its address is not written rightly")
    if target is None:
        return Answer("")
    try:
        reply = _reply(target, None, within_s)
        if reply.status == 401 and target.user is not None:
            reply = _reply(target, _proof(target, reply), within_s)
    except (OSError, ValueError) as error:
        return Answer(_network_fault(target, error))
    return _judged(target, reply)


def _device_fault(number: int) -> str:
    if sys.platform != "linux":
        return f"there is no camera with number {number}, or another program uses it"
    path = Path(f"/dev/video{number}")
    if not path.exists():
        return f"there is no camera with number {number} (no {path})"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"this user may not open {path}; add it to the group 'video'"
    return f"{path} gives no picture: another program uses it, or it is no camera"


def _taken_apart(source: str) -> _Target | None:
    found = _ADDRESS.fullmatch(source.strip())
    scheme = found["scheme"].lower() if found else ""
    if found is None or scheme not in PORTS:
        return None
    login, _, place = found["place"].rpartition("@")  # the last one: passwords may hold @, too
    user, _, password = login.partition(":")
    split = urlsplit(f"//{place}")
    if not split.hostname:
        raise ValueError("no host")
    port = split.port or PORTS[scheme]
    known = unquote(user) if user else None
    return _Target(scheme, known, unquote(password), split.hostname, port, found["path"] or "/")


def _network_fault(target: _Target, error: Exception) -> str:
    match error:
        case socket.gaierror() | UnicodeError():
            return f"no host has the name {target.host}"
        case ConnectionRefusedError():
            return f"{target.name} refuses the connection: nothing listens there"
        case TimeoutError():
            return f"{target.name} does not answer"
        case OSError() if error.strerror:
            return f"{target.name} cannot be reached ({error.strerror})"
    return f"{target.name} does not speak {target.scheme}"


def _judged(target: _Target, reply: _Reply) -> Answer:
    if reply.status in (401, 403):
        if target.user is None:
            return Answer(f"{target.name} wants a user and a password ({reply.status})")
        return Answer(f"{target.name} does not accept this user and password ({reply.status})")
    if reply.status == 404:
        return Answer(f"{target.name} has no such stream ({reply.status}): the path of its address is wrong")
    if reply.status >= 400:
        return Answer(f"{target.name} answers with error {reply.status}")
    kind = _codec(reply.body) if target.rtsp else next(iter(reply.all("content-type")), "").partition(";")[0]
    silent = "m=video" not in reply.body if target.rtsp else kind.startswith(("text/html", "text/plain"))
    if reply.status < 300 and silent:
        return Answer(f"{target.name} sends no video" + (f" but {kind}" if kind else ""))
    return Answer("", kind)


def _codec(description: str) -> str:
    """The name of the video's coding in a session description."""
    _, _, video = description.partition("m=video")
    found = re.search(r"a=rtpmap:\d+ +([^/\s]+)", video.partition("\nm=")[0])
    return found[1] if found else ""


def _proof(target: _Target, refusal: _Reply) -> str:
    """The header that proves who asks: digest where the camera offers it (RFC 2617), else the plain password."""
    offers = refusal.all("www-authenticate")
    digest = next((offer for offer in offers if offer.lower().startswith("digest ")), None)
    if digest is None:
        return "Basic " + base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    given = parse_keqv_list(parse_http_list(digest[len("digest ") :]))
    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    method, path = ("DESCRIBE", target.address) if target.rtsp else ("GET", target.path)
    secret = _md5(f"{target.user}:{realm}:{target.password}")
    asked = _md5(f"{method}:{path}")
    parts = {"username": str(target.user), "realm": realm, "nonce": nonce, "uri": path}
    if "auth" in [quality.strip() for quality in given.get("qop", "").split(",")]:
        once = os.urandom(8).hex()
        response = _md5(f"{secret}:{nonce}:00000001:{once}:auth:{asked}")
        extra = f', qop=auth, nc=00000001, cnonce="{once}"'
    else:
        response, extra = _md5(f"{secret}:{nonce}:{asked}"), ""
    if "opaque" in given:
        extra += f', opaque="{given["opaque"]}"'
    return "Digest " + ", ".join(f'{k}="{v}"' for k, v in parts.items()) + f', response="{response}"' + extra


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # what the protocol asks for


def _reply(target: _Target, proof: str | None, within_s: float) -> _Reply:
    """One question, one answer.

    Raises:
        OSError: The connection fails.
        ValueError: The answer is none.
    """
    if target.rtsp:
        lines = [f"DESCRIBE {target.address} RTSP/1.0", "CSeq: 1", "Accept: application/sdp"]
    else:
        lines = [f"GET {target.path} HTTP/1.1", f"Host: {target.name}", "Accept: */*", "Connection: close"]
    if proof is not None:
        lines.append(f"Authorization: {proof}")
    ends_s = time.monotonic() + within_s
    with (
        socket.create_connection((target.host, target.port), within_s) as plain,
        _secured(plain, target) as connection,
    ):
        connection.sendall("\r\n".join([*lines, "User-Agent: footfall", "", ""]).encode())
        return _parsed(connection, ends_s, whole=target.rtsp)


def _secured(plain: socket.socket, target: _Target) -> socket.socket:
    """With TLS where the address wants it; certificates are not checked, as cameras sign their own."""
    if target.scheme not in ("rtsps", "https"):
        return plain
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=target.host)


def _parsed(connection: socket.socket, ends_s: float, *, whole: bool) -> _Reply:
    """Reads an answer's head; with ``whole`` as much of its body as it announces."""
    taken = b""
    wanted = LONGEST_ANSWER
    while len(taken) < wanted:
        connection.settimeout(max(0.01, ends_s - time.monotonic()))
        piece = connection.recv(4096)
        taken += piece
        head, blank, _ = taken.partition(b"\r\n\r\n")
        if blank and wanted == LONGEST_ANSWER:
            length = re.search(rb"(?im)^content-length: *(\d+)", head)
            wanted = len(head) + 4 + min(int(length[1]), LONGEST_ANSWER - 1) if whole and length else 0
        if not piece:
            break
    head, blank, body = taken.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    found = re.match(r"(?:HTTP|RTSP)/\d\.\d (\d{3})", first)
    if not found or not blank:
        raise ValueError("no answer that can be understood")
    pairs = [line.partition(":") for line in rest]
    heads = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return _Reply(int(found[1]), heads, body.decode("latin-1"))
