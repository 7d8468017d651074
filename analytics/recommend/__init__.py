"""What to offer to whom, and how well that was guessed in time before.

``recommend`` answers everything for the night; ``shop``, ``judged_shop``, ``offers``, ``alike`` are its steps, for a
command that asks for one of them.
"""

from .answering import Recommended, alike, grouped, judged_shop, recommend, refused
from .history import History, Rows, history
from .likeness import on_receipts, together, with_basket
from .rules import RecommendRules
from .serving import Shop, offers, shop
from .trial import AGAIN, NEW, Service, Trial, trial
from .words import terms_of, tf_idf

__all__ = [
    "AGAIN",
    "NEW",
    "History",
    "RecommendRules",
    "Recommended",
    "Rows",
    "Service",
    "Shop",
    "Trial",
    "alike",
    "grouped",
    "history",
    "judged_shop",
    "offers",
    "on_receipts",
    "recommend",
    "refused",
    "shop",
    "terms_of",
    "tf_idf",
    "together",
    "trial",
    "with_basket",
]
