"""Pictures from cameras and recordings, each with the moment it was taken."""

from .errors import CaptureError
from .live import LiveCamera
from .names import start_in_name
from .recording import Recording, fingerprint, videos_in

__all__ = ["CaptureError", "LiveCamera", "Recording", "fingerprint", "start_in_name", "videos_in"]
