"""What can go wrong between a camera or file and its first picture."""

from __future__ import annotations


class CaptureError(Exception):
    """A source gives no pictures; the message names it and the reason."""
