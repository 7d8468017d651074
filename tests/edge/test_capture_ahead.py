"""Decoding ahead in a thread: the same items in the same order, the same errors, and an end."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.capture import Recording, prefetched

from .clips import write_clip

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

TEN = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "decoding ahead"]


def test_a_recording_decoded_ahead_gives_the_same_pictures(tmp_path: Path) -> None:
    recording = Recording(write_clip(tmp_path / "a.mp4"))
    plain = list(recording.frames(TEN, 10))
    ahead = list(prefetched(recording.frames(TEN, 10), 3))
    assert [(f.at, f.number) for f in ahead] == [(f.at, f.number) for f in plain]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(ahead, plain, strict=True))
    assert threads() == []


def test_no_more_than_the_depth_is_made_ahead() -> None:
    made = []

    def numbers() -> Generator[int]:
        for n in range(100):
            made.append(n)
            yield n

    with closing(prefetched(numbers(), 3)) as stream:
        assert next(stream) == 0
        time.sleep(0.2)
        assert len(made) <= 1 + 3 + 1  # given, waiting, in the thread's hands
    assert threads() == []


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def failing() -> Generator[int]:
        yield from (1, 2, 3)
        raise OSError("torn")

    stream = prefetched(failing(), 8)
    assert [next(stream) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(OSError, match="torn"):
        next(stream)
    assert threads() == []


def test_leaving_early_closes_the_generator_and_ends_the_thread() -> None:
    closed_in = []

    def endless() -> Generator[int]:
        try:
            while True:
                yield 1
        finally:
            closed_in.append(threading.current_thread().name)

    with closing(prefetched(endless(), 2)) as stream:
        next(stream)
    assert closed_in == ["decoding ahead"]
    assert threads() == []
