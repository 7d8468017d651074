"""Watermarks: up to where a database was read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import cast

from .errors import SourceError

Mark = int | str | datetime | date

# Clocks of shops' databases may stand in any zone, and naive times do not say in which.
AHEAD = timedelta(days=1)


def kind_of(mark: object) -> str:
    """What a watermark is, for people.

    Raises:
        SourceError: It is nothing that can be one.
    """
    match mark:
        case bool():
            pass
        case int():
            return "a whole number"
        case str():
            return "text"
        case datetime():
            return "a time without an offset" if mark.tzinfo is None else "a time with an offset"
        case date():
            return "a day"
    raise SourceError(f"{mark!r} can be no watermark: it must be a time, a day, text or a whole number")


def encode(mark: Mark) -> str:
    """As text that says what it is."""
    kind = kind_of(mark)
    return json.dumps({kind: mark if isinstance(mark, (int, str)) else mark.isoformat()}, ensure_ascii=False)


def decode(text: str) -> Mark:
    """What ``encode`` wrote."""
    ((kind, value),) = json.loads(text).items()
    if kind == "a day":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind.startswith("a time") else cast("Mark", value)


def earlier(mark: Mark, overlap: float) -> Mark:
    """A watermark a little before: seconds where it is a time, days rounded up for a day, units of a whole number.

    Text must be an ISO 8601 time, and comes back as it was written.

    Raises:
        SourceError: Text is no time, so that nothing is known that comes before it.
    """
    if not overlap:
        return mark
    match mark:
        case datetime():
            return mark - timedelta(seconds=overlap)
        case date():
            return mark - timedelta(days=-int(-overlap // 86_400))
        case int():
            return mark - int(overlap)
        case str():
            return _like(_moment(mark) - timedelta(seconds=overlap), mark)


def is_ahead(mark: Mark, now: datetime) -> bool:
    """Whether it is a time that has not come yet, by more than clocks and time zones differ.

    Args:
        mark: Any.
        now: Aware.
    """
    limit = now.astimezone(UTC).replace(tzinfo=None) + AHEAD
    match mark:
        case datetime():
            found = mark
        case date():
            return mark > limit.date()
        case str():
            try:
                found = _moment(mark)
            except SourceError:
                return False
        case _:
            return False
    return (found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)) > limit


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SourceError(f"{text!r} is no time in ISO 8601, so overlap must be 0") from None


def _like(moment: datetime, model: str) -> str:
    """A time as text in the shape of another: what a database compares letter by letter."""
    if len(model) <= len("2026-03-01"):
        return moment.date().isoformat()
    decimals = len(model.partition(".")[2].rstrip("Zz").split("+")[0].split("-")[0])
    text = moment.replace(tzinfo=None).isoformat(model[10], "microseconds")
    text = text[: len("2026-03-01T10:00:00")] if not decimals else text[: len("2026-03-01T10:00:00.") + decimals]
    zone = model[len("2026-03-01T10:00:00") :].lstrip(".0123456789")
    return text + zone
