"""Who the members are to the store: scores, named segments, clusters, tastes, odd ones, and who moved."""

from .clusters import Clustering, Clusters, clusters
from .density import dbscan
from .habits import FEATURES, history
from .mixture import Mixture, mixture
from .partition import Partition, Tried, adjusted_rand, best, kmeans, silhouette, try_groups
from .ratio import RATIO_GROUPS, with_ratios
from .rfm import NAMED, OTHERS, SCORES, Segment, scored, segments
from .rules import SegmentRules
from .tastes import Tastes, Things, tastes, things
from .whole import QUESTIONS, Customers, customers

__all__ = [
    "FEATURES",
    "NAMED",
    "OTHERS",
    "QUESTIONS",
    "RATIO_GROUPS",
    "SCORES",
    "Clustering",
    "Clusters",
    "Customers",
    "Mixture",
    "Partition",
    "Segment",
    "SegmentRules",
    "Tastes",
    "Things",
    "Tried",
    "adjusted_rand",
    "best",
    "clusters",
    "customers",
    "dbscan",
    "history",
    "kmeans",
    "mixture",
    "scored",
    "segments",
    "silhouette",
    "tastes",
    "things",
    "try_groups",
    "with_ratios",
]
