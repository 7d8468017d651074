"""Turning paths into facts: line crossings and zone stays. Knows boxes, ids and times, nothing else.

Only positions at which a person was really seen count; a coasting guess never crosses a line or leaves a zone.
"""

from .lines import END_TOLERANCE, LineCounter
from .moment import Moment, anchor_point
from .zones import ZoneClock

__all__ = ["END_TOLERANCE", "LineCounter", "Moment", "ZoneClock", "anchor_point"]
