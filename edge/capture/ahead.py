"""Decoding ahead: the next pictures are made while the present one is looked at."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

_T = TypeVar("_T")
DRAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class _End:
    """No more items: because there are none, or because of an error."""

    error: BaseException | None


def prefetched(frames: Generator[_T], depth: int) -> Generator[_T]:
    """Runs a generator in a thread of its own, up to ``depth`` items ahead; the items and their order stay the same.

    Args:
        frames: What to run; from now on it belongs to the thread, which closes it.
        depth: Items that may wait, at least 1.

    Yields:
        Its items.

    Raises:
        Exception: Whatever the generator raises, after the items that came before.
    """
    waiting: queue.Queue[_T | _End] = queue.Queue(max(1, depth))
    closed = threading.Event()

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in frames:
                waiting.put(item)
                if closed.is_set():
                    break
            frames.close()
        except BaseException as raised:  # noqa: BLE001 - raised again where the items are taken
            error = raised
        waiting.put(_End(error))

    thread = threading.Thread(target=work, name="decoding ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        closed.set()
        while thread.is_alive():
            while not waiting.empty():
                waiting.get_nowait()
            thread.join(DRAIN_S)
