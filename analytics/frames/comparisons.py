"""The contract of comparisons, for exports; made when asked for, never stored."""

from __future__ import annotations

from .contract import NUM, TEXT, Column, Contract, counted, share

FINDINGS = Contract(
    "finding",
    (
        Column("measure", TEXT),
        Column("question", TEXT),
        Column("test", TEXT),
        Column("groups", TEXT, "names, '; ' between them"),
        Column("n", TEXT, "size of each group"),
        Column("means", TEXT, "mean or share of each group"),
        Column("statistic", NUM, null=True),
        Column("df", TEXT, "degrees of freedom"),
        share("p"),
        share("p_corrected", "Holm, over the family"),
        counted("family", "comparisons corrected together"),
        Column("size_is", TEXT, "ratio or difference of the first group to the second", null=True),
        Column("size", NUM, null=True),
        Column("size_low", NUM, "95 % interval", null=True),
        Column("size_high", NUM, null=True),
        Column("effect_name", TEXT, null=True),
        Column("effect", NUM, "standardised size", null=True),
        Column("effect_low", NUM, "95 % interval", null=True),
        Column("effect_high", NUM, null=True),
        Column("verdict", TEXT, allowed=("different", "not shown", "too little")),
        Column("doubts", TEXT, "assumptions that do not hold"),
        counted("left_out", "days that were not fully seen"),
    ),
    key=("measure", "question", "test", "groups"),
)
