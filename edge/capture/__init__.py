"""Pictures from cameras and recordings, each with the moment it was taken."""

from .ahead import prefetched
from .clock import HostClock
from .errors import CaptureError
from .live import LiveCamera
from .names import start_in_name
from .recording import Recording, fingerprint, videos_in
from .segments import SegmentFolder
from .story import Patience

__all__ = [
    "CaptureError",
    "HostClock",
    "LiveCamera",
    "Patience",
    "Recording",
    "SegmentFolder",
    "fingerprint",
    "prefetched",
    "start_in_name",
    "videos_in",
]
