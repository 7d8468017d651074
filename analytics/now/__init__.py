"""The running hour: sums over windows of streamed events, held against what was expected by now.

``Windows`` adds up events as they come, out of order and late; ``reading`` says whether a number fits its forecast.
"""

from .reading import Expected, Reading, expected_at, reading
from .stream import KINDS, Stream, Tally
from .windows import Window, Windows

__all__ = ["KINDS", "Expected", "Reading", "Stream", "Tally", "Window", "Windows", "expected_at", "reading"]
