"""Where a number comes from: its formula, numerator and denominator, and the command that counts it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kpis.commands import command

if TYPE_CHECKING:
    from .data import ReportData
    from .language import Language


@dataclass(frozen=True, slots=True)
class How:
    """The way to one number.

    Attributes:
        name: Of the number.
        parts: Numerator and denominator in words; may be empty.
        command: Counts it again from the facts and the imported sales.
    """

    name: str
    parts: str
    command: str


def how(data: ReportData, say: Language, name: str, kpi: str, *made_of: str) -> How:
    """The way to a number of the period, by its name in the definitions; numerator and denominator make a ratio."""
    parts = say("how.ratio", above=made_of[0], below=made_of[1]) if len(made_of) == 2 else "".join(made_of)
    return How(name, parts, command(kpi, data.since, data.until))
