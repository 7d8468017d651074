"""What customers bought, read once for all jobs of a run that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .. import purchases
from ..frames import ANSWERS, MEMBERS, PRODUCTS, RECEIPTS, TILL_CLOCKS, answer_rows
from ..joins import correct_clocks
from .context import Part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ..frames import Answer, Window
    from .context import Context

_KEPT = "purchases"


def purchases_of(context: Context, window: Window) -> purchases.Purchases:
    """Everything that was sold up to the end of the window, at the camera's time."""
    kept = cast("purchases.Purchases | None", context.kept.get(_KEPT))
    if kept is not None and kept.as_of == window.last:
        return kept
    results = context.results
    receipts = results.read(RECEIPTS, None, window.until)
    clocks = results.read(TILL_CLOCKS, None, window.end)
    found = purchases.purchases(
        correct_clocks(receipts, clocks, context.time),
        results.read_lines(None, window.until),
        results.read(MEMBERS),
        results.read(PRODUCTS),
        as_of=window.last,
        time=context.time,
    )
    context.kept[_KEPT] = found
    return found


def answers_part(topic: str, as_of: date, found: Sequence[Answer]) -> Part:
    """Whether the questions of a topic were answered, in the place of what was said of it before."""
    return Part(ANSWERS, answer_rows(topic, as_of, found), only=("topic", topic))
