"""What the commands say to people: results on standard output, everything else on standard error."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from pathlib import Path

PIPED_WIDTH = 160


@dataclass(frozen=True, slots=True)
class Output:
    """The two streams.

    Attributes:
        results: Standard output.
        notes: Standard error: progress, warnings, errors.
    """

    results: Console
    notes: Console

    @classmethod
    def for_terminal(cls) -> Output:
        """As wide as the terminal; wide enough for paths where there is none."""
        width = None if sys.stdout.isatty() else PIPED_WIDTH
        # No emoji: rich would make a picture of the line number in "boxes.csv:100: ...".
        notes = Console(stderr=True, highlight=False, emoji=False)
        return cls(Console(width=width, highlight=False, emoji=False), notes)

    def problem(self, text: str) -> None:
        """Says what went wrong, each problem on one line."""
        self.notes.print(text, markup=False, soft_wrap=True)


class _NotesHandler(logging.Handler):
    """Writes log lines above a progress bar instead of through it."""

    def __init__(self, notes: Console) -> None:
        super().__init__()
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        self._notes.print(self.format(record), markup=False, soft_wrap=True)


def set_up_logging(output: Output, *, verbose: bool) -> None:
    """Sends what the edge logs to standard error."""
    logger = logging.getLogger("edge")
    for old in [h for h in logger.handlers if isinstance(h, _NotesHandler)]:
        logger.removeHandler(old)
    handler = _NotesHandler(output.notes)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)


def log_to_file(path: Path, size_mb: int, kept: int) -> None:
    """Sends the same lines to a file as well, with the date; turned over when it is full.

    Args:
        path: The file.
        size_mb: Size at which it is turned over.
        kept: How many full ones are kept.

    Raises:
        OSError: It cannot be opened.
    """
    handler = RotatingFileHandler(path, maxBytes=size_mb * 1_000_000, backupCount=kept, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("edge").addHandler(handler)
