"""A file of fixed size to which records are appended for ever: the newest push out the oldest.

Nothing but bytes is known here. The file has its full size from the beginning, so that it can be written when the disk
is full. Every record carries a number, its length and a checksum: a record that was cut off by a power failure is
recognised and ends what is read. Where the oldest record lies is written in one of two headers in turn, so that one of
them is always whole.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

MAGIC = b"FOOTFAL1"
SLOT = 4096  # a header never shares a disk block with the other
START = 2 * SLOT
HEADER = struct.Struct("<8sQ16sQQQI")  # magic, size, id, generation, offset and number of the oldest record, checksum
FRAME = struct.Struct("<IIQ")  # length, checksum, number
WRAP = 0xFFFFFFFF  # in place of a length: what follows begins at START
BLOCK = 65_536  # the oldest are given up in stretches of about this many bytes


class RingFullError(Exception):
    """Only records that are still needed could make room."""


class RingDamagedError(Exception):
    """The file is no ring, or both of its headers are broken."""


class RingBusyError(Exception):
    """Another process writes it."""


class Ring:
    """An opened ring. Not safe for several threads at once.

    Args:
        path: The file; made where it is missing or empty.
        size: Bytes of a new file. One that is there keeps its own size.

    Raises:
        RingDamagedError: It is no ring.
        RingBusyError: Another process has it open.
        OSError: It cannot be made, for example because the disk is full.

    Attributes:
        id: 32 hex digits; another file has another id.
        size: Bytes of the file.
        first: Number of the oldest record.
        next: Number of the record that will be written next; the same as ``first`` where there is none.
    """

    def __init__(self, path: Path, size: int) -> None:
        known = path.exists() and path.stat().st_size > 0
        self._file: FileIO = path.open("r+b" if path.exists() else "x+b", buffering=0)
        try:
            _lock(self._file)
            self._generation = 0
            self._tail = self._head = START
            self.first = self.next = 1
            if known:
                self._read_header()
            else:
                self.size = size
                self._id = os.urandom(16)
            _allocate(self._file, self.size)
            if not known:
                self._write_header()
        except BaseException:
            self._file.close()
            if not known:
                path.unlink(missing_ok=True)
            raise
        self.id = self._id.hex()
        self._index: list[tuple[int, int]] = []  # number and offset of a record about every BLOCK bytes
        self._walk()

    def append(self, payload: bytes, needed: int) -> int:
        """Writes a record and makes sure that it is on the disk.

        Args:
            payload: Its content.
            needed: Records with this number or a higher one must not be pushed out.

        Returns:
            Its number.

        Raises:
            RingFullError: There is no room but that of needed records.
            OSError: The disk refused.
        """
        length = FRAME.size + len(payload)
        if length > (self.size - START) // 2:
            raise RingFullError
        at = self._make_room(length, needed)
        if at != self._head and self.size - self._head >= FRAME.size:
            self._write(self._head, FRAME.pack(WRAP, self._checksum(self.next, b""), self.next))
        number = self.next
        self._write(at, FRAME.pack(len(payload), self._checksum(number, payload), number) + payload)
        _sync(self._file)
        self._note(number, at)
        self._head, self.next = at + length, number + 1
        return number

    def read(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """The records that follow one.

        Args:
            after: Its number; what was pushed out since is left out.
            limit: Enough bytes; at least one record is given where there is one.

        Returns:
            Numbers and contents, oldest first.
        """
        number, at = max(((n, o) for n, o in self._index if n <= after + 1), default=(self.first, self._tail))
        found: list[tuple[int, bytes]] = []
        size = 0
        while number < self.next and size < limit:
            record = self._record(number, at)
            if record is None:  # the disk gives back something else than was written
                break
            at, payload = record
            if number > after:
                found.append((number, payload))
                size += len(payload)
            number += 1
        return found

    def bytes_after(self, number: int) -> int:
        """About how many bytes the records after this one take."""
        if number + 1 >= self.next:
            return 0
        at = max(((n, o) for n, o in self._index if n <= number + 1), default=(self.first, self._tail))[1]
        used = self._head - at
        return used if used > 0 else used + self.size - START

    def skip_to(self, number: int) -> None:
        """Goes on with this number, and forgets everything before it."""
        self.first = self.next = number
        self._tail = self._head
        self._index.clear()
        self._write_header()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def _make_room(self, length: int, needed: int) -> int:
        """Where a record of this length may be written; pushes out what lies there."""
        moved = False
        while (at := self._free(length)) is None:
            second = self._index[1] if len(self._index) > 1 else (self.next, self._head)
            if second[0] > needed:
                break
            self.first, self._tail = second
            del self._index[:1]
            moved = True
        if moved:
            self._write_header()  # before anything is overwritten
        if at is None:
            raise RingFullError
        return at

    def _free(self, length: int) -> int | None:
        """Where a record of this length fits without touching another."""
        if self.first == self.next or self._head >= self._tail:
            if self.size - self._head >= length:
                return self._head
            if self.first == self.next:
                return START
            return START if self._tail - START > length else None
        return self._head if self._tail - self._head > length else None

    def _walk(self) -> None:
        """Finds the end: the first place where the expected record does not stand whole."""
        at, number = self._tail, self.first
        while (record := self._record(number, at)) is not None:
            end, payload = record
            self._note(number, end - FRAME.size - len(payload))
            at, number = end, number + 1
        self._head, self.next = at, number

    def _note(self, number: int, at: int) -> None:
        if not self._index or not 0 <= at - self._index[-1][1] < BLOCK:
            self._index.append((number, at))

    def _record(self, number: int, at: int) -> tuple[int, bytes] | None:
        """Where the record ends, and its content; None where it does not stand there whole."""
        for turned in (False, True):
            if self.size - at >= FRAME.size:
                length, checksum, found = FRAME.unpack(self._read(at, FRAME.size))
                if found != number:
                    return None
                if length != WRAP:
                    if at + FRAME.size + length > self.size:
                        return None
                    payload = self._read(at + FRAME.size, length)
                    good = checksum == self._checksum(number, payload)
                    return (at + FRAME.size + length, payload) if good else None
            if turned:
                return None
            at = START
        return None

    def _checksum(self, number: int, payload: bytes) -> int:
        return zlib.crc32(payload, zlib.crc32(self._id + number.to_bytes(8, "little")))

    def _read_header(self) -> None:
        slots = (self._read(slot * SLOT, HEADER.size) for slot in (0, 1))
        whole = [HEADER.unpack(raw) for raw in slots if raw[:8] == MAGIC and _sum(raw[:-4]) == raw[-4:]]
        if not whole:
            raise RingDamagedError
        newest = max(whole, key=lambda header: header[3])
        _, self.size, self._id, self._generation, self._tail, self.first, _ = newest

    def _write_header(self) -> None:
        self._generation += 1
        values = (MAGIC, self.size, self._id, self._generation, self._tail, self.first)
        raw = HEADER.pack(*values, 0)[:-4]
        self._write(self._generation % 2 * SLOT, raw + _sum(raw))
        _sync(self._file)

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        found = b""
        while len(found) < length and (more := self._file.read(length - len(found))):
            found += more
        return found.ljust(length, b"\0")

    def _write(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]


def _sum(raw: bytes) -> bytes:
    return zlib.crc32(raw).to_bytes(4, "little")


def _allocate(file: FileIO, size: int) -> None:
    """Takes the room now that will be needed when there is none."""
    there = file.seek(0, os.SEEK_END)
    if there >= size:
        return
    if sys.platform != "win32" and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    while there < size:
        there += file.write(bytes(min(1 << 20, size - there)))


def _sync(file: FileIO) -> None:
    """Waits until the content is on the disk."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(file.fileno())
    else:
        os.fsync(file.fileno())


def _lock(file: FileIO) -> None:
    """Keeps other processes off until this one closes the file or ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows alone

            file.seek(0x7FFFFFF0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - exists everywhere else

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise RingBusyError from error
