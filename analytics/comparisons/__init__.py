"""Is it different, or is it chance: comparisons with their statistics, in words and numbers."""

from __future__ import annotations

from .before_after import BASELINE_WEEKS, Change, before_after
from .finding import ALPHA, LEAST_N, Finding, Group, Interval, corrected
from .levels import Days, level
from .measures import MEASURES, values
from .overview import findings_frame, overview
from .samples import anova, correlation, kruskal, mann_whitney, paired, tukey, welch
from .shares import Shares, shares
from .words import effect_words, name_of_test, question, sentence

__all__ = [
    "ALPHA",
    "BASELINE_WEEKS",
    "LEAST_N",
    "MEASURES",
    "Change",
    "Days",
    "Finding",
    "Group",
    "Interval",
    "Shares",
    "anova",
    "before_after",
    "corrected",
    "correlation",
    "effect_words",
    "findings_frame",
    "kruskal",
    "level",
    "mann_whitney",
    "name_of_test",
    "overview",
    "paired",
    "question",
    "sentence",
    "shares",
    "tukey",
    "values",
    "welch",
]
