"""The job ``value``: what members are worth, and who still is a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .context import Done

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_value(context: Context, window: Window) -> Done:
    """Not built yet."""
    del context, window
    return Done()
