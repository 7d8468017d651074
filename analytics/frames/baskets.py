"""Item sets, and rules that chance does not explain."""

from __future__ import annotations

from .contract import DAY, INT, NUM, TEXT, Column, Contract, counted, share

BASKET_LEVEL_NAMES = ("product", "category")
LATELY = ("holds", "faded", "unsure")

# Items are product ids or names of categories.
BASKET_RULES = Contract(
    "basket_rule",
    (
        Column("level", TEXT, allowed=BASKET_LEVEL_NAMES),
        Column("rank", INT, "1 is the first; those that a third item explains come last", least=1),
        Column("as_of", DAY, "last business day"),
        Column("given", TEXT, "item before the arrow"),
        Column("given_2", TEXT, "a second one", null=True),
        Column("given_3", TEXT, "a third one", null=True),
        Column("bought", TEXT, "item behind the arrow"),
        counted("receipts", "all of the level"),
        counted("given_receipts", "with what stands before the arrow"),
        counted("bought_receipts", "with what stands behind it"),
        counted("both_receipts", "with all of it"),
        share("support", "both of all", null=False),
        share("confidence", "both of given", null=False),
        share("confidence_low", "95 %", null=False),
        share("confidence_high", "95 %", null=False),
        Column("lift", NUM, "confidence over the share of all receipts that hold the item", least=0),
        Column("lift_low", NUM, "95 %", least=0),
        Column("lift_high", NUM, "95 %", least=0),
        Column("leverage", NUM, "support less that of independent items"),
        Column("conviction", NUM, "null: the rule has no exception", null=True, least=0),
        share("p_value", "of chance, after correction for all that was tested", null=False),
        Column("lately", TEXT, "whether the last third of the days shows it, too", allowed=LATELY),
        Column("late_lift", NUM, "in the last third of the days", null=True, least=0),
        Column("explained_by", TEXT, "a third item that draws both; null: none does", null=True),
    ),
    key=("level", "rank"),
)
BASKET_SETS = Contract(
    "basket_set",
    (
        Column("level", TEXT, allowed=BASKET_LEVEL_NAMES),
        Column("size", INT, "items", least=1, most=4),
        Column("rank", INT, "1 is the most frequent of the size", least=1),
        Column("as_of", DAY, "last business day"),
        Column("item_1", TEXT),
        Column("item_2", TEXT, null=True),
        Column("item_3", TEXT, null=True),
        Column("item_4", TEXT, null=True),
        counted("receipts", "with all of them"),
        share("support", null=False),
    ),
    key=("level", "size", "rank"),
)
BASKET_LEVELS = Contract(
    "basket_level",
    (
        Column("level", TEXT, allowed=BASKET_LEVEL_NAMES),
        Column("as_of", DAY, "last business day"),
        Column("first_day", DAY, "first business day"),
        counted("receipts", "sales with anything on them"),
        counted("several", "receipts with two items or more"),
        counted("items", "items that were sold"),
        counted("frequent", "items on enough receipts"),
        counted("least", "receipts that it takes"),
        counted("pairs", "pairs on enough receipts"),
        counted("found", "rules beyond chance"),
        counted("explained", "rules beyond chance that a third item explains"),
        counted("early_found", "rules beyond chance in the first two thirds of the days alone"),
        counted("late_held", "of these, those that the last third alone shows, too"),
        counted("late_faded", "of these, those that are followed less often there than chance would do"),
    ),
    key=("level",),
)
CONTRACTS: tuple[Contract, ...] = (BASKET_RULES, BASKET_SETS, BASKET_LEVELS)
