"""What is sent: one message for each end of an alert, as JSON, as a subject and as text. No pictures, no secrets."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from ..events import Alert

LONGEST_SUBJECT = 120
LONGEST_ERROR = 200
Stage = Literal["opened", "closed"]


class ChannelError(Exception):
    """A message could not be delivered; says why in one line, without passwords."""


@dataclass(frozen=True, slots=True)
class Message:
    """One end of an alert.

    Attributes:
        alert: The alert as it was then.
        stage: Whether it tells that the alert opened or closed.
        store: Id of the store.
        store_name: What people call it.
    """

    alert: Alert
    stage: Stage
    store: str
    store_name: str

    @property
    def at(self) -> datetime:
        """When that was."""
        closed = self.alert.closed
        return closed if self.stage == "closed" and closed is not None else self.alert.opened

    @property
    def key(self) -> str:
        """32 hex digits, the same whenever this message is sent: receivers can leave out what they have."""
        return hashlib.blake2b(f"{self.alert.id} {self.stage}".encode(), digest_size=16).hexdigest()

    @property
    def json(self) -> str:
        """One JSON object; times are ISO 8601 in UTC."""
        alert = self.alert
        return json.dumps(
            {
                "id": alert.id,
                "stage": self.stage,
                "kind": alert.kind,
                "store": self.store,
                "store_name": self.store_name,
                "camera": alert.camera,
                "place": alert.place,
                "opened": alert.opened.isoformat(timespec="milliseconds"),
                "closed": alert.closed.isoformat(timespec="milliseconds") if alert.closed is not None else None,
                "words": alert.words,
            },
            ensure_ascii=False,
        )

    @property
    def subject(self) -> str:
        """One short line."""
        over = "over: " if self.stage == "closed" else ""
        return one_line(f"{self.store_name}: {over}{self.alert.words}", LONGEST_SUBJECT)

    @property
    def text(self) -> str:
        """A few lines."""
        alert = self.alert
        lines = [
            alert.words,
            "",
            f"store:  {self.store_name} ({self.store})",
            f"about:  {' '.join(part for part in (alert.kind, alert.camera, alert.place) if part)}",
            f"opened: {alert.opened.isoformat(timespec='seconds')}",
        ]
        if alert.closed is not None and alert.closed != alert.opened:
            lines.append(f"closed: {alert.closed.isoformat(timespec='seconds')}")
        return "\n".join([*lines, f"id:     {alert.id}", ""])


def one_line(text: str, longest: int) -> str:
    """Text from anywhere as it may stand in a header, a log line or a row: printable, on one line, not endless."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def failure(where: str, why: str, *secrets: str | None) -> ChannelError:
    """The error of a channel.

    Args:
        where: Host and port.
        why: What went wrong, perhaps in the other side's words.
        *secrets: What must not be in it.
    """
    for secret in secrets:
        if secret:
            why = why.replace(secret, "***")
    return ChannelError(f"{where}: {one_line(why, LONGEST_ERROR)}")
