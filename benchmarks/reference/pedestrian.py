"""Figures of the part ``pedestrian``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .check import Check


def checks(shared: Path) -> Iterator[Check]:
    """Not built yet.

    Args:
        shared: The folder of the reference data.
    """
    del shared
    yield from ()
