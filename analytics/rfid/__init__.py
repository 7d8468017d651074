"""RFID reads into passages of items, and what became of items into numbers."""

from .epc import OTHER_SCHEMES, decode, gtin_14, name_products, scheme_of
from .passages import PassageRules, Reader, passages
from .trying import items_daily, to_check, try_to_buy

__all__ = [
    "OTHER_SCHEMES",
    "PassageRules",
    "Reader",
    "decode",
    "gtin_14",
    "items_daily",
    "name_products",
    "passages",
    "scheme_of",
    "to_check",
    "try_to_buy",
]
