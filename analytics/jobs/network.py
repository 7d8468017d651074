"""The job ``network``: who buys and visits together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .context import Done

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_network(context: Context, window: Window) -> Done:
    """Not built yet."""
    del context, window
    return Done()
