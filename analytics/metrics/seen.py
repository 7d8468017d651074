"""What hours and days are made of: what the doors' cameras saw, and what the tills sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """What the cameras at the doors saw.

    Attributes:
        crossings: ``frames.CROSSINGS``.
        visits: ``frames.VISITS``, made from them; for hours ``frames.ENTERED`` will do.
        watches: ``frames.WATCHES``; all there are, also from before and after the window.
        entrance_cameras: The cameras with a line of role entrance.
        grouped: The visits were grouped into buying units.
    """

    crossings: pd.DataFrame
    visits: pd.DataFrame
    watches: pd.DataFrame
    entrance_cameras: frozenset[str]
    grouped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What the tills sold: ``frames.RECEIPTS`` and ``frames.LINES``."""

    receipts: pd.DataFrame
    lines: pd.DataFrame
