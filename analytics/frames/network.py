"""Who buys or visits together, as a graph."""

from __future__ import annotations

from .contract import DAY, INT, NUM, TEXT, Column, Contract, counted, share

NETWORKS = ("members", "products")

# Of members only sums and means are kept: no table says who met whom.
NETWORK_MEASURES = Contract(
    "network_measure",
    (
        Column("graph", TEXT, allowed=NETWORKS),
        Column("as_of", DAY, "last business day"),
        Column("first_day", DAY, "first business day"),
        counted("looked_at", "members with a receipt, or products with enough buyers"),
        counted("able", "members with enough days for a tie; of products: looked_at"),
        counted("nodes", "with a tie"),
        counted("edges", "ties"),
        share("density", "0..1", null=False),
        Column("mean_degree", NUM, "ties of a node", least=0),
        share("clustering", "mean share of neighbours' pairs that are tied", null=False),
        share("transitivity", "share of paths of two ties that close", null=False),
        counted("components", "parts that no tie joins"),
        counted("largest", "nodes of the largest part"),
        Column("modularity", NUM, "of the communities", most=1),
        counted("groups", "communities that are large enough to be told"),
        counted("grouped", "nodes in them"),
        Column("strength", NUM, "members: mean days on which tied members met; products: mean times as often", least=0),
        Column("expected", NUM, "members: days that chance would give a mean tie; products: 1", least=0),
        Column("reach_mean", NUM, "nodes that a node would reach if a tie passed a word on with chance 0.1", least=0),
        Column("reach_top", NUM, "the same of the tenth of nodes with the most", least=0),
    ),
    key=("graph",),
)
NETWORK_GROUPS = Contract(
    "network_group",
    (
        Column("graph", TEXT, allowed=NETWORKS),
        Column("rank", INT, "1 is the largest", least=1),
        Column("as_of", DAY, "last business day"),
        counted("nodes", "members or products"),
        counted("edges", "ties inside"),
        share("density", "of their pairs, those with a tie", null=False),
        Column("receipts_mean", NUM, "receipts of a member; null of products", null=True, least=0),
        Column("amount_mean_minor", NUM, "minor units, net sales to a member; null of products", null=True),
        Column("item_1", TEXT, "its most central product; null of members", null=True),
        Column("item_2", TEXT, null=True),
        Column("item_3", TEXT, null=True),
    ),
    key=("graph", "rank"),
)
NETWORK_PRODUCTS = Contract(
    "network_product",
    (
        Column("product_id", TEXT),
        Column("as_of", DAY, "last business day"),
        counted("rank", "of its group; null: in none that is told", null=True),
        counted("degree", "ties"),
        share("degree_centrality", null=False),
        share("betweenness", null=False),
        share("closeness", null=False),
        Column("eigenvector", NUM, least=0),
        share("pagerank", null=False),
        share("clustering", null=False),
        Column("reach", NUM, "nodes besides itself", least=0),
    ),
    key=("product_id",),
)
CONTRACTS: tuple[Contract, ...] = (NETWORK_MEASURES, NETWORK_GROUPS, NETWORK_PRODUCTS)
