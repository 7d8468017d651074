"""What to offer to whom, and how well that was guessed in time before."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, Column, Contract, counted, share

RECOMMEND_KINDS = ("new", "again")
RECOMMEND_WHY = ("bought_with", "popular", "popular_group", "new_product", "own")

RECOMMENDATION = Contract(
    "recommendation",
    (
        Column("member_id", TEXT),
        Column("kind", TEXT, "never bought so far, or bought before", allowed=RECOMMEND_KINDS),
        Column("rank", INT, "1 is the first", least=1),
        Column("product_id", TEXT),
        Column("score", NUM, "only the order of one member's means something"),
        Column("why", TEXT, allowed=RECOMMEND_WHY),
        Column("because", TEXT, "product of the member's own that speaks most for it", null=True),
    ),
    key=("member_id", "kind", "rank"),
)
RECOMMEND_TRIAL = Contract(
    "recommend_trial",
    (
        Column("kind", TEXT, allowed=RECOMMEND_KINDS),
        Column("split", TEXT, allowed=("choice", "test", "last_receipt")),
        Column("model", TEXT),
        Column("k", INT, "length of the list", least=1),
        Column("as_of", DAY, "last business day"),
        Column("first_day", DAY, "of what was kept back; null: the last receipt of each member", null=True),
        Column("last_day", DAY, "of what was kept back"),
        counted("members", "members asked"),
        share("precision", "offered that was bought", null=False),
        share("recall", "bought that was offered", null=False),
        share("ndcg", null=False),
        share("average_precision", null=False),
        share("hit_rate", "members with a hit", null=False),
        share("coverage", "products on some list", null=False),
        Column("novelty_bits", NUM, "bits", least=0),
        Column("over_popular", NUM, "difference of nDCG to popularity", null=True),
        Column("low", NUM, "95 % interval of it", null=True),
        Column("high", NUM, "95 % interval of it", null=True),
        Column("weight", NUM, "in the hybrid", null=True, least=0),
        Column("serves", BOOL, "this model makes the lists"),
    ),
    key=("kind", "split", "model", "k"),
)
PRODUCT_SIMILAR = Contract(
    "product_similar",
    (
        Column("product_id", TEXT),
        Column("rank", INT, "1 is the most similar", least=1),
        Column("other_id", TEXT),
        Column("score", NUM, "cosine", least=0),
        Column("by", TEXT, "on the same receipts, or described in the same words", allowed=("bought", "words")),
        counted("receipts", "with both"),
    ),
    key=("product_id", "rank"),
)
# For the page: only groups, none of fewer members than the rules say.
RECOMMEND_GROUP = Contract(
    "recommend_group",
    (
        Column("segment", TEXT, "empty: all members who bought"),
        Column("kind", TEXT, allowed=RECOMMEND_KINDS),
        Column("rank", INT, least=1),
        Column("as_of", DAY, "last business day"),
        Column("product_id", TEXT),
        counted("listed", "members on whose list it stands"),
        counted("members", "members of the segment with a list"),
    ),
    key=("segment", "kind", "rank"),
)

CONTRACTS: tuple[Contract, ...] = (RECOMMENDATION, RECOMMEND_TRIAL, PRODUCT_SIMILAR, RECOMMEND_GROUP)
