"""How many threads the learning libraries take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps the learning libraries to one thread inside; also a decorator.

    The problems are small: on several threads their fits wait longer than they work, thirty times as long where
    another process has the machine. And with one thread a sum is always added up in the same order.
    """
    import sklearn.utils  # noqa: F401, PLC0415 - heavy; only the threads of what is loaded can be limited
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(1):
        yield
