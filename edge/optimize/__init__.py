"""Making a model faster for one store's cameras, and finding out whether it still finds the same people."""

from .agreement import BoxAgreement, CountAgreement
from .comparing import Comparison, Cost, compare
from .errors import OptimizeError
from .footage import Examples, Footage, choose
from .making import Original, keep, make, workshop
from .resizing import input_size, is_int8, resized

__all__ = [
    "BoxAgreement",
    "Comparison",
    "Cost",
    "CountAgreement",
    "Examples",
    "Footage",
    "OptimizeError",
    "Original",
    "choose",
    "compare",
    "input_size",
    "is_int8",
    "keep",
    "make",
    "resized",
    "workshop",
]
