"""``footfall-analytics now``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parents import Parents, Parsers


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    del commands, parents
