"""Figures of the part ``pedestrian_time``: how long ours takes beside the best model that was measured elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from analytics.forecast.models import mean_of_three

from .check import Check, at_most
from .pedestrian import BEST, ORIGINS, PEER, each, mase, streets
from .pedestrian_peer import peer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def checks(shared: Path) -> Iterator[Check]:
    """The peer, rebuilt from a line of description: how near it comes is said, and its time is held against ours.

    Args:
        shared: The folder of the reference data.
    """
    sensors = streets(shared)
    began = time.process_time()
    each(sensors, mean_of_three, ORIGINS)
    ours_s = time.process_time() - began
    began = time.process_time()
    said = {name: [peer(name, one.grid, ORIGINS) for one in sensors] for name in ("ridge", "trees")}
    peer_s = time.process_time() - began
    said["mean"] = [(one + other) / 2.0 for one, other in zip(said["ridge"], said["trees"], strict=True)]
    for name, aims in PEER.items():
        for step, aim, reached in zip(BEST, aims, mase(sensors, said[name]), strict=True):
            what = f"pedestrian: peer rebuilt, {name}, MASE({step})"
            yield Check(what, f"{aim:.4f}", f"{reached:.4f}", f"said: {reached / aim - 1.0:+.1%}", ok=True)
    yield at_most(f"pedestrian: CPU time, ours ({ours_s:.0f} s) by the peer's ({peer_s:.0f} s)", 1.0, ours_s / peer_s)
