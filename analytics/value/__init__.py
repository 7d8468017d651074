"""What members are worth, whether they still are customers, and how much they will buy."""

from .ahead import Counts, coming
from .bgnbd import BgNbd, Histories, expected, fit, posterior_alive
from .lives import Lives, lives
from .rules import ValueRules
from .simple import multiple
from .worth import HORIZON_DAYS, Worth, worth

__all__ = [
    "HORIZON_DAYS",
    "BgNbd",
    "Counts",
    "Histories",
    "Lives",
    "ValueRules",
    "Worth",
    "coming",
    "expected",
    "fit",
    "lives",
    "multiple",
    "posterior_alive",
    "worth",
]
