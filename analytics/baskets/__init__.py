"""Item sets, and rules that chance does not explain."""

from .asking import LEAST_DAYS, LEAST_RECEIPTS, Level, bought_together, level_of
from .association import measured, rules_of
from .chance import adjusted, chances, lift_interval
from .itemsets import ItemSets, count_sets, item_sets, receipts_for
from .matrix import CATEGORY, LEVELS, PRODUCT, Baskets, of_lines, of_sets
from .rows import one_way
from .rules import BasketRules

__all__ = [
    "CATEGORY",
    "LEAST_DAYS",
    "LEAST_RECEIPTS",
    "LEVELS",
    "PRODUCT",
    "BasketRules",
    "Baskets",
    "ItemSets",
    "Level",
    "adjusted",
    "bought_together",
    "chances",
    "count_sets",
    "item_sets",
    "level_of",
    "lift_interval",
    "measured",
    "of_lines",
    "of_sets",
    "one_way",
    "receipts_for",
    "rules_of",
]
