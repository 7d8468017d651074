"""The fixture world: what was planted is found again, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import world_anomalies, world_baskets, world_promotion, world_segments
from .fixture_world import world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .check import Check


def checks(shared: Path) -> Iterator[Check]:
    """Segments, rules, the promotion, outages, anomalies.

    Args:
        shared: Not needed: the world is the project's own.
    """
    del shared
    made = world()
    for part in (world_segments, world_baskets, world_promotion, world_anomalies):
        yield from part.checks(made)
