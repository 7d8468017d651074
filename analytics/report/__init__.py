"""Results become one page that a person can read: ``render`` for the browser and the printer, ``csvs`` for the rest."""

from .data import Rejects, ReportData
from .rendering import csvs, render

__all__ = ["Rejects", "ReportData", "csvs", "render"]
