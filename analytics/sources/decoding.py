"""Bytes of a text file into text: which encoding it is in, and how sure that is."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from .errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

# Enough to judge by, and judged in milliseconds.
SAMPLE_BYTES = 65_536
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What people rename to .csv, by its first bytes.
_NO_TEXT = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "packed with gzip",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}
UTF8_BY_CHANCE = 0.2
COMMON_SHARE = 0.9
_HIGH = re.compile(rb"[\x80-\xff]+")
# Signs and the 3,755 commonest characters of GB 2312.
_COMMON = re.compile(rb"(?:[\xa1-\xa9\xb0-\xd7][\xa1-\xfe])+")


def decode(data: bytes, path: Path, encoding: str = "") -> tuple[str, str]:
    """The text of a file, and what is worth saying about its encoding (empty: plain UTF-8).

    UTF-8 proves itself. Without it GB18030 and Latin-1 are tried strictly; where both would do, the likelier is taken
    by the letters that would come out, and said.

    Args:
        data: The bytes.
        path: What to call the file in messages.
        encoding: As the settings state it; empty: detected.

    Raises:
        SourceError: Empty, in no known encoding, or in two; names the line.
    """
    for begin, what in _NO_TEXT.items():
        if data.startswith(begin):
            raise SourceError(f"{path}: is {what}, not text, whatever its name says: export it as CSV")
    text, note = _stated(data, path, encoding) if encoding else _detected(data, path)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceError(f"{path}: line {line}: holds a zero byte: no text file")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise SourceError(f"{path}: the file is empty: it needs at least a header row")
    return text, note


def whole_lines(data: bytes) -> bytes:
    """The begin of a file up to its last line end, so that no letter is cut in two."""
    if data.startswith(_UTF_16):
        end = "\n".encode("utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be")
        found = data.rfind(end) + 2
        return data[: found - found % 2] if found > 1 else data[: len(data) - len(data) % 2]
    return data[: data.rfind(b"\n") + 1] or data


def _stated(data: bytes, path: Path, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), f"read as {encoding}, as stated"
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: {_place(data, error.start)} is not {encoding}, which the settings state") from error


def _place(data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    byte = at - data.rfind(b"\n", 0, at)
    return f"line {line}: byte {byte} (0x{data[at]:02X})"


def _detected(data: bytes, path: Path) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "has a byte order mark" if data.startswith(b"\xef\xbb\xbf") else ""
    except UnicodeDecodeError as error:
        first = error.start
    place = _place(data, first)
    if data.startswith(_UTF_16):
        try:
            return data.decode("utf-16"), "read as UTF-16, of which it has the mark"
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{path}: {_place(data, error.start)} is not UTF-16, of which the file has the mark"
            ) from error
    if data.startswith(b"\xef\xbb\xbf"):
        raise SourceError(f"{path}: {place} is not UTF-8, of which the file has the mark; save the file as UTF-8")
    texts = {name: text for name in ("gb18030", "cp1252") if (text := _tried(data, name)) is not None}
    if not texts:
        raise SourceError(f"{path}: {place} is neither UTF-8, GB18030 nor Latin-1; save the file as UTF-8")
    likely = _likelier(data) if len(texts) == 2 else next(iter(texts))
    _refuse_two(data, path, likely, place)
    words = {"gb18030": "GB18030", "cp1252": "Latin-1 (Windows-1252)"}
    other = next((words[name] for name in texts if name != likely), "")
    sure = f"{other} would do, too, but is less likely: state encoding" if other else "no other known encoding fits"
    return texts[likely], f"read as {words[likely]}: {sure}"


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    # GB18030 gives a meaning to almost every pair of bytes: private and unassigned ones are no text.
    return None if any("\ue000" <= letter <= "\uf8ff" for letter in set(text)) else text


def _likelier(data: bytes) -> str:
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:SAMPLE_BYTES]
    telling = telling[: telling.rfind(b"\n")] if len(telling) == SAMPLE_BYTES else telling
    runs = _HIGH.findall(telling)
    # Umlauts and accents mostly stand alone between plain letters, Chinese characters are pairs: one word shows it.
    if 2 * sum(len(run) == 1 for run in runs) >= len(runs):
        return "cp1252"
    if sum(_COMMON.fullmatch(run) is not None for run in runs) > COMMON_SHARE * len(runs):
        return "gb18030"
    best = from_bytes(telling, cp_isolation=["gb18030", "cp1252"]).best()
    return best.encoding if best is not None else "cp1252"


def _refuse_two(data: bytes, path: Path, likely: str, place: str) -> None:
    """Lines that are UTF-8 among lines that are not: two exports in one file.

    Two bytes of GB18030 may look like UTF-8 by chance, so few such lines prove nothing there.
    """
    told = [(n, _tried(line, "utf-8") is not None) for n, line in enumerate(data.split(b"\n"), 1) if not line.isascii()]
    right = [n for n, good in told if good]
    if right and not (likely == "gb18030" and len(right) < UTF8_BY_CHANCE * len(told)):
        raise SourceError(f"{path}: {place} is not UTF-8, line {right[0]} is: two encodings in one file")
