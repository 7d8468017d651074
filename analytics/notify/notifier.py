"""Who is told what: a report to those who read it, a failed night to those who repair it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .words import SendError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from .hook import Hook
    from .mail import Mailer

log = logging.getLogger(__name__)

# Seconds before the first, second, ... try: a server that restarts is back within them.
WAITS_S = (0.0, 3.0, 15.0)
# Many servers take no mail above 25 MB, and files grow by a third on the way.
MOST_BYTES = 17_000_000
# A night that fails everywhere says so in one message that can still be read.
MOST_JOBS = 30


class Ended(Protocol):
    """How a job ended."""

    @property
    def job(self) -> str:
        """Its name."""

    @property
    def status(self) -> str:
        """``ok``, ``failed`` or ``skipped``."""

    @property
    def message(self) -> str | None:
        """Why."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends what there is to send over what the settings name; nothing named: nothing is sent.

    Neither method raises. What could not be sent comes back as text for the ledger: a mail server that is away never
    fails a night.

    Attributes:
        store: What people call the store.
        mail: For reports and failures.
        hook: For failures alone.
        reports: Whether reports are mailed.
        failures: Whether failures are mailed.
        broken: What the settings lack, said in the place of sending, one line each.
        waits_s: Before each try.
    """

    store: str = ""
    mail: Mailer | None = None
    hook: Hook | None = None
    reports: bool = True
    failures: bool = True
    broken: tuple[str, ...] = ()
    waits_s: tuple[float, ...] = WAITS_S

    def failed(self, jobs: Sequence[Ended], day: date) -> list[str]:
        """Tells that jobs failed; all of them in one message.

        Args:
            jobs: How the jobs of a night ended; those that ended well are not told.
            day: The last day that the night was to compute.

        Returns:
            What could not be sent, one line each.
        """
        broken = [job for job in jobs if job.status == "failed"]
        if not broken:
            return []
        skipped = sorted({job.job for job in jobs if job.status == "skipped"})
        lines = [f"{job.job}: {one_line(job.message or 'no reason given', 500)}" for job in broken]
        lines = list(dict.fromkeys(lines))  # a job that fails day after day says it once
        more = len(lines) - MOST_JOBS
        lines = [*lines[:MOST_JOBS], *([f"and {more} more"] if more > 0 else [])]
        names = ", ".join(dict.fromkeys(job.job for job in broken))
        subject = f"{self.store}: the night of {day} failed in part ({names})".removeprefix(": ")
        rest = [f"Not run because of that: {', '.join(skipped)}."] if skipped else []
        text = "\n".join(["These jobs failed:", "", *lines, "", *rest, "The next night tries them again.", ""])
        told = {
            "kind": "nightly_failed",
            "store": self.store,
            "day": day.isoformat(),
            "failed": [{"job": job.job, "message": one_line(job.message or "", 500)} for job in broken[:MOST_JOBS]],
            "skipped": skipped,
        }
        errors = list(self.broken)
        mail, hook = self.mail, self.hook
        if mail is not None and self.failures:
            errors += self._try(lambda: mail.send(subject, text))
        if hook is not None:
            errors += self._try(lambda: hook.send(told))
        return errors

    def send_report(self, subject: str, text: str, attachments: Sequence[Path] = ()) -> list[str]:
        """Mails a report with its files. A file that cannot be read or is too large is left out, and the mail says so.

        Args:
            subject: One line.
            text: The message.
            attachments: Files.

        Returns:
            What could not be sent, one line each.
        """
        mail = self.mail
        if mail is None or not self.reports:
            return list(self.broken) if self.reports else []
        files: list[tuple[Path, bytes]] = []
        errors: list[str] = []
        size = 0
        for path in attachments:
            try:
                data = path.read_bytes()
            except OSError as error:
                errors.append(f"{path}: cannot be attached: {error.strerror}")
                continue
            if size + len(data) > MOST_BYTES:
                errors.append(f"{path}: too large to be attached: {len(data):,} bytes")
                continue
            size += len(data)
            files.append((path, data))
        noted = "\n".join([text, "", *errors, ""]) if errors else text
        return errors + self._try(lambda: mail.send(subject, noted, files))

    def _try(self, send: Callable[[], None]) -> list[str]:
        """Sends, and again where that may help."""
        for number, wait_s in enumerate(self.waits_s, start=1):
            time.sleep(wait_s)
            try:
                send()
            except SendError as error:
                if error.passing and number < len(self.waits_s):
                    log.info("%s; tried again", error)
                    continue
                log.warning("%s", error)
                return [str(error)]
            # A night must end well whatever becomes of its mail, so nothing may pass from here.
            except Exception as error:
                log.exception("a message could not be sent")
                return [f"a message could not be sent: {type(error).__name__}"]
            return []
        return []
