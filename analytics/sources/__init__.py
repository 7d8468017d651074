"""Where data come in: the facts of the edge, and the shop's own files. Everything leaves as a checked frame."""

from __future__ import annotations

from .columns import Shop, Sifted, Source
from .connecting import Query
from .database import ask
from .errors import FactsError, SourceError
from .footfall import Facts, Store, open_facts
from .healing import may_heal
from .layout import PLAIN, Layout, layout_of
from .marks import decode as decode_mark
from .marks import encode as encode_mark
from .members import MEMBER_FILE, SWIPE_FILE
from .parts import in_own_currency, match_receipts, match_totals
from .pos import LINE_FILE, PAYMENT_FILE, RECEIPT_FILE, TILL_DAY_FILE
from .products import PRODUCT_FILE
from .pushed import gather
from .raw import Raw
from .rfid import READ_FILE
from .sifting import needed, sift
from .store_days import ROTA_FILE, WEATHER_FILE
from .tabular import content_hash, headers_of, looks, read, size_of

# In the order in which they are imported: lines and payments are held against receipts.
SOURCES: dict[str, Source] = {
    s.kind: s
    for s in (
        PRODUCT_FILE,
        MEMBER_FILE,
        RECEIPT_FILE,
        LINE_FILE,
        PAYMENT_FILE,
        TILL_DAY_FILE,
        READ_FILE,
        SWIPE_FILE,
        ROTA_FILE,
        WEATHER_FILE,
    )
}

__all__ = [
    "PLAIN",
    "SOURCES",
    "Facts",
    "FactsError",
    "Layout",
    "Query",
    "Raw",
    "Shop",
    "Sifted",
    "Source",
    "SourceError",
    "Store",
    "ask",
    "column_table",
    "content_hash",
    "decode_mark",
    "encode_mark",
    "gather",
    "headers_of",
    "in_own_currency",
    "layout_of",
    "looks",
    "match_receipts",
    "match_totals",
    "may_heal",
    "needed",
    "open_facts",
    "read",
    "sift",
    "size_of",
]


def column_table(source: Source) -> str:
    """The columns of a file as a Markdown table: what the README shows."""
    rows = [f"| `{f.name}` | {'no' if f.optional else 'yes'} | {f.meaning} |" for f in source.fields]
    return "\n".join(["| column | needed | what |", "|---|---|---|", *rows])
