"""Proving the counts: a person counts windows of a recording, and both counts are compared.

``page`` is not imported here: it needs flask, which only someone who counts on the page needs.
"""

from .clip import ClipFolder, Scene
from .errors import AuditError
from .facts import Ran, crossings_of, runs_of, watched_by
from .ledger import Ledger, Presses, Sheet, usable
from .plan import LEAD, Candidate, Span, band_name, band_of, common, covering, in_hours, in_order, whole_windows
from .report import as_data, directions_of, table

__all__ = [
    "LEAD",
    "AuditError",
    "Candidate",
    "ClipFolder",
    "Ledger",
    "Presses",
    "Ran",
    "Scene",
    "Sheet",
    "Span",
    "as_data",
    "band_name",
    "band_of",
    "common",
    "covering",
    "crossings_of",
    "directions_of",
    "in_hours",
    "in_order",
    "runs_of",
    "table",
    "usable",
    "watched_by",
    "whole_windows",
]
