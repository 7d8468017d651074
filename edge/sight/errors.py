"""What can go wrong in this room."""


class SightError(Exception):
    """What was kept of a camera's view cannot be read; the message says why."""
