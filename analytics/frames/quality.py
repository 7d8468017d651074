"""The contract of the data-quality report: one row for everything that was found about what was imported."""

from __future__ import annotations

from .contract import DAY, MAYBE_INT, TEXT, Column, Contract, counted

QUALITY_CHECKS = (
    "read", "kept", "rejected", "duplicate", "new", "changed", "note", "unread", "tax", "converted", "day", "gap",
    "closed", "till_total", "lines", "payments", "return", "product", "card",
)  # fmt: skip
QUALITY = Contract(
    "quality",
    (
        Column("source", TEXT, "kind of file"),
        Column("file", TEXT, "of checks of one file", null=True),
        Column("check", TEXT, allowed=QUALITY_CHECKS),
        Column("detail", TEXT, "in words, such as the rule that was broken", null=True),
        Column("local_date", DAY, null=True),
        Column("till_id", TEXT, null=True),
        counted("rows", "rows, receipts or hours that it is about", null=True),
        Column("amount_minor", MAYBE_INT, "minor units, as imported", null=True),
        Column("expected_minor", MAYBE_INT, "minor units, as it should be", null=True),
        Column("verdict", TEXT, allowed=("ok", "look")),
    ),
)
