"""Settings of the loop that can change a fact."""

from __future__ import annotations

from dataclasses import dataclass

# Raised whenever tracking or counting may give other facts for the same pictures: it is part of every run's settings
# hash, so that a replay with new code replaces the facts of the old code.
ALGORITHM = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the loop that can change a fact.

    Attributes:
        start_score: A person must be detected at least this surely to be followed; weaker boxes only continue a track.
        trail_hz: Samples a second of each person's position; 0 for none.
        entry_hold_s: A crossing is ``held`` when the person stays on the new side this long.
        watch_s: Length of a watch period.
        fixed_after_s: What stands in one place for so long without ever moving is a mannequin, a poster or a mirror; 0
            for never.
        least_fps: Below this many pictures a second the camera is watched as ``slow``; 0 for never.
    """

    start_score: float = 0.25
    trail_hz: float = 1.0
    entry_hold_s: float = 2.0
    watch_s: float = 60.0
    fixed_after_s: float = 1800.0
    least_fps: float = 0.0
