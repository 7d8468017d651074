"""Results become one page that a person can read: ``render`` for the browser and the printer, ``csvs`` for the rest."""

from .data import Inside, Rejects, ReportData
from .rendering import csvs, render

__all__ = ["Inside", "Rejects", "ReportData", "csvs", "render"]
