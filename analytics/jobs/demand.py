"""The job ``demand``: next purchases of members, demand of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .context import Done

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_demand(context: Context, window: Window) -> Done:
    """Not built yet."""
    del context, window
    return Done()
