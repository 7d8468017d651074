"""The job ``value``: what members are worth, and who still is a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import value
from ..frames import MEMBER_VALUE, VALUE_DECILE, VALUE_FIT, VALUE_HOLDOUT, VALUE_TOTAL
from .context import Done, Part
from .purchases import answers_part, purchases_of

if TYPE_CHECKING:
    from ..frames import Window
    from .context import Context


def run_value(context: Context, window: Window) -> Done:
    """Members by what they will buy and are worth, as at the end of the window."""
    found = value.worth(purchases_of(context, window), context.plan.value)
    return Done(
        parts=(
            Part(MEMBER_VALUE, found.members),
            Part(VALUE_TOTAL, found.total),
            Part(VALUE_FIT, found.fit),
            Part(VALUE_DECILE, found.deciles),
            Part(VALUE_HOLDOUT, found.holdout),
            answers_part("value", window.last, found.answers),
        )
    )
