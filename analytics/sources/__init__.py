"""Where data come in: the facts of the edge, and the shop's own files. Everything leaves as a checked frame."""

from __future__ import annotations

from .columns import Shop, Sifted, Source, sift
from .errors import FactsError, SourceError
from .footfall import Facts, Store, open_facts
from .members import MEMBER_FILE
from .pos import LINE_FILE, RECEIPT_FILE, match_totals
from .products import PRODUCT_FILE
from .rfid import READ_FILE
from .tabular import content_hash, read

# In the order in which they are imported: lines are held against receipts.
SOURCES: dict[str, Source] = {s.kind: s for s in (PRODUCT_FILE, MEMBER_FILE, RECEIPT_FILE, LINE_FILE, READ_FILE)}

__all__ = [
    "SOURCES",
    "Facts",
    "FactsError",
    "Shop",
    "Sifted",
    "Source",
    "SourceError",
    "Store",
    "column_table",
    "content_hash",
    "match_totals",
    "open_facts",
    "read",
    "sift",
]


def column_table(source: Source) -> str:
    """The columns of a file as a Markdown table: what the README shows."""
    rows = [f"| `{f.name}` | {'no' if f.optional else 'yes'} | {f.meaning} |" for f in source.fields]
    return "\n".join(["| column | needed | what |", "|---|---|---|", *rows])
