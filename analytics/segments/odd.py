"""Members who are like nobody else, and in what way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..frames import Answer
from .density import Dense, dense_places
from .habits import Scale, habits, scale_of, word
from .months import month_ends

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from .habits import History
    from .rules import SegmentRules


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What was usual at a month end.

    Attributes:
        fitted_on: The month end.
        scale: How features were made comparable.
        dense: Where members are.
    """

    fitted_on: date
    scale: Scale
    dense: Dense

    def odd(self, values: NDArray[np.float64]) -> list[str | None]:
        """In what way members are odd: their most unusual feature and its side; None: they are not.

        Args:
            values: Features, (n, 5).
        """
        points = self.scale.points(values, cut=False)
        far = self.dense.odd(points)
        most = np.argmax(np.abs(points), axis=1)
        high = points[np.arange(len(points)), most] > 0
        return [
            word(self.scale.used[place], high=bool(up)) if there else None
            for there, place, up in zip(far, most, high, strict=True)
        ]


def usual(past: History, as_of: date, rules: SegmentRules) -> tuple[Usual | None, Answer]:
    """What was usual at the last month end before a day.

    Args:
        past: Receipts and stays of members.
        as_of: The day.
        rules: Of how many members at least.
    """
    end = month_ends(as_of)[-1]
    then = habits(past, end)
    have = len(then.rows)
    if have < rules.least_members:
        why = "few_members" if len(past.members) else "no_members"
        return None, Answer("odd", why, have, rules.least_members)
    scale = scale_of(then.values)
    if not scale.used:
        return None, Answer("odd", "no_variation", have, rules.least_members)
    dense = dense_places(scale.points(then.values, cut=False))
    if dense.eps <= 0:
        # Most members are exactly like ten others: a day later they all would be at no distance that was usual.
        return None, Answer("odd", "no_variation", have, rules.least_members)
    return Usual(end, scale, dense), Answer("odd")
