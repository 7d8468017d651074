"""How files are imported, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..sources import Layout, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..frames import StoreTime


@dataclass(frozen=True, slots=True)
class ImportRules:
    """What the settings say of files.

    Attributes:
        layouts: How they are written, see ``sources.Layout``.
        inbox: A folder of files of all kinds, told apart by name or header; None: there is none.
        settle_s: A file that was changed more recently is looked at twice, so long apart.
        most_mb: Of a file: larger ones are refused, as they would not fit into memory.
        corrections: A later file may correct a receipt that is stored.
        tax: Whether totals include tax: ``included`` or ``excluded``.
        tills: The store's own; empty: any.
        rates: What one unit of another currency is worth in the store's, as decimal text.
    """

    layouts: tuple[Layout, ...] = ()
    inbox: Path | None = None
    settle_s: float = 0.0
    most_mb: float = 200.0
    corrections: bool = True
    tax: str = "included"
    tills: tuple[str, ...] = ()
    rates: Mapping[str, str] = field(default_factory=dict)

    def shop(self, time: StoreTime, currency: str) -> Shop:
        """What files do not say themselves, of a store."""
        shop = Shop(time.zone, currency, turns_min=time.turns_min)
        return replace(shop, tax=self.tax, tills=self.tills, rates=self.rates)
