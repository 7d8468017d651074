"""Rows that break a rule, in files of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..sources import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


# File systems take names of 255 bytes; a letter is at most four.
MOST_LETTERS = 50


def set_aside(rejects: pd.DataFrame, folder: Path, kind: str, path: Path) -> Path | None:
    """Writes the rejects of a file, whole or not at all; none: removes what an earlier import left.

    Returns:
        Where they are; None where there are none.

    Raises:
        SourceError: The folder refuses.
    """
    # One name for every path, so that a repaired file clears its own rejects and no other's.
    place = hashlib.blake2b(str(path.resolve()).encode(), digest_size=3).hexdigest()
    target = folder / f"{kind}-{path.stem[:MOST_LETTERS]}-{place}.csv"
    try:
        if rejects.empty:
            target.unlink(missing_ok=True)
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        rejects.to_csv(part, index=False)
        part.replace(target)
    except OSError as error:
        raise SourceError(f"{target}: rejected rows cannot be set aside: {error.strerror}") from error
    return target
