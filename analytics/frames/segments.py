"""Groups of members beyond the named ones: clusters, odd customers, and who moved."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, Column, Contract, counted

# By what members are grouped: scores, above or below the average, habits, what they buy, and who fits nowhere.
GROUPINGS = ("rfm", "ratio", "cluster", "taste", "odd")
CLUSTERED = ("cluster", "taste")

SEGMENT_GROUPS = Contract(
    "segment_group",
    (
        Column("grouping", TEXT, allowed=GROUPINGS),
        Column("name", TEXT, "of the segment, number of the group, or in what way odd"),
        Column("as_of", DAY, "members are counted as of this day"),
        Column("fitted_on", DAY, "the month end on which they were found; null: by fixed rules", null=True),
        counted("members", "members"),
        Column("net_minor", INT, "minor units: sales less returns"),
        Column("recency_days", NUM, "days, median", least=0),
        Column("frequency", NUM, "receipts of a member, mean", least=0),
        Column("basket_minor", NUM, "minor units of a receipt, mean over receipts", least=0),
        Column("dwell_s", NUM, "s in the store, mean over members of whom it is known", null=True, least=0),
        Column("words", TEXT, "what is special: codes, most telling first, by comma", null=True),
        Column("goods", TEXT, "what they buy more of than others, by semicolon", null=True),
    ),
    key=("grouping", "name"),
)
SEGMENT_MOVES = Contract(
    "segment_move",
    (
        Column("grouping", TEXT, allowed=GROUPINGS),
        Column("before", TEXT, "where they were a month ago; new: had not bought yet"),
        Column("after", TEXT, "where they are"),
        Column("since", DAY, "judged as of this day, and as of the last"),
        Column("as_of", DAY),
        counted("members", "members"),
    ),
    key=("grouping", "before", "after"),
)
SEGMENT_CHOICE = Contract(
    "segment_choice",
    (
        Column("grouping", TEXT, allowed=CLUSTERED),
        Column("groups", INT, "how many were tried", least=1),
        Column("fitted_on", DAY, "on the members of this day"),
        Column("silhouette", NUM, "-1..1, more is better", null=True, least=-1, most=1),
        Column("calinski_harabasz", NUM, "more is better", null=True, least=0),
        Column("davies_bouldin", NUM, "less is better", null=True, least=0),
        Column("stability", NUM, "adjusted Rand index of samples, 1: always the same groups", null=True, most=1),
        Column("bic", NUM, "less is better", null=True),
        Column("chosen", BOOL),
    ),
    key=("grouping", "groups"),
)
# How long members stayed in the store, where the camera's visit is known; has no table.
MEMBER_DWELL = Contract(
    "member_dwell",
    (
        Column("member_id", TEXT),
        Column("local_date", DAY),
        Column("dwell_s", NUM, "s", least=0),
    ),
)
# What is added to a row of ``SEGMENTS``.
RATIOS = tuple(
    Column(f"{name}_ratio", NUM, f"of the average {what}", null=True, absent=True)
    for name, what in (("r", "days since the last purchase"), ("f", "number of receipts"), ("m", "amount"))
)
GROUPS = (
    Column("ratio", TEXT, "by above or below the average", null=True, absent=True),
    *RATIOS,
    Column("cluster", TEXT, "number of the group by habits", null=True, absent=True),
    Column("taste", TEXT, "number of the group by what they buy", null=True, absent=True),
    Column("taste_sure", NUM, "0..1: how sure that is", null=True, absent=True, least=0, most=1),
    Column("odd", TEXT, "in what way the member fits no group", null=True, absent=True),
)

CONTRACTS: tuple[Contract, ...] = (SEGMENT_GROUPS, SEGMENT_MOVES, SEGMENT_CHOICE)
