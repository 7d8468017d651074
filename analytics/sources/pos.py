"""What the tills sold: receipts, and the lines on them."""

from __future__ import annotations

import pandas as pd

from .. import money
from ..frames import KINDS, LINES, RECEIPTS
from .columns import REJECT_COLUMNS, Field, Rule, Sifted, Source

_RETURN_ONLY = "only a return names the receipt that it returns"

RECEIPT_FILE = Source(
    "receipts",
    RECEIPTS,
    (
        Field("receipt_id", "text", "names the receipt, unique in the store"),
        Field("till_id", "text", "names the till"),
        Field("sold_at", "time", "ISO 8601; without an offset in the store's time"),
        Field("kind", "text", "sale, return, void or training; it carries the sign", allowed=KINDS),
        Field("total", "money", "paid in major units, such as 12.90; never negative"),
        Field("currency", "text", "ISO 4217; the store's own"),
        Field("member_id", "text", "the member card shown", optional=True),
        Field("return_of", "text", "on a return: the receipt returned", optional=True),
    ),
    (
        Rule("currency", "no currency has this code", lambda f, _: ~f["currency"].isin(list(money.DECIMALS))),
        Rule("currency", "must be the store's own currency", lambda f, shop: f["currency"] != shop.currency),
        Rule("return_of", _RETURN_ONLY, lambda f, _: f["return_of"].notna() & (f["kind"] != "return")),
        Rule(
            "return_of",
            "a receipt cannot return itself",
            lambda f, _: f["return_of"] == f["receipt_id"],
        ),
    ),
)

LINE_FILE = Source(
    "receipt_lines",
    LINES,
    (
        Field("receipt_id", "text", "the receipt"),
        Field("line_no", "whole", "number of the line on the receipt"),
        Field("product_id", "text", "what was sold"),
        Field("quantity", "whole", "units, at least 1", least=1),
        Field("unit_price", "money", "major units"),
        Field("discount", "money", "off the whole line, major units"),
        Field("line_total", "money", "quantity x unit_price - discount"),
    ),
    (
        Rule(
            "line_total",
            "must be quantity x unit_price - discount",
            lambda f, _: f["quantity"] * f["unit_price_minor"] - f["discount_minor"] != f["line_total_minor"],
        ),
    ),
)


def match_totals(lines: Sifted, receipts: pd.DataFrame) -> Sifted:
    """Holds the lines of every receipt together against the receipt.

    The receipt says what was paid, so it stays; its lines are refused as a whole when they do not add up to it or when
    one of them was refused: a receipt cut in half would sell too few units.

    Args:
        lines: The sifted lines of one file.
        receipts: ``receipt_id`` and ``total_minor`` of the receipts already known.
    """
    frame = lines.frame
    totals = receipts.set_index("receipt_id")["total_minor"]
    paid = frame["receipt_id"].map(totals)
    summed = frame.groupby("receipt_id")["line_total_minor"].transform("sum")
    text = pd.Series(None, index=frame.index, dtype="str")
    text = text.mask(summed != paid, "the lines of the receipt do not add up to its total")
    text = text.mask(paid.isna(), "no such receipt was imported")
    bad = text.notna()
    if not bad.any():
        return lines
    told = pd.DataFrame(
        {"line": lines.lines[bad], "column": "receipt_id", "value": frame["receipt_id"][bad], "rule": text[bad]}
    )
    rejects = pd.concat([r for r in (lines.rejects, told) if len(r)], ignore_index=True)[list(REJECT_COLUMNS)]
    return Sifted(
        frame=frame[~bad].reset_index(drop=True),
        lines=lines.lines[~bad].reset_index(drop=True),
        rejects=rejects.sort_values("line", kind="stable").reset_index(drop=True),
        rows_read=lines.rows_read,
        rows_rejected=lines.rows_rejected + int(bad.sum()),
        duplicates=lines.duplicates,
    )
