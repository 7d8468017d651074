"""What members are worth, whether they still are customers, and how much they will buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
