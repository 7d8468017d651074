"""What customers will buy next, and how much of each product will be sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
