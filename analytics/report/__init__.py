"""Results become a page that a person can read, in English or Chinese, and tables for everything else."""

from .data import Inside, Rejects, ReportData
from .exports import csv_text, export_tables, parquet_bytes, workbook
from .language import LANGUAGES
from .periods import DAY, KINDS, MONTH, SPAN, WEEK, Past, ReportRules, ended, pasts, period_of, within
from .rendering import brief, made, render, subject
from .topics import AHEAD, READS

__all__ = [
    "AHEAD",
    "DAY",
    "KINDS",
    "LANGUAGES",
    "MONTH",
    "READS",
    "SPAN",
    "WEEK",
    "Inside",
    "Past",
    "Rejects",
    "ReportData",
    "ReportRules",
    "brief",
    "csv_text",
    "ended",
    "export_tables",
    "made",
    "parquet_bytes",
    "pasts",
    "period_of",
    "render",
    "subject",
    "within",
    "workbook",
]
