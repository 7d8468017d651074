"""What a message that could not be sent becomes: one line, without secrets."""

from __future__ import annotations

LONGEST_LINE = 300


class SendError(Exception):
    """A message could not be delivered; says why in one line, without passwords.

    Attributes:
        passing: Whether the same message may well be taken a little later.
    """

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Text from anywhere as it may stand in a header, a log line or a row: printable, on one line, not endless."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def failure(where: str, why: str, *secrets: str | None, passing: bool) -> SendError:
    """The error of a way to send.

    Args:
        where: Host and port.
        why: What went wrong, perhaps in the other side's words.
        *secrets: What must not be in it.
        passing: Whether to try again makes sense.
    """
    for secret in secrets:
        if secret:
            why = why.replace(secret, "***")
    return SendError(f"{where}: {one_line(why)}", passing=passing)
