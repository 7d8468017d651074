"""Following people from frame to frame.

Association is by likelihood under each person's own motion, within a reach in body heights, not by overlap: at 5 frames
a second a walking person moves more than a body width between frames, and overlap is lost. Motion is kept in seconds,
so the same settings serve every frame rate. Detections come in two grades, after the idea of ByteTrack (Zhang et al.
2022): confident ones may start a track, weak ones only continue one.
"""

from .rules import TrackerRules
from .tracker import Tracker

__all__ = ["Tracker", "TrackerRules"]
