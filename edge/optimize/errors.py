"""What can go wrong while a model is made faster."""

from __future__ import annotations

from ..detection import DetectionError


class OptimizeError(DetectionError):
    """No faster model could be made, or none that finds the same people; the message says why, the original stays.

    A kind of ``DetectionError``, so that who only reports errors need not import this room.
    """
