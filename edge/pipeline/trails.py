"""Sampling where people stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..counting import Moment, anchor_point
from ..events import Track, Trail
from ..geometry import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..scene import Camera


class TrailSampler:
    """Samples where people stand, at most ``hz`` times a second each, on the clock and not on frame counts.

    Args:
        camera: For its floor.
        hz: Samples a second; 0 for none.
    """

    def __init__(self, camera: Camera, hz: float) -> None:
        self._camera = camera
        self._every = timedelta(seconds=1 / hz) if hz > 0 else None
        self._next: dict[int, tuple[datetime, int]] = {}

    def update(self, tracks: list[Track], moment: Moment) -> Iterator[Trail]:
        """Takes everyone followed in one frame; yields the samples that are due."""
        if self._every is None:
            return
        for track in tracks:
            if not (track.confirmed and track.seen):
                continue
            due, number = self._next.get(track.id, (moment.at, 0))
            if moment.at < due:
                continue
            # The rhythm starts with the track and is kept, so that the rate does not drift with the frame rate.
            while due <= moment.at:
                due += self._every
            self._next[track.id] = due, number + 1
            foot = anchor_point(track, "foot")
            x, y = min(max(foot.x / moment.width, 0.0), 1.0), min(max(foot.y / moment.height, 0.0), 1.0)
            floor = self._camera.floor.to_floor(Point(x, y)) if self._camera.floor else None
            yield Trail(
                track.id,
                number,
                moment.at,
                round(x, 4),
                round(y, 4),
                round(floor.x, 2) if floor else None,
                round(floor.y, 2) if floor else None,
            )
        alive = {track.id for track in tracks}
        for track_id in [i for i in self._next if i not in alive]:
            del self._next[track_id]
