"""Which rejected rows may be right another time, though their file stays as it is."""

from __future__ import annotations

from .kinds import AHEAD
from .parts import NO_RECEIPT, NOT_THE_TOTAL, OTHER_SIGN
from .pos import NO_TILL, NOT_OWN, TAX_OVER_TOTAL

# What is held against stored receipts, the settings, or the time of the file.
_ELSEWHERE = (NO_RECEIPT, NOT_THE_TOTAL, OTHER_SIGN, NO_TILL, NOT_OWN, TAX_OVER_TOTAL, AHEAD)


def may_heal(rule: str) -> bool:
    """Whether it depends on something outside the file if a row keeps a rule."""
    return rule.startswith(_ELSEWHERE)
