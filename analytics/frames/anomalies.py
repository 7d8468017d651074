"""Hours and days that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Contract

CONTRACTS: tuple[Contract, ...] = ()
