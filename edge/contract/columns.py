"""How values are stored: times as whole UTC milliseconds, and the one register of the edge's tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
HOUR_MS = 3_600_000
MINUTE_MS = 60_000

metadata = MetaData()


def to_ms(time: datetime) -> int:
    """Whole UTC milliseconds since 1970, rounded down.

    Raises:
        ValueError: The time is naive: it would be read as another moment elsewhere.
    """
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone")
    return (time - EPOCH) // MILLISECOND


def from_ms(ms: int) -> datetime:
    """The moment of whole UTC milliseconds since 1970."""
    return EPOCH + ms * MILLISECOND


class UtcMs(TypeDecorator[datetime]):
    """Aware datetimes as integer UTC milliseconds.

    SQLAlchemy's ``DateTime(timezone=True)`` silently drops the offset on SQLite, so it is not used.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuses a naive time."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Gives the time back in UTC."""
        return None if value is None else from_ms(int(value))
