"""How people are followed, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerRules:
    """How people are followed. Lengths are in body heights (the height of the person's box), times in seconds.

    Attributes:
        start_score: A detection at least this sure may start a track; a weaker one only continues one.
        confirm_hits: Matched detections before a track is believed.
        confirm_s: ... and the time they must span at least.
        confirm_share: ... in at least this share of the frames since the first.
        lost_s: A walking person unseen for longer is given up.
        lost_still_s: The same for someone who stood still; they rarely move while hidden.
        still_speed: Slower than this, in body heights a second, is standing still.
        reach: How far from the expected place a detection may lie.
        reach_per_s: ... and how much further for every second unseen.
        recent_s: Someone who walks and was seen at most so long ago is being followed: weak detections continue only
            those, and those come first when detections are shared out.
        twin_s: Two tracks that are in the same place for so long are one person.
        double_share: A detection with this share of its area inside a followed person's box is that person again.
        apart_share: Nobody new is believed while their box and a believed person's share more than this of the smaller.
    """

    start_score: float = 0.25
    confirm_hits: int = 3
    confirm_s: float = 0.19
    confirm_share: float = 0.5
    lost_s: float = 2.5
    lost_still_s: float = 4.0
    still_speed: float = 0.25
    reach: float = 0.3
    reach_per_s: float = 0.3
    recent_s: float = 0.3
    twin_s: float = 0.5
    double_share: float = 0.7
    apart_share: float = 0.5
