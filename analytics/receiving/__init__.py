"""Sales that tills push over HTTP on this machine: taken in, answered for, and left for the next import."""

from __future__ import annotations

from .app import make_app
from .guard import Guard
from .inbox import Inbox, RefusedError, Taken
from .serving import serve

__all__ = ["Guard", "Inbox", "RefusedError", "Taken", "make_app", "serve"]
