"""When a recording began, as cameras and recorders write it into file names."""

from __future__ import annotations

import re
from datetime import datetime

# 20260407_100000, 2026-04-07T10-00-00, 2026-04-07 10.00.00, 20260407T100000, 20260407100000, ch01_20260407100000 ...
_STAMP = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)[-_.T ]{0,3}([0-2]\d)[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)(?!\d)"
)


def start_in_name(name: str) -> datetime | None:
    """The time stamp in a file name, in the store's own time (naive); None where there is none.

    >>> start_in_name("door_20260407_100000.mp4")
    datetime.datetime(2026, 4, 7, 10, 0)
    """
    for found in _STAMP.finditer(name):
        try:
            return datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            continue  # digits that look like a date but are none, such as a 31 February
    return None
