"""What can go wrong between a model file and its first box."""

from __future__ import annotations


class DetectionError(Exception):
    """A model or a file of recorded detections cannot be used; the message names it and says what to do."""
