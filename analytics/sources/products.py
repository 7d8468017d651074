"""What the shop sells."""

from __future__ import annotations

from ..frames import PRODUCTS
from .columns import Field, Source

PRODUCT_FILE = Source(
    "products",
    PRODUCTS,
    (
        Field("product_id", "text", "names the product"),
        Field("gtin", "text", "8 to 14 digits", pattern="[0-9]{8,14}", rule="must be 8 to 14 digits"),
        Field("name", "text", "for people"),
        Field("description", "text", "for people"),
        Field("category", "text", "one of the shop's own"),
        Field("price", "money", "list price, major units"),
        Field("cost", "money", "what the shop pays, major units"),
    ),
)
