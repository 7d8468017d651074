"""Up to where each query has read its database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from .engine import now_ms
from .tables import import_watermark

if TYPE_CHECKING:
    from .store import Results


def watermark(results: Results, query: str) -> str | None:
    """The watermark of a query as it was kept; None before the first."""
    statement = select(import_watermark.c.mark).where(import_watermark.c.query == query)
    with results.reading() as connection:
        return connection.execute(statement).scalar_one_or_none()


def keep_watermark(results: Results, query: str, mark: str) -> None:
    """Records up to where a query has read: only once its rows are safe."""
    with results.writing() as connection:
        connection.execute(import_watermark.delete().where(import_watermark.c.query == query))
        connection.execute(import_watermark.insert().values(query=query, mark=mark, moved_ms=now_ms()))
