"""Who buys or visits together, as a graph."""

from .asking import MEMBERS, PRODUCTS, Network, member_network, product_network, product_rows
from .graph import Communities, Measures, centralities, communities, graph_of, greedy_communities, measures
from .meetings import ties
from .reach import PASSED_ON, reach
from .rules import NetworkRules
from .tastes import shared_products

__all__ = [
    "MEMBERS",
    "PASSED_ON",
    "PRODUCTS",
    "Communities",
    "Measures",
    "Network",
    "NetworkRules",
    "centralities",
    "communities",
    "graph_of",
    "greedy_communities",
    "measures",
    "member_network",
    "product_network",
    "product_rows",
    "reach",
    "shared_products",
    "ties",
]
