"""A number once more, from the facts: nothing that an earlier night concluded is looked at."""

from .facts import Traced, trace
from .sections import SECTIONS
from .sql import NoQueryError, queries

__all__ = ["SECTIONS", "NoQueryError", "Traced", "queries", "trace"]
