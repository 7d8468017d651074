"""Sales files into the database: found, read, sifted, rejects set aside, the rest stored, each file logged."""

from __future__ import annotations

from .finding import sort_inbox, unsettled
from .importing import FileOutcome, import_all, import_file
from .rules import ImportRules

__all__ = ["FileOutcome", "ImportRules", "import_all", "import_file", "sort_inbox", "unsettled"]
