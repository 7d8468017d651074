"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


@dataclass(frozen=True, slots=True)
class Parents:
    """Parsers to be named as parents of a command.

    Attributes:
        config: ``--config``.
        days: ``--since``, ``--until``, ``--open``.
    """

    config: argparse.ArgumentParser
    days: argparse.ArgumentParser
