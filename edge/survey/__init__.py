"""The set-up check: whether a minute of a camera allows good counting, and what to change.

``Observer`` collects the steps of the loop, ``look`` describes pictures in numbers, ``judge`` gives the verdicts.
Nothing here keeps a picture, opens a file or reads a clock.
"""

from .findings import Finding, Verdict, worst
from .judging import judge
from .paths import Observed, Observer
from .picture import Look, look

__all__ = ["Finding", "Look", "Observed", "Observer", "Verdict", "judge", "look", "worst"]
