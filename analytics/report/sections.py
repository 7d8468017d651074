"""A part of the page that is a table with some sentences, whatever it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from .how import How


# Of fewer members than these no habit and no amount is told: it would be somebody's own.
LEAST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row in words; a strong one is a sum."""

    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and below it what is drawn: words further down the page are not read with it."""

    drawing: Markup
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page.

    Attributes:
        title: Its heading.
        lead: What it is about; may be empty.
        heads: The columns; all but the first ``texts`` are numbers and stand to the right.
        rows: May be empty: then there is no table.
        lines: Sentences below.
        how: Where its numbers come from.
        charts: Drawings, above the table.
        texts: So many columns from the left are words.
    """

    title: str
    lead: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    how: How | None = None
    charts: tuple[Chart, ...] = ()
    texts: int = 1
