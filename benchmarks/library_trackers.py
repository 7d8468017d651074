"""Library trackers behind one face: the boxes of one frame in, numbered boxes out.

From the ``trackers`` package all that need no pictures, and from ultralytics its own tracker classes with its own
settings files. None is given pictures: camera motion compensation and appearance are off, as recorded detections have
no pixels and the cameras stand still.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import supervision
import trackers

from edge.detection.export import private_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge.events import Detections

# Numbers (M,) of the tracks seen in this frame, and their boxes (M, 4), left, top, right, bottom in pixels.
Seen = tuple["NDArray[np.int64]", "NDArray[np.float64]"]

CLASSES: dict[str, type[Any]] = {
    "ByteTrack": trackers.ByteTrackTracker,
    "SORT": trackers.SORTTracker,
    "OC-SORT": trackers.OCSORTTracker,
    "BoT-SORT": trackers.BoTSORTTracker,
    "C-BIoU": trackers.CBIoUTracker,
}
ALWAYS: dict[str, dict[str, Any]] = {"BoT-SORT": {"enable_cmc": False}}
# The default thresholds, 0.6 to 0.7 in most, drop small and half hidden people; these keep them.
LOW_START: dict[str, dict[str, Any]] = {
    "ByteTrack": {"track_activation_threshold": 0.25, "high_conf_det_threshold": 0.25},
    "SORT": {"track_activation_threshold": 0.1},
    "OC-SORT": {"high_conf_det_threshold": 0.25},
    "BoT-SORT": {"track_activation_threshold": 0.25, "high_conf_det_threshold": 0.25},
    "C-BIoU": {"track_activation_threshold": 0.25, "high_conf_det_threshold": 0.25},
}
# Settings files of ultralytics' trackers that run without features from a network.
ULTRALYTICS = ("tracktrack", "botsort", "bytetrack", "ocsort", "fasttrack")
ULTRALYTICS_LOW_START = {"track_high_thresh": 0.25, "track_low_thresh": 0.1, "new_track_thresh": 0.25}


def package_tracker(name: str, fps: float, **settings: Any) -> Callable[[Detections], Seen]:
    """A tracker of the ``trackers`` package.

    Args:
        name: A key of ``CLASSES``.
        fps: Frames a second that it will be given.
        settings: Instead of its defaults.
    """
    tracker = CLASSES[name](frame_rate=fps, **ALWAYS.get(name, {}), **settings)

    def follow(detections: Detections) -> Seen:
        given = supervision.Detections(xyxy=detections.xyxy, confidence=detections.score)
        found = tracker.update(given)
        # -1 marks boxes that belong to no confirmed track.
        known = found.tracker_id >= 0
        return found.tracker_id[known].astype(np.int64), found.xyxy[known].astype(np.float64).reshape(-1, 4)

    return follow


def ultralytics_tracker(name: str, **settings: Any) -> Callable[[Detections], Seen]:
    """A tracker of ultralytics.

    Args:
        name: One of ``ULTRALYTICS``.
        settings: Instead of those in its own file.
    """
    os.environ.update(private_environment())
    from ultralytics.engine.results import Boxes
    from ultralytics.trackers.track import TRACKER_MAP
    from ultralytics.utils import YAML, IterableSimpleNamespace
    from ultralytics.utils.checks import check_yaml

    chosen = YAML.load(check_yaml(f"{name}.yaml")) | {"gmc_method": "none", "device": "cpu"} | settings
    tracker = TRACKER_MAP[chosen["tracker_type"]](args=IterableSimpleNamespace(**chosen))

    def follow(detections: Detections) -> Seen:
        kind = np.zeros((len(detections), 1), np.float32)
        rows = np.hstack([detections.xyxy, detections.score[:, None], kind])
        found = np.asarray(tracker.update(Boxes(rows, (1, 1))), dtype=np.float64).reshape(-1, 8)
        return found[:, 4].astype(np.int64), found[:, :4]

    return follow
