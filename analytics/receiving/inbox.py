"""What a till pushed: judged at once, and on the disk before it is told so."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from ..sources import SOURCES, SourceError, sift
from ..sources.durable import durable
from ..sources.jsonl import RowError, line_of, read_jsonl, rows_of
from ..sources.pushed import FOLDER, Batch, remembered, waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..sources import Shop, Sifted

# Some weeks of a busy shop; a hash and its kind take about 200 bytes.
MOST_KNOWN = 200_000
# An answer names so many broken rules; all of them are in the rejects of the import.
MOST_TOLD = 1_000
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class RefusedError(Exception):
    """A batch of which nothing was kept.

    Attributes:
        status: The HTTP status that says so.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch that is on the disk.

    Attributes:
        kind: Of sales source.
        batch: The hash of its rows.
        repeated: The same rows came before: nothing was written.
        rows: Rows in it.
        kept: Rows that keep every rule of their own. What lies between rows of several files, such as lines that do
            not add up to their receipt, shows when they are imported.
        rejected: Rows that break one; they are kept aside and tried again at every import.
        duplicates: Rows that tell again what one above them says.
        rejects: ``row`` (from 1), ``column``, ``value``, ``rule`` of every broken rule, the first thousand.
    """

    kind: str
    batch: str
    repeated: bool
    rows: int
    kept: int
    rejected: int
    duplicates: int
    rejects: tuple[dict[str, str | int], ...]


class Inbox:
    """Takes batches. The same batch a second time changes nothing.

    Args:
        folder: The landing folder.
        shop: How times and amounts are meant.
        now: The clock, aware.
    """

    def __init__(self, folder: Path, shop: Shop, now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)) -> None:
        self._folder = folder
        self._shop = shop
        self._now = now
        self._lock = threading.Lock()
        before = [*remembered(folder, now()), *waiting(folder)]
        self._known = OrderedDict(((batch.kind, batch.digest), None) for batch in before)
        self._last_ms = max((batch.at_ms for batch in before), default=0)

    def take(self, kind: str, body: bytes) -> Taken:
        """Judges a batch and writes it; when this returns, it survives a power cut.

        Args:
            kind: Of sales source.
            body: JSON: one object, or an array of them, with the names that the columns of files have.

        Raises:
            RefusedError: Nothing of it was kept: it is no JSON, of an unknown kind, a column is missing, or the disk is
                full or refuses.
        """
        if kind not in SOURCES:
            raise RefusedError(404, f"{kind}: unknown kind; known are {', '.join(SOURCES)}")
        try:
            rows = rows_of(body)
        except RowError as error:
            raise RefusedError(400, str(error)) from error
        lines = b"".join(map(line_of, rows))
        digest = hashlib.blake2b(kind.encode() + b"\n" + lines, digest_size=16).hexdigest()
        sifted = self._judge(kind, lines, digest)
        repeated = self._write(kind, lines, digest)
        told = sifted.rejects.head(MOST_TOLD)[["line", "column", "value", "rule"]].astype("str").to_numpy().tolist()
        return Taken(
            kind=kind,
            batch=digest,
            repeated=repeated,
            rows=len(rows),
            kept=len(sifted.frame),
            rejected=sifted.rows_rejected,
            duplicates=sifted.duplicates,
            rejects=tuple({"row": int(n), "column": c, "value": v, "rule": r} for n, c, v, r in told),
        )

    def ready(self) -> bool:
        """Whether the folder can take a batch."""
        try:
            probe = self._folder / FOLDER / "ready"
            with durable(probe) as file:
                file.write(b"\n")
            probe.unlink()
        except OSError:
            return False
        return True

    def _judge(self, kind: str, lines: bytes, digest: str) -> Sifted:
        shop = replace(self._shop, latest=pd.Timestamp(self._now()))
        try:
            return sift(read_jsonl(lines, "the batch", digest), SOURCES[kind], shop, "the batch")
        except SourceError as error:
            raise RefusedError(422, str(error)) from error

    def _write(self, kind: str, lines: bytes, digest: str) -> bool:
        """Puts a batch on the disk unless it is known; whether it was."""
        with self._lock:
            if (kind, digest) in self._known:
                return True
            # Later batches win over earlier ones, so no two may carry the same time, even if the clock goes back.
            at_ms = max(int(self._now().timestamp() * 1000), self._last_ms + 1)
            try:
                with durable(self._folder / FOLDER / Batch(at_ms, digest, kind).name) as file:
                    file.write(lines)
            except OSError as error:
                if error.errno in _FULL:
                    raise RefusedError(507, "the disk is full; nothing was kept, send it again later") from error
                why = f"the inbox cannot be written ({error.strerror}); nothing was kept, send it again later"
                raise RefusedError(503, why) from error
            self._last_ms = at_ms
            self._known[kind, digest] = None
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return False
