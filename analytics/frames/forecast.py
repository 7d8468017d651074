"""Days, conversion and sales ahead, and the people they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
