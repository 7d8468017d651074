"""The journal: what is on its way to the database, in a file beside it, first.

It is the spool in which facts wait while the database cannot be written, and it is what a restored backup is brought up
to date from. Which records the database has is written in the database itself, in the same transaction: whatever
happens to either, the two tell each other where to go on.
"""

from __future__ import annotations

import json
import logging
import threading
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .errors import ContractError
from .ring import Ring, RingBusyError, RingDamagedError, RingFullError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .changes import Group

log = logging.getLogger(__name__)

MB = 1 << 20


class JournalFullError(ContractError):
    """The database has refused for so long that there is no room for more."""


class Journal:
    """An opened journal. Safe from several threads.

    Args:
        path: Of the file; made with its full size where it is missing. One that is broken is set aside.
        size_mb: Its size; at least 1.

    Raises:
        ValueError: The size makes no sense.
        ContractError: Another process writes it.
        OSError: It cannot be made, for example because the disk is full.

    Attributes:
        id: Names this file; another file has another id.
        applied: Number of the last record that the database has.
        released: Number of the last record that a good backup has.
    """

    def __init__(self, path: Path, size_mb: int) -> None:
        if size_mb < 1:
            raise ValueError(f"spool_mb: must be at least 1, not {size_mb}")
        self._lock = threading.Lock()
        self._path = path
        try:
            self._ring = _opened(path, size_mb * MB)
        except RingBusyError:
            raise ContractError(f"{path}: another footfall-edge writes to this database; stop it first") from None
        self.id = self._ring.id
        self.applied = self.released = self._ring.first - 1

    def append(self, groups: Sequence[Group]) -> int:
        """Writes changes to the disk.

        Returns:
            The number of their record.

        Raises:
            JournalFullError: Only records that the database lacks could make room.
            OSError: The disk refused.
        """
        payload = zlib.compress(json.dumps(groups, separators=(",", ":")).encode(), 1)
        with self._lock:
            try:
                return self._ring.append(payload, self.applied + 1)
            except RingFullError:
                raise JournalFullError(f"{self._path}: full of what the database does not take") from None

    def waiting(self, limit: int = 65_536) -> tuple[int, list[Group]]:
        """The oldest changes that the database lacks.

        Args:
            limit: Enough compressed bytes.

        Returns:
            The number of the last record, and the changes; ``applied`` and none where the database has everything.
        """
        with self._lock:
            self._skip_lost()
            records = self._ring.read(self.applied, limit)
            if not records and self.applied + 1 < self._ring.next:
                log.error("journal %s: cannot be read from record %d on", self._path, self.applied + 1)
                self.applied = self._ring.next - 1
        groups = [_group(raw) for _, payload in records for raw in json.loads(zlib.decompress(payload))]
        return (records[-1][0] if records else self.applied), groups

    def go_on_after(self, mark: int | None) -> int:
        """Takes note of what the database says it has.

        Args:
            mark: Number of the last record it has; None where it has none.

        Returns:
            How many records it lacks that are no longer here.
        """
        with self._lock:
            if mark is not None and mark >= self._ring.next:  # our end was cut off; its numbers must not come again
                self._ring.skip_to(mark + 1)
            self.applied = self._ring.first - 1 if mark is None else mark
            self.released = min(self.released, self.applied)
            return self._skip_lost()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever written."""
        return self._ring.next == 1

    @property
    def waiting_bytes(self) -> int:
        """About how much the database lacks, compressed."""
        with self._lock:
            return self._ring.bytes_after(self.applied)

    @property
    def fill(self) -> float:
        """Which part of the file holds what no backup has, 0..1."""
        with self._lock:
            return self._ring.bytes_after(self.released) / self._ring.size

    @property
    def reaches_back(self) -> bool:
        """Whether it still has everything since the last backup."""
        return self._ring.first <= self.released + 1

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._ring.close()

    def _skip_lost(self) -> int:
        lost = max(0, self._ring.first - 1 - self.applied)
        self.applied += lost
        return lost


def _opened(path: Path, size: int) -> Ring:
    """The ring of a file; a broken one is set aside, one of another size is copied where it fits."""
    try:
        ring = Ring(path, size)
    except RingDamagedError:
        aside = path.with_name(f"{path.name}.damaged-{datetime.now(tz=UTC):%Y%m%dT%H%M%S}")
        path.replace(aside)
        log.error("journal %s: broken; set aside as %s, a new one begins", path, aside.name)  # noqa: TRY400
        return Ring(path, size)
    if ring.size == size:
        return ring
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        other = Ring(draft, size)
    except OSError as error:
        log.warning("journal %s: keeps its size: %s", path, error)
        return ring
    try:
        other.skip_to(ring.first)
        for number in range(ring.first, ring.next):
            for _, payload in ring.read(number - 1, 1):
                other.append(payload, ring.first)
    except (OSError, RingFullError) as error:
        log.warning("journal %s: keeps its size: %s", path, str(error) or "what it holds would not fit")
        other.close()
        with suppress(OSError):
            draft.unlink()
        return ring
    ring.close()
    other.close()
    draft.replace(path)
    return Ring(path, size)


def _group(raw: list[object]) -> Group:
    name, columns, rows = raw
    return name, tuple(columns), [tuple(row) for row in rows]  # type: ignore[return-value, arg-type, attr-defined]
