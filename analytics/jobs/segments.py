"""The job ``segments``: members by what they buy, how often and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import segments
from ..frames import MEMBERS, RECEIPTS, SEGMENTS
from .context import Done, Part

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_segments(context: Context, window: Window) -> Done:
    """Members by how recently, how often and for how much they bought, as at the end of the window."""
    receipts = context.results.read(RECEIPTS, None, window.until)
    members = context.results.read(MEMBERS)
    found = segments.segments(receipts, members, window.last, context.time)
    return Done((Part(SEGMENTS, found),))
