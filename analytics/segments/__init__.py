"""Who the members are to the store: scores, named segments, clusters, and who moved."""

from .rfm import NAMED, OTHERS, SCORES, Segment, scored, segments
from .rules import SegmentRules

__all__ = ["NAMED", "OTHERS", "SCORES", "Segment", "SegmentRules", "scored", "segments"]
