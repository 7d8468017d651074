"""The sections of the page about ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...frames import Contract
    from ..data import ReportData
    from ..language import Language
    from ..sections import Section

READS: tuple[Contract, ...] = ()


def sections(data: ReportData, say: Language) -> dict[str, Section | str]:
    """The sections by name, or in place of one why there is none."""
    del data, say
    return {}
