"""What distributions of purchases and visits look like, and how they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
