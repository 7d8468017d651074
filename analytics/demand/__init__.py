"""What products will sell and what members will buy."""

from .goods import members_of, products_of
from .outcome import Outcome, outcome
from .panel import Panel, panel
from .rules import DemandRules
from .trial import BASELINES, Draft, Trial, held, interval, reach, span

__all__ = [
    "BASELINES",
    "DemandRules",
    "Draft",
    "Outcome",
    "Panel",
    "Trial",
    "held",
    "interval",
    "members_of",
    "outcome",
    "panel",
    "products_of",
    "reach",
    "span",
]
